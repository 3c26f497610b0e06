"""The process for computer algebra: reused, killed when too slow, started again."""

import threading
from collections.abc import Iterator

import pytest

from secondhalf.experts.local.algebra import Algebra
from secondhalf.experts.local.worker import Worker
from secondhalf.state.base import Json

MODULE = "secondhalf.experts.local.algebra_worker"
SLOW: Json = {"operation": "expand", "text": "(a+b+c+x+y+z)^40"}
QUICK: Json = {"operation": "expand", "text": "(x+1)*x"}


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker(MODULE, limit=1.0)
    yield worker
    worker.close()


def test_a_request_that_takes_too_long_has_no_answer_and_the_next_one_has(worker: Worker) -> None:
    """The process is killed, and another one serves what follows."""
    assert worker.ask(SLOW) is None
    assert worker.ask(SLOW) is None  # at once: it is not tried again

    assert worker.ask(QUICK)["answer"] == "x^2 + x"


def test_a_request_that_is_not_understood_leaves_the_process_alive(worker: Worker) -> None:
    """The worker checks texts itself: it does not rely on who asks."""
    assert worker.ask({"operation": "expand", "text": "__import__('os')"}) == {}
    assert worker.ask({"operation": "nonsense", "text": "x", "variable": "x"}) == {}

    assert worker.ask(QUICK)["answer"] == "x^2 + x"


def test_threads_get_their_own_answers() -> None:
    """Requests from several threads are served one after the other, none mixed up."""
    answers: dict[int, str] = {}

    def ask(number: int) -> None:
        solution = Algebra().solve(f"solve x + {number} = 0")
        answers[number] = solution.answer if solution else ""

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {number: f"x = -{number}" for number in range(1, 9)} == answers


def test_no_key_reaches_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment holds what it needs to start, nothing that looks like a secret."""
    from secondhalf.experts.local import worker

    monkeypatch.setenv("OPENAI_API_KEY", "made-up")

    assert "OPENAI_API_KEY" not in worker.child_environment()
