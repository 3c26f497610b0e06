"""What an answer finally says, and whether two say the same."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.policy.agreement import agree, gist, same

ODD = st.text(
    st.sampled_from(list('\\{}[]()"#:.,-/$%*=0123456789 \n\tanswerisboxedfrac€٣²\x00\ud800'))
)
PIECES = st.lists(
    st.sampled_from(
        [
            "the answer is ",
            "\\boxed{",
            "}",
            '"answer": ',
            "#### ",
            "\\frac{1}{0}",
            "9" * 400,
            "1/",
            "(B)",
            "\n",
            ". ",
            "-",
            "because ",
        ]
    )
).map("".join)

REASONED = "First we add the two, and then we take away what was eaten, which leaves them with it. "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"reasoning": "6 and 7 are 13", "answer": "42"}', 42.0),
        ('{"answer": 42, "confidence": 0.9}', 42.0),
        ('{"final_answer": "Paris"}', "paris"),
        (REASONED + r"Thus $\boxed{17}$ is left.", 17.0),
        (REASONED + r"\boxed{\frac{3}{4}}", 0.75),
        (REASONED + r"\boxed{\text{no}}", "no"),
        (REASONED + "\n#### 1,234", 1234.0),
        (REASONED + "The answer is (B).", "B"),
        (REASONED + "The answer is B) the second one", "B"),
        ("**Answer:** C", "C"),
        ("(D)", "D"),
        ("b", "B"),
        (REASONED + "So the answer is $18.50.", 18.5),
        (REASONED + "The answer is €18.50", 18.5),
        (REASONED + "The final answer is: -3/4", -0.75),
        (REASONED + "The answer is 12 km.", 12.0),
        (REASONED + "The answer is 3 + 4 = 7", 7.0),
        (REASONED + "In the end she has 3 apples and 5 pears.", 5.0),
        (REASONED + "They cost 1,000,000 dollars", 1_000_000.0),
        ("0.5", 0.5),
        (".5", 0.5),
        ("Paris", "paris"),
        ("It is  PARIS!", "it is paris"),
        ("", None),
        ("   \n ", None),
        (REASONED * 3, None),
        ("The answer is 1/0", None),
    ],
)
def test_what_an_answer_finally_says(text: str, expected: object) -> None:
    """Fields, boxes, marks, letters, money, fractions, units and last numbers; prose says none."""
    assert expected == gist(text)


def test_of_several_marks_the_last_counts() -> None:
    """Who corrects themselves means what they say last."""
    text = r"I first thought \boxed{3}, but no: \boxed{4}." + "\nThe answer is 5, surely not."

    assert gist(text) == 4.0
    assert gist("The answer is 5. No, wait: the answer is 6.") == 6.0


@pytest.mark.parametrize(
    ("first", "second", "agreed"),
    [
        ("The answer is 0.75", r"\boxed{\frac{3}{4}}", True),
        ("#### 1,000", '{"answer": "1000"}', True),
        ("The answer is (b)", "B", True),
        ("Paris.", "paris", True),
        ("It costs $5", "It costs $6", False),
        ("A", "B", False),
        ("7", "seven", False),
        (REASONED * 3, REASONED * 3, False),
    ],
)
def test_answers_agree_by_what_they_say(first: str, second: str, agreed: bool) -> None:
    """However each is written; what cannot be compared agrees with nothing, not even itself."""
    assert agreed == agree(first, second)
    assert agreed == agree(second, first)


@given(ODD | PIECES | st.text(), ODD | PIECES | st.text())
@settings(deadline=None, max_examples=400)
def test_no_text_is_too_odd(first: str, second: str) -> None:
    """Whatever a model says: a number is finite, words are words, and agreement is symmetric."""
    said = gist(first)

    assert said is None or isinstance(said, str) or math.isfinite(said)
    assert "" != said
    assert said is None or same(said, said)
    assert agree(first, second) == agree(second, first)


def test_a_number_too_big_to_be_stored_is_none() -> None:
    """Infinity could not be kept with the route, and would agree with any other."""
    assert gist("9" * 400) is None
    assert gist(f"the answer is {'9' * 400}/3") is None
    assert agree("9" * 400, "8" * 400) is False


HUGE = {
    "braces": "{",
    "parentheses": "(",
    "digits": "7",
    "boxes": r"\boxed{",
    "nested": r"\boxed{{}{",
    "fields": '"answer": "',
    "escapes": '"answer": "\\',
    "marks": "#### ",
    "answers": "answer to ",
    "texts": r"\text{",
    "fractions": "1/",
    "groups": "1,",
    "minus": "-",
    "dollars": "$",
    "reasons": " because",
}


@pytest.mark.parametrize("piece", HUGE.values(), ids=HUGE)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    """No pattern looks at the same text again and again; where one did, this would not end."""
    size = 100_000 // len(piece)
    for text in (piece * size, "answer" + piece * size + "x", piece * size + "\nThe answer is 3"):
        said = gist(text)

        assert said is None or isinstance(said, str | float)
    assert 3.0 == gist("#" * 100_000 + "\nThe answer is 3")
