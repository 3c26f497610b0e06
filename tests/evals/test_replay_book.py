"""Finding recorded answers by text, and taking samples in turn."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.evals.data.dataset import Answer, DataSet
from secondhalf.evals.errors import NotRecordedError
from secondhalf.evals.replay.book import Book, squeeze


def data(*prompts: str, samples: int = 1) -> DataSet:
    """Each answer says which prompt, model and sample it is of."""
    cells = [
        [[Answer(f"{i}{m}{k}", 1, 1, None, None, 0.5) for k in range(samples)] for m in "ab"]
        for i in range(len(prompts))
    ]
    answers = tuple(tuple(tuple(cell) for cell in row) for row in cells)
    return DataSet("f", "n", prompts, prompts, ("a", "b"), answers)


def test_exact_text_comes_before_text_but_for_white_space() -> None:
    """Two prompts that differ in white space only are two prompts; equal ones are the first."""
    book = Book(data("x  y", "x y", "x y"))

    assert [0, 1, 0, None] == [book.find(text) for text in ("x  y", "x y", " x\ny", "xy")]


@given(prompts=st.lists(st.text(" \n\tab", max_size=5), min_size=1, max_size=8))
def test_every_prompt_is_found(prompts: list[str]) -> None:
    """By its text, and by its text laid out anew."""
    book = Book(data(*prompts))
    laid_out = [f" {squeeze(text)}\n" for text in prompts]

    assert [prompts.index(text) for text in prompts] == [book.find(text) for text in prompts]
    assert [squeeze(text) for text in prompts] == [
        squeeze(prompts[place]) for text in laid_out if (place := book.find(text)) is not None
    ]


def test_samples_come_in_turn_from_the_first_that_was_asked_for() -> None:
    """Each model and prompt has turns of its own; they begin again after the last."""
    book = Book(data("x", "y", samples=3), sample=1)
    asked = [("a", "x"), ("a", "x"), ("b", "x"), ("a", "y"), ("a", "x"), ("a", "x")]

    given_in_turn = [book.answer(model, prompt).text for model, prompt in asked]

    assert ["0a1", "0a2", "0b1", "1a1", "0a0", "0a1"] == given_in_turn


def test_turns_are_taken_by_many_threads_at_once() -> None:
    """Three hundred calls give each of three samples a hundred times."""
    book = Book(data("x", samples=3))
    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(book.answer, "a", "x") for _ in range(300)]
    texts = [call.result().text for call in calls]

    assert [100, 100, 100] == [texts.count(text) for text in ("0a0", "0a1", "0a2")]


@given(seed=st.integers(), samples=st.integers(1, 4))
def test_a_seed_names_its_sample(seed: int, samples: int) -> None:
    """The same seed gives the same sample, however large or negative it is, and takes no turn."""
    book = Book(data("x", samples=samples))

    texts = [book.answer("a", "x", number).text for number in (seed, seed, None)]

    assert [f"0a{seed % samples}", f"0a{seed % samples}", "0a0"] == texts


def test_a_missing_answer_is_an_error_of_the_harness() -> None:
    """For callers without HTTP; it does not repeat the prompt."""
    with pytest.raises(NotRecordedError, match="one of the 2 prompts recorded") as caught:
        Book(data("x", "y")).answer("a", "zebra")

    assert "zebra" not in str(caught.value)


def test_the_nearest_name_is_found_whatever_its_case() -> None:
    """There is always one, unless there are no models; a huge name takes no time."""
    book = Book(data("x"))

    assert ("b", True, False) == (book.nearest("B"), "a" in book, "A" in book)
    assert book.nearest("?" * 10**7) in ("a", "b")
    assert "" == Book(DataSet("f", "n", (), (), (), ())).nearest("a")
