"""How many more answers a principal's word may teach of."""

import math
from typing import NamedTuple

from secondhalf.state.caps import Caps

_EQUAL_PARTS = 2.0
"""Where there are few principals, one may have so many times an equal part of the labels."""


class Tally(NamedTuple):
    """Labels that people gave to one tenant so far."""

    today: int = 0
    """By this principal, today; corrections of labels given before are counted too."""
    own: int = 0
    """By this principal, ever."""
    everybody: int = 0
    """By all principals, this one included."""
    principals: int = 0
    """How many there are, this one included if it has given any."""


def allowance(caps: Caps, principal: str, tally: Tally, wanted: int) -> int:
    """How many of ``wanted`` new labels count.

    The share that a principal may have is the cap's or two equal parts, whichever is more: among
    three, two thirds; from twenty on (by default) a tenth. One who is alone has no such cap.
    """
    if principal in caps.trusted:
        return wanted
    within = _by_share(caps.share, tally, wanted)
    return max(0, min(within, corrections(caps, principal, tally, wanted)))


def corrections(caps: Caps, principal: str, tally: Tally, wanted: int) -> int:
    """How many of ``wanted`` corrections of their labels count: those that the day has room for."""
    if principal in caps.trusted or caps.per_day is None:
        return wanted
    return max(0, min(wanted, caps.per_day - tally.today))


def _by_share(cap: float, tally: Tally, wanted: int) -> int:
    """The largest n for which own + n is within the share of everybody + n."""
    many = tally.principals + (tally.own == 0)
    share = max(cap, _EQUAL_PARTS / many)
    if share >= 1.0:
        return wanted
    # The last digit of a fraction must not cost a label.
    return math.floor((share * tally.everybody - tally.own) / (1.0 - share) + 1e-9)
