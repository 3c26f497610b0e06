"""Everybody the router can ask, by the names that strategies use."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from types import MappingProxyType

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool

from secondhalf.experts.checking import ChecksExpert
from secondhalf.experts.documents.answer import answer_from_passages
from secondhalf.experts.documents.files import check_documents
from secondhalf.experts.documents.retriever import DocumentRetriever
from secondhalf.experts.expert import Expert
from secondhalf.experts.judges import AnotherJudge, JudgeBetween
from secondhalf.experts.known_analysis import KnownAnalysis
from secondhalf.experts.local import decompose, exact_solvers, extract, solve_exact
from secondhalf.experts.panel import TIERS, model_panel
from secondhalf.experts.quoting import QuoterExpert
from secondhalf.experts.reflector import Reflector
from secondhalf.experts.retrieving import RetrieverExpert
from secondhalf.experts.solving import SolverExpert
from secondhalf.experts.tooling import ToolExpert
from secondhalf.policy.computable import looks_computable
from secondhalf.policy.estimates.arms import Model
from secondhalf.policy.toolmatch import wanted_tool
from secondhalf.state.budget import Usage
from secondhalf.state.config import RouterConfig
from secondhalf.state.errors import ConfigError
from secondhalf.state.expert import ExpertCall, ExpertResult
from secondhalf.state.strategy import JUDGE, USER, RouteNode, Strategy

SUITS = {"exact": (0.97, 0.05), "extract": (0.55, 0.04), "decompose": (0.50, 0.03)}
"""Chance that a local solver answers a prompt that looks computable, and one that does not."""
OTHERS = ("tool", "quoter")
"""Experts that answer and are neither solvers nor chat models; keys of ``TIER_QUALITY``."""
_LATER = 1.25
"""A stage's prompt grows with what earlier stages found; its cost was estimated without."""


class Experts:
    """The panel of one router. Experts are looked up by name; who is missing says why."""

    def __init__(
        self,
        experts: Mapping[str, Expert],
        *,
        classifier: Expert | None,
        models: Mapping[str, Model],
        model_names: Sequence[str],
        missing: Mapping[str, str],
        library: DocumentRetriever | None = None,
        tools: Sequence[BaseTool] = (),
        reflector: Reflector | None = None,
        judge: JudgeBetween | None = None,
        judges: Mapping[str, Model] = MappingProxyType({}),
    ) -> None:
        self._experts = dict(experts)
        self._missing = dict(missing)
        self._library = library
        self._tools = {tool.name: tool.description for tool in tools}
        self._judge = judge
        self.judges = dict(judges)
        """The models that may judge, by their own names."""
        self.classifier = classifier
        """The model that analyzes prompts; None leaves it to the local analyzer."""
        self.reflector = reflector
        """The model that looks back on routes; None leaves it to statistics."""
        self.models = dict(models)
        """The model behind each expert that is a chat model and answers."""
        self.model_names = tuple(model_names)
        """Names a caller may override the model with."""

    def names(self) -> tuple[str, ...]:
        """Everybody who is configured."""
        return tuple(self._experts)

    @property
    def has_documents(self) -> bool:
        """Whether there is something to retrieve from."""
        return "retriever" in self._experts

    def get(self, name: str) -> Expert:
        """The expert called ``name``; raises KeyError if there is none."""
        return self._experts[name]

    def missing(self, name: str) -> str:
        """Why ``name`` cannot be asked now; empty if it can."""
        if name == USER:
            return ""
        expert = self._experts.get(name)
        if expert is None:
            return self._missing.get(name, f"no expert is called {name!r}")
        available = getattr(expert, "available", None)
        return "" if available is None or available() else f"{name} keeps failing and is set aside"

    def instant(self, node: RouteNode) -> bool:
        """Whether everybody on the path ``node`` just computes, so that asking again is nothing."""
        return all(getattr(self._experts.get(n), "instant", False) for n in node.experts)

    def speaks_for_itself(self, node: RouteNode) -> bool:
        """Whether the answer of ``node`` must be verified, and nobody could but who gave it."""
        verifier = self._experts.get("verifier")
        if not node.verified or not isinstance(verifier, AnotherJudge):
            return False
        authors = {self.models[name].name for name in node.experts if name in self.models}
        return len(authors) == 1 and not verifier.others_than(*authors)

    def costs_money(self, node: RouteNode) -> bool:
        """Whether somebody on the path ``node`` is not free."""
        asked = (self._experts.get(name) for name in node.experts)
        return any(expert is not None and not expert.free for expert in asked)

    def wanted_tool(self, prompt: str) -> str:
        """The tool that ``prompt`` seems to ask for; empty if none, or if none can be called."""
        return wanted_tool(prompt, self._tools) if "tool" in self._experts else ""

    def judge_between(self, answers: Sequence[ExpertResult]) -> Model | None:
        """The model that would judge between ``answers``; None if nobody could."""
        name = "" if self._judge is None else self._judge.model_for(answers)
        return self.judges.get(name)

    def check(self, strategy: Strategy) -> None:
        """Refuses a strategy that names an expert nobody is called.

        Raises:
            ConfigError: it names the path and the expert, with the nearest name there is.
        """
        known = {*self._experts, *self._missing, USER}
        for node in strategy.nodes:
            for name in node.experts:
                if name not in known:
                    close = get_close_matches(name, known, n=1)
                    hint = f"; did you mean {close[0]!r}?" if close else ""
                    raise ConfigError(
                        f"strategy {strategy.name!r}, path {node.id!r}: "
                        f"no expert is called {name!r}{hint} (known: {', '.join(sorted(known))})"
                    )

    async def covered(self, prompt: str) -> float:
        """How well the documents seem to answer ``prompt``, in [0, 1]; 0 without documents.

        Only documents on this machine are looked at: a glance must be free.
        """
        if self._library is None:
            return 0.0
        try:
            passages = await self._library.ainvoke(prompt)
            answer = await asyncio.to_thread(answer_from_passages, prompt, passages)
        except Exception:  # noqa: BLE001 - the retriever expert will say what is wrong
            return 0.0
        return answer.confidence if answer is not None else 0.0

    def suits(self, prompt: str) -> dict[str, float]:
        """How likely each local solver is to answer ``prompt``, from a glance at it."""
        computable = looks_computable(prompt)
        return {name: likely if computable else not_ for name, (likely, not_) in SUITS.items()}

    def estimate(
        self, node: RouteNode, template: ExpertCall, messages: Sequence[BaseMessage]
    ) -> Usage:
        """An upper estimate of what all the stages of ``node`` will use."""
        if len(node.experts) == 1:
            (name,) = node.experts
            one = self.get(name)
            return one.estimate(template.model_copy(update={"expert": name}), messages)
        total, seconds = Usage(), 0.0
        for place, stage in enumerate(node.stages):
            usages = [
                self.get(name).estimate(template.model_copy(update={"expert": name}), messages)
                for name in stage
            ]
            seconds += max(u.seconds for u in usages)
            total = sum((_grown(u) if place else u for u in usages), total)
        return total.model_copy(update={"seconds": seconds})


def _grown(usage: Usage) -> Usage:
    return usage.model_copy(
        update={"usd": usage.usd * _LATER, "input_tokens": int(usage.input_tokens * _LATER)}
    )


def build_experts(
    config: RouterConfig,
    models: Mapping[str, BaseChatModel] | None = None,
    retriever: BaseRetriever | None = None,
    tools: Sequence[BaseTool] = (),
) -> Experts:
    """The experts that ``config`` and the given LangChain objects make possible.

    Raises:
        ConfigError: a model, retriever, tool or file that cannot be used.
        DocumentsError: a folder of documents that cannot be read.
    """
    _check_types(models or {}, retriever, tools)
    panel = model_panel(config.models, models or {})
    documents = retriever or _own_retriever(config)
    experts: dict[str, Expert] = _solvers(config)
    if documents is not None:
        remote = not isinstance(documents, DocumentRetriever)
        experts["retriever"] = RetrieverExpert(documents, remote=remote)
        experts["quoter"] = QuoterExpert()
    library = documents if isinstance(documents, DocumentRetriever) else None
    checks = ChecksExpert((lambda: library.corpus) if library is not None else None)
    experts |= {"checks": checks, "classifier": KnownAnalysis()}
    experts["verifier"] = panel.verifier or checks
    missing = _missing(tools)
    _check_names([*panel.experts], {*experts, *missing, USER} - {*TIERS})
    experts |= panel.experts
    if panel.judge is not None:
        experts[JUDGE] = panel.judge
    if tools and panel.strongest is not None:
        experts["tool"] = ToolExpert(panel.strongest, tools)
    return Experts(
        experts,
        classifier=panel.classifier,
        models=panel.models,
        model_names=panel.names,
        missing=missing,
        library=library,
        tools=tools,
        reflector=panel.reflector,
        judge=panel.judge,
        judges=panel.judges,
    )


def _check_types(models: Mapping[str, object], retriever: object, tools: Sequence[object]) -> None:
    for name, model in models.items():
        if not isinstance(model, BaseChatModel):
            raise ConfigError(f"model {name!r} must be a LangChain chat model, not {model!r:.60}")
    if not isinstance(retriever, BaseRetriever | None):
        raise ConfigError(f"retriever must be a LangChain retriever, not {retriever!r:.60}")
    names: set[str] = set()
    for tool in tools:
        if not isinstance(tool, BaseTool):
            raise ConfigError(f"a tool must be a LangChain tool (see @tool), not {tool!r:.60}")
        if tool.name in names:
            raise ConfigError(f"two tools are called {tool.name!r}: rename one")
        names.add(tool.name)


def _check_names(models: Sequence[str], taken: Collection[str]) -> None:
    """A model that was called as an expert of ours would be asked in its place."""
    for name in models:
        if name in taken:
            raise ConfigError(
                f"a model is called {name!r}, as an expert that is always there: "
                "give it another name"
            )


def _own_retriever(config: RouterConfig) -> DocumentRetriever | None:
    if config.retrieval.docs is None:
        return None
    folder = check_documents(config.retrieval.docs)
    return DocumentRetriever(folder=folder, top_k=config.retrieval.top_k)


def _solvers(config: RouterConfig) -> dict[str, Expert]:
    solvers = exact_solvers(config.tools.tables)
    ways = (
        ("exact", solve_exact, "it is not one computation"),
        ("extract", extract, "it holds no computation that can be taken by itself"),
        ("decompose", decompose, "it does not split into computations"),
    )
    return {n: SolverExpert(n, partial(way, solvers=solvers), why) for n, way, why in ways}


def _missing(tools: Sequence[BaseTool]) -> dict[str, str]:
    return {
        **{tier: f"no {tier} model is configured" for tier in TIERS},
        "tool": "no model is configured to call the tools" if tools else "no tools are configured",
        JUDGE: "no model is configured to judge",
        "retriever": "no documents are configured (--docs)",
        "quoter": "no documents are configured (--docs)",
    }
