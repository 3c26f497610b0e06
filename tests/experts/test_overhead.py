"""Prompts that arrive longer than they were sent: how long that is kept in mind."""

from secondhalf.experts.overhead import FADING, HALF_LIFE, Overhead


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_most_counts_and_fades_with_each_request_that_has_less() -> None:
    """A request that has none, or was even shorter than thought, tells a little."""
    overhead = Overhead(Clock())
    assert 0 == overhead.tokens

    overhead.note(1_000)
    assert 1_000 == overhead.tokens
    overhead.note(-50)
    assert FADING * 1_000 == overhead.tokens
    overhead.note(950)
    assert 950 == overhead.tokens


def test_it_is_forgotten_while_nobody_is_asked() -> None:
    """Who was too dear by one odd prompt gets another chance."""
    clock = Clock()
    overhead = Overhead(clock)

    overhead.note(30_000)
    clock.now += HALF_LIFE
    assert 15_000 == overhead.tokens
    clock.now += 20 * HALF_LIFE
    assert 0 == overhead.tokens
