"""Paths that are one model's own answer: nobody checks them, they only speak for each other."""

from collections.abc import Mapping

from secondhalf.policy.search.tree import Tree, is_judge
from secondhalf.state.strategy import RouteNode


def is_panel(tree: Tree, live: Mapping[str, str | None]) -> bool:
    """Whether every path that is left is one model's own answer, which nobody checks.

    A judge may be left besides: it compares them.
    """
    paths = tree.view.prospects.paths
    return bool(live) and all(
        parent is None and (is_judge(node) or (is_plain(node) and len(paths.get(node.id, {})) == 1))
        for node, parent in ((tree.nodes[name], parent) for name, parent in live.items())
    )


def is_plain(node: RouteNode) -> bool:
    """Whether ``node`` asks one expert, once, and nobody else."""
    return len(node.experts) == 1 and not node.verified and not node.guard.fallback
