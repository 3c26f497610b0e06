"""A router as far as a world of outcomes needs one: the real estimates, leanings and planner.

Simulated are the answers: a path is right as often as the world says. Everything that decides is
what a route uses (``policy/``): expectations from ``learn`` and ``prospects``, what a policy has
learned by ``leaning`` and ``leaned``, and the first path that the planner opens. All paths cost the
same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from secondhalf.policy.defaults import default_policy
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.estimates.foresee import Prior, prospects
from secondhalf.policy.estimates.learn import learn
from secondhalf.policy.estimates.lesson import Lesson
from secondhalf.policy.learning.buckets import bucket_of
from secondhalf.policy.learning.leaning import leaned, leaning
from secondhalf.policy.ledger import left, open_ledger
from secondhalf.policy.planner import Outlook, SearchPlanner, View
from secondhalf.policy.standing import Standing
from secondhalf.state.analysis import AnalysisConfidence, Level, TaskAnalysis
from secondhalf.state.budget import DEFAULT_BUDGET, Usage
from secondhalf.state.estimate import Answered
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.strategy import RouteNode, Strategy

LEVEL: Level = "medium"
STRATEGY = "WORLD"
ANALYSIS = TaskAnalysis(difficulty=LEVEL, confidence=AnalysisConfidence(difficulty=0.5))
BUCKET = bucket_of(ANALYSIS)
COST = Usage(usd=0.001, calls=1)
PRICE = default_policy().prices["balanced"]


@dataclass
class Router:
    """``priors``: how often each path is thought to be right before any outcome."""

    priors: Mapping[str, float]
    policy: RoutingPolicy = field(default_factory=default_policy)
    exploration: float = 0.02
    estimates: Estimates = field(default_factory=Estimates)

    def __post_init__(self) -> None:
        """The tree: every path one model's own answer."""
        nodes = tuple(RouteNode(id=name, stages=((name,),)) for name in self.priors)
        self._tree = Strategy(name=STRATEGY, roots=tuple(self.priors), nodes=nodes)
        self._arms = {name: Prior(mean, name) for name, mean in self.priors.items()}
        self._ledger = open_ledger(DEFAULT_BUDGET)

    def first(self, policy: RoutingPolicy | None = None, at: float = 0.0) -> str:
        """The path that the planner opens first, under ``policy`` if it is another one."""
        policy = policy or self.policy
        lean = leaning(policy, STRATEGY, BUCKET, at)
        known = prospects(self.estimates, LEVEL, "", self._arms)
        paths = {name: {name: name} for name in self.priors}
        known = leaned(known.model_copy(update={"paths": paths}), lean.weights)
        view = View(
            strategy=self._tree,
            analysis=ANALYSIS,
            results=(),
            outlook=lambda node: Outlook(known.arms[node.id].right[1], COST, expected=COST),
            left=left(self._ledger),
            budget=DEFAULT_BUDGET,
            thresholds=lean.thresholds,
            price=PRICE.where(COST.usd),
            preset="balanced",
            may_ask=False,
            has_documents=False,
            answered=frozenset(),
            prospects=known,
            standing=Standing(known),
            exploration=self.exploration,
        )
        return SearchPlanner().plan(view).nodes[0]

    def take(self, outcomes: Sequence[tuple[str, float]], at: float = 0.0) -> None:
        """Learn how good the answers of paths to one prompt were."""
        answers = [Answered(arm=name, prior=self.priors[name], family=name) for name, _ in outcomes]
        scores = [score for _, score in outcomes]
        lesson = Lesson(LEVEL, answers, scores, bucket=BUCKET, at=at)
        self.estimates = learn(self.estimates, lesson)
