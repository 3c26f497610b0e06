"""Can a call be made with these settings? Checked before anything is stored, and by begin."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from secondhalf.state.errors import ConfigError, PromptError
from secondhalf.state.policy import Rule
from secondhalf.state.request import RouteContext


def check_call(
    prompt: str, context: RouteContext, strategies: Collection[str], models: Collection[str]
) -> None:
    """Refuses an empty or over-long prompt, and unknown names of a strategy or a model.

    Raises:
        PromptError: about the prompt.
        ConfigError: about a name; it says which are known.
    """
    if not isinstance(prompt, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise PromptError(f"the prompt must be text, not {type(prompt).__name__}")
    if not prompt.strip():
        raise PromptError("the prompt is empty: write what you want to know")
    if len(prompt) > context.max_prompt_chars:
        raise PromptError(
            f"the prompt has {len(prompt):,} characters, more than the "
            f"{context.max_prompt_chars:,} allowed: shorten it, or from Python raise "
            "RouteContext.max_prompt_chars"
        )
    _check_name("unknown strategy", context.strategy, strategies)
    _check_name("unknown model", context.model, models)


def check_rules(rules: Sequence[Rule], strategies: Collection[str]) -> None:
    """Refuses a rule for a strategy that there is not, and a last rule that need not fit.

    Raises:
        ConfigError: it names the rule, and the strategies that are known.
    """
    for rule in rules:
        _check_name(f"rule {rule.name!r}: unknown strategy", rule.strategy, strategies)
    if rules and rules[-1].when:
        raise ConfigError(
            f"rule {rules[-1].name!r}: the last rule must have no `when`, "
            "so that there is a strategy for every prompt"
        )


def _check_name(what: str, name: str | None, names: Collection[str]) -> None:
    if name is None or name in names:
        return
    folded = {known.casefold(): known for known in names}
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    hint = f"; did you mean {folded[close[0]]!r}?" if close else ""
    known = ", ".join(names) or "none is configured"
    raise ConfigError(f"{what} {name!r}{hint} (known: {known})")
