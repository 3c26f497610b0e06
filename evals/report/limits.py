"""What the figures of a report cannot say."""

from collections.abc import Iterator

from secondhalf.evals.report.content import Report
from secondhalf.evals.report.picks import of_kind
from secondhalf.evals.report.text import fraction, several

_FEW_PROMPTS = 300
_SMALL_GAP = 0.03


def limits(report: Report) -> tuple[str, ...]:
    """One sentence each, the ones that hold of every replay last."""
    return (*_of_this_run(report), *_ALWAYS)


_ALWAYS = (
    "Answers were recorded before: a policy can only give one of them, and no other wording, "
    "tool or retry was tried.",
    "Intervals are 95 % and over prompts like these; other tasks may turn out otherwise.",
    "Single models, hulls and oracles are chosen in hindsight and are so a little better than "
    "a choice made beforehand.",
    "Costs are tokens at list prices, not a bill; hidden reasoning tokens that nobody recorded "
    "are not in them.",
)


def _of_this_run(report: Report) -> Iterator[str]:
    prompts = report.data.prompts
    if prompts < _FEW_PROMPTS:
        yield f"With {several(prompts, 'prompt')} only large differences show."
    if len(report.seeds) == 1:
        yield "There was one run: nothing is known of how much another seed would change."
    unpriced = [row.name for row in report.policies if row.cost_usd_per_1k is None]
    if unpriced:
        yield f"What {several(len(unpriced), 'policy', 'policies')} cost is not known."
    if report.summary.apgr is not None:
        accuracies = [row.accuracy for row in of_kind(report, "model")]
        gap = max(accuracies, default=0.0) - min(accuracies, default=0.0)
        if len(accuracies) == 2 and gap < _SMALL_GAP:
            yield (
                f"The strong model is only {fraction(gap)} better than the weak one: "
                "APGR and CPT are unstable."
            )
    if any(row.warning for row in report.off_policy):
        yield "Some off-policy estimates warn that the log overlaps too little with the policy."
