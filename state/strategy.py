"""Strategies: named trees of candidate paths."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache

from pydantic import model_validator

from secondhalf.state.base import Noun

SLM_DIRECT = "SLM_DIRECT"
MID_RAG = "MID_RAG"
LLM_REASONING = "LLM_REASONING"
LLM_REASONING_WITH_VERIFIER = "LLM_REASONING_WITH_VERIFIER"
CLARIFY_THEN_DECIDE = "CLARIFY_THEN_DECIDE"

Stage = tuple[str, ...]
"""Names of experts that are asked in parallel."""

USER = "user"
"""The expert name of the person who asked: a path with it asks a clarifying question."""
JUDGE = "judge"
"""The expert name of a judge between two answers of a route that differ."""
BOTH_ORDERS: tuple[Stage, ...] = ((JUDGE, JUDGE),)
"""The stages of every path with a judge: it is asked twice, who stood first standing second."""

SILENT = frozenset({"classifier", "retriever", "verifier", "checks"})
"""Experts that help others to answer, or look at answers, and give none."""
MOST_PATHS = 10_000
"""Of one strategy."""
_SHOWN = 6
"""So many paths of a cycle are named."""


class Guard(Noun):
    """When a path may be opened, besides its parent having been uncertain."""

    fallback: bool = False
    """Only when no path without this mark is left to open."""
    needs_tools: bool = False
    """Only when the prompt needs tools."""
    needs_documents: bool = False
    """Only when there are documents to search."""
    unasked: bool = False
    """Only while none of the experts that would answer here has answered."""


class RouteNode(Noun):
    """One candidate path: stages of experts, and the paths its uncertain outcome unlocks."""

    id: str
    description: str = ""
    stages: tuple[Stage, ...]
    children: tuple[str, ...] = ()
    guard: Guard = Guard()
    independent: bool = False
    """Whether its experts answer anew, without the draft of the parent: a second opinion."""
    verified: bool = False
    """Whether an answer of this path counts only once a verifier has passed it."""

    @property
    def experts(self) -> tuple[str, ...]:
        """Every expert the path asks, stage by stage."""
        return _in_order(self.stages)


@lru_cache(1024)
def _in_order(stages: tuple[Stage, ...]) -> tuple[str, ...]:
    """Asked for some hundred times in one decision."""
    return tuple(name for stage in stages for name in stage)


class Strategy(Noun):
    """A named tree of candidate paths; refuses a tree that could not be searched.

    Raises:
        ValueError: there are no paths, or too many; a duplicate id, an unknown child or root, a
            cycle, a path with two parents, or one that no root leads to; a path that asks nobody,
            or nobody who answers; a fallback that is no root; a judge in one order only.
    """

    name: str
    description: str = ""
    roots: tuple[str, ...]
    nodes: tuple[RouteNode, ...]

    @model_validator(mode="after")
    def _can_be_searched(self) -> "Strategy":
        problem = next(problems(self), "")
        if problem:
            raise ValueError(f"strategy {self.name!r}{problem}")
        return self

    def by_id(self) -> dict[str, RouteNode]:
        """The paths by their id."""
        return {node.id: node for node in self.nodes}

    def parents(self) -> dict[str, str]:
        """The parent of every path that has one."""
        return {child: node.id for node in self.nodes for child in node.children}

    def path_to(self, node_id: str) -> tuple[str, ...]:
        """Ids from the root down to ``node_id``."""
        parents = self.parents()
        path = [node_id]
        while path[0] in parents:
            path.insert(0, parents[path[0]])
        return tuple(path)


def problems(strategy: Strategy) -> Iterator[str]:
    """What is wrong with a tree; to be read after the strategy's name."""
    if not strategy.name.strip():
        yield " has no name"
    if not strategy.nodes and not strategy.roots:
        yield " has no paths"
    if len(strategy.nodes) > MOST_PATHS:
        yield f" has {len(strategy.nodes):,} paths; {MOST_PATHS:,} is the most"
    for node in strategy.nodes:
        if wrong := _wrong_with(node):
            yield f", path {node.id!r}: {wrong}"
    yield from _not_a_forest(strategy)
    roots = set(strategy.roots)
    for node in strategy.nodes:
        if node.guard.fallback and node.id not in roots:
            yield f", path {node.id!r}: only a root can be a fallback, and it has a parent"


def _wrong_with(node: RouteNode) -> str:
    if not node.id.strip():
        return "an id must not be blank"
    if not node.experts:
        return "it asks nobody: name an expert in `stages`"
    if not all(node.stages):
        return "a stage is empty"
    if JUDGE in node.experts:
        in_order = node.stages == BOTH_ORDERS
        return "" if in_order else "a judge is asked in both orders, by itself: [[judge, judge]]"
    if USER in node.experts:
        return "" if len(node.experts) == 1 else "a path that asks the user asks nobody else"
    if SILENT.issuperset(node.experts):
        return f"nobody on it answers: {', '.join(sorted(set(node.experts)))} only help others"
    return ""


def _not_a_forest(strategy: Strategy) -> Iterator[str]:
    known: set[str] = set()
    for node in strategy.nodes:
        if node.id in known:
            yield f", path {node.id!r}: defined twice"
        known.add(node.id)
    above: dict[str, str | None] = {}
    for parent, child in _edges(strategy):
        where = f", path {child!r}"
        if child not in known:
            near = get_close_matches(child, known, n=1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            yield f"{where}: named by {parent or 'roots'!r} but not defined{hint}"
        if child in above:
            yield f"{where}: {_reached_twice(child, parent, above)}"
            return
        above[child] = parent
    for node in strategy.nodes:
        if node.id not in above:
            yield f", path {node.id!r}: no root leads to it"


def _edges(strategy: Strategy) -> Iterator[tuple[str | None, str]]:
    """Parent and child, from the roots down; each path's children once."""
    children = {node.id: node.children for node in strategy.nodes}
    todo: list[tuple[str | None, str]] = [(None, root) for root in reversed(strategy.roots)]
    taken: set[str] = set()
    while todo:
        parent, child = todo.pop()
        yield parent, child
        if child not in taken:
            taken.add(child)
            todo.extend((child, c) for c in reversed(children.get(child, ())))


def _reached_twice(child: str, parent: str | None, above: Mapping[str, str | None]) -> str:
    way = [child]
    here = parent
    while here is not None and here != child:
        way.insert(1, here)
        here = above[here]
    if here == child:
        shown = way if len(way) <= _SHOWN else [*way[: _SHOWN - 1], "…"]
        return f"a cycle: {' → '.join([*shown, child])}"
    return f"it has two parents, {above[child] or 'roots'!r} and {parent or 'roots'!r}"
