"""What a test needs to ask one chat model something over HTTP."""

from typing import Any

from secondhalf.experts.breaker import Breaker
from secondhalf.experts.deployment import Deployment
from secondhalf.experts.group import ModelGroup
from secondhalf.experts.run import Pace
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.config import ModelConfig, ModelPrices
from secondhalf.state.expert import ExpertCall, ExpertResult, Grant

PRICES = ModelPrices(input=1.0, output=10.0)
GRANT = Grant(usd=0.05, seconds=30.0, tokens=50_000, calls=8)


class FakePace:
    """A clock that stands still but for what is slept; ``waits`` holds every pause."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))
        self.now += seconds

    @property
    def pace(self) -> Pace:
        return Pace(clock=lambda: self.now, sleep=self.sleep, jitter=lambda: 0.0)


def config(url: str, model: str = "m", **fields: Any) -> ModelConfig:
    """A paid model of the test server; ``fields`` override."""
    usual = {"name": "mid", "tier": "mid", "model": model, "base_url": url, "prices": PRICES}
    return ModelConfig.model_validate(usual | fields)


def group(*configs: ModelConfig, pace: FakePace | None = None, **breaker: Any) -> ModelGroup:
    """A group whose deployments have breakers of their own."""
    mine = (pace or FakePace()).pace
    deployments = [Deployment(c, breaker=Breaker(clock=mine.clock, **breaker)) for c in configs]
    return ModelGroup(deployments, pace=mine)


def call(prompt: str = "What is 6 times 7?", **fields: Any) -> ExpertCall:
    """A call as an opened path makes it; ``fields`` override."""
    defaults: dict[str, Any] = {
        "id": "c1",
        "expert": "mid",
        "node": "mid",
        "prompt": prompt,
        "analysis": TaskAnalysis(),
        "grant": GRANT,
    }
    return ExpertCall(**defaults | fields)


def result(role: str, output: str, **fields: Any) -> ExpertResult:
    """An earlier result."""
    defaults: dict[str, Any] = {"call_id": "c0", "expert": role, "role": role, "output": output}
    return ExpertResult(**defaults | fields)
