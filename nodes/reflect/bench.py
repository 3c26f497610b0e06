"""What the steps of a look back work with besides the state."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from secondhalf.memory import Memory, StoredRoute
from secondhalf.nodes.services import Services
from secondhalf.policy.learning.cases import Case
from secondhalf.policy.learning.reflector import Rules
from secondhalf.state.config import LearningConfig
from secondhalf.state.policy import RoutingPolicy
from secondhalf.state.reflecting import ReflectRequest
from secondhalf.state.reflection import ReflectionStatus
from secondhalf.state.result import RouteResult
from secondhalf.state.standing import PolicyEvent, PolicyStanding

History = tuple[tuple[StoredRoute, Case], ...]
RunAgain = Callable[[RoutingPolicy, StoredRoute, float], Awaitable[RouteResult]]
"""Runs a past request under a policy, unseen, for at most so many US dollars."""


@dataclass(frozen=True)
class Bench:
    """Given to every step when the graph is built; never part of the state."""

    services: Services
    memory: Memory
    run_again: RunAgain
    clock: Callable[[], float] = time.time
    held: dict[tuple[str, float], History] = field(default_factory=dict[tuple[str, float], History])
    """The history that was read last."""

    @property
    def settings(self) -> LearningConfig:
        """How policies are learned."""
        return self.services.config.policy.learning

    @property
    def rules(self) -> Rules:
        """Who has how much of a say."""
        return Rules(self.settings.words, self.settings.principals)

    @property
    def base(self) -> str:
        """The version of the policy that the configuration gives."""
        return self.services.policy.version

    async def standing(self, request: ReflectRequest) -> PolicyStanding:
        """Which policies are in use."""
        return await self.memory.policies.astanding(request.tenant, self.base)

    async def policy(self, version: str) -> RoutingPolicy:
        """A policy by its version; the configuration's own where it cannot be read."""
        found = await self.memory.policies.aget(version) if version != self.base else None
        return found or self.services.policy

    async def history(self, request: ReflectRequest) -> History:
        """Past routes that teach something, the oldest first; read once per look back."""
        key = request.tenant, request.started_at
        if key not in self.held:
            self.held.clear()
            self.held[key] = await self.memory.ahistory(request.tenant, self.settings.trusted)
        return self.held[key]

    async def enter(
        self, event: PolicyEvent, statuses: dict[str, ReflectionStatus] | None = None
    ) -> PolicyEvent:
        """Adds an entry to the log; see ``Policies.enter``."""
        await self.memory.policies.aenter(event, statuses)
        return event
