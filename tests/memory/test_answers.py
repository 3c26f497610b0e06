"""What the wording of answers tells: learned from labels, stored, and forgotten with them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from secondhalf.memory import Example, Memory
from secondhalf.policy.estimates.answers import spoken
from secondhalf.policy.estimates.wording import wording_of
from secondhalf.state.caps import UNCAPPED
from secondhalf.state.estimate import Answered
from secondhalf.state.feedback import Feedback
from tests.memory.test_learning import execute, explored, routed
from tests.policy.estimates.test_answers import BAD, GOOD, said


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'm.db'}"


@pytest.fixture
def memory(url: str) -> Iterator[Memory]:
    with Memory.from_url(url, caps=UNCAPPED) as opened:
        yield opened


def answered(n: int) -> tuple[Answered, float]:
    """Every third answer gives up, and is wrong."""
    gives_up = n % 3 == 0
    text = said(BAD if gives_up else GOOD, n)
    return Answered(arm="small", wording=wording_of(text)), float(not gives_up)


def teach(memory: Memory, number: int, start: int = 0) -> None:
    memory.teach([Example(f"Question {n}?", [answered(n)]) for n in range(start, start + number)])


def route_all(memory: Memory, number: int) -> None:
    """Routes that answered so, each with a word on it."""
    for n in range(number):
        answer, score = answered(n)
        path = explored("small", float(n)).model_copy(update={"answers": (answer,)})
        routed(memory, f"route-{n}", path, thread_id=f"thread-{n}")
        memory.add_feedback(Feedback(route_id=f"route-{n}", success=score > 0.5))


def differ(memory: Memory) -> float:
    """By how much more a good ending speaks for an answer than one that gives up."""
    model = memory.estimates().answers
    good, bad = (spoken(model, "small", wording_of(said(form, 999))) for form in (GOOD, BAD))
    return good - bad


@pytest.mark.parametrize("told", [teach, route_all])
def test_answers_that_were_scored_tell_of_others(told: object, memory: Memory, url: str) -> None:
    """With a route or without one; and another process knows it."""
    assert callable(told)
    told(memory, 90)

    with Memory.from_url(url) as other:
        assert differ(memory) == differ(other) > 1.0


def test_answers_without_wording_tell_nothing(memory: Memory) -> None:
    """As those were stored before there was any."""
    known = [(Answered(arm="small"), 1.0)]
    memory.teach([Example(f"Question {n}?", known) for n in range(90)])

    assert memory.estimates().prompts is not None
    assert None is memory.estimates().answers
    assert 0.0 == differ(memory)


def test_answers_tell_also_where_prompts_do_not_yet(memory: Memory, url: str) -> None:
    """Several arms have fifty labels between them; fitted anew only once these have grown."""

    def teach_three(number: int, start: int = 0) -> None:
        for n in range(start, start + number):
            answer, score = answered(n)
            three = [(answer.model_copy(update={"arm": arm}), score) for arm in ("a", "b", "small")]
            memory.teach([Example(f"Question {n}?", three)])

    teach_three(22)
    found = memory.estimates()
    assert (None, 22) == (found.prompts, found.answers and found.answers.labels["small"])
    assert differ(memory) > 0.3

    with Memory.from_url(url) as other:
        other.teach([Example("Question 100?", [answered(100)])])
        now = other.estimates().answers
        assert now is not None
        assert 22 == now.labels["small"]
    teach_three(10, start=22)
    now = memory.estimates().answers
    assert now is not None
    assert 22 < now.labels["small"]


def test_what_was_told_without_wording_may_be_told_again_with_it(memory: Memory) -> None:
    """As whoever taught it before there was any will want to; told once more, nothing changes."""
    known = [answered(n) for n in range(90)]
    plain = [(one.model_copy(update={"wording": None}), score) for one, score in known]
    memory.teach([Example(f"Question {n}?", [one]) for n, one in enumerate(plain)])
    before = memory.estimates().skills

    teach(memory, 90)
    assert differ(memory) > 1.0
    assert before == memory.estimates().skills

    memory.teach([Example(f"Question {n}?", [one]) for n, one in enumerate(plain)])
    assert differ(memory) > 1.0


def test_a_broken_row_costs_what_answers_tell_until_the_next_fit(memory: Memory, url: str) -> None:
    """What prompts tell stays."""
    teach(memory, 60)
    execute(url, "UPDATE secondhalf_estimates SET body = '9:AAAA' WHERE name = 'answers'")

    with Memory.from_url(url) as other:
        found = other.estimates()
        assert None is found.answers
        assert found.prompts is not None
        teach(other, 30, start=60)
        assert differ(other) > 1.0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE secondhalf_estimates SET body = '9:AAAA' WHERE name = 'prompts'",
        "UPDATE secondhalf_estimates SET name = 'prompts:another' WHERE name = 'prompts'",
    ],
)
def test_what_prompts_tell_does_not_wait_for_answers(change: str, memory: Memory, url: str) -> None:
    """A row that is broken, or of embeddings that this process has not: fitted anew at once."""
    teach(memory, 60)
    execute(url, change)

    with Memory.from_url(url) as other:
        assert None is other.estimates().prompts
        teach(other, 1, start=60)
        assert other.estimates().prompts is not None


def test_what_is_forgotten_tells_nothing_any_more(memory: Memory, url: str) -> None:
    """Neither the labels nor what was fitted on them are left."""
    route_all(memory, 60)
    assert differ(memory) > 1.0

    for n in range(60):
        memory.forget_thread(f"thread-{n}")

    assert 0.0 == differ(memory)
    rows = execute(url, "SELECT body FROM secondhalf_labels")
    rows += execute(url, "SELECT body FROM secondhalf_estimates WHERE name = 'answers'")
    assert [] == rows


def test_what_is_taken_back_is_learned_anew(memory: Memory) -> None:
    """A correction changes what wording tells: here everybody was wrong about who gave up."""
    route_all(memory, 60)

    for n in range(60):
        memory.add_feedback(Feedback(route_id=f"route-{n}", success=n % 3 == 0))

    assert differ(memory) < -1.0
