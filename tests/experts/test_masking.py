"""What is private is found, and what only looks like it is left alone."""

import logging
from unittest.mock import Mock

import pytest

from secondhalf.experts.masking import masker
from secondhalf.policy.masking import FREE_TEXT, Mask
from secondhalf.state.base import Noun
from secondhalf.state.redaction import RedactConfig
from secondhalf.state.reflection import Reflection
from secondhalf.state.route import STATE_TYPES


def mask_of(*kinds: str, **patterns: str) -> Mask:
    found = masker(RedactConfig.model_validate({"kinds": kinds, "patterns": patterns}))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("emails", "Write to a.b+c@mail.example.org, or not.", "Write to [email], or not."),
        ("emails", "müller@bücher.example!", "[email]!"),
        ("phones", "Call +49 30 901820 today", "Call [phone] today"),
        ("phones", "Call (030) 9018-2000.", "Call [phone]."),
        ("phones", "Call 555-123-4567 or 0044 20 7946 0958", "Call [phone] or [phone]"),
        ("cards", "Card 4111 1111 1111 1111, please", "Card [card], please"),
        ("cards", "5500-0000-0000-0004", "[card]"),
        ("ibans", "To DE89 3704 0044 0532 0130 00 now", "To [iban] now"),
        ("ibans", "GB29NWBK60161331926819", "[iban]"),
        ("keys", "my key is sk-abcdefgh12345678", "my key is ***"),
    ],
)
def test_private_data_is_masked(kind: str, text: str, expected: str) -> None:
    """The name of what it was stands in its place."""
    assert expected == mask_of(kind)(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is 17% of 2,340, and 3.1415926535?",
        "From 2024-03-01 to 2024-04-30 at 10:15:00",
        "4111 1111 1111 1112 does not check out",
        "DE88370400440532013000 neither",
        "x@y, @home, a @ b.com",
        "0.0123456789012345 and 00000000000000000000000000000012.0123456789012345",
        "1f0cc8a1-2b3c-6d4e-8001-123456789abc",
        "solve 1234567 * 89 = 0",
        "version 10.20.30.40",
    ],
)
def test_what_is_not_private_stays(text: str) -> None:
    """Numbers, dates, ids and versions."""
    assert text == mask_of("emails", "phones", "cards", "ibans", "keys")(text)


def test_own_patterns_are_masked_by_their_name() -> None:
    """A backslash or a group in it means nothing in what stands in its place."""
    assert "see [ticket] of Ann" == mask_of(ticket=r"TCK-(\d)+")("see TCK-123 of Ann")


def test_a_pattern_that_takes_too_long_costs_the_text(caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be searched is not stored in clear."""
    slow = mask_of(slow=r"(a|aa)+(b|bb)+c")

    with caplog.at_level(logging.WARNING):
        found = slow("a" * 5_000 + "b" * 5_000)

    assert "[redacted]" == found
    assert "'slow' took too long" in caplog.text


@pytest.mark.parametrize("text", ["a@" * 50_000, "1 " * 50_000, "A1" * 50_000, "(0" * 50_000])
def test_long_texts_do_not_hold_anybody_up(text: str) -> None:
    """Every built-in pattern is bounded; this ends within the tests' time limit."""
    assert len(mask_of("emails", "phones", "cards", "ibans")(text)) > 0


@pytest.mark.parametrize("own", [Mock(side_effect=ZeroDivisionError), Mock(return_value=None)])
def test_a_callable_that_fails_costs_the_text(own: Mask) -> None:
    """Whatever it raises or returns."""
    mask = masker(RedactConfig(), own)

    assert mask is not None
    assert "[redacted]" == mask("secret")


@pytest.mark.parametrize("pattern", ["(", "[a", "a*", "^", ""])
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str) -> None:
    """Broken ones, and those that match where there is nothing."""
    with pytest.raises(ValueError, match=r"cannot be used|matches where|at least 1"):
        RedactConfig(patterns={"own": pattern})


def test_nothing_is_masked_unless_asked_for() -> None:
    """None, so that nobody pays for it."""
    assert masker(RedactConfig()) is None


def test_every_field_with_a_text_is_masked() -> None:
    """Fields of these names hold what people or models wrote, in whatever noun."""
    kinds: tuple[type[Noun], ...] = (*STATE_TYPES, Reflection)
    texts = {"text", "prompt", "answer", "question", "notes", "output", "reason", "summary"}
    texts |= {"ending", "gist"}
    not_texts = {("Alternative", "reason"), ("Decision", "reason"), ("TokenCount", "output")}
    missing = {
        (kind.__name__, name)
        for kind in kinds
        for name in texts & set(kind.model_fields)
        if name not in FREE_TEXT.get(kind.__name__, ())
    }

    assert set[tuple[str, str]]() == missing - not_texts
