"""A decision in words: what was expected of each path, and why it was taken or not."""

import math
from collections.abc import Mapping, Sequence

from secondhalf.policy.search.decide import PLACES, Choice, Option
from secondhalf.policy.search.outlooks import expected
from secondhalf.policy.search.tree import Tree
from secondhalf.state.decision import Alternative
from secondhalf.state.strategy import RouteNode


def alternatives(tree: Tree, ready: Sequence[RouteNode]) -> list[Alternative]:
    """What is expected of each of ``ready``, the one with the most value first."""
    return sorted((_alternative(tree, node) for node in ready), key=lambda a: -a.value)


def _alternative(tree: Tree, node: RouteNode) -> Alternative:
    if tree.asks_user(node):
        return Alternative(node=node.id, quality=1.0, value=1.0)
    outlook, price = tree.look(node), tree.view.price
    quality, used = _finite(outlook.quality), expected(outlook)
    return Alternative(
        node=node.id,
        quality=quality,
        cost_usd=outlook.cost.usd,
        seconds=outlook.cost.seconds,
        value=_finite(quality - price.usd * used.usd - price.second * used.seconds),
        reason=tree.obstacle(node),
    )


def explained(
    tree: Tree,
    looked_at: Sequence[Alternative],
    options: Mapping[str, Option],
    taken: Sequence[str],
    best: float,
) -> tuple[Alternative, ...]:
    """``looked_at`` with what each is worth, and why it was passed over if it could be opened."""
    said: list[Alternative] = []
    for look in looked_at:
        option = options.get(look.node)
        if option is None or look.reason or option.worth == -math.inf:
            said.append(look)
            continue
        why = "" if look.node in taken else _why_not(tree, look.node, options, taken, best)
        update = {"worth": option.worth, "index": _finite(option.index), "passed_over": why}
        said.append(look.model_copy(update=update))
    return tuple(said)


def _why_not(
    tree: Tree, name: str, options: Mapping[str, Option], taken: Sequence[str], best: float
) -> str:
    worth = options[name].worth
    if why := tree.look(tree.nodes[name]).withheld:
        return why
    if not taken or worth <= best:
        return adds(options[name], best)
    first = taken[0]
    if tree.nodes[name].guard.fallback and not tree.nodes[first].guard.fallback:
        return f"waits: a fallback, and {first!r} is worth opening"
    return f"worth {number(worth)} in the end, {first!r} {number(options[first].worth)}"


def adds(option: Option, best: float) -> str:
    """What opening a path would add to the best in hand, and for how much."""
    gain = round(option.worth + option.price - best, PLACES)
    return f"would add {number(gain)} for {number(option.price)}"


def why_open(taken: Sequence[Alternative], choice: Choice, best: float) -> str:
    """Why these are opened."""
    each = "; ".join(f"{look.node}: value {look.value:.2f}" for look in taken)
    gain = f"worth {number(choice.value)} in the end, stopping now {number(best)}"
    together = ", together to wait less" if len(taken) > 1 else ""
    return f"{each}{together} ({gain})"


def why_stop(possible: Sequence[Alternative], options: Mapping[str, Option], best: float) -> str:
    """Why none of ``possible`` is opened."""
    top = max((look.node for look in possible), key=lambda name: options[name].worth)
    if options[top].price == 0.0:
        return f"nothing that is left would add to quality {number(best)}"
    return f"no path is worth its price: the best, {top!r}, {adds(options[top], best)}"


def number(x: float) -> str:
    """Two decimals, more where they would all be zero."""
    return f"{x:.2f}" if abs(x) >= 0.005 or x == 0.0 else f"{x:.2g}"


def _finite(x: float) -> float:
    return x if math.isfinite(x) else 0.0
