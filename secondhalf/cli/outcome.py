"""A route's outcome for people."""

from typing import TYPE_CHECKING

from secondhalf.cli.plans import items, not_opened
from secondhalf.cli.screen import SHORT_ID, command, console, money, seconds
from secondhalf.cli.steps import NOT_GOOD_ENOUGH
from secondhalf.state.plaintext import clean, one_line

ADDABLE = ("usd", "seconds", "tokens", "calls")
"""Caps that ``secondhalf resume`` can raise."""

if TYPE_CHECKING:
    from secondhalf.state.config import RouterConfig
    from secondhalf.state.result import RouteResult


def show_outcome(
    result: "RouteResult",
    config: "RouterConfig",
    *,
    already_said: bool,
    show_unverified: bool,
    resume: str,
    db: str | None = None,
) -> None:
    """Prints the answer, or plainly why there is none, and one line about how it came about.

    Args:
        result: the outcome.
        config: what it was found with; decides which advice is given.
        already_said: whether the answer has been streamed.
        show_unverified: whether to print an answer that is withheld.
        resume: the command that answers a waiting route.
        db: the database as it was named; commands that are told name it, too.
    """
    if result.status == "waiting":
        _show_question(result, resume)
        return
    if result.answer is not None:
        _show_answer(result, already_said, db)
    elif result.unverified_answer is not None:
        _show_abstention(result, result.unverified_answer, show_unverified)
    else:
        _show_nothing(result, config, db)
    _dim(*notes(result), summary(result, db))


def summary(result: "RouteResult", db: str | None = None) -> str:
    """One line: who answered by which path, how good it is, what it took, where to look."""
    by = f" ({', '.join(result.models)})" if result.models else ""
    short = result.route_id[:SHORT_ID]
    parts = [
        f"{' → '.join(result.path)}{by}" if result.path else "no path",
        result.strategy,
        f"quality {result.quality:.2f}",
        money(result.cost_usd, result.unpriced_calls),
        seconds(result.latency_s),
        f"route {short}",
        command(db, "trace", short),
    ]
    return one_line(" · ".join(part for part in parts if part))


def notes(result: "RouteResult") -> list[str]:
    """What a person should know of the calls: what was sent away, which fallback was taken."""
    calls = [event for event in result.trace if event.kind in ("analyze", "call")]
    told = [note for call in calls for note in items(call.data.get("notes"))]
    return list(dict.fromkeys(one_line(f"note: {note}") for note in told))


def _show_question(result: "RouteResult", resume: str) -> None:
    question = result.interrupt.question if result.interrupt is not None else ""
    print(f"The router asks: {clean(question)}")
    print(f"Answer with: {resume}")


def _show_answer(result: "RouteResult", already_said: bool, db: str | None) -> None:
    doubtful = result.status != "success"
    if already_said:
        print()
    else:
        answer = clean(result.answer or "")
        gap = "\n" if "\n" in answer else " "
        print(f"{NOT_GOOD_ENOUGH}{gap}{answer}" if doubtful else answer)
    if doubtful:
        print(f"why: {one_line(result.reason)}")
        if result.capped in ADDABLE:
            print(f"Next: {_raise_cap(result, db)}")


def _show_abstention(result: "RouteResult", withheld: str, show: bool) -> None:
    print(f"Not answered: {one_line(result.reason)}.")
    if show:
        print(f"unverified answer, not to be relied on:\n{clean(withheld)}")
    else:
        print("The unverified answer is withheld; --show-unverified prints it.")


def _raise_cap(result: "RouteResult", db: str | None) -> str:
    cap, thread = result.capped, result.thread_id or "THREAD"
    on = command(db, "resume", thread, f"--add-{cap}", "N")
    again = f"raise the cap with --budget-{cap}, or " if cap in ("usd", "seconds") else ""
    return f"{again}let it go on: {on}"


def _show_nothing(result: "RouteResult", config: "RouterConfig", db: str | None) -> None:
    why = "no configured expert can do this"
    if result.capped:
        why = f"the cap on {result.capped} ended the search"
    elif _broken(result):
        why = "every model that was asked failed"
    print(f"No answer: {why}.")
    for path in result.explored:
        print(f"  {one_line(f'{path.node}: {path.reason}')}")
    for node, look in not_opened(result).items():
        if look.reason:
            print(f"  {one_line(f'{node}: {look.reason}')}")
    for advice in _advice(result, config, db):
        print(f"Next: {advice}")


def _broken(result: "RouteResult") -> bool:
    """Whether models were asked, and none gave an answer that could be used; or, where none was
    asked for one, whether those that were to analyze the prompt failed."""
    models = [event for event in result.trace if event.data.get("model")]
    answers = [event for event in models if event.kind == "call"]
    asked = answers or [event for event in models if event.kind == "analyze"]
    return bool(asked) and all(event.data.get("error") for event in asked)


def _advice(result: "RouteResult", config: "RouterConfig", db: str | None) -> list[str]:
    advice: list[str] = []
    if result.capped in ADDABLE:
        advice.append(_raise_cap(result, db))
    if not config.models:
        advice.append(
            "configure a model: set OPENAI_API_KEY, start Ollama, or name one in a router.yaml "
            "(--config); 'secondhalf check' says what there is."
        )
    if _broken(result):
        advice.append("'secondhalf check' says which models are configured, and how.")
    elif not config.retrieval.docs:
        advice.append("to ask about your own documents, name their folder with --docs DIR.")
    return advice or [f"'{command(db, 'trace', result.route_id[:SHORT_ID])}' shows what was tried."]


def _dim(*lines: str) -> None:
    from rich.text import Text

    out = console()
    for line in lines:
        out.print(Text(line, style="dim"), soft_wrap=True)
