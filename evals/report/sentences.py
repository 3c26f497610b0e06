"""Comparisons in words."""

from collections.abc import Sequence

from secondhalf.evals.report.comparison import Difference, Verdict, Versus
from secondhalf.evals.report.text import amount, interval, several, signed
from secondhalf.state.plaintext import one_line

_WORDS: tuple[Verdict, ...] = ("better", "worse", "cheaper", "dearer")
_MOST_NAMED = 5
_LARGE = 2.0
"""More than three times as much is said in times."""


def sentence(
    found: Versus, prompts: int, policies: int, names: tuple[str, str], *, one_run: bool
) -> str:
    """One policy of B against one of A: the verdict, the figures, whether it is noise.

    Args:
        found: with its verdict.
        prompts: how many both have.
        policies: how many are compared at once.
        names: of the runs A and B.
        one_run: whether both are of one run; then it goes without saying.
    """
    figures = _figures(found)
    if found.verdict == "too few prompts":
        return f"{several(prompts, 'prompt')} in common are too few to tell: {figures}"
    one, other = _subjects(found, names, one_run)
    if found.verdict == "no difference":
        if found.accuracy.more_than_noise:
            return f"no difference in utility that is more than noise{_price(found)}: {figures}"
        return f"no difference that is more than noise: {figures}"
    if found.verdict in ("cheaper", "dearer"):
        less = "less" if found.verdict == "cheaper" else "more"
        return (
            f"no difference in accuracy that is more than noise, and {other} costs {less} than "
            f"{one}: {figures}"
        )
    holm = f" (Holm, {several(policies, 'policy', 'policies')})" if policies > 1 else ""
    return (
        f"{other} is {found.verdict} than {one}{_at_price(found)}: {figures}; more than noise{holm}"
    )


def overall(versus: Sequence[Versus], names: tuple[str, str], *, one_run: bool) -> str:
    """All policies that were compared, in one sentence."""
    if len(versus) == 1:
        return versus[0].sentence
    parts = [part for verdict in _WORDS if (part := _part(versus, verdict))]
    of = f"of {several(len(versus), 'policy', 'policies')}"
    one, b = one_line(versus[0].policy_a) if versus else "", one_line(names[1])
    if not parts:
        where = f"from {one}" if one_run else f"in {b}"
        return f"{of}, none differs by more than noise {where} (Holm)"
    listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)
    where = f"than {one}" if one_run else f"in {b}"
    return f"{of}, {listed} {where}; more than noise (Holm)"


def _part(versus: Sequence[Versus], verdict: Verdict) -> str:
    """``2 are better (x, y)``; empty if none is."""
    found = [one_line(one.policy_b) for one in versus if one.verdict == verdict]
    named = f" ({', '.join(found)})" if len(found) <= _MOST_NAMED else ""
    return f"{len(found)} {'is' if len(found) == 1 else 'are'} {verdict}{named}" if found else ""


def relative(found: Difference) -> str:
    """A relative difference: ``−12 % [−15, −9]``, or ``×34.7 [33.2, 36.0]`` if it is large."""
    if found.mean is None:
        return "not known"
    if found.mean > _LARGE:
        low, high = found.low or 0.0, found.high or 0.0
        return f"×{amount(1 + found.mean)} [{amount(1 + low)}, {amount(1 + high)}]"
    text = f"{_percent(found.mean)} %"
    if found.low is None or found.high is None:
        return text
    return f"{text} [{_percent(found.low)}, {_percent(found.high)}]"


def points(found: Difference) -> str:
    """A difference of fractions: ``+.021 [.008, .034]``."""
    return f"{signed(found.mean)} {interval(found.low, found.high)}".rstrip()


def _figures(found: Versus) -> str:
    return f"accuracy {points(found.accuracy)}, cost {relative(found.cost_ratio)}"


def _subjects(found: Versus, names: tuple[str, str], one_run: bool) -> tuple[str, str]:
    one, other = one_line(found.policy_a), one_line(found.policy_b)
    if one_run:
        return one, other
    a, b = map(one_line, names)
    if one == other:
        return f"{a} ({one})", b
    return f"{a} ({one})", f"{b} ({other})"


def _at_price(found: Versus) -> str:
    """The preset whose price decides, where accuracy and cost pull apart."""
    gain, accuracy = found.utility[found.price].mean or 0.0, found.accuracy.mean or 0.0
    return _price(found) if gain * accuracy < 0 else ""


def _price(found: Versus) -> str:
    return f" at the price of {found.price}"


def _percent(value: float) -> str:
    percent = abs(100 * value)
    text = f"{percent:.{0 if percent >= 1 or percent == 0 else 1}f}"
    sign = "" if not float(text) else "−" if value < 0 else "+"
    return f"{sign}{text}"
