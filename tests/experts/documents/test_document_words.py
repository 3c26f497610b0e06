"""What counts as the same word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.experts.documents.words import alike, content, stem, terms


@pytest.mark.parametrize(
    "forms",
    [
        "refund refunds refunded refunding",
        "policy policies",
        "cache caches cached caching",
        "stop stops stopped stopping",
        "store stores stored storing",
        "configure configures configured configuration configurations",
        "authenticate authenticated authentication",
        "install installed installation",
        "deploy deployed deployment",
        "document documents documented documentation",
        "approve approved approval",
        "process processes processed processing",
        "status statuses",
        "embed embedded embedding",
        "need needs needed",
        "keep keeps kept keeping",
        "write wrote written writes",
        "use used uses using",
        "automatic automatically",
        "month months monthly",
        "encrypt encrypted encryption",
        "restore restored restores restoring",
    ],
)
def test_forms_of_a_word_share_a_stem(forms: str) -> None:
    """Plurals, tenses and the commonest derivations."""
    assert 1 == len({stem(form) for form in forms.split()}), [stem(f) for f in forms.split()]


@pytest.mark.parametrize(
    "pair", ["string stringent", "bus business", "red ring", "port portal", "test text", "as is"]
)
def test_different_words_stay_different(pair: str) -> None:
    """A stem is not cut to nothing."""
    one, other = pair.split()

    assert stem(one) != stem(other)


def test_numbers_keep_their_value() -> None:
    """Commas between thousands go, points stay, small number words are digits."""
    assert content("€500") == ["euro", "500"]
    assert ["1200", "3.14", "v2", "30", "s", "2025", "3"] == terms("1,200 3.14 v2 30s 2025 three")


def test_identifiers_are_split_and_accents_folded() -> None:
    """A name is found by its parts, a word by its letters."""
    assert content("max_retries --max-retries") == ["max", "retri", "max", "retri"]
    assert content("Café RÉSUMÉ ﬁle") == content("cafe resume file")


def test_words_broken_at_the_end_of_a_line_are_joined() -> None:
    """As PDF files break them."""
    assert content("infor-\nmation") == content("information")


def test_scripts_without_spaces_are_searched_by_pairs() -> None:
    """So that a part of a sentence is found."""
    assert set(content("保存期間")) <= set(content("ログの保存期間は三十日です。"))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("retention", "retentions", True), ("collect", "collector", True), ("cat", "cats", False),
     ("2024", "20245", False), ("contract", "contrast", False), ("harbour", "harvest", False)],
)  # fmt: skip
def test_alike_words_share_most_of_their_letters(one: str, other: str, expected: bool) -> None:
    """A long shared beginning; numbers never."""
    assert expected is alike(one, other)


@given(st.text())
def test_any_text_has_terms(text: str) -> None:
    """Never an error, never an empty term; terms are searched as they are indexed."""
    assert all(terms(text))
    assert set(content(text)) <= set(terms(text))
