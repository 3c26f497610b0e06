"""What is expected of those who can answer, on one prompt, and what became of it."""

from typing import Annotated

from pydantic import Field

from secondhalf.state.analysis import Share
from secondhalf.state.base import Noun

Triple = tuple[Share, Share, Share]
"""A probability at low, at medium and at high difficulty."""
Positive = Annotated[float, Field(ge=0.0)]
Amount = Annotated[float, Field(ge=0.0, le=1e6)]
"""No text has as many of anything that is counted of it: what is larger would overflow a fit."""
LogOdds = Annotated[float, Field(ge=-20.0, le=20.0)]


class Prospect(Noun):
    """What is expected of one arm: a way of answering whose outcomes are counted together."""

    right: Triple
    """How probable it is that its answer is right, at each difficulty."""
    usual: Triple | None = None
    """The same on a prompt that tells nothing; None where ``right`` is that."""
    doubt: tuple[Positive, Positive, Positive] = (0.0, 0.0, 0.0)
    """The standard deviation of that: how little is known of it."""
    prior: Share = 0.5
    """What was expected before any outcome was known."""
    usd_share: Positive = 0.5
    """Its mean cost as a share of what a request makes one guess that it is."""
    usd_high: Positive = 1.0
    """The 90th percentile of that."""
    seconds_share: Positive = 0.5
    seconds_high: Positive = 1.0
    labels: Positive = 0.0
    """How many outcomes this rests on; old ones count less."""
    family: str = ""
    """Models of one family tend to make the same mistakes."""
    tells: tuple[Share, Share] = (0.5, 0.5)
    """How often its answer is worded like a right one where it is right, and where it is wrong."""


class Reliance(Noun):
    """How far a judge between two answers is to be believed."""

    right: Share = 0.65
    """How often it prefers the right one of two answers, where just one is right."""
    decides: Share = 0.7
    """How often it says the same in both orders."""
    prior: Share = 0.65
    """What ``right`` was before any outcome was known."""


class Prospects(Noun):
    """What is expected on one prompt. Difficulty is hidden, and shared by all arms."""

    difficulty: Triple = (0.6, 0.3, 0.1)
    """How probable it is that the prompt is of low, of medium, of high difficulty."""
    usual: Triple = (0.6, 0.3, 0.1)
    """The same of any prompt, whatever this one looks like."""
    arms: dict[str, Prospect] = {}
    paths: dict[str, dict[str, str]] = {}
    """The arm of each expert of each path that is a chat model and answers."""
    coincidence: tuple[Triple, Triple, Triple] = (
        (0.50, 0.60, 0.80),
        (0.25, 0.35, 0.60),
        (0.15, 0.25, 0.50),
    )
    """How often two wrong answers are the same, at each difficulty: of one model, of one family, of
    two families."""
    comparable: Share = 0.8
    """How often an answer says something that can be compared with another."""
    closed: Share = 0.95
    """How probable it is that the prompt is closed-ended: right answers say the same. Of answers to
    an open-ended one, those that say the same are no more probably right than those that differ."""
    judges: dict[str, Reliance] = {}
    """By the name of the model that judges."""
    slope: float = 1.0
    """Calibration: stated log-odds are ``slope`` times the computed ones plus ``offset``."""
    offset: float = 0.0
    curve: tuple[tuple[float, Share], ...] = ()
    """Its curve, where there is one: computed log-odds and stated quality."""
    told: dict[str, LogOdds] | None = None
    """The log-odds by which the wording of answers speaks for them, by the id of the call; None
    where nothing was learned of how right answers are worded."""
    leanings: dict[str, float] = {}
    """Outcomes by which the policy leans to a path that no model answers (below zero: from it)."""


class Wording(Noun):
    """How an answer is worded, as much of it as can be learned from."""

    ending: str
    """The last of its characters."""
    shape: tuple[Amount, Amount, Amount, Amount]
    """Of all of it: length (log characters), numbers, different numbers and full stops."""


class Answered(Noun):
    """One answer of an explored path, as much of it as can be learned from."""

    arm: str
    call: str = ""
    """The id of the call that gave it; empty where nobody refers to it."""
    gist: float | str | None = None
    """What it finally says; None if that cannot be compared."""
    prior: Share = 0.5
    family: str = ""
    usd_share: Positive | None = None
    """Its path's cost as a share of what was guessed (of its tokens where it has no price); None if
    nothing was."""
    seconds_share: Positive | None = None
    checked: bool | None = None
    """Whether an executable check passed; None if there was none."""
    wording: Wording | None = None
    told: LogOdds = 0.0
    """The log-odds by which its wording spoke for it when it was weighed (below zero: against)."""


class Overran(Noun):
    """A model that used as much as was reserved for it, or more, and gave no answer."""

    arm: str
    usd_share: Positive | None = None
    """As in ``Answered``."""
    seconds_share: Positive | None = None


class Judged(Noun):
    """What a judge made of two answers of a route, as much of it as can be learned from."""

    judge: str
    """The name of the model."""
    prior: Share = 0.65
    """How often it was expected to be right before any outcome was known."""
    answers: tuple[str, str]
    """The ids of the calls that gave them."""
    preferred: str = ""
    """One of the two; empty where the verdict turned with the order, or was for neither."""
