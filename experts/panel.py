"""The configured chat models, in the roles that strategies give them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, get_args

from langchain_core.language_models import BaseChatModel

from secondhalf.experts.chat import ChatExpert
from secondhalf.experts.classifier import ClassifierExpert
from secondhalf.experts.expert import Expert
from secondhalf.experts.group import ModelGroup, groups_of
from secondhalf.experts.judges import AnotherJudge, JudgeBetween
from secondhalf.experts.reflector import Reflector
from secondhalf.policy.estimates.arms import Model, family_of
from secondhalf.state.config import ModelConfig, Tier
from secondhalf.state.errors import ConfigError

TIERS: tuple[Tier, ...] = get_args(Tier)
"""From cheap to strong."""


class Panel(NamedTuple):
    """Chat models by what they are asked for."""

    experts: dict[str, Expert]
    """Reasoners, by tier (the first model of each) and by their own names."""
    models: dict[str, Model]
    """The model behind every name in ``experts``."""
    names: tuple[str, ...]
    classifier: Expert | None
    verifier: Expert | None
    judge: JudgeBetween | None
    """Who says which of two answers is right; None without models."""
    judges: dict[str, Model]
    """The models that may judge, by name."""
    strongest: Expert | None
    reflector: Reflector | None
    """The strongest model in that role."""


def model_panel(configs: Sequence[ModelConfig], models: Mapping[str, BaseChatModel]) -> Panel:
    """The models of a configuration and those given from Python, by tier or by name.

    Raises:
        ConfigError: a name of ``models`` that is neither a tier nor configured; a missing key.
    """
    groups = groups_of((*configs, *_configs_of(configs, models)), models)
    reasoners = [g for g in groups if not g.roles or "reasoner" in g.roles]
    experts: dict[str, Expert] = {g.name: ChatExpert(g) for g in reasoners}
    behind = {g.name: _model(g) for g in reasoners}
    for group in reasoners:
        if group.tier not in experts:
            experts[group.tier] = ChatExpert(group, name=group.tier)
            behind[group.tier] = _model(group)
    ranked = sorted(reasoners, key=lambda g: -TIERS.index(g.tier))
    judges = [g for g in groups if "verifier" in g.roles] or ranked
    return Panel(
        experts=experts,
        models=behind,
        names=tuple(g.name for g in groups),
        classifier=_classifier(groups),
        verifier=AnotherJudge(judges, groups) if judges else None,
        judge=JudgeBetween(judges, groups) if judges else None,
        judges={g.name: _model(g) for g in judges},
        strongest=next((experts[t] for t in reversed(TIERS) if t in experts), None),
        reflector=Reflector(ranked[0]) if ranked else None,
    )


def _model(group: ModelGroup) -> Model:
    return Model(group.name, group.tier, group.family or family_of(group.name))


def _configs_of(
    configs: Sequence[ModelConfig], models: Mapping[str, BaseChatModel]
) -> list[ModelConfig]:
    known = {config.name for config in configs}
    made: list[ModelConfig] = []
    for name in models:
        if name in known:
            continue
        if name not in TIERS:
            raise ConfigError(
                f"model {name!r} is neither a tier ({', '.join(TIERS)}) nor a model of the "
                "configuration: name it by its tier, or list it in the configuration"
            )
        made.append(ModelConfig(name=name, tier=name))
    return made


def _classifier(groups: Sequence[ModelGroup]) -> Expert | None:
    named = [g for g in groups if "classifier" in g.roles]
    small = [g for g in groups if not g.roles and g.tier == "slm"]
    return next((ClassifierExpert(g) for g in (*named, *small)), None)
