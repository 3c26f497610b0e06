"""Somebody gets worse."""

import random
from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from secondhalf.policy.estimates.book import Estimates, watch_name
from secondhalf.policy.estimates.learn import learn
from secondhalf.policy.estimates.lesson import Lesson
from secondhalf.policy.learning.drift import KEPT, LEAST, Alarm, Watch, watched
from secondhalf.state.estimate import Answered


def alarm_after(chance: random.Random, before: float, after: float, at: int) -> int | None:
    """Outcomes until an alarm, counted from the change; None if there was none in 500."""
    watch = Watch()
    for number in range(at + 500):
        share = before if number < at else after
        watch, alarm = watched(watch, float(chance.random() < share), float(number))
        if alarm is not None:
            return number - at
    return None


def test_a_fall_is_found_soon_and_steadiness_is_not_taken_for_one() -> None:
    """From .8 to .5 in some forty outcomes; over steady ones hardly ever."""
    chance = random.Random(3)
    fallen = [alarm_after(chance, 0.8, 0.5, 100) for _ in range(200)]
    steady = [alarm_after(chance, 0.8, 0.8, 0) for _ in range(200)]

    late = [found for found in fallen if found is not None]
    assert len(late) == 200
    assert 25 < median(late) < 60
    assert sum(found is not None for found in steady) <= 4


def test_an_alarm_tells_the_outcomes_since_the_fall() -> None:
    """Here every other one was right before, and none after."""
    watch, alarm, number = Watch(), None, 0
    while alarm is None:
        watch, alarm = watched(watch, float(number < 100 and not number % 2))
        number += 1

    assert 120 < number < 140
    assert number - 101 <= alarm.outcomes <= number - 98
    assert 0.0 == alarm.total


def test_an_alarm_begins_anew_and_is_remembered() -> None:
    """It says when."""
    watch = Watch()
    for number in range(LEAST):
        watch, _ = watched(watch, 1.0, float(number))
    alarm: Alarm | None = None
    number = LEAST
    while alarm is None:
        watch, alarm = watched(watch, 0.0, float(number))
        number += 1

    assert (1, 0) == (watch.alarms, watch.outcomes)
    assert watch.alarmed_at == number - 1


@given(st.lists(st.floats(0.0, 1.0), max_size=80))
def test_whatever_comes_the_mean_is_one(outcomes: list[float]) -> None:
    """It can be stored, and read again."""
    watch = Watch()
    for outcome in outcomes:
        watch, _ = watched(watch, outcome)
        assert Watch.model_validate(watch.model_dump()) == watch
        assert 0.0 <= watch.mean <= 1.0


def test_old_outcomes_of_somebody_who_got_worse_count_little() -> None:
    """Only theirs, and only as far as they tell how often they are right."""
    estimates = Estimates()

    def taught(arm: str, score: float) -> None:
        nonlocal estimates
        answered = [Answered(arm=arm)]
        estimates = learn(estimates, Lesson("low", answered, [score], bucket="chat.low", at=5.0))

    for _ in range(60):
        taught("a", 1.0)
        taught("b", 1.0)
    name = watch_name("chat.low", "a")
    before = estimates.skills["a"]
    while not estimates.watches[name].alarms:
        before = estimates.skills["a"]
        taught("a", 0.0)

    after = estimates.skills["a"]
    assert sum(after.right) < KEPT * sum(before.right) + 1e-9
    assert sum(estimates.skills["b"].right) > 50
    assert 5.0 == estimates.watches[name].alarmed_at
    assert not estimates.watches[watch_name("chat.low", "b")].alarms
