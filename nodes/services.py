"""What the nodes work with besides the state: experts, policy, memory, planner."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from secondhalf.experts.registry import Experts
from secondhalf.memory import Memory
from secondhalf.memory.embedder import Embedder
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.learning.lifecycle import propensity, version_for
from secondhalf.policy.planner import Planner
from secondhalf.policy.quality import Aggregator, assess
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import Budget
from secondhalf.state.config import RouterConfig
from secondhalf.state.estimate import Wording
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import Strategy


@dataclass(frozen=True)
class Services:
    """Given to every node when the graph is built; never part of the state."""

    experts: Experts
    policy: RoutingPolicy
    strategies: Mapping[str, Strategy]
    planner: Planner
    budget: Budget
    memory: Memory | None = None
    aggregate: Aggregator = assess
    config: RouterConfig = field(default_factory=RouterConfig)
    embedder: Embedder | None = None
    known: dict[str, RoutingPolicy] = field(default_factory=dict[str, RoutingPolicy])
    """Policies that memory is known to keep, by version."""
    unseen: bool = False
    """Whether routes are only tried: nothing is written to memory, nothing in the world changed."""

    async def remember_start(
        self, request: RouteRequest, prompt: str
    ) -> tuple[RoutingPolicy, float]:
        """Notes in memory, if there is one, that a route has begun.

        Returns the policy it runs under, and how probable that one was.
        """
        if self.memory is None or self.unseen:
            return self.policy, 1.0
        if self.policy.version not in self.known:
            await self.memory.policies.aput(self.policy, request.started_at)
            self.known[self.policy.version] = self.policy
        standing = await self.memory.arecord_start(request, prompt, self.policy.version)
        if standing is None:
            return self.policy, 1.0
        version = version_for(standing, request.thread_id)
        chance = propensity(standing, version)
        return await self._policy(version, standing.active), chance

    async def _policy(self, *versions: str) -> RoutingPolicy:
        """The first of ``versions`` that can be read; the configuration's own if none can."""
        for version in versions:
            if version not in self.known and self.memory is not None:
                found = await self.memory.policies.aget(version)
                if found is not None:
                    self.known[version] = found
            if version in self.known:
                return self.known[version]
        return self.policy

    async def estimates(self, tenant: str) -> Estimates:
        """What was learned so far of models for ``tenant``; nothing without a memory, or models."""
        if self.memory is None or not self.experts.models:
            return Estimates()
        return await self.memory.aestimates(tenant)

    async def wordings(self, answers: Mapping[str, str]) -> dict[str, Wording]:
        """How ``answers``, by their keys, are worded, as memory may keep it; nothing without."""
        return {} if self.memory is None else await self.memory.awordings(answers)

    async def remember_waiting(self, route_id: str, waiting: bool) -> None:
        """Notes that a route waits for its user, or goes on."""
        if self.memory is not None and not self.unseen:
            await self.memory.aset_status(route_id, "waiting" if waiting else "running")

    async def remember(
        self, request: RouteRequest, analysis: TaskAnalysis | None, result: RouteResult
    ) -> None:
        """Writes a route's outcome, signals and trace."""
        if self.memory is not None and not self.unseen:
            await self.memory.arecord_route(request, analysis, result)
