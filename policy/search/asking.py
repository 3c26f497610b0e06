"""The panel of a decision: who can still be asked, where answers only speak for each other."""

from collections.abc import Mapping, Sequence

from secondhalf.policy.estimates.prior import averaged
from secondhalf.policy.search.candidate import Candidate, cost, money, waiting
from secondhalf.policy.search.decide import LEAST_GAIN, Choice, Option
from secondhalf.policy.search.outlooks import candidate_of
from secondhalf.policy.search.panel import Panelist, Worth, worth_of_asking
from secondhalf.policy.search.tree import Tree, is_judge
from secondhalf.policy.standing import Standing
from secondhalf.state.estimate import Prospect, Triple
from secondhalf.state.strategy import RouteNode

HOPE = 1.0
"""How many standard deviations better than expected an arm is taken to be when it is thought of
asking it, while outcomes are learned from: whoever is little known is tried, and soon known."""
HOPED = 3
"""Answers from which nobody is hoped for any more: among many little known arms there is always one
more to hope for, and each costs money."""


def choose(tree: Tree, live: Mapping[str, str | None]) -> tuple[Choice, float]:
    """Whom to ask next, or none; what asking each is worth, and the quality in hand."""
    view, names = tree.view, list(live)
    best = view.standing.best()
    judges = [place for place, name in enumerate(names) if is_judge(tree.nodes[name])]
    asked = [place for place in range(len(names)) if place not in judges]
    panel = [_panelist(tree, tree.nodes[names[place]]) for place in asked]
    options = [Option()] * len(names)
    chosen, value = tuple[int, ...](), best
    if panel:
        able, worth = _panel_worth(tree, panel, view.standing, view.left)
        for place, member in zip(asked, panel, strict=True):
            options[place] = Option(price=member.price)
        for own, one in zip(able, worth.one.tolist(), strict=True):
            options[asked[own]] = Option(worth=one, price=panel[own].price)
        taken, value = _best(worth, len(able), view.budget.nodes, len(view.results))
        chosen = tuple(asked[able[place]] for place in taken)
    for place in judges:
        options[place] = _judge(tree, tree.nodes[names[place]], panel)
        if options[place].worth > value + LEAST_GAIN:
            chosen, value = (place,), options[place].worth
    if value <= best + LEAST_GAIN:
        return Choice((), best, tuple(options)), best
    return Choice(chosen, value, tuple(options)), best


def _panel_worth(
    tree: Tree, panel: Sequence[Panelist], standing: Standing, room: Sequence[float]
) -> tuple[list[int], Worth]:
    """Places of those who may be asked, and what asking them is worth.

    These are the ones who are good enough, unless what they cost eats up what they are better.
    """

    def worth_of(places: Sequence[int]) -> Worth:
        asked = [panel[place] for place in places]
        return worth_of_asking(standing, asked, standing.best(), room, _comparable(tree, standing))

    everybody, able = [*range(len(panel))], _able(tree, panel)
    worth = worth_of(able)
    if len(able) == len(panel):
        return able, worth
    of_all = worth_of(everybody)
    good = float(worth.one.max()) >= tree.view.price.enough * float(of_all.one.max())
    return (able, worth) if good else (everybody, of_all)


def _judge(tree: Tree, node: RouteNode, panel: Sequence[Panelist]) -> Option:
    """What a judge's verdict is worth, if whoever is left may still be asked after it."""
    candidate = candidate_of(tree, node)
    price = cost(candidate, tree.view.price)
    left = zip(tree.view.left, candidate.reserve[:4], strict=True)
    room = [has - needs for has, needs in left]
    worth = -price
    for chance, standing in tree.view.verdicts.ways if tree.view.verdicts is not None else ():
        found = standing.best()
        if panel:
            found = max(found, float(_panel_worth(tree, panel, standing, room)[1].one.max()))
        worth += chance * found
    return Option(worth=worth, price=price)


def _able(tree: Tree, panel: Sequence[Panelist]) -> list[int]:
    """Places of those who are good enough to be asked; of all, if none is, or nothing is learned.

    What counts is how often they are right as a rule: what one prompt tells is too little to
    rule anybody out, and would have dearer models asked where the cheap one is a little less sure.
    """
    prospects, everybody = tree.view.prospects, [*range(len(panel))]
    if not tree.view.exploration > 0.0:
        return everybody
    rule = {arm: _as_a_rule(of, 0.0, prospects.usual) for arm, of in prospects.arms.items()}
    least = tree.view.price.enough * max(rule.values())
    hoped = [_as_a_rule(prospects.arms[p.arm], HOPE, prospects.usual) for p in panel]
    return [place for place in everybody if hoped[place] >= least] or everybody


def _as_a_rule(prospect: Prospect, hope: float, difficulty: Triple) -> float:
    """How often an arm is right whatever the prompt says, so many standard deviations better."""
    return averaged(_hoped(prospect.usual or prospect.right, prospect.doubt, hope), difficulty)


def _best(worth: Worth, many: int, most: int | None, opened: int) -> tuple[tuple[int, ...], float]:
    first = max(range(many), key=lambda k: (round(float(worth.one[k]), 9), -k))
    taken: tuple[int, ...] = (first,)
    value = float(worth.one[first])
    if most is None or opened + 2 <= most:
        for one in range(many):
            for other in range(one + 1, many):
                together = float(worth.two[one, other])
                if together > value + LEAST_GAIN:
                    taken, value = (one, other), together
    return taken, value


def _panelist(tree: Tree, node: RouteNode) -> Panelist:
    view = tree.view
    (arm,) = view.prospects.paths[node.id].values()
    prospect = view.prospects.arms[arm]
    hopes = view.exploration > 0.0 and len(view.results) < HOPED
    candidate: Candidate = candidate_of(tree, node)
    reserve = candidate.reserve
    return Panelist(
        arm=arm,
        family=prospect.family,
        right=_hoped(prospect.right, prospect.doubt, HOPE if hopes else 0.0),
        money=money(candidate, view.price),
        waiting=waiting(candidate, view.price),
        reserve=(reserve.usd, reserve.seconds, reserve.tokens, reserve.calls),
        tells=(1.0, 1.0) if view.prospects.told is None else prospect.tells,
    )


def _hoped(right: Triple, doubt: tuple[float, float, float], hope: float) -> Triple:
    a, b, c = (min(0.998, p + hope * d) for p, d in zip(right, doubt, strict=True))
    return a, b, c


def _comparable(tree: Tree, standing: Standing) -> float:
    """How probable it is that the next answer can be compared with those before it."""
    if standing.groups or standing.loose:
        return float(bool(standing.groups))
    return tree.view.prospects.comparable
