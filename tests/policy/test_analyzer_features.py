"""Structure of a prompt, and the spelling that cues are matched with."""

from secondhalf.policy.evidence import clause_heads
from secondhalf.policy.features import Features, features, fold, language, take_apart, words
from secondhalf.policy.lexicon import cues
from secondhalf.policy.neighbours import stems, votes
from secondhalf.policy.spelling import respell
from secondhalf.policy.weights import SIGNALS


def test_features_count_what_is_there() -> None:
    """Figures, units, dates, constraints and questions are counted."""
    found = features("By 2024-03-01, at most 3 kg and no more than 2 days. Is 4 + 5 = 9? Really?")

    assert isinstance(found, Features)
    assert (2, 1, 2, 2) == (found.questions, found.dates, found.constraints, found.operators)
    assert 2 == found.units
    assert "en" == found.language


def test_code_is_set_apart_from_the_request() -> None:
    """A fence is code, not request, even when it is never closed."""
    parts = take_apart("Why does it fail?\n```python\nx = 1\ny = 2\n")

    assert "Why does it fail?" == parts.request.strip()
    assert 1 == features("```a```").fences
    assert 3 == features("Why?\n```python\nx = 1\ny = 2\n").code_lines


def test_a_pasted_document_is_set_apart_from_the_request() -> None:
    """What follows "the following text:" is a document, and only counts as one when long."""
    long = "The council met on Monday and discussed the budget at length. " * 3

    assert 1 == features(f"Summarize the following text: {long}").documents
    assert 0 == features("Summarize the following text: short").documents


def test_multiple_choice_options_are_counted() -> None:
    """Lettered lines are options."""
    assert 4 == features("Which?\nA. one\nB. two\nC. three\nD. four").options


def test_languages_are_guessed() -> None:
    """By script, then by function words; unknown when there is nothing to go by."""
    guesses = [
        language(fold(text)) for text in ("法国的首都", "wie ist das Wetter", "où est la", "42")
    ]

    assert ["zh", "de", "fr", ""] == guesses


def test_length_counts_the_whole_text() -> None:
    """Only the length and the fences are of the whole prompt; the rest is of its ends."""
    assert 200_000 == features("a " * 100_000).characters
    assert Features._make([0] * 14 + [""]) == features("")


def test_a_typo_does_not_hide_a_cue() -> None:
    """A word nobody knows counts as the cue one edit away; a known word never does."""
    assert "summarize the article" == respell("sumarize the articel")
    assert "a polite letter, though quite different" == respell(
        "a polite letter, though quite different"
    )
    assert "legal" not in cues(stems(words("a polite letter")))


def test_politeness_hides_no_action() -> None:
    """The verb of a clause is found behind please and could you; asking leave is no order."""
    assert ("deploy",) == clause_heads("could you please deploy the app")
    assert "book" not in clause_heads("can i book business class")


def test_exemplars_vote_for_their_like() -> None:
    """Something like an exemplar gets its labels; something like none gets small shares."""
    near, far = (
        votes(stems(words(text))) for text in ("what is the capital of hungary?", "vrelg oomph")
    )

    assert near.intent["chat"] > 0.5
    assert sum(far.intent.values()) < 0.2


def test_weights_name_every_field() -> None:
    """Each field, and each label of intent and domain, has its weights."""
    assert {"difficulty", "risk", "retrieval", "tools"} < set(SIGNALS)
