"""A policy sees a prompt and the answers it opened, and nothing else."""

from typing import Any

import pytest

from secondhalf.evals.errors import ForbiddenSightError, NotRecordedError
from secondhalf.evals.replay.desk import CURRENT, Desk
from tests.evals.recorded import recorded

LABELS = ("score", "correct", "prompt_id", "id", "signals", "answers", "gold", "label", "models")


def test_a_policy_sees_the_prompt_and_what_it_opened() -> None:
    """The prompt, and of an opened answer its text, tokens and latency."""
    with Desk(recorded(latency_s=2.5)).seat(1) as (task, _):
        opened = task.open("large")

        assert "Ann has 1 apples and buys 3 more. How many apples?" == task.prompt
        assert "Sample 0: she counts, and the answer is 4" == opened.text
        assert (20, 10, 2.5) == (opened.input_tokens, opened.output_tokens, opened.latency_s)


@pytest.mark.parametrize("name", LABELS)
def test_reaching_for_more_fails_loudly(name: str) -> None:
    """Neither attributes nor items of a prompt or an answer give a label away."""
    with pytest.raises(ForbiddenSightError, match=name), Desk(recorded()).seat(0) as (task, _):
        getattr(task, name)
    with pytest.raises(ForbiddenSightError, match=name), Desk(recorded()).seat(0) as (task, _):
        task[name]
    with pytest.raises(ForbiddenSightError, match=name), Desk(recorded()).seat(0) as (task, _):
        getattr(task.open("small"), name)
    with pytest.raises(ForbiddenSightError, match=name), Desk(recorded()).seat(0) as (task, _):
        hasattr(task, name)


def test_a_swallowed_error_still_ends_the_run() -> None:
    """A policy that catches the error has been seen all the same."""

    def cheat(task: Any) -> str:
        try:
            return str(task.score)
        except Exception:  # noqa: BLE001 - what a careless policy does
            return "nothing happened"

    with pytest.raises(ForbiddenSightError, match="score"), Desk(recorded()).seat(0) as (task, _):
        cheat(task)


def test_unopened_answers_have_no_other_way_out() -> None:
    """What is opened is paid for, in the order in which it was."""
    data = recorded()
    with Desk(data).seat(5) as (task, seat):
        task.open("middle")
        task.open("small")

        assert ["middle", "small"] == [data.models[column] for column, _ in seat.opened]
        assert [0.00006, 0.000006] == pytest.approx([answer.cost_usd for _, answer in seat.opened])
        assert pytest.approx(0.000066) == seat.cost_usd


def test_what_a_limit_keeps_from_being_said_is_not_charged() -> None:
    """An answer of ten tokens that is cut after four costs what four do."""
    with Desk(recorded()).seat(5) as (task, seat):
        opened = task.open("middle", 4)
        whole = task.open("small", 10)

        assert (4, "length") == (opened.output_tokens, opened.finish_reason)
        assert (10, "stop") == (whole.output_tokens, whole.finish_reason)
        assert [4, 10] == [answer.output_tokens for _, answer in seat.opened]
        assert [0.000036, 0.000006] == pytest.approx([answer.cost_usd for _, answer in seat.opened])


def test_what_was_not_recorded_is_missing() -> None:
    """No other model, no second answer of the same model, no text where only a score is known."""
    with Desk(recorded()).seat(0) as (task, _):
        task.open("small")
        with pytest.raises(NotRecordedError, match="only 1 answers of 'small'"):
            task.open("small")
        with pytest.raises(NotRecordedError, match="'gigantic'"):
            task.open("gigantic")


def test_samples_are_served_in_turn() -> None:
    """A run replays one sample first, then the others."""
    with Desk(recorded(samples=3), number=1).seat(0) as (task, _):
        texts = [task.open("small").text for _ in range(3)]

        assert [1, 2, 0] == [int(text.split()[1].rstrip(":")) for text in texts]


def test_a_task_is_current_only_while_it_is_replayed() -> None:
    """Recorded models answer the prompt at hand, and none before or after."""
    with Desk(recorded()).seat(0) as (task, _):
        assert CURRENT.get() is task
    assert CURRENT.get() is None
