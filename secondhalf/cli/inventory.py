"""What a router would work with on this machine; finding out costs nothing."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from secondhalf.experts.redaction import redact

if TYPE_CHECKING:
    from secondhalf.experts.expert import Expert
    from secondhalf.experts.registry import Experts
    from secondhalf.state.config import ModelConfig, RouterConfig
    from secondhalf.state.strategy import RouteNode


class Model(NamedTuple):
    """One deployment of a configured model."""

    name: str
    model: str
    tier: str
    place: str
    """The host it runs on, or its provider."""
    remote: bool
    free: bool
    missing: str = ""
    """Why it cannot be asked; empty if it can."""


class Seat(NamedTuple):
    """A place in a stage of a path: who sits in it, or why it is empty."""

    expert: str
    by: str
    missing: str


class PathPlan(NamedTuple):
    """A path of a strategy with all its seats, stage by stage."""

    path: str
    description: str
    stages: list[list[Seat]]

    @property
    def usable(self) -> bool:
        """Whether nobody is missing."""
        return not any(seat.missing for stage in self.stages for seat in stage)


class Inventory(NamedTuple):
    """Everything ``secondhalf check`` tells."""

    config: str
    """The configuration's file; empty if the environment was asked."""
    found: list[str]
    """What the environment offers, in lines."""
    models: list[Model]
    documents: dict[str, Any] | None
    database: str
    database_made: bool
    """Whether it is there; if not, the first route makes it."""
    learned: dict[str, Any]
    """What stated quality rests on: ``outcomes``, ``method`` and ``ece`` (None without any)."""
    strategies: dict[str, list[PathPlan]]


def take_inventory(config: "RouterConfig", found: Iterable[str], database: str) -> Inventory:
    """Looks at everything a route would use; asks no model anything.

    Args:
        config: what a route would be configured with.
        found: what was discovered on this machine, in lines.
        database: the URL of the database.

    Raises:
        SecondHalfError: something that is configured cannot be used; a model whose key is not
            set is listed instead.
    """
    from secondhalf.experts.registry import build_experts
    from secondhalf.places import NOWHERE, is_made
    from secondhalf.policy.settings import check_rules
    from secondhalf.policy.trees import STRATEGIES

    models = _models(config)
    ready = tuple(
        model for model, seen in zip(config.models, models, strict=True) if not seen.missing
    )
    experts = build_experts(config.model_copy(update={"models": ready}), {}, None, ())
    strategies = STRATEGIES | {strategy.name: strategy for strategy in config.strategies}
    check_rules(config.policy.rules or (), strategies)
    for strategy in config.strategies if len(ready) == len(models) else ():
        experts.check(strategy)
    made = is_made(database)
    learned = _learned(database if made else NOWHERE)
    return Inventory(
        config=config.path,
        found=list(found),
        models=models,
        documents=_documents(config),
        database=redact(database),
        database_made=made,
        learned=learned,
        strategies={
            name: [_plan(node, experts) for node in strategy.nodes]
            for name, strategy in strategies.items()
        },
    )


def _models(config: "RouterConfig") -> list[Model]:
    return [_model(model) for model in config.models]


def _model(config: "ModelConfig") -> Model:
    from secondhalf.experts.deployment import Deployment
    from secondhalf.experts.models import api_key, endpoint, on_this_machine, provider_of
    from secondhalf.state.errors import ConfigError

    try:
        api_key(config)
    except ConfigError as error:
        url = endpoint(config)
        place = redact(urlsplit(url).netloc if url else provider_of(config))
        remote = not on_this_machine(url)
        why = str(error).removeprefix(f"model {config.name!r} ")
        return Model(config.name, config.model, config.tier, place, remote, False, why)
    found = Deployment(config)
    return Model(
        config.name,
        found.model_name,
        config.tier,
        redact(found.place),
        not found.local,
        found.free,
    )


def _plan(node: "RouteNode", experts: "Experts") -> PathPlan:
    stages = [[_seat(name, experts) for name in stage] for stage in node.stages]
    return PathPlan(node.id, node.description, stages)


def _seat(name: str, experts: "Experts") -> Seat:
    from secondhalf.state.strategy import USER

    if name == USER:
        return Seat(name, "you", "")
    missing = experts.missing(name)
    return Seat(name, "" if missing else _who(experts.get(name)), missing)


def _who(expert: "Expert") -> str:
    from secondhalf.experts.judges import Judges

    group = getattr(expert, "group", None)
    if group is not None:
        return f"model {group.name!r}"
    if isinstance(expert, Judges):
        return f"model {' or '.join(repr(name) for name in expert.models)}"
    return "local"


def _documents(config: "RouterConfig") -> dict[str, Any] | None:
    if config.retrieval.docs is None:
        return None
    from secondhalf.experts.documents.corpus import load_documents

    corpus = load_documents(Path(config.retrieval.docs))
    return {
        "folder": str(corpus.folder),
        "files": len(corpus.files),
        "passages": len(corpus.passages),
        "skipped": len(corpus.skipped),
    }


def _learned(database: str) -> dict[str, Any]:
    """What was learned, once the database of that URL has answered."""
    from secondhalf.memory import Memory

    with Memory.from_url(database) as memory:
        calibration = memory.estimates().common.calibration
    return {
        "outcomes": calibration.outcomes or len(calibration.pairs),
        "method": calibration.method,
        "ece": calibration.error() if calibration.pairs else None,
    }


def as_object(found: Inventory) -> Mapping[str, Any]:
    """The inventory as JSON."""
    return found._asdict() | {
        "models": [model._asdict() for model in found.models],
        "strategies": {
            name: [
                {
                    "path": plan.path,
                    "usable": plan.usable,
                    "stages": [[seat._asdict() for seat in stage] for stage in plan.stages],
                }
                for plan in plans
            ]
            for name, plans in found.strategies.items()
        },
    }
