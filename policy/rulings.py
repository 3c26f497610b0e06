"""What a judge makes of two answers, once it has seen them in both orders."""

from collections.abc import Sequence
from typing import NamedTuple

from secondhalf.state.estimate import Prospects, Reliance
from secondhalf.state.expert import Evidence, ExpertBundle, ExpertResult

_SHOWN = 2


class Ruling(NamedTuple):
    """The verdict of one judge on two answers, which are named by their calls."""

    judge: str
    """The name of the model; empty if none has said anything that can be used."""
    answers: tuple[str, str] | None
    preferred: str
    """One of the two; empty if there is no verdict."""
    reason: str
    """What decided, in the judge's words; or why there is no verdict."""

    @property
    def refused(self) -> str:
        """The answer that was not preferred; empty if there is no verdict."""
        if not self.preferred or self.answers is None:
            return ""
        one, other = self.answers
        return other if self.preferred == one else one


def ruling_of(bundle: ExpertBundle) -> Ruling:
    """The verdict of the two calls of ``bundle``.

    There is one only if both calls asked the same judge about the same answers in both orders, and
    prefer the same. One that turns with the order says where the judge likes to look, no more.
    """
    told = [e for result in bundle.results for e in preferences(result)]
    if len(told) < _SHOWN:
        failed = next((result.error for result in bundle.results if result.error), "")
        why = "not heard in both orders" + (f": {failed}" if failed else "")
        return Ruling("", _shown(told[0]) if told else None, "", why)
    first, second = told[0], told[1]
    judge, answers = str(first.data.get("judge", "")), _shown(first)
    if judge != second.data.get("judge") or answers is None:
        return Ruling("", answers, "", "not heard in both orders by one judge")
    if _shown(second) != answers[::-1]:
        return Ruling(judge, answers, "", "not heard in both orders of the same answers")
    named = [str(e.data.get("preferred", "")) for e in (first, second)]
    if named[0] != named[1]:
        turns = "its verdict turns with the order" if all(named) else "sure in one order only"
        return Ruling(judge, answers, "", turns)
    if named[0] not in answers:
        return Ruling(judge, answers, "", "it prefers neither")
    return Ruling(judge, answers, named[0], first.text)


def preferences(result: ExpertResult) -> list[Evidence]:
    """What ``result`` prefers."""
    return [e for e in result.evidence if e.kind == "preference"] if result.error is None else []


def rulings_of(bundles: Sequence[ExpertBundle]) -> list[Ruling]:
    """The rulings of a route, those without a verdict among them, in their order."""
    judged = (b for b in bundles if any(preferences(result) for result in b.results))
    return [ruling_of(bundle) for bundle in judged]


def reliance(prospects: Prospects, judge: str) -> Reliance:
    """How far ``judge`` is to be believed; as any, if nothing is known of it."""
    return prospects.judges.get(judge, Reliance())


def _shown(preference: Evidence) -> tuple[str, str] | None:
    shown = preference.data.get("shown")
    if not isinstance(shown, list) or len(shown) != _SHOWN or shown[0] == shown[1]:
        return None
    return str(shown[0]), str(shown[1])
