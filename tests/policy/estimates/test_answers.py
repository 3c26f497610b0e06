"""What the wording of answers tells of whether they are right."""

import math
from pathlib import Path

import pytest
from pydantic import ValidationError

from secondhalf.evals.data.reading import load_dataset
from secondhalf.policy.estimates.answers import LEAST, MOST, Worded, fit_answers, spoken
from secondhalf.policy.estimates.text_model import TextModel, usual_of
from secondhalf.policy.estimates.wording import ENDING, wording_of
from secondhalf.state.estimate import Wording

GOOD = "We add {n} and {m} apples. That makes {s} apples, so the answer is {s}."
BAD = "We add {n} and {m} apples. None of the options fits, so I cannot tell the answer."
ODD = ["", " ", "\x00", "\ud800" * 9, "😀" * 500, "a" * 100_000, "1" * 30_000, "\n" * 5_000, "東京"]


def said(form: str, n: int) -> str:
    return form.format(n=n, m=2 * n + 1, s=3 * n + 1)


def scored(number: int, arm: str = "small", other: str = "") -> list[Worded]:
    """Every third answer gives up, and is wrong; the ``other`` arm is as good whatever it says."""
    found: list[Worded] = []
    for n in range(number):
        gives_up = n % 3 == 0
        wording = wording_of(said(BAD if gives_up else GOOD, n))
        found.append(Worded(arm, wording, float(not gives_up)))
        found += [Worded(other, wording, float(n % 4 > 0))] if other else []
    return found


def learned(number: int = 120, other: str = "") -> TextModel:
    model = fit_answers(scored(number, other=other))
    assert model is not None
    return model


def test_who_gives_up_at_the_end_is_spoken_against() -> None:
    """Of answers that nobody has seen, and only as far as it was so for that arm."""
    model = learned(other="steady")
    good, bad = (wording_of(said(form, 999)) for form in (GOOD, BAD))

    assert spoken(model, "small", good) > 0.5 > -0.5 > spoken(model, "small", bad)
    assert max(abs(spoken(model, "steady", one)) for one in (good, bad)) < 0.4
    assert 0.0 == spoken(model, "unknown", bad) == spoken(None, "small", bad)


def test_how_long_an_answer_is_tells_though_only_its_ending_is_kept() -> None:
    """A model that goes round in circles before it says the same thing."""
    short, long = ("It is so. " * times + said(GOOD, 7) for times in (50, 400))
    many = [Worded("m", wording_of(t), float(t == short)) for t in (short, long) for _ in range(60)]
    model = fit_answers(many)

    assert wording_of(short).ending == wording_of(long).ending
    assert spoken(model, "m", wording_of(short)) > 1.0 > -1.0 > spoken(model, "m", wording_of(long))


def test_the_same_words_are_as_many_answers() -> None:
    """ "B" is right as often as it was, however often it was said."""
    same = [Worded("m", wording_of("B"), float(n % 4 > 0)) for n in range(100)]
    model = fit_answers([*same, *(Worded("m", wording_of("C"), 0.0) for _ in range(100))])

    assert model is not None
    assert 200 == model.labels["m"]
    assert pytest.approx(0.375) == model.means["m"]
    assert spoken(model, "m", wording_of("B")) > 0.3 > -0.3 > spoken(model, "m", wording_of("C"))


def test_too_few_tell_nothing_and_the_newest_count() -> None:
    """An arm needs so many scored answers; of more than are looked at the oldest are left out."""
    few = scored(LEAST - 1)
    newest = scored(LEAST, arm="large")
    many = [*few, *scored(60, arm="large"), *newest]

    assert None is fit_answers(few) is fit_answers([])
    model = fit_answers(many, most=LEAST)
    assert model is not None
    assert {"large": LEAST} == model.labels
    assert model.dump() == learned_from(newest).dump()
    assert LEAST < MOST


def test_who_has_few_answers_borrows_of_what_all_tell() -> None:
    """Giving up is a bad sign of whoever does it; a stranger to that needs fewer answers."""
    few = [one._replace(arm="new") for one in scored(LEAST)]
    alone, beside = (learned_from([*few, *rest]) for rest in ([], scored(300)))
    good, bad = (wording_of(said(form, 999)) for form in (GOOD, BAD))

    def told(model: TextModel) -> float:
        return spoken(model, "new", good) - spoken(model, "new", bad)

    assert told(beside) > told(alone) + 0.5 > 0.5
    assert {"new": LEAST, "small": 300} == beside.labels


def learned_from(answers: list[Worded]) -> TextModel:
    model = fit_answers(answers)
    assert model is not None
    return model


@pytest.mark.parametrize("text", ODD)
def test_any_answer_has_a_wording_that_tells_a_finite_number(text: str) -> None:
    """Empty, huge, or of half characters: nothing fails, and nobody is certain."""
    wording = wording_of(text)

    assert len(wording.ending) <= ENDING
    assert abs(spoken(learned(), "small", wording)) < 12.0


@pytest.mark.parametrize("number", [1.1e6, 1e300, math.inf, math.nan, -1.0])
def test_a_shape_that_no_text_has_is_refused(number: float) -> None:
    """One such answer would leave no number in a fit, of whichever arm."""
    with pytest.raises(ValidationError):
        Wording(ending="", shape=(number, 0.0, 0.0, 0.0))

    largest = Wording(ending="", shape=(1e6, 1e6, 1e6, 1e6))
    model = learned_from([*scored(40), Worded("small", largest, 0.0)])
    assert model.dump() == TextModel.load(model.dump()).dump()


def test_what_answers_tell_survives_its_dump() -> None:
    """As every process that reads it has to say the same."""
    model = learned()
    again = TextModel.load(model.dump())
    wordings = [wording_of(said(form, n)) for form in (GOOD, BAD) for n in range(5)]

    assert [spoken(model, "small", w) for w in wordings] == [
        spoken(again, "small", w) for w in wordings
    ]


def test_what_is_usual_tells_nothing_on_average() -> None:
    """Right answers are spoken for by as much as wrong ones are spoken against, weighed."""
    answers = scored(300)
    model = learned_from(answers)
    usual = usual_of(model.means["small"], model.labels["small"])
    odds = [math.exp(spoken(model, "small", one.wording)) for one in answers]
    chances = [usual * o / (usual * o + 1.0 - usual) for o in odds]

    assert pytest.approx(usual, abs=0.02) == sum(chances) / len(chances)


def test_recorded_answers_tell_more_than_nothing(data_dir: Path) -> None:
    """Held-out log loss of what is said of a model's answers, beside what is usual for it."""
    file = data_dir / "mmlupro_answers_6models_quarter.jsonl.gz"
    data = load_dataset(file, needs_answers=True, needs_prices=False)
    column = next(c for c, name in enumerate(data.models) if name.startswith("gemini-1.5-flash"))
    answers = [data.sample(row, column) for row in range(800)]
    worded = [Worded("flash", wording_of(a.text or ""), a.score) for a in answers]
    model = learned_from(worded[:500])
    usual = model.usual("flash")

    def loss(chance: float, score: float) -> float:
        return -math.log(chance if score > 0.5 else 1.0 - chance)

    def chance(one: Worded) -> float:
        odds = usual / (1.0 - usual) * math.exp(spoken(model, "flash", one.wording))
        return odds / (1.0 + odds)

    held_out = worded[500:]
    told = sum(loss(chance(one), one.score) for one in held_out) / len(held_out)
    plain = sum(loss(usual, one.score) for one in held_out) / len(held_out)
    assert told < plain - 0.02
