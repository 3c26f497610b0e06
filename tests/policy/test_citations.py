"""Sources that an answer ends with."""

import pytest

from secondhalf.policy.citations import without_citations, without_sources


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Paris [1][2].", "Paris."),
        ("Paris 【4:0†a.md】", "Paris"),
        ("Paris [^1]", "Paris"),
        ("Paris (source: a.md:12).", "Paris."),
        ("Paris.\n— source: a.md:12", "Paris."),
        ("Paris [1].\n\n**Sources:**\n1. a.md\n- b.md\n\n[3] c.md", "Paris."),
        ("[3]", "[3]"),
        ("The answer is [3]", "The answer is [3]"),
        ("Sources: the Nile", "Sources: the Nile"),
        ("Rivers:\n- Nile\n- Amazon", "Rivers:\n- Nile\n- Amazon"),
    ],
)
def test_sources_are_no_part_of_what_is_said(text: str, expected: str) -> None:
    """Their numbers differ from answer to answer, and are nobody's answer."""
    assert expected == without_sources(text)


def test_a_bracket_may_cite_several_sources_after_prose() -> None:
    """In a short answer it is more often a list."""
    assert "It takes 30 days." == without_citations("It takes 30 days [1, 2], [3].")
    assert "The two are [1, 2]" == without_citations("The two are [1, 2]")
