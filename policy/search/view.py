"""What a planner may know of a route and of the paths it could take."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from secondhalf.policy.contest import Verdicts
from secondhalf.policy.ledger import Left
from secondhalf.policy.search.levels import Outcomes
from secondhalf.policy.standing import Standing
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import Budget, Usage
from secondhalf.state.estimate import Prospects
from secondhalf.state.policy import Preset, Price, Thresholds
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import RouteNode, Strategy


class Outlook(NamedTuple):
    """What is expected of a path that could be opened.

    ``quality`` in [0, 1], ``cost`` the 90th percentile; ``missing`` says why it cannot be opened
    at all (an expert that is not configured, or is set aside), and is empty otherwise.
    """

    quality: float
    cost: Usage
    missing: str = ""
    levels: Outcomes | None = None
    """``levels[theta][k]``: the probability of each of ``LEVELS`` at each difficulty; None where
    nothing is known but ``quality``, which is then spread over them (see ``spread``)."""
    expected: Usage | None = None
    """The mean of the cost; None for ``EXPECTED_SHARE`` of ``cost``."""
    guess: Usage | None = None
    """The cost as far as the request tells; None where nothing is learned of it."""
    withheld: str = ""
    """Why its answer would be withheld, though it can be opened; empty if it would not."""


NOTHING = Standing(Prospects())
"""How it stands before anybody has answered; not to be added to."""


class View(NamedTuple):
    """All that a planner may know."""

    strategy: Strategy
    analysis: TaskAnalysis
    results: Sequence[RouteResult]
    """Outcomes of the paths opened so far; the last id of ``path`` names the path."""
    outlook: Callable[[RouteNode], Outlook]
    left: Left
    budget: Budget
    thresholds: Thresholds
    price: Price
    preset: Preset
    may_ask: bool
    has_documents: bool
    answered: frozenset[str]
    """Experts that have already answered in this route."""
    prospects: Prospects = Prospects()
    standing: Standing = NOTHING
    """The answers so far, weighed against each other."""
    verdicts: Verdicts | None = None
    """What a judge between two answers may say; None where there is nothing to judge."""
    exploration: float = 0.0
    """How often a path is opened just to learn from it."""
    seed: str = ""
    """What chance, where it has a part, is drawn from."""
