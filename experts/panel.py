"""The configured chat models, in the roles that strategies give them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, get_args

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from secondhalf.experts.chat import ChatExpert
from secondhalf.experts.classifier import ClassifierExpert
from secondhalf.experts.expert import Expert
from secondhalf.experts.group import ModelGroup, groups_of
from secondhalf.experts.judge import VerifierExpert, answer_to_check
from secondhalf.experts.reflector import Reflector
from secondhalf.policy.estimates.arms import Model, family_of
from secondhalf.state.budget import Usage
from secondhalf.state.config import ModelConfig, Tier
from secondhalf.state.errors import ConfigError
from secondhalf.state.expert import ExpertCall, ExpertResult, Role

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
    return Panel(
        experts=experts,
        models=behind,
        names=tuple(g.name for g in groups),
        classifier=_classifier(groups),
        verifier=_verifier(groups, ranked),
        strongest=next((experts[t] for t in reversed(TIERS) if t in experts), None),
        reflector=Reflector(ranked[0]) if ranked else None,
    )


def _model(group: ModelGroup) -> Model:
    return Model(group.name, group.tier, group.family or family_of(group.name))


class AnotherJudge:
    """Judges by a model of another family than the one that answered, where there is one."""

    name = "verifier"
    role: Role = "verifier"

    def __init__(self, judges: Sequence[ModelGroup]) -> None:
        """``judges``: at least one, the strongest first."""
        self._judges = tuple((group, VerifierExpert(group)) for group in judges)
        self.remote = any(group.remote for group in judges)
        self.free = all(group.free for group in judges)

    def available(self, now: float | None = None) -> bool:
        """Whether any judge may be asked at ``now``."""
        return any(group.available(now) for group, _ in self._judges)

    def estimate(self, call: ExpertCall, messages: Sequence[BaseMessage] = ()) -> Usage:
        """The dearest judge's estimate: who judges depends on who will have answered."""
        estimates = [judge.estimate(call, messages) for _, judge in self._judges]
        return max(estimates, key=lambda usage: (usage.usd, usage.seconds))

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """The chosen judge's verdict."""
        return await self._judge_of(call).ask(call, messages)

    def _judge_of(self, call: ExpertCall) -> VerifierExpert:
        answer = answer_to_check(call.prior)
        judges = [pair for pair in self._judges if pair[0].available()] or list(self._judges)
        author = _author([group for group, _ in self._judges], answer) if answer else None
        others = [pair for pair in judges if author is not None and _unrelated(pair[0], author)]
        return (others or judges)[0][1]


def _author(groups: Sequence[ModelGroup], answer: ExpertResult) -> ModelGroup | None:
    """Who answered: by the expert's name, else by the model's (to which providers add a date)."""
    named = [g for g in groups if answer.expert in (g.name, g.tier)]
    models = [g for g in groups for d in g.deployments if answer.model.startswith(d.model_name)]
    return next(iter(named + models), None)


def _unrelated(group: ModelGroup, author: ModelGroup) -> bool:
    """Another family; where families are not named, another model that is not a small one."""
    if group.family and author.family:
        return group.family != author.family
    return group.name != author.name and group.tier != "slm"


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


def _verifier(groups: Sequence[ModelGroup], ranked: Sequence[ModelGroup]) -> Expert | None:
    judges = [g for g in groups if "verifier" in g.roles] or ranked
    return AnotherJudge(judges) if judges else None
