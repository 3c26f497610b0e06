"""The classifier of a path when its request has been analyzed already."""

from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertCall, ExpertResult, Role


class KnownAnalysis:
    """Hands the route's analysis to the path's later stages: asking again would cost twice."""

    name = "classifier"
    role: Role = "classifier"
    remote = False
    free = True
    instant = True

    def estimate(self, call: ExpertCall, messages: Sequence[BaseMessage] = ()) -> Usage:
        """Nothing: the analysis is there."""
        return Usage()

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """The analysis that ``call`` carries."""
        analysis = call.analysis
        return ExpertResult(
            call_id=call.id,
            expert=self.name,
            role=self.role,
            output=f"wants {analysis.answer_kind}, difficulty {analysis.difficulty}",
            confidence=analysis.confidence.intent,
            analysis=analysis,
        )
