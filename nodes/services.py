"""What the nodes work with besides the state: experts, policy, memory, planner."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from secondhalf.experts.registry import Experts
from secondhalf.memory import Memory
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.planner import Planner
from secondhalf.policy.quality import Aggregator, assess
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import Budget
from secondhalf.state.config import RouterConfig
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
    noted: set[str] = field(default_factory=set[str])
    """Versions of the policy that memory is known to keep."""

    async def remember_start(self, request: RouteRequest, prompt: str) -> None:
        """Notes in memory, if there is one, that a route has begun."""
        if self.memory is not None:
            if self.policy.version not in self.noted:
                await self.memory.aput_policy(self.policy)
                self.noted.add(self.policy.version)
            await self.memory.arecord_start(request, prompt)

    async def estimates(self, tenant: str) -> Estimates:
        """What was learned so far for ``tenant``; nothing without a memory."""
        return Estimates() if self.memory is None else await self.memory.aestimates(tenant)

    async def remember_waiting(self, route_id: str, waiting: bool) -> None:
        """Notes that a route waits for its user, or goes on."""
        if self.memory is not None:
            await self.memory.aset_status(route_id, "waiting" if waiting else "running")

    async def remember(
        self, request: RouteRequest, analysis: TaskAnalysis | None, result: RouteResult
    ) -> None:
        """Writes a route's outcome, signals and trace."""
        if self.memory is not None:
            await self.memory.arecord_route(request, analysis, result)
