"""Random routes without a graph: planner, ledger, stages and verification, with crashes.

What is durable after each step is kept, as the graph's checkpoints keep it; a crash throws away
the rest, and the step is made again. A bank that knows nothing of the ledger counts what providers
really charged, lost calls included.
"""

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

from secondhalf.policy.agreement import agree
from secondhalf.policy.ledger import (
    charge_lost,
    divided,
    grant,
    left,
    open_ledger,
    reserve,
    settle,
)
from secondhalf.policy.outcome import outcome
from secondhalf.policy.planner import Outlook, SearchPlanner, View
from secondhalf.policy.quality import assess
from secondhalf.policy.stages import bundle_of, is_dead_end, shares, stage_usage
from secondhalf.state.analysis import AnalysisConfidence, TaskAnalysis
from secondhalf.state.budget import Budget, Ledger, Usage
from secondhalf.state.decision import Decision
from secondhalf.state.expert import Evidence, ExpertBundle, ExpertResult, Grant, Role
from secondhalf.state.policy import Price, RoutingPolicy, Thresholds
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import Guard, RouteNode, Strategy

MODELS = ("slm", "mid", "llm", "local")
ANALYSIS = TaskAnalysis(confidence=AnalysisConfidence(difficulty=0.5))
THRESHOLDS = Thresholds()
SLACK = 1e-9
T = TypeVar("T")


class Bank:
    """What was really charged; it knows nothing of reservations."""

    def __init__(self) -> None:
        self.usd = 0.0
        self.tokens = 0
        self.calls = 0

    def charge(self, used: Usage) -> None:
        self.usd += used.usd
        self.tokens += used.tokens
        self.calls += used.calls


class Route(NamedTuple):
    """How a simulated route went."""

    budget: Budget
    ledger: Ledger
    ledgers: list[Ledger]
    """After every step."""
    results: list[RouteResult]
    decisions: list[Decision]
    opened: Counter[str]
    """How often each path was decided on; a repeated step counts once."""
    answer: RouteResult
    bank: Bank
    crashes: int


class World:
    """One random world: a tree, what its experts cost, and how they answer."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.strategy = random_tree(rng, rng.randint(2, 10))
        self.budget = random_budget(rng)
        self.costs = {name: random_cost(rng) for name in ("slm", "mid", "llm", "verifier")}
        self.costs["local"] = Usage()
        self.quality = {node.id: rng.random() for node in self.strategy.nodes}
        self.missing = {n.id: "set aside" for n in self.strategy.nodes if rng.random() < 0.1}
        self.price = Price(usd=rng.choice([0.0, 0.5, 5.0]), second=rng.choice([0.0, 0.005, 0.02]))
        self.crash_rate = rng.choice([0.0, 0.1, 0.3])
        self.bank = Bank()
        self.crashes = 0

    def run(self) -> Route:
        """The route, from its first decision to its answer."""
        ledger, results = open_ledger(self.budget), list[RouteResult]()
        bundles = list[ExpertBundle]()
        ledgers, decisions = [ledger], list[Decision]()
        opened = Counter[str]()
        while True:
            decision = self.repeated(partial(self.decide, ledger, results, bundles))
            decisions.append(decision)
            if decision.action == "stop" or len(decisions) > 2 * len(self.strategy.nodes) + 2:
                break
            opened.update(decision.nodes)
            ledger = self.reserved(ledger, decision)
            ledgers.append(ledger)
            spare = divided(grant(left(ledger)), len(decision.nodes))
            new = [self.consult(name, ledger, spare) for name in decision.nodes]
            bundles += new
            ledger, judged = self.repeated(partial(self.verify, ledger, new, results))
            results += judged
            ledgers.append(ledger)
        answer = outcome(
            request(self.budget), policy(), ANALYSIS, self.strategy, results, ledger, decision
        )
        return Route(
            self.budget,
            ledger,
            ledgers,
            results,
            decisions,
            opened,
            answer,
            self.bank,
            self.crashes,
        )

    def repeated(self, step: Callable[[], T]) -> T:
        """A step without side effects; after a crash it is made again, and gives the same."""
        made = step()
        if self.crashed():
            assert made == step()
        return made

    def crashed(self) -> bool:
        crashed = self.rng.random() < self.crash_rate
        self.crashes += crashed
        return crashed

    def decide(
        self, ledger: Ledger, results: list[RouteResult], bundles: list[ExpertBundle]
    ) -> Decision:
        asked = [r for b in bundles for r in b.results]
        return SearchPlanner().plan(
            View(
                strategy=self.strategy,
                analysis=ANALYSIS,
                results=tuple(results),
                outlook=self.outlook,
                left=left(ledger),
                budget=self.budget,
                thresholds=THRESHOLDS,
                price=self.price,
                preset="balanced",
                may_ask=False,
                has_documents=True,
                answered=frozenset(r.expert for r in asked if r.answered),
            )
        )

    def outlook(self, node: RouteNode) -> Outlook:
        if node.id in self.missing:
            return Outlook(0.0, Usage(), self.missing[node.id])
        stages = [stage_usage([self.costs[name] for name in stage]) for stage in node.stages]
        return Outlook(self.quality[node.id], sum(stages, Usage()))

    def reserved(self, ledger: Ledger, decision: Decision) -> Ledger:
        nodes = self.strategy.by_id()
        for name in decision.nodes:
            ledger = reserve(ledger, f"{name}#1", name, self.outlook(nodes[name]).cost)
        return ledger

    def consult(self, name: str, ledger: Ledger, spare: Grant) -> ExpertBundle:
        """The stages of a path; every call is durable by itself, and may be lost before it is."""
        node = self.strategy.by_id()[name]
        whole = grant(next(e.reserved for e in ledger.entries if e.id == f"{name}#1"))
        results = list[ExpertResult]()
        for place, stage in enumerate(node.stages):
            if is_dead_end(results):
                break
            parts = shares(node, place, whole, spare, results, self.costs)
            results += [
                self.ask(expert, granted, parts.spare)
                for expert, granted in zip(stage, parts.grants, strict=True)
            ]
        return bundle_of(node, 1, results)

    def ask(self, expert: str, granted: Grant, spare: Grant) -> ExpertResult:
        """One call; a crash while it is in flight loses its answer, not its bill."""
        times, lost, given = 0, Usage(), granted
        while self.crashed() and granted.calls:
            self.bank.charge(self.used(expert, given))
            times += 1
            lost, given = charge_lost(granted, spare, times)
        used = self.used(expert, given)
        self.bank.charge(used)
        return self.said(expert, used, lost)

    def used(self, expert: str, granted: Grant) -> Usage:
        """What an honest provider charges: at most what was granted, often all of it."""
        if expert != "local" and not granted.calls:
            return Usage()  # refused: it cannot be paid
        part = self.rng.choice([1.0, self.rng.random()])
        return Usage(
            usd=part * granted.usd,
            output_tokens=int(part * granted.tokens),
            calls=max(min(1, granted.calls), int(part * granted.calls)),
            seconds=part * granted.seconds,
        )

    def said(self, expert: str, used: Usage, lost: Usage) -> ExpertResult:
        role: Role = "verifier" if expert == "verifier" else "reasoner"
        told: dict[str, Any] = {
            "call_id": expert,
            "expert": expert,
            "role": role,
            "usage": used,
            "lost": lost,
        }
        if self.rng.random() < 0.2 or (expert != "local" and not used.calls):
            return ExpertResult(**told, error="out of order")
        if role == "reasoner":
            check = Evidence(kind="check", source="c", passed=self.rng.random() < 0.7)
            evidence = (check,) if self.rng.random() < 0.3 else ()
            return ExpertResult(**told, output=self.rng.choice("abc"), model="m", evidence=evidence)
        score = self.rng.random()
        judged = Evidence(kind="judge", source="j", passed=score > 0.5, score=score)
        return ExpertResult(**told, output="verdict", evidence=(judged,))

    def verify(
        self, ledger: Ledger, new: list[ExpertBundle], results: list[RouteResult]
    ) -> tuple[Ledger, list[RouteResult]]:
        longest = max(b.usage.seconds for b in new)
        judged = list[RouteResult]()
        for place, bundle in enumerate(new):
            used = bundle.usage.model_copy(update={"seconds": longest if place == 0 else 0.0})
            ledger = settle(ledger, f"{bundle.node}#1", bundle.node, used)
            judged.append(self.judged(bundle, [*results, *judged]))
        return ledger, judged

    def judged(self, bundle: ExpertBundle, earlier: list[RouteResult]) -> RouteResult:
        node = self.strategy.by_id()[bundle.node]
        said = bundle.reasoning.output if bundle.reasoning else ""
        agreeing = sum(agree(said, result.answer or "") for result in earlier)
        found = assess(bundle, node, self.quality[node.id], THRESHOLDS, agreeing)
        return RouteResult(
            route_id="r",
            status=found.status,
            quality=found.quality,
            reason=found.reason,
            path=(node.id,),
            answer=bundle.reasoning.output or None if bundle.reasoning else None,
            cost_usd=bundle.usage.usd,
        )


def random_tree(rng: random.Random, size: int) -> Strategy:
    parents = [rng.choice([None, None, None, *range(place)]) for place in range(size)]
    nodes = tuple(
        RouteNode(
            id=f"n{place}",
            stages=(
                tuple(rng.sample(MODELS, rng.choice([1, 1, 1, 2, 3]))),
                *rng.choice([(), (), (("verifier",),)]),
            ),
            children=tuple(f"n{c}" for c, parent in enumerate(parents) if parent == place),
            guard=Guard(
                fallback=rng.random() < 0.2 and parents[place] is None,
                unasked=rng.random() < 0.2,
            ),
            independent=rng.random() < 0.3,
            verified=rng.random() < 0.1,
        )
        for place in range(size)
    )
    roots = tuple(f"n{place}" for place, parent in enumerate(parents) if parent is None)
    return Strategy(name="RANDOM", roots=roots, nodes=nodes)


def random_cost(rng: random.Random) -> Usage:
    return Usage(
        usd=rng.choice([0.0001, rng.uniform(0.0, 0.05)]),
        calls=rng.randint(1, 2),
        seconds=rng.uniform(0.1, 20.0),
        input_tokens=rng.randint(0, 1000),
        output_tokens=rng.randint(1, 1000),
    )


def random_budget(rng: random.Random) -> Budget:
    """Mostly caps that let a search go on for a while; some that stop it, some nothing passes."""
    tight = rng.choice([0, 1, 2, 2, 2, 2])
    return Budget(
        usd=rng.choice([[0.0, 0.02], [0.05, 0.1], [0.2, 0.5, 2.0]][tight]),
        seconds=rng.choice([[0.0, 20.0], [40.0, 80.0], [200.0, 500.0, 1000.0]][tight]),
        tokens=rng.choice([[0, 2000], [5000, 10_000], [20_000, 100_000]][tight]),
        calls=rng.choice([[0, 2], [4, 6], [8, 12, 24]][tight]),
        nodes=rng.choice([[0, 1, 2], [3, 4], [6, 8, 12]][tight]),
        depth=rng.choice([[1, 2], [2, 3], [3, 4]][tight]),
    )


def request(budget: Budget) -> RouteRequest:
    return RouteRequest(
        route_id="r", thread_id="t", started_at=0.0, budget=budget, preset="balanced"
    )


def policy() -> RoutingPolicy:
    from secondhalf.policy.defaults import default_policy
    from secondhalf.state.config import PolicyConfig

    return default_policy(PolicyConfig())
