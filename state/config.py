"""How a router is set up: ``router.yaml``, or the same from Python."""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from secondhalf.state.analysis import Share
from secondhalf.state.base import Noun
from secondhalf.state.budget import Budget
from secondhalf.state.caps import DEFAULT_CAPS, Caps, PerDay
from secondhalf.state.expert import Role
from secondhalf.state.policy import Preset, Rule, Thresholds
from secondhalf.state.redaction import RedactConfig
from secondhalf.state.strategy import Strategy

Tier = Literal["slm", "mid", "llm"]
GOES_ON_FROM = " > "
"""What stands between the names of those whose answers build on each other."""


class ModelPrices(Noun):
    """US dollars per million tokens."""

    input: Annotated[float, Field(ge=0, strict=True)]
    output: Annotated[float, Field(ge=0, strict=True)]


class ModelConfig(Noun):
    """One deployment of a chat model. Two with the same ``name`` are fallbacks of each other."""

    name: Annotated[str, Field(min_length=1)]
    model: str = ""
    """The name the endpoint knows, or ``provider:model``; empty if given from Python."""
    base_url: str | None = None
    api_key: Annotated[str | None, Field(repr=False)] = None
    """``"${ENV_NAME}"``; the value is read when the model is made and is never stored."""
    tier: Tier
    roles: tuple[Role, ...] = ()
    """What it is asked for; empty means reasoner, and for the cheapest tier classifier too."""
    family: str = ""
    context_window: Annotated[int, Field(gt=0)] = 32_768
    prices: ModelPrices | None = None
    timeout: Annotated[float, Field(gt=0)] = 60.0
    """Seconds one attempt may take."""
    max_retries: Annotated[int, Field(ge=0, le=10)] = 2
    max_tokens: Annotated[int, Field(gt=0)] = 2_048


class RetrievalConfig(Noun):
    """Where documents are, and how many passages a question gets."""

    docs: str | None = None
    top_k: Annotated[int, Field(gt=0, le=50)] = 5


class ToolsConfig(Noun):
    """Data files the tables expert may read: CSV or SQLite."""

    tables: tuple[str, ...] = ()


class LearningConfig(Noun):
    """How policies are learned; it takes ``secondhalf reflect`` (or ``areflect``) to do so.

    ``per_day`` and ``share`` hold for what is learned of models, which is at once: see ``Caps``.
    """

    per_day: PerDay = DEFAULT_CAPS.per_day
    share: Share = DEFAULT_CAPS.share

    principals: Annotated[int, Field(ge=1, le=100)] = 3
    """So many different people have to have said so; executable checks count as everybody. Nobody
    has more than one part in so many of the say."""
    words: Annotated[int, Field(ge=1, le=1000)] = 5
    """The most outcomes of one principal that count for one finding."""
    trusted: tuple[str, ...] = ()
    """Principals whose word is as good as an executable check: graders, an evaluation."""
    approval: Literal["auto", "ask"] = "auto"
    """``ask``: a person approves each new policy."""
    every: Annotated[int, Field(ge=1)] = 50
    """Outcomes after which a reflection is due."""
    budget_usd: Annotated[float, Field(ge=0)] = 0.10
    """US dollars that one reflection may spend: on its model, and on answers nobody asked for."""
    shadow: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Of past routes that a proposal would have run otherwise: the share that is run again."""
    canary: Annotated[float, Field(gt=0, le=0.5)] = 0.1
    """The share of routes that a proposal gets first, and that the old policy keeps afterwards."""
    alpha: Annotated[float, Field(gt=0, le=0.2)] = 0.05
    """The chance that ever a policy is adopted that is no better."""

    @property
    def caps(self) -> Caps:
        """What one principal may teach."""
        return Caps(per_day=self.per_day, share=self.share, trusted=self.trusted)


class PolicyConfig(Noun):
    """Changes to the default policy."""

    preset: Preset = "balanced"
    thresholds: Thresholds = Thresholds()
    rules: tuple[Rule, ...] | None = None
    exploration: Share = 0.02
    """How often a path is opened just to learn from it, in addition to the answer; 0 for never."""
    learning: LearningConfig = LearningConfig()


class RouterConfig(Noun):
    """Everything ``build_router`` needs that can be written down."""

    models: tuple[ModelConfig, ...] = ()
    retrieval: RetrievalConfig = RetrievalConfig()
    tools: ToolsConfig = ToolsConfig()
    strategies: tuple[Strategy, ...] = ()
    budgets: Budget = Budget()
    policy: PolicyConfig = PolicyConfig()
    redact: RedactConfig = RedactConfig()
    """What is taken out of texts before they are stored."""
    path: str = ""
    """The file this came from; empty if made in Python."""
    hash: str = ""
    """SHA-256 of that file."""

    @model_validator(mode="after")
    def _names_mean_one_thing(self) -> "RouterConfig":
        tiers: dict[str, str] = {}
        for model in self.models:
            if tiers.setdefault(model.name, model.tier) != model.tier:
                raise ValueError(f"model {model.name!r} is listed with two different tiers")
            if model.name in get_args(Tier) and model.name != model.tier:
                raise ValueError(
                    f"a model of tier {model.tier!r} is called {model.name!r}, as another tier is: "
                    "give it another name"
                )
            if not model.name.strip() or GOES_ON_FROM in model.name:
                raise ValueError(
                    f"a model cannot be called {model.name!r}: {GOES_ON_FROM.strip()!r} between "
                    "spaces tells what an answer goes on from"
                )
        names = [strategy.name for strategy in self.strategies]
        if len(names) != len(set(names)):
            raise ValueError("a strategy is defined twice")
        return self
