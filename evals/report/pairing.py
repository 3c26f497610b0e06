"""What two runs have in common: which policies are compared, over which prompts."""

from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from secondhalf.evals.errors import DataSetError
from secondhalf.evals.metrics.bootstrap import over_runs
from secondhalf.evals.report.content import PolicyRow, Report
from secondhalf.evals.report.picks import MAIN_PRESET, USD_PRICES, of_kind, utility
from secondhalf.evals.report.played import Played
from secondhalf.evals.report.text import several
from secondhalf.evals.track import Floats, Ints, Track


class Common(NamedTuple):
    """Places of the prompts in each run, pair by pair; how many each has besides."""

    a: Ints
    b: Ints
    only_a: int
    only_b: int


class Outcomes(NamedTuple):
    """Of one policy by prompt, averaged over runs; ``cost`` in US dollars, nan if unknown."""

    score: Floats
    cost: Floats


def common_prompts(a: Played, b: Played) -> Common:
    """Pairs prompts by id; an id that occurs several times is paired in turn.

    Raises:
        DataSetError: no prompt is in both.
    """
    ours, theirs = _places(a.ids), _places(b.ids)
    both = [key for key in ours if key in theirs]
    if not both:
        raise DataSetError(
            f"different data: 0 prompts in common of {several(len(a.ids), 'prompt')} and "
            f"{len(b.ids):,}: compare runs over the same data set"
        )
    return Common(
        np.array([ours[key] for key in both]),
        np.array([theirs[key] for key in both]),
        len(ours) - len(both),
        len(theirs) - len(both),
    )


def outcomes(played: Played, name: str, places: Ints, run: str) -> Outcomes:
    """What the policy ``name`` did with some prompts.

    Raises:
        DataSetError: the run has no such policy.
    """
    track = find_track(played, name, run)
    return Outcomes(over_runs(track.score)[places], over_runs(track.cost)[places])


def find_track(played: Played, name: str, run: str) -> Track:
    """The track of a policy.

    Raises:
        DataSetError: the run has no such policy; names those whose names are nearest.
    """
    track = played.track(name)
    if track is not None:
        return track
    known = [track.name for track in played.tracks]
    near = get_close_matches(name, known, cutoff=0.4) or known[:3]
    raise DataSetError(f"{run} has no policy {name!r}: try {' or '.join(map(repr, near))}")


def best_preset(report: Report, run: str) -> str:
    """The router's preset of the most utility at the main preset's price.

    Raises:
        DataSetError: the report has no router.
    """
    presets = of_kind(report, "router")
    if not presets:
        raise DataSetError(f"{run} has no preset of the router: name a policy")
    return _best(presets).name


def _best(rows: Sequence[PolicyRow]) -> PolicyRow:
    return max(rows, key=lambda row: utility(row, USD_PRICES[MAIN_PRESET]))


def policy_pairs(
    reports: tuple[Report, Report],
    played: tuple[Played, Played],
    policy: str | None,
    against: str | None,
    *,
    every: bool,
    names: tuple[str, str],
) -> list[tuple[str, str]]:
    """Which policy of A is compared with which of B; see ``compare`` for what they are by default.

    Raises:
        DataSetError: there is no such policy, or none to choose.
    """
    (a, b), (played_a, played_b) = reports, played
    if every and played_a is played_b:
        one = policy or best_preset(a, names[0])
        find_track(played_a, one, names[0])
        return [(one, track.name) for track in played_a.tracks if track.name != one]
    if every:
        both = [t.name for t in played_a.tracks if played_b.track(t.name) is not None]
        if not both:
            raise DataSetError(f"{names[0]} and {names[1]} have no policy of the same name")
        return [(name, name) for name in both]
    one = policy or best_preset(a, names[0])
    find_track(played_a, one, names[0])
    if against is None and played_a is played_b:
        others = [row for row in of_kind(a, "router", "baseline", "model") if row.name != one]
        if not others:
            raise DataSetError(f"{names[0]} has no other policy than {one!r} to compare it with")
        against = _best(others).name
    return [(one, against or policy or best_preset(b, names[1]))]


def _places(ids: Sequence[str]) -> dict[tuple[str, int], int]:
    seen: Counter[str] = Counter()
    places: dict[tuple[str, int], int] = {}
    for place, name in enumerate(ids):
        places[name, seen[name]] = place
        seen[name] += 1
    return places
