import threading

import pytest

from secondhalf.experts.breaker import Breaker, shared_breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_it_opens_after_failures_in_a_row(clock: Clock) -> None:
    """A success in between starts the count again."""
    breaker = Breaker(threshold=2, cooldown=10, clock=clock)
    seen = list[bool]()

    for outcome in (breaker.fail, breaker.succeed, breaker.fail, breaker.fail):
        breaker.acquire()
        outcome()
        seen.append(breaker.available())

    assert [True, True, True, False] == seen
    assert 10 == breaker.remaining()


def test_one_probe_is_let_through_when_half_open(clock: Clock) -> None:
    """While the probe is out nobody else gets through; its success closes the breaker."""
    breaker = Breaker(threshold=1, cooldown=10, clock=clock)
    breaker.fail()
    clock.now = 10

    assert (True, False, False) == (breaker.acquire(), breaker.acquire(), breaker.available())
    breaker.succeed()
    assert (True, True) == (breaker.acquire(), breaker.acquire())


def test_a_failed_probe_opens_it_for_twice_as_long(clock: Clock) -> None:
    """Up to a longest pause; a success resets that too."""
    breaker = Breaker(threshold=1, cooldown=10, longest=35, clock=clock)
    pauses = list[float]()

    for _ in range(4):
        assert breaker.acquire()
        breaker.fail()
        pauses.append(breaker.remaining())
        clock.now += breaker.remaining()
    breaker.acquire()
    breaker.succeed()
    breaker.fail()

    assert [10, 20, 35, 35] == pauses
    assert 10 == breaker.remaining()


def test_a_cancelled_probe_leaves_room_for_another(clock: Clock) -> None:
    """A cancelled call says nothing about the deployment."""
    breaker = Breaker(threshold=1, cooldown=10, clock=clock)
    breaker.fail()
    clock.now = 10
    breaker.acquire()

    breaker.release()

    assert breaker.acquire()


def test_retry_after_outlasts_the_cooldown(clock: Clock) -> None:
    """What the server asked for counts if it is longer, within reason."""
    breaker = Breaker(threshold=1, cooldown=10, longest=100, clock=clock)

    breaker.fail(retry_after=60)
    first = breaker.remaining()
    breaker.set_aside(1e9)

    assert (60, 100) == (first, breaker.remaining())


def test_availability_at_a_given_time(clock: Clock) -> None:
    """A planner may ask for another time than now."""
    breaker = Breaker(threshold=1, cooldown=10, clock=clock)

    breaker.fail()

    assert [False, False, True] == [breaker.available(at) for at in (0.0, 9.9, 10.0)]


def test_threads_share_one_probe(clock: Clock) -> None:
    """Of many threads that find it half open exactly one gets through."""
    breaker = Breaker(threshold=1, cooldown=10, clock=clock)
    breaker.fail()
    clock.now = 10
    start, passed = threading.Barrier(16), list[bool]()

    def enter() -> None:
        start.wait()
        passed.append(breaker.acquire())

    threads = [threading.Thread(target=enter) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 == sum(passed)


def test_routers_of_one_process_share_breakers() -> None:
    """What one router learned of an endpoint holds for the next."""
    assert shared_breaker("here m") is shared_breaker("here m")
    assert shared_breaker("here m") is not shared_breaker("there m")


def test_a_clock_that_is_put_back_does_not_set_aside_for_ever(clock: Clock) -> None:
    """From then on it is for the longest pause at most."""
    clock.now = 1e9
    breaker = Breaker(threshold=1, cooldown=10, longest=100, clock=clock)
    breaker.fail()
    clock.now = 0.0

    assert not breaker.available()

    clock.now = 101.0
    assert breaker.available()
