import pytest

from secondhalf.policy.nonanswer import is_non_answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I don't know.",
        "I’m sorry, but I can’t help with that.",
        "Unfortunately, I cannot provide medical advice.",
        "As an AI language model, I cannot answer that.",
        "unknown",
        "N/A",
        "???",
        "I'm not sure.",
        "I cannot determine this from the sources.",
        "The sources do not contain an answer.",
        "There is not enough information to answer.",
        "I have no idea",
    ],
)
def test_declining_is_no_answer(text: str) -> None:
    """Refusals, ignorance and emptiness, with or without an apology first."""
    assert is_non_answer(text)


@pytest.mark.parametrize(
    "text",
    [
        "397.8",
        "No.",
        "Unknown unknowns are what Rumsfeld spoke of.",
        "None of the options is right; the answer is 4.",
        "You cannot divide by zero.",
        "I can't stress enough that x = 2.",
        "Sorry about the delay. The answer is 42.",
        "I don't think so: 7 is prime.",
        "No information is lost: the map is injective.",
        "I don't know of a closed form, but numerically it is 1.2020569." + " More." * 80,
    ],
)
def test_saying_something_is_an_answer(text: str) -> None:
    """Even if it begins with a word that refusals begin with."""
    assert not is_non_answer(text)
