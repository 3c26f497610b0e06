"""From what experts said to opinions that can be weighed against each other."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from secondhalf.policy.agreement import gist
from secondhalf.policy.estimates.calibration import Calibration
from secondhalf.policy.rulings import Ruling, reliance, rulings_of
from secondhalf.policy.standing import Opinion, Standing, worded
from secondhalf.state.estimate import Prospects
from secondhalf.state.expert import ExpertBundle, ExpertResult

TELLING = math.log(1.5)
"""Log-odds from which it is said how an answer is worded."""
ANSWERING = ("reasoner", "tool")
"""Roles of experts that answer."""


class Panel(NamedTuple):
    """The answers of a route so far, and how they stand."""

    standing: Standing
    opinions: Mapping[str, Opinion]
    """By the id of the call that gave it."""
    prospects: Prospects
    rulings: tuple[Ruling, ...] = ()
    """What judges made of two of them."""

    def quality(self, answer: ExpertResult) -> float | None:
        """How probable it is that ``answer`` is right, calibrated; None if it was not weighed."""
        opinion = self.opinions.get(answer.call_id)
        if opinion is None:
            return None
        told = self.prospects
        calibration = Calibration(slope=told.slope, offset=told.offset, curve=told.curve)
        return calibration.stated(self.standing.quality(opinion))

    def best_first(self, bundle: ExpertBundle) -> ExpertBundle:
        """``bundle`` with the most probable of several answers as the path's own."""
        given = [r for r in answers_of(bundle) if r.role == "reasoner"]
        weighed = [(quality, r) for r in given if (quality := self.quality(r)) is not None]
        held = bundle.reasoning
        if held is None or len(weighed) < 2:
            return bundle
        best = max(weighed, key=lambda pair: pair[0])[1]
        others = tuple(held if r is best else r for r in bundle.others)
        return bundle.model_copy(update={"reasoning": best, "others": others})

    def notes(self, answer: ExpertResult) -> list[str]:
        """What speaks for ``answer`` or against it besides others that agree, in words."""
        return [*self.judged(answer), *self.open_ended(answer), *self.worded(answer)]

    def judged(self, answer: ExpertResult) -> list[str]:
        """What judges said of ``answer``, in words."""
        said = [
            (r.judge, "prefers it" if r.preferred == answer.call_id else "prefers another answer")
            for r in self.rulings
            if r.preferred and answer.call_id in (r.preferred, r.refused)
        ]
        return [f"{judge} as judge {what}, in both orders" for judge, what in said]

    def worded(self, answer: ExpertResult) -> list[str]:
        """That ``answer`` is worded like right ones, or wrong ones, in words; nothing where that
        does not say much."""
        told = (self.prospects.told or {}).get(answer.call_id, 0.0)
        if abs(told) < TELLING:
            return []
        kind, odds = ("right", math.exp(told)) if told > 0.0 else ("wrong", math.exp(-told))
        return [f"it is worded like {kind} answers (odds {odds:.1f} : 1)"]

    def open_ended(self, answer: ExpertResult) -> list[str]:
        """That others differ from ``answer`` as they do to an open-ended prompt, in words; nothing
        where that is less probable than not."""
        opinion, chance = self.opinions.get(answer.call_id), 1.0 - self.standing.closed()
        if opinion is None or opinion.gist is None or len(self.standing.groups) < 2:
            return []
        if chance <= 0.5:
            return []
        return [f"others say something else, as to an open-ended prompt they may ({chance:.2f})"]

    def agreeing(self, answer: ExpertResult) -> int:
        """How many other answers say the same."""
        opinion = self.opinions.get(answer.call_id)
        return 0 if opinion is None else self.standing.agreeing(opinion)


def panel_of(bundles: Sequence[ExpertBundle], prospects: Prospects) -> Panel:
    """All answers of ``bundles`` weighed against each other, in their order."""
    standing, opinions = Standing(prospects), dict[str, Opinion]()
    for bundle in bundles:
        for answer in [] if _is_refuted(bundle) else answers_of(bundle):
            opinion = opinion_of(answer, bundle.node, prospects)
            opinions[answer.call_id] = opinion
            standing.add(opinion)
    rulings = rulings_of(bundles)
    for ruling in rulings:
        standing = _ruled(standing, opinions, ruling, reliance(prospects, ruling.judge).right)
    return Panel(standing, opinions, prospects, tuple(rulings))


def _ruled(
    standing: Standing, opinions: dict[str, Opinion], ruling: Ruling, right: float
) -> Standing:
    """``standing`` after a judge's ruling, as far as it was on answers that are weighed."""
    one, other = opinions.get(ruling.preferred), opinions.get(ruling.refused)
    if one is None or other is None:
        return standing
    said = standing.ruled(one, other, right)
    opinions |= {ruling.preferred: said.winner, ruling.refused: said.loser}
    return said.standing


def _is_refuted(bundle: ExpertBundle) -> bool:
    """Whether an executable check failed: then the answer speaks for nothing."""
    evidence = (e for result in bundle.results for e in result.evidence)
    return any(e.kind == "check" and e.passed is False for e in evidence)


def answers_of(bundle: ExpertBundle) -> list[ExpertResult]:
    """What the experts of a path answered in words; the path's own answer comes first."""
    results = (bundle.reasoning, bundle.tool, *bundle.others)
    return [r for r in results if r and r.role in ANSWERING and r.answered and r.output.strip()]


def opinion_of(answer: ExpertResult, node: str, prospects: Prospects) -> Opinion:
    """An answer as an opinion.

    A model is right as often as its arm is expected to be, and answers that are worded so, whatever
    it says of itself. Who computes or copies knows how sure it is.
    """
    arm = prospects.paths.get(node, {}).get(answer.expert)
    if arm is None:
        sure = answer.confidence
        return Opinion(answer.expert, gist(answer.output), (sure, sure, sure))
    prospect = prospects.arms[arm]
    opinion = Opinion(arm, gist(answer.output), prospect.right, prospect.family)
    return worded(opinion, (prospects.told or {}).get(answer.call_id, 0.0))
