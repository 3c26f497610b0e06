"""Two answers that differ: whether a judge may be asked about them, and what it would change."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from secondhalf.policy.opinions import Panel, answers_of
from secondhalf.policy.priors import log_odds, probability
from secondhalf.policy.standing import Opinion, Standing
from secondhalf.state.estimate import Reliance
from secondhalf.state.expert import ExpertBundle, ExpertResult


class Contest(NamedTuple):
    """Two answers that cannot both be the one to give."""

    first: ExpertResult
    """The more probable one."""
    second: ExpertResult

    @property
    def answers(self) -> tuple[ExpertResult, ExpertResult]:
        """Both."""
        return self.first, self.second


class Verdicts(NamedTuple):
    """What a judge may say of a contest, and what that would change."""

    gain: float
    """How much better the best answer is expected to be afterwards; the price is not in it."""
    turns: float
    """How probable it is that another answer will then be the best."""
    ways: tuple[tuple[float, Standing], ...]
    """How it may stand afterwards, each with its probability; sums to 1."""


def contest_of(panel: Panel, bundles: Sequence[ExpertBundle]) -> Contest | None:
    """The most probable answer and the next that differs, unless a judge has compared them.

    ``bundles``: those whose answers may still be given. Answers that say the same count as one;
    those that cannot be compared differ, unless their texts are equal.
    """
    rivals = _rivals(panel, bundles)
    if not rivals:
        return None
    first = rivals[0]
    compared = {frozenset(ruling.answers) for ruling in panel.rulings if ruling.answers}
    for other in rivals[1:]:
        if not any(_same_pair(pair, first, other, panel) for pair in compared):
            return Contest(first, other)
    return None


def _rivals(panel: Panel, bundles: Sequence[ExpertBundle]) -> list[ExpertResult]:
    """The most probable answer of each kind, and these in that order; the earlier of equals."""
    found: dict[int | str, ExpertResult] = {}
    weighed = [answer for bundle in bundles for answer in answers_of(bundle)]
    for answer in sorted(weighed, key=lambda answer: -(panel.quality(answer) or 0.0)):
        opinion = panel.opinions.get(answer.call_id)
        if opinion is not None and not answer.tool_requests:
            found.setdefault(_kind(panel.standing, opinion, answer), answer)
    return list(found.values())


def _kind(standing: Standing, opinion: Opinion, answer: ExpertResult) -> int | str:
    place = None if opinion.gist is None else standing.group_of(opinion.gist)
    return " ".join(answer.output.casefold().split()) if place is None else place


def _same_pair(
    pair: frozenset[str], first: ExpertResult, second: ExpertResult, panel: Panel
) -> bool:
    """Whether ``pair`` are calls that said what these two say."""
    kinds = {_kind_of_call(call, panel) for call in pair}
    return kinds == {_kind_of_call(first.call_id, panel), _kind_of_call(second.call_id, panel)}


def _kind_of_call(call: str, panel: Panel) -> int | str:
    opinion = panel.opinions.get(call)
    place = None
    if opinion is not None and opinion.gist is not None:
        place = panel.standing.group_of(opinion.gist)
    return call if place is None else place


def foresee(
    contest: Contest, panel: Panel, reliance: Reliance, qualities: Mapping[str, float], best: float
) -> Verdicts:
    """What the verdict of a judge may change.

    ``qualities`` are those of answers so far, by call, with all that is known of them; ``best`` is
    the quality in hand. Nothing is gained by hearing what would change no choice: the chance of
    the leader is on average what it was.
    """
    held = [_quality(answer, panel, qualities) for answer in contest.answers]
    opinions = [panel.opinions[answer.call_id] for answer in contest.answers]
    ways = [(1.0 - reliance.decides, panel.standing)]
    gain = turns = 0.0
    for winner, loser in ((0, 1), (1, 0)):
        said = panel.standing.ruled(opinions[winner], opinions[loser], reliance.right)
        chance = reliance.decides * said.chance
        ways.append((chance, said.standing))
        after = dict(zip((winner, loser), (said.winner, said.loser), strict=True))
        moved = [
            _after(held[place], panel.standing.quality(opinions[place]), said.standing.best(now))
            for place, now in sorted(after.items())
        ]
        leads = moved[0] if held[0] >= best else best
        if moved[1] > leads or moved[0] > leads:
            gain += chance * (max(moved) - leads)
            turns += chance
    return Verdicts(min(gain, 1.0 - best) if best < 1.0 else 0.0, turns, tuple(ways))


def _quality(answer: ExpertResult, panel: Panel, qualities: Mapping[str, float]) -> float:
    return qualities.get(answer.call_id, panel.quality(answer) or 0.0)


def _after(held: float, before: float, now: float) -> float:
    """``held``, moved by as many log-odds as lie between ``before`` and ``now``."""
    return probability(log_odds(held) + log_odds(now) - log_odds(before))
