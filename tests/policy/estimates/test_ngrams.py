"""Hashed n-grams: the same for ever, of any text, with nothing remembered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.policy.estimates.features import STRUCTURE, Features, embedded
from secondhalf.policy.estimates.ngrams import DIMENSION, counted
from secondhalf.policy.estimates.wording import LONGEST

ODD = [
    "",
    " \n\t ",
    "a",
    "\ud800 lone \udfff",
    "漢字かな交じり文 العربية हिन्दी",
    "\x00\x07",
    "👩‍👩‍👧‍👦 e\u0301",
    "x" * 1_000_000,
    "7 . " * 250_000,
]


def like(one: str, other: str) -> float:
    """The cosine of two texts' n-grams."""
    a, b = (
        np.bincount(columns, values, DIMENSION) for columns, values in map(counted, (one, other))
    )
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_a_column_is_the_same_in_every_process() -> None:
    """What was learned yesterday is still about the same n-grams."""
    columns, values = counted("a")

    assert [1] == [len(columns)]
    assert (columns.tolist(), values.tolist()) == ([1296], [1.0])


def test_texts_that_share_words_are_alike() -> None:
    """Word forms too, since pieces of words count; words in common count more than letters."""
    question = "How many apples has Ann?"

    assert like(question, "How many apples has Bob?") > 0.6
    assert like(question, "Count the apple") > like(question, "Prove the theorem") + 0.05
    assert 1.0 == pytest.approx(like(question, question.upper()))


def test_what_is_said_more_often_counts_more_but_not_as_often() -> None:
    """One plus the logarithm, so that a refrain does not drown the rest."""
    once, thrice = (float(np.abs(counted(text)[1]).max()) for text in ("z", "z z z"))

    assert 1.0 == once
    assert 1.0 + float(np.log(3)) == pytest.approx(thrice)


def test_the_end_of_a_huge_text_is_not_read() -> None:
    """A prompt of a megabyte takes no longer than a long one."""
    begin = "word " * (LONGEST // 5)

    assert counted(begin)[0].tolist() == counted(begin + "other things " * 9)[0].tolist()


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_have_rows_that_can_be_reckoned_with(text: str) -> None:
    """Empty, huge, broken or of any script: finite numbers, of length one beside the structure."""
    (row,) = Features.uncentred(["one prompt", "and 2 others."], DIMENSION).rows([text])

    assert np.isfinite(row).all()
    assert np.linalg.norm(row[:-STRUCTURE]) in (0.0, pytest.approx(1.0, abs=1e-5))


@given(st.text(st.characters(), max_size=60))
def test_any_text_is_counted(text: str) -> None:
    """Columns within the dimension, and values that are not zero."""
    columns, values = counted(text)

    assert len(columns) == len(values)
    assert all(0 <= column < DIMENSION for column in columns.tolist())
    assert (np.abs(values) >= 1).all()


def test_a_prompt_unlike_all_others_is_not_farther_than_four_deviations() -> None:
    """A megabyte of numbers must not make a regression certain."""
    features = Features.uncentred(["1 cat.", "2 cats and 3 dogs.", "a cat"], DIMENSION)

    (row,) = features.rows(["7 . " * 250_000])

    assert [4.0, 4.0, 4.0] == row[[-4, -3, -1]].tolist()


def test_rows_are_centred_on_what_is_usual() -> None:
    """Framing that all prompts share tells nothing."""
    prompts = [f"Please answer in JSON: what is {number}?" for number in range(700)]

    rows = Features.of(prompts).rows(prompts)

    assert 0.0 == pytest.approx(float(np.abs(rows.mean(axis=0)).max()), abs=1e-4)


@pytest.mark.parametrize(
    ("vectors", "said"),
    [
        (np.zeros((2, 3)), "another|shape"),
        (np.zeros((1, 4)), "shape"),
        (np.zeros(2), "shape"),
        (np.array([[1.0, np.nan]] * 2), "no number"),
    ],
)
def test_vectors_that_make_no_sense_are_refused(vectors: np.ndarray, said: str) -> None:
    """An embedder is somebody else's."""
    with pytest.raises(ValueError, match=said):
        embedded(lambda _: vectors.astype(np.float32), ["one", "two"], 2)
