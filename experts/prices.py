"""What a model's tokens cost: from the configuration, else from the public price list."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, cast

from langchain_core.messages.ai import UsageMetadata

from secondhalf.state.config import ModelPrices

FREE = ModelPrices(input=0.0, output=0.0)
_IDS = {
    "google_genai": "google",
    "google_vertexai": "google",
    "mistralai": "mistral",
    "xai": "x-ai",
    "azure_openai": "azure",
    "bedrock": "aws",
    "bedrock_converse": "aws",
}
"""LangChain's names of providers that the price list calls otherwise."""


class Tokens(NamedTuple):
    """Tokens of one answer. ``cached`` are part of ``input``, ``reasoning`` of ``output``."""

    input: int
    output: int
    cached: int = 0
    reasoning: int = 0


def tokens_of(usage: UsageMetadata) -> Tokens | None:
    """The token counts that a provider reported; None if they are no counts of tokens."""
    whole = _count(usage.get("input_tokens")), _count(usage.get("output_tokens"))
    if whole[0] is None or whole[1] is None:
        return None
    return Tokens(
        input=whole[0],
        output=whole[1],
        cached=_detail(usage.get("input_token_details"), "cache_read"),
        reasoning=_detail(usage.get("output_token_details"), "reasoning"),
    )


def _detail(details: object, name: str) -> int:
    """A part of the tokens; none if it is not told, or not as a count."""
    if not isinstance(details, Mapping):
        return 0
    return _count(cast("Mapping[str, object]", details).get(name)) or 0


def _count(reported: object) -> int | None:
    """A number of tokens, whole and not negative; None for anything else."""
    if isinstance(reported, bool) or not isinstance(reported, int | float):
        return None
    if isinstance(reported, float) and not math.isfinite(reported):
        return None
    return int(reported) if reported >= 0 else None


class Tariff:
    """The price of one deployment's tokens: given, listed under the model's name, or unknown."""

    def __init__(self, model: str, given: ModelPrices | None, url: str | None = None) -> None:
        """``given`` prices go before the list's; with a ``url``, only that provider's count."""
        self._model = model
        self._given = given
        self._url = url

    @property
    def free(self) -> bool:
        """Whether every token is free."""
        return self._given is not None and not self._given.input and not self._given.output

    @property
    def known(self) -> bool:
        """Whether there is a price."""
        return self.cost(Tokens(1, 1)) is not None

    def cost(self, tokens: Tokens) -> float | None:
        """US dollars; None if the price is not known."""
        if self._given is not None:
            whole = tokens.input * self._given.input + tokens.output * self._given.output
            return whole / 1e6
        return _listed(self._model, self._url, tokens)

    def payable(self, usd: float, input_tokens: int) -> float:
        """Output tokens that ``usd`` pays for once the input is paid; infinite if unpriced."""
        many = 100_000
        paid = self.cost(Tokens(input_tokens, 0))
        whole = self.cost(Tokens(input_tokens, many))
        if paid is None or whole is None or whole <= paid:
            return float("inf") if paid is None or paid <= usd else 0.0
        return max(0.0, (usd - paid) / (whole - paid) * many)


@lru_cache(maxsize=4096)
def _listed(model: str, url: str | None, tokens: Tokens) -> float | None:
    from genai_prices import Usage, calc_price

    usage = Usage(
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cache_read_tokens=min(tokens.cached, tokens.input),
    )
    provider, _, name = model.rpartition(":")
    try:
        if url is not None:
            return float(calc_price(usage, model, provider_api_url=url).total_price)
        if provider:
            return float(
                calc_price(usage, name, provider_id=_IDS.get(provider, provider)).total_price
            )
        return float(calc_price(usage, model).total_price)
    except (LookupError, ValueError):
        return None
