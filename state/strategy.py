"""Strategies: named trees of candidate paths."""

from collections.abc import Iterator

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
        return tuple(name for stage in self.stages for name in stage)


class Strategy(Noun):
    """A named tree of candidate paths; refuses a tree that could not be searched.

    Raises:
        ValueError: for a duplicate id, an unknown child, a cycle, a path without experts,
            a path with two parents, or one that no root leads to.
    """

    name: str
    description: str = ""
    roots: tuple[str, ...]
    nodes: tuple[RouteNode, ...]

    @model_validator(mode="after")
    def _is_a_forest(self) -> "Strategy":
        known = self.by_id()
        if len(known) != len(self.nodes):
            raise ValueError(f"strategy {self.name!r} names a path twice")
        seen: set[str] = set()
        for parent, child in self._edges():
            where = f"strategy {self.name!r}, path {child!r}"
            if child not in known:
                raise ValueError(f"{where}: named by {parent!r} but not defined")
            if child in seen:
                raise ValueError(f"{where}: reached twice (a cycle or two parents)")
            seen.add(child)
        for node in self.nodes:
            if node.id not in seen:
                raise ValueError(f"strategy {self.name!r}, path {node.id!r}: no root leads to it")
            if not node.experts or not all(node.stages):
                raise ValueError(f"strategy {self.name!r}, path {node.id!r}: a stage is empty")
        return self

    def _edges(self) -> Iterator[tuple[str, str]]:
        known = self.by_id()
        todo = [("roots", root) for root in self.roots]
        taken: set[str] = set()
        while todo:
            parent, child = todo.pop()
            yield parent, child
            if child in known and child not in taken:
                taken.add(child)
                todo.extend((child, c) for c in known[child].children)

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
