"""What was found, in words: for the better and for the worse."""

from collections.abc import Iterator

from secondhalf.evals.report.content import PolicyRow, Report
from secondhalf.evals.report.picks import best_single, dominating, in_order, main_preset, of_kind
from secondhalf.evals.report.text import fraction, several, share, signed, usd, with_interval
from secondhalf.state.plaintext import one_line

_WIDE = 0.1
"""An interval wider than this cannot tell policies apart that differ as policies do."""


def headline(report: Report) -> str:
    """The main finding in one sentence: the main preset against the best single model."""
    preset, single = main_preset(report), best_single(report)
    if preset is None:
        if single is None:
            return "Nothing was compared: the report holds neither a router nor a single model."
        return f"No router was evaluated; the best single model is {_with_figures(single)}."
    if single is None:
        return f"{_with_figures(preset)}; there is no single model to compare it with."
    figures = f"{_accuracy(preset)} against {_accuracy(single)}"
    return f"{_verdict(report, preset, single)}{_at_cost(preset, single)}: {figures}."


def findings(report: Report) -> tuple[str, ...]:
    """The other findings, one sentence each."""
    return tuple(_findings(report))


def _findings(report: Report) -> Iterator[str]:
    yield from _costs(report)
    yield from _rivals(report)
    yield from _saving(report)
    yield from _budgets(report)
    yield from _two_models(report)
    if report.summary.budget_violations:
        yield f"A budget was exceeded in {share(report.summary.budget_violations)} of the prompts."
    yield from _later(report)


def _verdict(report: Report, preset: PolicyRow, single: PolicyRow) -> str:
    name, other = f"the {one_line(preset.name)} preset", one_line(single.name)
    bounds = (preset.accuracy_low, preset.accuracy_high, single.accuracy_low, single.accuracy_high)
    low, high, other_low, other_high = bounds
    if low is None or high is None or other_low is None or other_high is None:
        word = "better than" if preset.accuracy > single.accuracy else "worse than"
        word = "as well as" if preset.accuracy == single.accuracy else word
        return f"T{name[1:]} answers {word} {other}"
    better, worse = low > other_high, high < other_low
    if preset.gain_low is not None and preset.gain_high is not None:
        better, worse = preset.gain_low > 0, preset.gain_high < 0
    if better:
        return f"T{name[1:]} answers better than {other}"
    if worse:
        return f"T{name[1:]} answers worse than {other}"
    if max(high - low, other_high - other_low) > _WIDE:
        prompts = several(report.data.prompts, "prompt")
        return f"{prompts} are too few to tell {name} from {other},"
    return f"T{name[1:]} answers as well as {other}, noise allowed for,"


def _at_cost(preset: PolicyRow, single: PolicyRow) -> str:
    cost, other = preset.cost_usd_per_1k, single.cost_usd_per_1k
    if cost is None or other is None:
        return " (what they cost is not known)"
    if other == 0:
        return " at the same cost" if cost == 0 else f" for {usd(cost)} where that one is free"
    ratio = cost / other
    if ratio < 0.995:
        return f" at {share(ratio)} of its cost"
    return " at the same cost" if ratio < 1.005 else f" at {ratio:,.2f} times its cost"


def _costs(report: Report) -> Iterator[str]:
    preset, single = main_preset(report), best_single(report)
    if preset is None or single is None:
        return
    if preset.cost_usd_per_1k is not None and single.cost_usd_per_1k is not None:
        yield (
            f"A thousand prompts cost {usd(preset.cost_usd_per_1k)} with {one_line(preset.name)} "
            f"and {usd(single.cost_usd_per_1k)} with {one_line(single.name)}."
        )


def _rivals(report: Report) -> Iterator[str]:
    routers = in_order(of_kind(report, "router"))
    priced = [row for row in routers if row.cost_usd_per_1k is not None]
    rivals = [(row, dominating(report, row)) for row in priced]
    for rival in dict.fromkeys(rival.name for _, rival in rivals if rival is not None):
        beaten = [(row, by) for row, by in rivals if by is not None and by.name == rival]
        yield (
            f"{_point(beaten[0][1])} is no worse and no dearer than "
            f"{_listed([_point(row) for row, _ in beaten])}."
        )
    unbeaten = [one_line(row.name) for row, rival in rivals if rival is None]
    if unbeaten:
        yield (
            "No baseline and no single model is both at least as accurate and as cheap as "
            f"{'any of ' if len(unbeaten) > 1 else ''}{_listed(unbeaten)}."
        )


def _saving(report: Report) -> Iterator[str]:
    single = best_single(report)
    priced = [row for row in of_kind(report, "router") if row.cost_usd_per_1k is not None]
    if single is None or single.cost_usd_per_1k is None or not priced:
        return
    saved = report.summary.cost_save
    close = f"within .01 of the accuracy of {one_line(single.name)}"
    if saved is None:
        yield f"No preset comes {close}."
    elif saved >= 0:
        yield f"The cheapest preset {close} saves {share(saved)} of its cost."
    else:
        yield f"The cheapest preset {close} costs {share(-saved)} more than it."


def _budgets(report: Report) -> Iterator[str]:
    summary = report.summary
    if summary.aiq is None or summary.aiq_single_models is None:
        return
    gain = summary.aiq - summary.aiq_single_models
    text = (
        f"Over every budget: AIQ {fraction(summary.aiq)} against "
        f"{fraction(summary.aiq_single_models)} of the single models, {signed(gain)}"
    )
    low = summary.aiq_gain_low
    if low is not None:
        kind = "more than noise" if low > 0 else "not more than noise" if gain > 0 else "no gain"
        text += f" (at least {signed(low)} with 95 % confidence: {kind})"
    yield f"{text}."


def _two_models(report: Report) -> Iterator[str]:
    summary = report.summary
    if summary.apgr is None:
        return
    others = [(summary.apgr_length, "prompt length"), (summary.apgr_ridge, "ridge")]
    known = [f"{fraction(value)} of {name}" for value, name in others if value is not None]
    beside = _listed([".500 of chance", *known])
    yield f"Between the weak and the strong model: APGR {fraction(summary.apgr)}, beside {beside}."


def _later(report: Report) -> Iterator[str]:
    preset = main_preset(report)
    if preset is None or preset.after_100 is None or preset.after_100.accuracy is None:
        return
    later = preset.after_100
    figures = with_interval(later.accuracy, later.accuracy_low, later.accuracy_high)
    cost = later.cost_usd_per_1k
    at = "" if cost is None else f" at {usd(cost)} per 1,000"
    yield f"Without the first 100 prompts, {one_line(preset.name)} reaches {figures}{at}."


def _accuracy(row: PolicyRow) -> str:
    return with_interval(row.accuracy, row.accuracy_low, row.accuracy_high)


def _with_figures(row: PolicyRow) -> str:
    cost = row.cost_usd_per_1k
    at = "" if cost is None else f" at {usd(cost)} per 1,000"
    return f"{one_line(row.name)}: {_accuracy(row)}{at}"


def _point(row: PolicyRow) -> str:
    return f"{one_line(row.name)} ({fraction(row.accuracy)} at {usd(row.cost_usd_per_1k)})"


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]
