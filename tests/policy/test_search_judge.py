"""A judge as one more thing that may be done, or not, for its price."""

import pytest

from secondhalf.policy.contest import Verdicts
from secondhalf.policy.planner import Outlook, SearchPlanner
from secondhalf.policy.search.levels import lifting
from secondhalf.policy.standing import Opinion, Standing
from secondhalf.state.budget import Usage
from secondhalf.state.decision import Decision
from secondhalf.state.estimate import Prospect, Prospects
from secondhalf.state.policy import Price
from secondhalf.state.strategy import BOTH_ORDERS, RouteNode, Strategy
from tests.policy.test_planner import result, view

FAIR = Prospect(right=(0.6, 0.6, 0.6))
BEFORE = RouteNode(id="before", stages=(("one", "two"),))
COMPARE = RouteNode(id="compare", stages=BOTH_ORDERS)
PANEL = RouteNode(id="third", stages=(("three",),))
"""Another opinion: the panel decides."""
CHECKED = RouteNode(id="third", stages=(("three",), ("verifier",)))
"""An answer that is checked: the lookahead decides."""


def decided(
    *others: RouteNode, usd: float = 0.01, right: float = 0.8, dollar: float = 1.0, left: float = 1
) -> Decision:
    """After two equal answers that differ. A judge is expected to cost ``usd``, others a cent."""
    prospects = Prospects(
        arms=dict.fromkeys(("one", "two", "three"), FAIR), paths={"third": {"three": "three"}}
    )
    standing = Standing(prospects)
    one, two = (Opinion(arm, gist, FAIR.right) for arm, gist in (("one", 1.0), ("two", 2.0)))
    standing.add(one)
    standing.add(two)
    best = standing.best()
    said = [standing.ruled(one, two, right), standing.ruled(two, one, right)]
    ways = tuple((each.chance, each.standing) for each in said)
    gain = sum(chance * after.best() for chance, after in ways) - best
    row = lifting(best, gain, 0.5)
    compare = Outlook(
        best + gain,
        Usage(usd=2 * usd, calls=2),
        levels=(row, row, row),
        expected=Usage(usd=usd, calls=2),
    )
    third = Outlook(0.6, Usage(usd=0.02, calls=1), expected=Usage(usd=0.01, calls=1))
    nodes = (BEFORE, *others, COMPARE)

    def outlook(node: RouteNode) -> Outlook:
        return compare if node.id == "compare" else third

    given = view(
        result("before", "uncertain", best),
        strategy=Strategy(name="S", roots=tuple(n.id for n in nodes), nodes=nodes),
        outlook=outlook,
        price=Price(usd=dollar, second=0.0),
        prospects=prospects,
        standing=standing,
        verdicts=Verdicts(gain, 0.5, ways),
    )
    return SearchPlanner().plan(given._replace(left=given.left._replace(usd=left)))


@pytest.mark.parametrize("others", [(), (PANEL,), (CHECKED,)], ids=["alone", "panel", "checked"])
def test_a_judge_is_asked_where_it_is_worth_its_price(others: tuple[RouteNode, ...]) -> None:
    """Beside nothing, opinions, or checked answers; not where it is too dear or too bad."""
    dear = decided(*others, usd=0.9, left=5)
    coin = decided(*others, right=0.5)

    assert ("compare",) == decided(*others, right=0.95).nodes
    assert "compare" not in dear.nodes
    assert "compare" not in coin.nodes


@pytest.mark.parametrize("others", [(), (PANEL,), (CHECKED,)], ids=["alone", "panel", "checked"])
def test_what_a_judge_may_use_has_to_fit_the_caps(others: tuple[RouteNode, ...]) -> None:
    """The reason says which cap it was."""
    short = decided(*others, right=0.95, usd=0.02, left=0.03)

    seen = {look.node: look for look in short.alternatives}
    assert "compare" not in short.nodes
    assert "cap on usd" == seen["compare"].reason


def test_it_says_what_it_is_worth() -> None:
    """Like every other path; also where something else is taken, or nothing."""
    taken, dear = decided(PANEL, right=0.95), decided(usd=0.9, left=5)
    looks = [next(a for a in each.alternatives if a.node == "compare") for each in (taken, dear)]

    assert looks[0].worth > 0.4
    assert "" == looks[0].passed_over
    assert "stop" == dear.action
    assert "would add" in looks[1].passed_over


def test_without_two_answers_to_compare_it_is_not_thought_of() -> None:
    """It is not even listed among what could be done."""
    nodes = (PANEL, COMPARE)

    def outlook(_: RouteNode) -> Outlook:
        return Outlook(0.6, Usage(usd=0.001, calls=1))

    found = SearchPlanner().plan(
        view(
            strategy=Strategy(name="S", roots=("third", "compare"), nodes=nodes),
            outlook=outlook,
            prospects=Prospects(arms={"three": FAIR}, paths={"third": {"three": "three"}}),
        )
    )

    assert ("third",) == found.nodes
    assert ["third"] == [look.node for look in found.alternatives]
