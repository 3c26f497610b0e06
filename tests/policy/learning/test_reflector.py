"""What is found in past routes, and what is not."""

import random
from typing import Any

import pytest

from secondhalf.policy.learning.cases import CHECKS, Case, Opened
from secondhalf.policy.learning.reflector import Rules, reflect
from secondhalf.policy.learning.suggesting import Suggestion, digest, reflections_of
from secondhalf.state.reflection import (
    AvoidChange,
    BudgetChange,
    HintChange,
    PreferChange,
    Reflection,
    ThresholdChange,
)

RULES = Rules()


def opened(path: str, score: float | None, who: str = CHECKS, **more: Any) -> Opened:
    voices = () if score is None else ((who, score),)
    known: dict[str, Any] = {
        "status": "uncertain",
        "quality": 0.7,
        "cost_usd": 0.01,
        "seconds": 1.0,
        "score": score,
        "voices": voices,
    }
    return Opened(path=path, **(known | more))


def case(number: int, *paths: Opened, bucket: str = "code.medium", **more: Any) -> Case:
    known: dict[str, Any] = {"given": paths[-1].path if paths else "", "status": "uncertain"}
    return Case(f"r{number}", float(number), "S", bucket, paths, **(known | more))


def causes(cases: list[Case], rules: Rules = RULES) -> dict[str, Reflection]:
    return {one.cause: one for one in reflect(cases, rules, 1.0)}


def test_a_path_that_does_worse_than_another_is_to_be_avoided() -> None:
    """And the other to be preferred; the evidence is the routes that tell so."""
    cases = [case(n, opened("a", float(n % 5 == 0)), opened("b", 1.0)) for n in range(30)]

    found = causes(cases)["wrong_expert"]

    avoid, prefer = found.changes
    assert isinstance(avoid, AvoidChange)
    assert isinstance(prefer, PreferChange)
    assert ("a", "b") == (avoid.path, prefer.path)
    assert ("S", "code.medium") == (found.strategy, found.bucket)
    assert set(found.evidence) <= {one.route_id for one in cases}
    assert found.predicted_quality == pytest.approx(0.8)
    assert (30, "statistics") == (found.support, found.made_by)


def test_an_answer_that_was_given_although_another_was_right() -> None:
    """Where both are known."""
    cases = [case(n, opened("b", 1.0), opened("a", 0.0), given="a") for n in range(20)]

    found = causes(cases)["bad_aggregation"]

    assert {"a": AvoidChange, "b": PreferChange} == {
        str(getattr(change, "path", "")): type(change) for change in found.changes
    }


def test_what_is_as_good_for_less() -> None:
    """Both have been judged often enough to tell."""
    cases = [
        case(n, opened("dear", 1.0, cost_usd=0.1), given="dear", status="success")
        for n in range(40)
    ]
    cases += [
        case(100 + n, opened("cheap", 1.0, cost_usd=0.01), given="cheap", status="success")
        for n in range(30)
    ]

    found = causes(cases)["wrong_expert"]

    assert "overspent" == found.trigger
    assert ["cheap"] == [str(getattr(change, "path", "")) for change in found.changes]
    assert found.predicted_cost_usd == pytest.approx(-0.09)


def test_answers_that_pass_and_are_wrong_raise_the_threshold() -> None:
    """By a step; those that fail and are right lower it."""
    passing = [
        case(n, opened("a", float(n % 2), status="success"), status="success") for n in range(40)
    ]
    failing = [case(n, opened("a", 1.0), opened("b", 1.0)) for n in range(40)]

    (up,) = causes(passing)["verifier_false_pass"].changes
    (down,) = causes(failing)["verifier_false_fail"].changes

    assert isinstance(up, ThresholdChange)
    assert isinstance(down, ThresholdChange)
    assert ("good_enough", 0.05, -0.05) == (up.key, up.delta, down.delta)


def test_what_looked_easy_and_was_not_is_told_to_the_analyzer() -> None:
    """Only of what could have been called harder."""
    cases = [case(n, opened("a", float(n % 3 == 0)), bucket="code.low") for n in range(40)]

    (hint,) = causes(cases)["analysis_error"].changes
    assert isinstance(hint, HintChange)
    assert "medium" == hint.difficulty
    hard = [one._replace(bucket="code.high") for one in cases]
    assert "analysis_error" not in causes(hard)


def test_caps_that_end_the_search_too_soon() -> None:
    """Not where the answer was good all the same."""
    cases = [case(n, opened("a", None), capped="usd", status="uncertain") for n in range(20)]

    (change,) = causes(cases)["budget_exhausted"].changes

    assert isinstance(change, BudgetChange)
    assert 1.25 == change.factor
    good = [one._replace(status="success") for one in cases]
    assert "budget_exhausted" not in causes(good)


def test_answers_without_what_they_needed() -> None:
    """Somebody who looks it up is to be preferred."""
    cases = [case(n, opened("bare", 0.0, arms=("m without retriever",))) for n in range(15)]
    cases += [case(50 + n, opened("read", 1.0, arms=("retriever > m",))) for n in range(3)]

    found = causes(cases)["missing_prerequisite"]

    assert ["bare", "read"] == [str(getattr(change, "path", "")) for change in found.changes]


def test_nothing_is_found_in_noise() -> None:
    """Of 200 histories in which all paths are equal, few have a finding at all."""
    chance = random.Random(5)
    found = 0
    for _ in range(200):
        scores = [(chance.random() < 0.7, chance.random() < 0.7) for _ in range(60)]
        cases = [
            case(number, opened("a", float(one)), opened("b", float(other)))
            for number, (one, other) in enumerate(scores)
        ]
        found += bool({"wrong_expert", "bad_aggregation"}.intersection(causes(cases)))

    assert found <= 30


def test_few_people_and_few_outcomes_find_nothing() -> None:
    """However loud they are."""
    one_voice = [case(n, opened("a", 0.0, "x"), opened("b", 1.0, "x")) for n in range(200)]
    few = [case(n, opened("a", 0.0), opened("b", 1.0)) for n in range(7)]

    assert {} == causes(one_voice)
    assert {} == causes(few)
    assert "wrong_expert" in causes(one_voice, Rules(words=50, principals=1)) or (
        "bad_aggregation" in causes(one_voice, Rules(words=50, principals=1))
    )


def test_a_few_who_lie_in_a_third_of_all_feedback_are_not_believed() -> None:
    """Thirty honest people, three that praise the bad path and damn the good one."""
    cases: list[Case] = []
    for number in range(300):
        liar = number % 10 < 3
        who = f"liar {number % 3}" if liar else f"honest {number % 30}"
        score = 0.0 if liar else 1.0
        cases.append(case(number, opened("bad", 1.0 - score, who), opened("good", score, who)))

    for found in reflect(cases, RULES, 1.0):
        for change in found.changes:
            assert not (isinstance(change, PreferChange) and change.path == "bad")
            assert not (isinstance(change, AvoidChange) and change.path == "good")


def test_the_same_finding_has_the_same_name_until_there_is_much_more_to_say_for_it() -> None:
    """So what was turned down does not come up again the next day."""
    cases = [case(n, opened("a", 0.0), opened("b", 1.0)) for n in range(64)]

    names = [causes(cases[:size])["wrong_expert"].id for size in (40, 41, 64)]

    assert names[0] == names[1] != names[2]


def test_a_model_suggests_and_counts_decide() -> None:
    """What is not there, not borne out, or rests on too few, is dropped; evidence is counted."""
    cases = [case(n, opened("a", 0.0), opened("b", 1.0)) for n in range(6)]
    wanted = [
        Suggestion("S", "code.medium", "a", "avoid", "wrong_expert", "often\nwrong"),
        Suggestion("S", "code.medium", "b", "avoid", "wrong_expert"),
        Suggestion("S", "code.medium", "nobody", "avoid", "wrong_expert"),
        Suggestion("T", "code.medium", "a", "avoid", "wrong_expert"),
        Suggestion("S", "nowhere", "a", "prefer", "wrong_expert"),
    ]

    (found,) = reflections_of(wanted, cases, RULES, 1.0, "gpt")

    assert ("often wrong", "gpt", 6) == (found.summary, found.made_by, found.support)
    assert {f"r{n}" for n in range(6)} == set(found.evidence)
    rows = digest(cases, RULES)
    assert {("S", "code.medium", "a"), ("S", "code.medium", "b")} == {row[:3] for row in rows}
    assert () == reflections_of(wanted, cases[:3], RULES, 1.0, "gpt")
