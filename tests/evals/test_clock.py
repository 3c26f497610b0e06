"""Virtual time: waiting costs nothing and is measured exactly."""

import asyncio
import time

import pytest

from secondhalf.evals.replay.clock import run_virtually


async def measured(*seconds: float) -> float:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(asyncio.sleep(s) for s in seconds))
    return loop.time() - began


def test_waiting_is_measured_and_takes_no_time() -> None:
    """A day passes at once; what waits side by side takes as long as the longest."""
    assert 86_400.0 == pytest.approx(run_virtually(measured(86_400.0, 3_600.0, 1.0)))


def test_timers_keep_their_order() -> None:
    """Who waits for less comes first."""
    came: list[float] = []

    async def wait(seconds: float) -> None:
        await asyncio.sleep(seconds)
        came.append(seconds)

    async def all_of_them() -> None:
        await asyncio.gather(*(wait(s) for s in (30.0, 10.0, 20.0)))

    run_virtually(all_of_them())

    assert [10.0, 20.0, 30.0] == came


def test_time_limits_hold() -> None:
    """What takes longer than it may is ended, at the limit."""

    async def work() -> float:
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5.0):
                await asyncio.sleep(60.0)
        return loop.time()

    assert 5.0 == pytest.approx(run_virtually(work()))


def test_the_clock_stands_still_while_a_thread_works() -> None:
    """A thread's work neither takes virtual time nor is overtaken by a timer."""

    def slowly() -> str:
        time.sleep(0.05)
        return "done"

    async def work() -> tuple[str, float]:
        async with asyncio.timeout(0.001):
            done = await asyncio.to_thread(slowly)
        return done, asyncio.get_running_loop().time()

    assert ("done", 0.0) == run_virtually(work())


def test_errors_come_through() -> None:
    """An error ends the run as it would on any loop."""

    async def fail() -> None:
        await asyncio.sleep(1.0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run_virtually(fail())
