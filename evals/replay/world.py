"""The router that a data set is replayed through: its models, and a tree of paths over them.

A router gets nothing of a data set but this list: who can be asked, at which prices.
"""

import math
from collections.abc import Mapping

from secondhalf.evals.data.dataset import DataSet, ListPrice
from secondhalf.evals.replay.models import ReplayModel
from secondhalf.state.config import ModelConfig, ModelPrices, PolicyConfig, RouterConfig, Tier
from secondhalf.state.policy import Rule
from secondhalf.state.strategy import Guard, RouteNode, Strategy

REPLAY = "REPLAY"
"""Name of the only strategy: a replay knows the answers of its models and no other expert's."""
LONGEST_ANSWER = 32_768
"""Tokens: what a route can still pay for limits an answer, not a setting of ours."""
_TIERS: tuple[Tier, ...] = ("slm", "mid", "llm")
_ONCE = Guard(unasked=True)


def replay_models(dataset: DataSet) -> dict[str, ReplayModel]:
    """A chat model for each model of ``dataset``, by name."""
    return {name: ReplayModel(model=name) for name in dataset.models}


def replay_config(dataset: DataSet) -> RouterConfig:
    """Configuration of a router over the recorded models.

    Every model is a path of its own. Which are asked, and after which, is the router's to find out.
    """
    tiers = tiers_by_price(dataset)
    return RouterConfig(
        models=tuple(_model(dataset, place, tiers) for place in range(len(dataset.models))),
        strategies=(_tree(dataset),),
        policy=PolicyConfig(rules=(Rule(name="replay", strategy=REPLAY),)),
    )


def tiers_by_price(dataset: DataSet) -> dict[str, Tier]:
    """Thirds of the range of prices, on a logarithmic scale; models of unknown price are mid.

    Two models are always slm and llm. Without prices they count as listed from weak to strong.
    """
    known = {name: _blended(price) for name, price in _priced(dataset).items()}
    if len(dataset.models) == 2:
        first, second = sorted(dataset.models, key=lambda name: known.get(name, 0.0))
        return {first: "slm", second: "llm"}
    logs = {name: math.log(price) for name, price in known.items() if price > 0}
    low, high = min(logs.values(), default=0.0), max(logs.values(), default=0.0)

    def tier(name: str) -> Tier:
        if name not in logs:
            return "slm" if name in known else "mid"
        place = (logs[name] - low) / (high - low) if high > low else 0.5
        return _TIERS[min(2, int(3 * place))]

    return {name: tier(name) for name in dataset.models}


def _priced(dataset: DataSet) -> dict[str, ListPrice]:
    prices = dataset.prices or (None,) * len(dataset.models)
    named = zip(dataset.models, prices, strict=True)
    return {name: price for name, price in named if price is not None}


def _blended(price: ListPrice) -> float:
    """One figure for a price: input and output in equal parts, as most answers are."""
    return (price.input + price.output) / 2


def _model(dataset: DataSet, place: int, tiers: Mapping[str, Tier]) -> ModelConfig:
    name = dataset.models[place]
    price = dataset.prices[place] if dataset.prices else None
    return ModelConfig(
        name=name,
        tier=tiers[name],
        roles=("reasoner",),
        prices=None if price is None else ModelPrices(input=price.input, output=price.output),
        context_window=1_000_000,
        max_tokens=LONGEST_ANSWER,
        max_retries=0,
    )


def _tree(dataset: DataSet) -> Strategy:
    own = tuple(
        RouteNode(id=name, description=f"{name} answers", stages=((name,),), guard=_ONCE)
        for name in dataset.models
    )
    return Strategy(
        name=REPLAY,
        description="Any recorded model, as many of them as are worth it.",
        roots=dataset.models,
        nodes=own,
    )
