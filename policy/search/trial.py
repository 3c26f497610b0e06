"""Opening a path just to learn from it: in addition to the answer, never in its place.

With the probability ``exploration`` one more path is opened once the answer has been found, the
cheaper ones more often; more rarely where a trial costs more than the answer did, so that trials
take no larger share of the money than of the routes. The probability is exact and logged, so that
outcomes can be weighed afterwards. Nothing is tried on prompts that are risky or look like an
attack.
"""

import random

from secondhalf.policy.search.outlooks import expected
from secondhalf.policy.search.plain import is_plain
from secondhalf.policy.search.tree import Tree
from secondhalf.state.decision import Alternative, Decision

_LEAST_USD = 1e-6
"""What is added to a cost in US dollars before it is divided by: free paths are as likely, and are
tried where the answer was free."""


def trial_of(tree: Tree, possible: list[Alternative]) -> Decision | None:
    """The path to try, by chance; None to try none."""
    view = tree.view
    if not _may_try(tree):
        return None
    chance = random.Random(f"trial {view.seed}")  # noqa: S311 - not a secret
    drawn = chance.random()
    if drawn >= view.exploration:
        return None
    named = [tree.nodes[look.node] for look in possible]
    paths = view.prospects.paths
    nodes = [n for n in named if is_plain(n) and len(paths.get(n.id, {})) == 1]
    if not nodes:
        return None
    weights = [1.0 / (expected(tree.look(node)).usd + _LEAST_USD) for node in nodes]
    mean = len(weights) / sum(weights)  # of what a trial costs: cheap ones are drawn more often
    rate = view.exploration * min(1.0, (_spent(tree) + _LEAST_USD) / mean)
    if drawn >= rate:
        return None
    (place,) = chance.choices(range(len(nodes)), weights)
    propensity = rate * weights[place] / sum(weights)
    return Decision(
        action="open",
        nodes=(nodes[place].id,),
        reason=f"{nodes[place].id}: to learn from it (probability {propensity:.2g}); "
        "the answer stands",
        trial=True,
        propensity=propensity,
    )


def _spent(tree: Tree) -> float:
    """US dollars that the answers have cost."""
    return sum(result.cost_usd for result in tree.view.results)


def _may_try(tree: Tree) -> bool:
    view = tree.view
    analysis = view.analysis
    if view.budget.nodes is not None and len(view.results) >= view.budget.nodes:
        return False
    flagged = analysis.adversarial.score > view.thresholds.adversarial
    return view.exploration > 0.0 and analysis.risk != "high" and not flagged
