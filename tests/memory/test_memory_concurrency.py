"""Several threads and processes on one file at once."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from secondhalf.memory import Memory
from secondhalf.state.budget import DEFAULT_BUDGET
from secondhalf.state.feedback import Feedback
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import RouteResult, TraceEvent

_WRITER = """
import sys
from secondhalf.memory import Memory
from secondhalf.state.budget import DEFAULT_BUDGET
from secondhalf.state.request import RouteRequest

with Memory.from_url(sys.argv[1]) as memory:
    for number in range(10):
        memory.record_start(
            RouteRequest(
                route_id=f"{sys.argv[2]}-{number}",
                thread_id=sys.argv[2],
                started_at=float(number),
                budget=DEFAULT_BUDGET,
                preset="balanced",
            ),
            "hi",
        )
"""


def _request(route_id: str) -> RouteRequest:
    return RouteRequest(
        route_id=route_id, thread_id="t", started_at=1.0, budget=DEFAULT_BUDGET, preset="balanced"
    )


def test_processes_share_a_new_file(tmp_path: Path) -> None:
    """Processes that open the same new file at once all make, or find, the tables."""
    url = f"sqlite:///{tmp_path / 'routes.db'}"
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, url, f"writer-{number}"])
        for number in range(4)
    ]

    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0, 0]
    with Memory.from_url(url) as memory:
        assert len(memory.routes(limit=100)) == 40


def test_threads_write_and_read_at_once(tmp_path: Path) -> None:
    """One object serves many threads; a reader sees a whole outcome or none."""
    with Memory.from_url(f"sqlite:///{tmp_path / 'routes.db'}") as memory:

        def live(number: int) -> int:
            asked = _request(f"route-{number}")
            events = tuple(TraceEvent(kind="call", at=float(n)) for n in range(20))
            memory.record_start(asked, "hi")
            memory.record_route(
                asked, None, RouteResult(route_id=asked.route_id, status="fail", trace=events)
            )
            found = memory.route(asked.route_id).result
            return 0 if found is None else len(found.trace)

        with ThreadPoolExecutor(8) as pool:
            traces = list(pool.map(live, range(24)))

        assert traces == [20] * 24
        assert len(memory.routes(limit=100)) == 24


async def test_the_same_feedback_given_at_once_counts_once() -> None:
    """Idempotence holds under concurrency, in memory too."""
    async with Memory.from_url("sqlite://") as memory:
        await memory.arecord_start(_request("route-1"), "hi")
        told = await asyncio.gather(
            *(memory.aadd_feedback(Feedback(route_id="route-1", success=True)) for _ in range(8))
        )

        assert sorted(told) == [False] * 7 + [True]
        assert len(await memory.afeedback("route-1")) == 1
