"""The five strategies, as trees of candidate paths.

Roots are ways to begin, children go on from what their parent found; a root marked
``fallback`` waits until nothing better is left. A path whose experts are not configured is
passed over, so that the same trees serve a laptop without a key and a full set of models.
"""

from collections.abc import Collection, Iterable

from secondhalf.state.strategy import (
    BOTH_ORDERS,
    CLARIFY_THEN_DECIDE,
    LLM_REASONING,
    LLM_REASONING_WITH_VERIFIER,
    MID_RAG,
    SLM_DIRECT,
    USER,
    Guard,
    RouteNode,
    Strategy,
)

_FALLBACK = Guard(fallback=True)

LOCAL = (
    RouteNode(id="exact", description="compute the whole request exactly", stages=(("exact",),)),
    RouteNode(
        id="extract",
        description="find one computable request inside a longer prompt",
        stages=(("extract",),),
    ),
    RouteNode(
        id="decompose",
        description="split the request and compute every part",
        stages=(("decompose",),),
    ),
)
TOOL = RouteNode(
    id="tool",
    description="let a model call the tools",
    stages=(("tool",), ("verifier",)),
    guard=Guard(needs_tools=True),
)
DOCUMENTS = RouteNode(
    id="documents",
    description="quote the documents",
    stages=(("classifier", "retriever"), ("quoter",), ("checks",)),
    guard=Guard(needs_documents=True),
)
COMPARE = RouteNode(
    id="compare",
    description="let another model say which of two answers is right, in both orders",
    stages=BOTH_ORDERS,
)
ASK = RouteNode(id="ask", description="ask the user what is meant", stages=((USER,),))


def _direct(tier: str, *children: str, fallback: bool = False) -> RouteNode:
    return RouteNode(
        id=tier,
        description=f"a {tier} model answers",
        stages=((tier,),),
        children=children,
        guard=Guard(fallback=fallback),
    )


def _rag(tier: str, *children: str) -> RouteNode:
    return RouteNode(
        id=f"{tier}_rag",
        description=f"a {tier} model answers from the documents, then a verifier",
        stages=(("classifier", "retriever"), (tier,), ("verifier",)),
        children=children,
        guard=Guard(needs_documents=True),
    )


def _verified(
    tier: str, *children: str, id: str = "", verified: bool = False, fallback: bool = False
) -> RouteNode:
    return RouteNode(
        id=id or f"{tier}_verified",
        description=f"a {tier} model answers (or revises a draft), then a verifier",
        stages=((tier,), ("verifier",)),
        children=children,
        guard=Guard(fallback=fallback),
        verified=verified,
    )


def _strategy(name: str, description: str, nodes: Iterable[RouteNode]) -> Strategy:
    """A strategy whose roots are the nodes that are nobody's child."""
    listed = tuple(nodes)
    children = {child for node in listed for child in node.children}
    roots = tuple(node.id for node in listed if node.id not in children)
    return Strategy(name=name, description=description, roots=roots, nodes=listed)


CHEAP_TO_STRONG = (
    *LOCAL,
    TOOL,
    _direct("slm", "mid_revise"),
    _verified("mid", "llm_revise", id="mid_revise"),
    _verified("llm", id="llm_revise"),
    DOCUMENTS,
    _direct("mid", fallback=True),
    _direct("llm", fallback=True),
    COMPARE,
)

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        _strategy(
            SLM_DIRECT,
            "A small model answers; a bigger one revises what is not good enough.",
            CHEAP_TO_STRONG,
        ),
        _strategy(
            MID_RAG,
            "A middle-sized model answers from retrieved text.",
            (
                *LOCAL,
                TOOL,
                _rag("mid", "llm_rag"),
                _rag("llm"),
                DOCUMENTS,
                _verified("mid", "llm_revise", fallback=True),
                _verified("llm", id="llm_revise"),
                _direct("llm", fallback=True),
                _direct("slm", fallback=True),
                COMPARE,
            ),
        ),
        _strategy(
            LLM_REASONING,
            "A reasoning model answers; a verifier looks at what is not good enough.",
            (
                *LOCAL,
                TOOL,
                _direct("llm", "llm_revise"),
                _verified("llm", id="llm_revise"),
                DOCUMENTS,
                _verified("mid", fallback=True),
                _direct("slm", fallback=True),
                COMPARE,
            ),
        ),
        _strategy(
            LLM_REASONING_WITH_VERIFIER,
            "A reasoning model answers, and nothing counts that a verifier has not passed.",
            (
                *LOCAL,
                TOOL.model_copy(update={"verified": True}),
                _verified("llm", "llm_revise", verified=True),
                _verified("llm", id="llm_revise", verified=True),
                DOCUMENTS,
                _verified("mid", verified=True, fallback=True),
                _verified("slm", verified=True, fallback=True),
            ),
        ),
        _strategy(
            CLARIFY_THEN_DECIDE,
            "Ask where the request is ambiguous; else go from cheap to strong.",
            (
                ASK,
                *CHEAP_TO_STRONG,
            ),
        ),
    )
}
"""The default strategies by name."""


def with_model(strategy: Strategy, model: str) -> Strategy:
    """``strategy`` cut down to the paths that ask a model, with every model being ``model``.

    Nobody else is asked: what need not be verified is not shown to another model.
    """
    nodes: list[RouteNode] = []
    seen: set[tuple[tuple[str, ...], ...]] = set()
    for node in strategy.nodes:
        stages = tuple(
            tuple(model if name in _TIERS else name for name in stage)
            for stage in node.stages
            if node.verified or stage != ("verifier",)
        )
        if model in {name for stage in stages for name in stage} and stages not in seen:
            seen.add(stages)
            nodes.append(node.model_copy(update={"stages": stages, "children": ()}))
    if not nodes:
        nodes = [RouteNode(id=model, description=f"{model} answers", stages=((model,),))]
    return Strategy(
        name=strategy.name,
        description=strategy.description,
        roots=tuple(node.id for node in nodes),
        nodes=tuple(nodes),
    )


_TIERS = frozenset({"slm", "mid", "llm"})


def with_opened(strategy: Strategy, before: Strategy | None, opened: Collection[str]) -> Strategy:
    """``strategy``, and of the one ``before`` it the paths that are ``opened`` and that it lacks.

    They answered the request as it was then: judged anew, they count only once they are verified.
    """
    known = strategy.by_id()
    kept = tuple(
        node.model_copy(update={"children": (), "verified": True})
        for node in (before.nodes if before is not None else ())
        if node.id in opened and node.id not in known
    )
    if not kept:
        return strategy
    roots = (*strategy.roots, *(node.id for node in kept))
    return strategy.model_copy(update={"roots": roots, "nodes": (*strategy.nodes, *kept)})
