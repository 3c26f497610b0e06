"""What to expect of the paths of a route, for one decision."""

from collections import Counter

from secondhalf.experts.account import LEAST as SHORTEST
from secondhalf.experts.tokens import prompt_at_most
from secondhalf.nodes.judging import judging_of
from secondhalf.nodes.reading import (
    chosen,
    conversation_of,
    quality_before,
    request_text,
    trials_of,
    weighed,
)
from secondhalf.nodes.services import Services
from secondhalf.policy.ledger import grant, to_reserve
from secondhalf.policy.planner import Outlook
from secondhalf.policy.quality import answer_of
from secondhalf.policy.search.levels import lifting
from secondhalf.policy.search.outlooks import expected
from secondhalf.policy.search.tree import is_judge
from secondhalf.policy.search.votes import vote
from secondhalf.state.budget import Usage
from secondhalf.state.estimate import Prospects
from secondhalf.state.expert import ExpertCall, ExpertResult, Grant
from secondhalf.state.route import RouteState
from secondhalf.state.strategy import RouteNode, Stage

Draft = tuple[ExpertResult, ...]
OWN_WORD = "no other model than its own could verify it"


class Outlooks:
    """The outlooks of a route as it stands. What paths have in common is found out once."""

    def __init__(self, state: RouteState, services: Services) -> None:
        self._state = state
        self._services = services
        self._parents = chosen(state)[0].parents()
        self._opened = {bundle.node: bundle for bundle in state["bundles"]}
        self._attempts = Counter(bundle.node for bundle in state["bundles"])
        self._common = self._common_template()
        self._conversation = conversation_of(state)
        self._talk = prompt_at_most(self._conversation, self._common.tools) + SHORTEST
        self.panel = weighed(state, trials_of(state))
        """All answers so far, weighed against each other."""
        self.judging = judging_of(state, services, self.panel)
        """What a judge could be asked."""
        self._suits = services.experts.suits(self._common.prompt)
        self._found: dict[str, Outlook] = {}
        self._missing: dict[tuple[Stage, ...], str] = {}
        self._guesses: dict[tuple[tuple[Stage, ...], str], Usage] = {}

    def outlook(self, node: RouteNode) -> Outlook:
        """What to expect of ``node``: quality, an upper estimate of its cost, what it lacks."""
        if node.id not in self._found:
            self._found[node.id] = self._outlook(node)
        return self._found[node.id]

    def _answering(self, node: RouteNode) -> list[str]:
        """The arms of all answers that ``node`` will bring, one model's samples included."""
        arms = self._state["prospects"].paths.get(node.id, {})
        return [arms[name] for name in node.experts if name in arms]

    def dearest(self) -> float:
        """US dollars that the dearest path on offer is expected to cost; 0 if all are free."""
        nodes, costs = chosen(self._state)[0].nodes, self._services.experts.costs_money
        looks = [self.outlook(node) for node in nodes if costs(node) and not is_judge(node)]
        return max((expected(look).usd for look in looks if not look.missing), default=0.0)

    def attempt(self, node: RouteNode) -> int:
        """Which attempt at ``node`` the next would be: the first, unless a call of it was lost."""
        return self._attempts[node.id] + 1

    def entry(self, node: RouteNode) -> str:
        """The id of the next attempt's entry in the ledger."""
        return f"{node.id}#{self.attempt(node)}"

    def template(self, node: RouteNode, granted: Grant) -> ExpertCall:
        """The call that every expert of ``node`` gets, but for its own name, id and share."""
        return self._common.model_copy(
            update={
                "id": f"{self._state['request'].route_id}/{self.entry(node)}",
                "node": node.id,
                "grant": granted,
                "prior": self._draft(node),
            }
        )

    def _outlook(self, node: RouteNode) -> Outlook:
        experts = self._services.experts
        if missing := self._lacks(node):
            return Outlook(0.0, Usage(), missing)
        guess = self._guess(node)
        if is_judge(node):
            return self._verdict(guess)
        most, mean = learned_use(guess, self._state["prospects"], node)
        asked = self._answering(node)
        cost = to_reserve(most, guess, self._state["ledger"].budget, len(asked) * self._talk)
        if len(asked) > 1 and "verifier" not in node.experts:
            voted = vote(asked, self._state["prospects"])
            return Outlook(voted.quality, cost, levels=voted.levels, expected=mean, guess=guess)
        if chosen(self._state)[1].risk == "high" and experts.speaks_for_itself(node):
            # Its answer would be withheld: it is for where nothing better is left.
            return Outlook(0.0, cost, expected=mean, guess=guess, withheld=OWN_WORD)
        quality = quality_before(node, self._state, experts, self._suits)
        return Outlook(quality, cost, expected=mean, guess=guess)

    def _verdict(self, cost: Usage) -> Outlook:
        """The best answer is as good afterwards as it is now, or better where another proves so."""
        if self.judging is None:
            return Outlook(0.0, cost, "no two answers differ of which another model could judge")
        best, verdicts = self.judging.best, self.judging.verdicts
        row = lifting(best, verdicts.gain, verdicts.turns)
        return Outlook(best + verdicts.gain, cost, levels=(row, row, row))

    def _lacks(self, node: RouteNode) -> str:
        """Why its experts cannot be asked; empty if they can."""
        if node.stages not in self._missing:
            experts, names = self._services.experts, node.experts
            missing = next((why for name in names if (why := experts.missing(name))), "")
            if self._state["request"].demands_tool and experts.models.keys().isdisjoint(names):
                missing = missing or "a call of the caller's tools is demanded"
            self._missing[node.stages] = missing
        return self._missing[node.stages]

    def _guess(self, node: RouteNode) -> Usage:
        draft = self._draft(node)
        key = node.stages, "".join(result.call_id for result in draft)
        if key not in self._guesses:
            common = self._common
            template = common.model_copy(update={"prior": draft}) if draft else common
            experts, talk = self._services.experts, self._conversation
            self._guesses[key] = experts.estimate(node, template, talk)
        return self._guesses[key]

    def _draft(self, node: RouteNode) -> Draft:
        """What ``node`` goes on from: the answer of its nearest opened ancestor, if any; for a
        judge the answers it is to compare."""
        if is_judge(node):
            return () if self.judging is None else self.judging.prior
        if node.independent or not self._opened:
            return ()
        above = self._parents.get(node.id)
        while above is not None and above not in self._opened:
            above = self._parents.get(above)
        answer = answer_of(self._opened[above]) if above is not None else None
        return (answer,) if answer is not None else ()

    def _common_template(self) -> ExpertCall:
        state, request = self._state, self._state["request"]
        return ExpertCall(
            id="",
            expert="",
            node="",
            prompt=request_text(state),
            analysis=chosen(state)[1],
            grant=grant(Usage()),
            side_effects=state["side_effects"],
            tools=request.tools,
            tool_choice=request.tool_choice,
        )


def learned_use(guess: Usage, prospects: Prospects, node: RouteNode) -> tuple[Usage, Usage | None]:
    """The 90th percentile of what ``node`` uses, and the mean, by what its arms did so far.

    Where no model answers there are no arms: then the ``guess`` stands, and no mean is known.
    """
    arms = [prospects.arms[arm] for arm in prospects.paths.get(node.id, {}).values()]
    if not arms:
        return guess, None
    usd = sum(arm.usd_share for arm in arms) / len(arms)
    seconds = max(arm.seconds_share for arm in arms)
    most_usd = sum(arm.usd_high for arm in arms) / len(arms)
    most_seconds = max(arm.seconds_high for arm in arms)
    most = _times(guess, max(usd, most_usd), max(seconds, most_seconds))
    return most, _times(guess, usd, seconds)


def _times(guess: Usage, usd: float, seconds: float) -> Usage:
    return guess.model_copy(
        update={
            "usd": usd * guess.usd,
            "seconds": seconds * guess.seconds,
            "input_tokens": int(usd * guess.input_tokens),
            "output_tokens": int(usd * guess.output_tokens),
        }
    )
