"""Local experts that compute: exact, extract and decompose."""

import asyncio
import time
from collections.abc import Callable, Sequence

from langchain_core.messages import BaseMessage

from secondhalf.experts.expert import failed, seconds_since
from secondhalf.experts.local.solution import Solution
from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertCall, ExpertResult, Role

Solve = Callable[[str], Solution | None]


class SolverExpert:
    """Asks solvers that need no model; free, and never leaves this machine."""

    role: Role = "reasoner"
    remote = False
    free = True
    instant = True

    def __init__(self, name: str, solve: Solve, cannot: str) -> None:
        """``cannot`` is what is said when the request is nothing for it."""
        self.name = name
        self._solve = solve
        self._cannot = cannot

    def estimate(self, call: ExpertCall, messages: Sequence[BaseMessage] = ()) -> Usage:
        """Nothing: local computing is free."""
        return Usage()

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """The solution as ``output``, with the checks it passed as evidence."""
        began = time.monotonic()
        try:
            solution = await asyncio.to_thread(self._solve, call.prompt)
        except Exception as error:  # noqa: BLE001 - experts never raise: failure is data
            return failed(call, self.role, f"{type(error).__name__} while computing")
        seconds = Usage(seconds=seconds_since(began))
        if solution is None:
            return failed(call, self.role, self._cannot, usage=seconds)
        return ExpertResult(
            call_id=call.id,
            expert=self.name,
            role=self.role,
            output=solution.answer,
            confidence=solution.confidence,
            usage=seconds,
            evidence=solution.evidence,
            notes=(solution.explanation,) if solution.explanation else (),
        )
