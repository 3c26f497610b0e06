"""What a report says in words, for the better and for the worse."""

from typing import Any

import pytest

from secondhalf.evals.report.content import Part, Summary
from secondhalf.evals.report.headline import findings, headline
from secondhalf.evals.report.limits import limits
from tests.evals.report_samples import SINGLE, policy, report, usual


def test_as_good_and_cheaper() -> None:
    """The main preset against the best single model: accuracy, cost, intervals."""
    expected = (
        f"The balanced preset answers as well as {SINGLE}, noise allowed for, at 24 % of its "
        "cost: .958 [.948, .968] against .967 [.957, .977]."
    )

    assert expected == headline(usual())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accuracy": 0.99}, f"answers better than {SINGLE} at 24 % of its cost"),
        ({"accuracy": 0.93}, f"answers worse than {SINGLE} at 24 % of its cost"),
        ({"cost": 1.7}, "at the same cost"),
        ({"cost": 5.1}, "at 3.00 times its cost"),
        ({"cost": None}, "(what they cost is not known)"),
        (
            {"accuracy_low": 0.8},
            f"1,319 prompts are too few to tell the balanced preset from {SINGLE}",
        ),
        ({"accuracy_low": None}, f"answers worse than {SINGLE} at"),
    ],
)
def test_the_headline_is_honest(changes: dict[str, Any], words: str) -> None:
    """Worse is said as plainly as better, and what is not known is not claimed."""
    assert words in headline(usual(**changes))


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.03, -0.01, f"answers worse than {SINGLE}"),
        (0.001, 0.01, f"answers better than {SINGLE}"),
        (-0.02, 0.01, f"answers as well as {SINGLE}"),
    ],
)
def test_the_paired_difference_decides(low: float, high: float, words: str) -> None:
    """Intervals that overlap do not make equal what differs on the same prompts."""
    gain = {"gain_low": low, "gain_high": high}
    rows = tuple(row.model_copy(update=gain) for row in usual().policies)

    assert words in headline(usual().model_copy(update={"policies": rows}))


def test_the_preset_spoken_of_is_the_balanced_one() -> None:
    """Whatever the router is called; without it, the preset of the most utility."""
    model = policy("m", "model", 0.9, 1.0)
    named = [policy(f"ours/{preset}", "router", 0.9, 1.0) for preset in ("quality", "balanced")]
    other = [policy("fast", "router", 0.8, 0.1), policy("slow", "router", 0.9, 1.0)]

    assert headline(report(*named, model)).startswith("The ours/balanced preset")
    assert headline(report(*other, model)).startswith("The slow preset")


@pytest.mark.parametrize(("cost", "words"), [(0.0, "at the same cost"), (0.5, "for $0.500 where")])
def test_a_free_model_has_no_ratio(cost: float, words: str) -> None:
    """Nothing is so many times nothing."""
    free = policy("m", "model", 0.9, 0.0)

    assert words in headline(report(policy("balanced", "router", 0.9, cost), free))


def test_something_is_said_of_every_run() -> None:
    """Without a router, without a single model, without anything."""
    router, model = policy("balanced", "router", 0.9, 1.0), policy("m", "model", 0.9, 1.0)

    assert "No router was evaluated; the best single model is m: .900" in headline(report(model))
    assert "no single model to compare it with" in headline(report(router))
    assert "Nothing was compared" in headline(report())


def test_a_baseline_that_is_better_is_named() -> None:
    """A simpler policy that is no worse and no dearer is not hidden."""
    rival = policy("ridge/balanced", "baseline", 0.96, 0.4)
    found = findings(report(policy("balanced", "router", 0.95, 0.5), rival))

    assert (
        "ridge/balanced (.960 at $0.400) is no worse and no dearer than balanced (.950 at $0.500)."
    ) in found


def test_presets_that_nothing_beats_are_named() -> None:
    """The oracle does not count: nobody can have it."""
    oracle = policy("oracle", "oracle", 0.99, 0.1)
    found = findings(report(policy("balanced", "router", 0.95, 0.5), oracle))

    assert (
        "No baseline and no single model is both at least as accurate and as cheap as balanced."
    ) in found


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        ({"cost_save": 0.71}, "saves 71 % of its cost"),
        ({"cost_save": -0.2}, "costs 20 % more than it"),
        ({}, "No preset comes within .01"),
        ({"aiq": 0.95, "aiq_single_models": 0.94, "aiq_gain_low": 0.004}, "+.004 with 95 %"),
        ({"aiq": 0.95, "aiq_single_models": 0.94, "aiq_gain_low": 0.004}, "more than noise"),
        ({"aiq": 0.95, "aiq_single_models": 0.94, "aiq_gain_low": -0.004}, "not more than noise"),
        ({"aiq": 0.93, "aiq_single_models": 0.94, "aiq_gain_low": -0.02}, "no gain"),
        ({"apgr": 0.64, "apgr_length": 0.598}, "APGR .640, beside .500 of chance and .598 of"),
        ({"budget_violations": 0.002}, "A budget was exceeded in 0.2 % of the prompts."),
    ],
)
def test_what_the_summary_says(summary: dict[str, float], words: str) -> None:
    """Each figure that applies is put in words."""
    found = usual().model_copy(update={"summary": Summary.model_validate(summary)})

    assert words in " ".join(findings(found))


def test_learning_is_told_apart_from_its_start() -> None:
    """The first prompts are the dearest: figures without them are given besides."""
    later = Part(accuracy=0.97, accuracy_low=0.96, accuracy_high=0.98, cost_usd_per_1k=0.3)

    found = " ".join(findings(usual(after_100=later)))
    assert "Without the first 100 prompts, balanced reaches .970 [.960, .980] at $0.300" in found


def test_limits_follow_from_the_run() -> None:
    """Few prompts, one run, unknown costs, two models of about the same accuracy."""
    models = [policy("a", "model", 0.90, None), policy("b", "model", 0.91, None)]
    data = {"file": "f", "name": "n", "prompts": 26, "models": ["a", "b"]}
    found = " ".join(limits(report(*models, data=data, seeds=(0,), summary={"apgr": 0.6})))

    assert "With 26 prompts" in found
    assert "one run" in found
    assert "What 2 policies cost is not known." in found
    assert "only .010 better than the weak one" in found


def test_names_are_cleaned_before_they_are_spoken_of() -> None:
    """A name is shown, and does nothing."""
    found = headline(report(policy("a\x1b[2J\u202e\nb", "router", 0.9, 1.0)))

    assert found.startswith("a[2J b: .900")
