"""Page's test: when it speaks, and what it then says."""

import random

from secondhalf.policy.learning.drift import Alarm, Watch, watched


def alarms_of(outcomes: list[float]) -> list[tuple[int, Alarm]]:
    watch, found = Watch(), list[tuple[int, Alarm]]()
    for place, outcome in enumerate(outcomes):
        watch, alarm = watched(watch, outcome, at=float(place))
        if alarm is not None:
            found.append((place, alarm))
    return found


def test_an_alarm_tells_the_outcomes_since_the_fall() -> None:
    """Here every other one was right before, and none after."""
    outcomes = [1.0, 0.0] * 50 + [0.0] * 60

    (place, alarm), *_ = alarms_of(outcomes)

    assert 120 <= place < 135
    assert place - 100 <= alarm.outcomes <= place - 97
    assert 0.0 == alarm.total


def test_who_stays_as_they_are_raises_no_alarm() -> None:
    """500 outcomes of each of 50 that stay at .8."""
    found = [
        alarms_of([float(rng.random() < 0.8) for _ in range(500)])
        for rng in map(random.Random, range(50))
    ]

    assert sum(map(len, found)) <= 1
