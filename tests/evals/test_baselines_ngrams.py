"""Hashed n-grams: stable, weighted by what is telling, of length one."""

from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.evals.baselines.ngrams import Ngrams, Rows, hashed_rows, telling_weights

TEXTS = ["a cat sat", "a cat ran", "a dog sat on a dog"]


def rows(texts: list[str], dimension: int = 64, ngrams: Ngrams | None = None) -> Rows:
    """Rows of ``texts``, weighted by what they hold themselves."""
    ngrams = Ngrams() if ngrams is None else ngrams
    counts = ngrams.count(texts)
    weights = telling_weights(counts, len(texts), len(ngrams))
    return hashed_rows(counts, weights, ngrams.hashes(), len(texts), dimension)


def test_words_pairs_and_pieces_are_counted() -> None:
    """ "a cat": two words, their pair, and the pieces of 3 to 5 characters of " cat "."""
    counts = Ngrams().count(["a cat"])

    assert 2 + 1 + (3 + 2 + 1) == len(counts.ngram)
    assert {1} == set(counts.times.tolist())


def test_case_and_repetition_count() -> None:
    """Words are lowered; the same word twice is one n-gram with two occurrences."""
    counts = Ngrams().count(["Dog dog"])

    assert [1] * 1 + [2] * 7 == sorted(counts.times.tolist())


def test_a_hash_is_the_same_in_every_process() -> None:
    """Python's own ``hash`` is not: rows could never be compared between two runs."""
    ngrams = Ngrams()
    ngrams.count(["x"])
    digest = blake2b(b"<x>", digest_size=8).digest()

    assert [int.from_bytes(digest, "little")] == ngrams.hashes().tolist()


def test_what_all_texts_share_weighs_nothing() -> None:
    """The frame of an instruction does not swamp the question in it."""
    framed = [f"Answer the question in JSON, please: {text}" for text in ("cats", "dogs", "cats")]
    ngrams = Ngrams()
    counts = ngrams.count(framed)
    weights = telling_weights(counts, 3, len(ngrams))
    frame = ngrams.count(["Answer the question in JSON, please:"]).ngram

    assert 0 == np.abs(weights[frame]).max()
    assert 1 == pytest.approx(float(rows(framed)[0] @ rows(framed)[2]), abs=1e-6)


def test_what_a_single_text_holds_weighs_nothing() -> None:
    """Nothing can be learned from it, and it would take room in the row."""
    ngrams = Ngrams()
    counts = ngrams.count(["alpha beta", "alpha gamma", "rhubarb"])
    weights = telling_weights(counts, 3, len(ngrams))

    assert 0 == weights[ngrams.count(["rhubarb"]).ngram].max()
    assert 1 / 3 == pytest.approx(weights[ngrams.count(["alpha"]).ngram].min())


def test_n_grams_met_later_have_no_weight() -> None:
    """A text of nothing but unknown words has a row of zeros."""
    ngrams = Ngrams()
    weights = telling_weights(ngrams.count(TEXTS), 3, len(ngrams))
    unknown = ngrams.count(["zebra"])

    assert 0 == np.abs(hashed_rows(unknown, weights, ngrams.hashes(), 1, 64)).max()


def test_rows_have_length_one() -> None:
    """Whatever the length of the text; more than a block of them at once."""
    many = [f"{text} {number % 7} times" for number in range(500) for text in TEXTS]

    lengths = np.linalg.norm(rows(many), axis=1)

    assert (1500, 64) == rows(many).shape
    assert np.ones(1500) == pytest.approx(lengths, abs=1e-5)


@given(
    st.lists(st.text("ab c1.", max_size=20), min_size=1, max_size=6), st.lists(st.text(max_size=20))
)
def test_a_row_does_not_depend_on_what_was_read_before(texts: list[str], other: list[str]) -> None:
    """N-grams are numbered as they come, but hashed by themselves."""
    used = Ngrams()
    used.count(other)

    assert rows(texts) == pytest.approx(rows(texts, ngrams=used), abs=1e-6)


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_has_a_row(text: str) -> None:
    """Half surrogate pairs included."""
    assert np.isfinite(rows([text, text, "other"])).all()


def test_no_texts_have_no_rows() -> None:
    """An empty list is no special case."""
    assert (0, 64) == rows([]).shape
