"""A model group: one logical model, with deployments that stand in for each other."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from langchain_core.language_models import BaseChatModel

from secondhalf.experts.deployment import Deployment
from secondhalf.experts.prices import Tokens
from secondhalf.experts.run import Outcome, Pace, Request, Run
from secondhalf.state.budget import Usage
from secondhalf.state.config import ModelConfig, ModelPrices, Tier
from secondhalf.state.expert import ExpertCall

T = TypeVar("T")

TOKENS_PER_SECOND: dict[Tier, float] = {"slm": 80.0, "mid": 60.0, "llm": 40.0}
"""Rather slow for hosted models of each tier, since estimates are to be upper ones."""
LOCAL_TOKENS_PER_SECOND = 15.0
UNKNOWN_PRICES: dict[Tier, ModelPrices] = {
    "slm": ModelPrices(input=0.2, output=1.0),
    "mid": ModelPrices(input=1.0, output=5.0),
    "llm": ModelPrices(input=3.0, output=15.0),
}
"""What is set aside, never charged, for a model whose price is not known."""


class ModelGroup:
    """One logical model: its name, its tier and its deployments, in order of preference.

    ``remote``: what it is told may leave this machine. ``free``: every deployment costs nothing.
    """

    def __init__(self, deployments: Sequence[Deployment], *, pace: Pace | None = None) -> None:
        """``deployments``: one or more, of the same name and tier."""
        self.deployments = tuple(deployments)
        first = self.deployments[0].config
        self.name = first.name
        self.tier: Tier = first.tier
        self.family = first.family
        self.roles = tuple(dict.fromkeys(r for d in self.deployments for r in d.config.roles))
        self.remote = any(not d.local for d in self.deployments)
        self.free = all(d.free for d in self.deployments)
        self._pace = pace or Pace()

    def available(self, now: float | None = None) -> bool:
        """Whether any deployment may be asked at ``now``, a reading of ``time.monotonic``."""
        return any(d.breaker.available(now) for d in self.deployments)

    def estimate(self, prompt: int, answer: int) -> Usage:
        """The most that a call is likely to use.

        ``prompt`` and ``answer`` are tokens. If it costs money, one retry is counted in; the
        tokens of free models count too, their calls do not.
        """
        most = min(answer, max(d.config.max_tokens for d in self.deployments))
        return Usage(
            calls=0 if self.free else 1 + min(1, self.deployments[0].config.max_retries),
            input_tokens=prompt + max(d.overhead.tokens for d in self.deployments),
            output_tokens=most,
            usd=max(_cost(d, Tokens(prompt + d.overhead.tokens, most)) for d in self.deployments),
            seconds=max(_seconds(d, most) for d in self.deployments),
        )

    def most(self, prompt: int, calls: int) -> Usage:
        """The most that ``calls`` requests can use; each may be one to mend the answer before."""
        longest = [(d.overhead.tokens, d.config.max_tokens) for d in self.deployments]
        each = [Tokens(prompt + overhead + answer, answer) for overhead, answer in longest]
        return Usage(
            calls=calls,
            output_tokens=calls * max(tokens.input + tokens.output for tokens in each),
            usd=calls * max(_cost(d, t) for d, t in zip(self.deployments, each, strict=True)),
        )

    async def run(self, call: ExpertCall, request: Request[T]) -> Outcome[T]:
        """Put ``request`` to the model within ``call.grant``.

        Raises only LangGraph's control flow, cancellation and interruption.
        """
        return await Run(self.deployments, call, request, self._pace).outcome()


def groups_of(
    configs: Iterable[ModelConfig], models: Mapping[str, BaseChatModel] | None = None
) -> tuple[ModelGroup, ...]:
    """The models of a configuration in order, those of one name as one group.

    ``models`` are chat models made in Python, by name, for configurations without ``model``.

    Raises:
        ConfigError: for a key's variable that is not set, or a model that does not say which.
    """
    named: dict[str, list[Deployment]] = {}
    for config in configs:
        given = (models or {}).get(config.name) if not config.model else None
        named.setdefault(config.name, []).append(Deployment(config, given))
    return tuple(ModelGroup(deployments) for deployments in named.values())


def _cost(deployment: Deployment, tokens: Tokens) -> float:
    cost = deployment.tariff.cost(tokens)
    if cost is not None:
        return cost
    prices = UNKNOWN_PRICES[deployment.config.tier]
    return (tokens.input * prices.input + tokens.output * prices.output) / 1e6


def _seconds(deployment: Deployment, tokens: int) -> float:
    tier = deployment.config.tier
    # What is here and has a price is a gateway to what is not.
    own = deployment.local and deployment.free
    rate = LOCAL_TOKENS_PER_SECOND if own else TOKENS_PER_SECOND[tier]
    return min(deployment.config.timeout, 2.0 + tokens / rate)
