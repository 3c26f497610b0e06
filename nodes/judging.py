"""What a judge may be asked about a route as it stands, and what of it."""

from typing import NamedTuple

from secondhalf.nodes.reading import trials_of
from secondhalf.nodes.services import Services
from secondhalf.policy.contest import Contest, Verdicts, contest_of, foresee
from secondhalf.policy.opinions import Panel
from secondhalf.policy.planner import best_result
from secondhalf.policy.quality import answer_of
from secondhalf.policy.rulings import reliance
from secondhalf.state.expert import ExpertResult
from secondhalf.state.route import RouteState


class Judging(NamedTuple):
    """Two answers that differ, somebody who could judge between them, and what that may change."""

    contest: Contest
    verdicts: Verdicts
    best: float
    """The quality in hand."""
    prior: tuple[ExpertResult, ...]
    """What the judge gets to see: what was retrieved for the two answers, then these."""


def judging_of(state: RouteState, services: Services, panel: Panel) -> Judging | None:
    """What of ``panel`` could be judged; None if no two answers differ, or nobody could judge."""
    trials = trials_of(state)
    results = {result.path[-1]: result for result in state["results"]}
    given = [
        bundle
        for bundle in state["bundles"]
        if bundle.node not in trials
        and bundle.node in results
        and results[bundle.node].status != "fail"
    ]
    if not given:
        return None
    contest = contest_of(panel, given)
    judge = services.experts.judge_between(contest.answers) if contest is not None else None
    if contest is None or judge is None:
        return None
    bundles = [panel.best_first(bundle) for bundle in given]
    owners = {a.call_id: b.node for b in bundles if (a := answer_of(b)) is not None}
    qualities = {call: results[node].quality for call, node in owners.items()}
    best = best_result(state["results"])
    held = 0.0 if best is None else best.quality
    trust = reliance(state["prospects"], judge.name)
    verdicts = foresee(contest, panel, trust, qualities, held)
    calls = {answer.call_id for answer in contest.answers}
    found = [
        b.retrieval
        for b in given
        if b.retrieval is not None and calls.intersection(r.call_id for r in b.results)
    ]
    return Judging(contest, verdicts, held, (*found, *contest.answers))
