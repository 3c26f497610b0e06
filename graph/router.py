"""The router: the state machine of a route.

START → begin → analyze → pick_strategy → expand_tree ─┬─(next)→ consult* → verify → expand_tree
                   ▲                                   ├─(ask)──→ clarify → analyze
                   └───────────────────────────────────┴─(stop)─→ feedback → END
"""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from secondhalf.experts.masking import masker
from secondhalf.experts.registry import build_experts
from secondhalf.graph.consult import Consult
from secondhalf.graph.serialisation import for_routes
from secondhalf.memory import Memory
from secondhalf.memory.embedder import Embedder
from secondhalf.nodes.analyze import analyze
from secondhalf.nodes.begin import begin
from secondhalf.nodes.clarify import clarify
from secondhalf.nodes.expand_tree import expand_tree
from secondhalf.nodes.feedback import feedback
from secondhalf.nodes.pick_strategy import pick_strategy
from secondhalf.nodes.services import Services
from secondhalf.nodes.verify import verify
from secondhalf.policy.defaults import default_policy
from secondhalf.policy.masking import Mask
from secondhalf.policy.permitted import check_pieces
from secondhalf.policy.planner import Planner, SearchPlanner
from secondhalf.policy.quality import Aggregator, assess
from secondhalf.policy.settings import check_rules
from secondhalf.policy.trees import STRATEGIES
from secondhalf.state.budget import DEFAULT_BUDGET, Budget
from secondhalf.state.config import RouterConfig
from secondhalf.state.errors import ConfigError
from secondhalf.state.request import RouteContext
from secondhalf.state.route import ConsultInput, RouteInput, RouteOutput, RouteState
from secondhalf.state.strategy import Strategy

Router = CompiledStateGraph[RouteState, RouteContext, RouteInput, RouteOutput]
EDGE_LABELS = {
    ("expand_tree", "consult"): "next",
    ("expand_tree", "clarify"): "ask",
    ("expand_tree", "feedback"): "stop",
}
"""What the planner's choices are called in drawings."""


def build_router(
    config: RouterConfig | None = None,
    *,
    checkpointer: BaseCheckpointSaver[Any] | bool | None = None,
    memory: Memory | None = None,
    default_budget: Budget | None = None,
    models: Mapping[str, BaseChatModel] | None = None,
    retriever: BaseRetriever | None = None,
    tools: Sequence[BaseTool] = (),
    planner: Planner | None = None,
    aggregator: Aggregator | None = None,
    redact: Mask | None = None,
    embeddings: Embeddings | None = None,
    embeddings_price: float = 0.0,
    embeddings_name: str = "",
) -> Router:
    """A compiled router, to be invoked, streamed, embedded as a subgraph, or drawn.

    Args:
        config: models, documents, strategies, budgets and policy; none means local experts only.
        checkpointer: any LangGraph saver; None inherits a parent graph's.
        memory: where outcomes and traces go; None keeps none.
        default_budget: caps for calls that name none.
        models: chat models by tier (``slm``, ``mid``, ``llm``) or by the name of a model in
            ``config``, whose tier, prices and limits then hold.
        retriever: what MID_RAG looks passages up with, in place of the configured documents.
        tools: what the tool executor may call; a tool tagged ``read_only`` is also used where
            side effects are forbidden.
        planner: what decides the search; see ``policy.planner.SearchPlanner``.
        aggregator: what judges the answers of a path; see ``policy.quality.assess``.
        embeddings: what tells how alike prompts are, in place of their n-grams, where ``memory``
            learns who answers which well; also where that is told of feedback. All routers of one
            ``memory`` take the same; for others open another memory, in the same database or not.
        embeddings_price: US dollars per million tokens that they read.
        embeddings_name: tells them from others, where class, model, deployment, address and
            dimensions do not: what was learned on some is not read with others.
        redact: takes what is private out of a text, before memory or a checkpoint stores it; then
            comes what ``config.redact`` names.

    Raises:
        ConfigError: an argument, model, strategy or file that cannot be used, or embeddings of a
            ``memory`` that learns by others.
    """
    config = config or RouterConfig()
    if not isinstance(config, RouterConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigError("config must be a RouterConfig; load_config() reads one from a file")
    if models is not None and not isinstance(models, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigError("models must be a mapping of tiers or names to chat models")
    if not isinstance(memory, Memory | None):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigError(
            f"memory must be a Memory: Memory.from_url(…) opens one, not {memory!r:.60}"
        )
    mask = masker(config.redact, redact)
    if memory is not None and mask is not None:
        memory = memory.with_redaction(mask)
    services = services_of(
        config,
        memory,
        default_budget,
        models,
        retriever,
        tools,
        planner,
        aggregator,
        embeddings,
        embeddings_price,
        embeddings_name,
    )
    return router_of(services, checkpointer, mask)


def router_of(
    services: Services,
    checkpointer: BaseCheckpointSaver[Any] | bool | None = None,
    mask: Mask | None = None,
) -> Router:
    """A compiled router of ``services``; ``mask`` takes what is private out of checkpoints."""
    consult = Consult(services.experts)
    graph = _state_machine(services, consult)
    # No with_config() here: its copy forgets the allow-list that strict serialisation needs.
    router = graph.compile(checkpointer=for_routes(checkpointer, mask), name="secondhalf")
    router.nodes["consult"].subgraphs = [consult.fan_out]  # for drawings and get_state()
    return router


def services_of(
    config: RouterConfig,
    memory: Memory | None = None,
    default_budget: Budget | None = None,
    models: Mapping[str, BaseChatModel] | None = None,
    retriever: BaseRetriever | None = None,
    tools: Sequence[BaseTool] = (),
    planner: Planner | None = None,
    aggregator: Aggregator | None = None,
    embeddings: Embeddings | None = None,
    embeddings_price: float = 0.0,
    embeddings_name: str = "",
) -> Services:
    """What the nodes of a router work with; see ``build_router``."""
    if not isinstance(default_budget, Budget | None):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ConfigError(f"default_budget must be a Budget, not {type(default_budget).__name__}")
    check_pieces(planner, aggregator)
    embedder = None
    if embeddings is not None:
        embedder = Embedder(embeddings, embeddings_price, name=embeddings_name)
    if memory is not None and embedder is not None:
        memory.embed_with(embedder)
    experts = build_experts(config, models or {}, retriever, tools)
    for strategy in config.strategies:
        experts.check(strategy)
    check_rules(config.policy.rules or (), strategies_of(config))
    return Services(
        experts=experts,
        policy=default_policy(config.policy),
        strategies=strategies_of(config),
        planner=planner or SearchPlanner(),
        budget=(default_budget or Budget()).over(config.budgets.over(DEFAULT_BUDGET)),
        memory=memory,
        aggregate=aggregator or assess,
        config=config,
        embedder=embedder,
    )


def strategies_of(config: RouterConfig) -> dict[str, Strategy]:
    """The default strategies, and those of ``config`` beside or in place of them, by name."""
    return STRATEGIES | {strategy.name: strategy for strategy in config.strategies}


def _state_machine(
    services: Services, consult: Consult
) -> StateGraph[RouteState, RouteContext, RouteInput, RouteOutput]:
    graph = StateGraph(
        RouteState,
        context_schema=RouteContext,
        input_schema=RouteInput,
        output_schema=RouteOutput,
    )
    graph.add_node("begin", begin(services), input_schema=RouteState)
    graph.add_node("analyze", analyze(services), input_schema=RouteState)
    graph.add_node("pick_strategy", pick_strategy(services), input_schema=RouteState)
    graph.add_node(
        "expand_tree",
        expand_tree(services),
        input_schema=RouteState,
        destinations=("consult", "clarify", "feedback"),
    )
    graph.add_node("consult", consult, input_schema=ConsultInput)
    graph.add_node("verify", verify(services), input_schema=RouteState)
    graph.add_node("clarify", clarify(services), input_schema=RouteState)
    graph.add_node("feedback", feedback(services), input_schema=RouteState)
    graph.add_edge(START, "begin")
    graph.add_edge("begin", "analyze")
    graph.add_edge("analyze", "pick_strategy")
    graph.add_edge("pick_strategy", "expand_tree")
    graph.add_edge("consult", "verify")
    graph.add_edge("verify", "expand_tree")
    graph.add_edge("clarify", "analyze")
    graph.add_edge("feedback", END)
    return graph
