"""From tracks to the figures of a report."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from secondhalf.evals.curves import MOST, curves_of, family_of
from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.jobs import Flip
from secondhalf.evals.overlap import off_policy_rows
from secondhalf.evals.parts import bucket, met_later, part
from secondhalf.evals.report.content import Report
from secondhalf.evals.rows import buckets_of, policy_row
from secondhalf.evals.settings import RunSettings
from secondhalf.evals.summary import summarize
from secondhalf.evals.topics import topics
from secondhalf.evals.track import Track, plain_track
from tests.evals.recorded import recorded

TWO = ("small", "large")


def track(
    data: DataSet, name: str, choices: Sequence[int], kind: Any = "router", **more: Any
) -> Track:
    """A policy that gave these models' answers and opened nothing else, in one run."""
    places = np.arange(len(data)), np.array(choices)
    strong = np.array([choices], float) if len(data.models) == 2 else None
    return plain_track(
        name,
        kind,
        data.scores()[places][None],
        data.costs()[places][None],
        np.array([choices]),
        strong=strong,
        **more,
    )


def singles(data: DataSet) -> list[Track]:
    return [
        track(data, name, [column] * len(data), "model") for column, name in enumerate(data.models)
    ]


def report(data: DataSet, *tracks: Track, flips: Any = None, **settings: Any) -> Report:
    given = RunSettings.model_validate({"data": "recorded.jsonl", **settings})
    return summarize(given, data, [*tracks, *singles(data)], flips or {})


def test_a_row_has_accuracy_and_cost_of_what_was_given() -> None:
    """Shares of answers, and US dollars per thousand prompts."""
    data = recorded(10)
    row = policy_row(track(data, "mixed", [0] * 5 + [3] * 5), data, None, singles(data)[3])

    assert 0.8 == pytest.approx(row.accuracy)  # small knows 4 of the first 5, large 4 of the rest
    assert 1000 * (0.000006 * 5 + 0.0005 * 5) / 10 == pytest.approx(row.cost_usd_per_1k)
    assert {"small": 0.5, "large": 0.5} == row.answered_by
    assert row.accuracy_low is not None
    assert row.accuracy_high is not None
    assert row.accuracy_low < row.accuracy < row.accuracy_high
    assert row.gain_low is not None
    assert row.gain_low < row.accuracy - 0.9  # large, the best, is right in nine of ten


def test_summary_figures_of_a_perfect_router() -> None:
    """It is as good as the best model, cheaper, and recovers the gap first."""
    data = recorded(40, TWO)
    need = (data.scores()[:, 1] - data.scores()[:, 0])[None]
    ideal = track(data, "secondhalf/balanced", [int(n > 0) for n in need[0]], need=need)
    length = track(data, "prompt length", [0] * 40, "baseline", need=np.arange(40.0)[None])
    summary = report(data, ideal, length).summary

    assert 0.0 == pytest.approx(summary.perf_gain)
    assert summary.cost_save is not None
    assert summary.cost_save > 0.4
    assert summary.apgr is not None
    assert summary.apgr_length is not None
    assert summary.apgr_low is not None
    assert 0.75 == pytest.approx(summary.apgr)  # half of the prompts are the gap
    assert summary.apgr_low > summary.apgr_length
    assert (0.25, 0.4) == (summary.cpt50, summary.cpt80)
    assert summary.aiq_gain_low is not None
    assert summary.aiq_gain_low > 0


def test_a_router_no_better_than_length_is_not_called_better() -> None:
    """The lower bound is below prompt length's figure when the router is that."""
    data = recorded(40, TWO)
    need = np.arange(40.0)[None]
    same = track(data, "secondhalf/balanced", [0] * 40, need=need)
    length = track(data, "prompt length", [0] * 40, "baseline", need=need)
    summary = report(data, same, length).summary

    assert summary.apgr == summary.apgr_length
    assert summary.apgr_low == summary.apgr_length


def test_figures_that_do_not_apply_are_none() -> None:
    """No APGR among many models, no cost where no price is known."""
    many = report(recorded(30), track(recorded(30), "secondhalf/balanced", [1] * 30)).summary
    unpriced_data = recorded(30, priced=False)
    unpriced = report(unpriced_data, track(unpriced_data, "secondhalf/balanced", [1] * 30)).summary

    assert (None, None, None) == (many.apgr, many.apgr_length, many.cpt50)
    assert (None, None, None) == (unpriced.aiq, unpriced.aiq_gain_low, unpriced.cost_save)


def test_what_came_after_the_first_hundred_is_told_apart() -> None:
    """Figures without them, from the order in which they came."""
    data = recorded(150)
    learner = track(data, "secondhalf/balanced", [0] * 100 + [3] * 50)
    found = report(data, learner)
    row = found.policies[0]

    assert row.after_100 is not None
    assert data.scores()[100:, 3].mean() == pytest.approx(row.after_100.accuracy)
    assert found.summary_after_100 is not None
    assert found.summary_after_100 != found.summary


def test_few_prompts_have_no_later_part() -> None:
    """Nothing is made of a handful."""
    data = recorded(110)
    short = track(data, "secondhalf/balanced", [0] * 110)

    assert met_later(short) is None
    assert report(data, short).summary_after_100 is None


def test_a_part_averages_the_runs_that_met_it() -> None:
    """Each prompt over the runs in which it came late enough."""
    scores = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    both = plain_track("x", "router", scores, scores, np.zeros((2, 3), int))
    cut = part(both, np.array([[True, False, False], [True, False, True]]))

    assert [[0.5, 1.0]] == cut.score.tolist()
    assert (1, 2) == cut.answered_by.shape


def test_the_later_part_follows_each_runs_own_order() -> None:
    """Which prompts are the first differs from run to run."""
    runs = plain_track(
        "x",
        "router",
        np.zeros((2, 130)),
        np.zeros((2, 130)),
        np.zeros((2, 130), int),
        order=np.array([np.arange(130), np.arange(130)[::-1]]),
    )
    kept = met_later(runs)

    assert kept is not None
    assert list(range(100, 130)) == np.flatnonzero(kept[0]).tolist()
    assert list(range(30)) == np.flatnonzero(kept[1]).tolist()


def test_topics_are_groups_or_lengths() -> None:
    """Every prompt has one; buckets hold all prompts once."""
    data = replace(recorded(6), groups=("a", "b", "a", "b", "a", "a"))
    policy = track(data, "secondhalf/balanced", [0] * 6)
    found = buckets_of([policy], data)

    assert [("a", 4), ("b", 2)] == [(b.bucket, b.prompts) for b in found]
    assert data.scores()[[1, 3], 0].mean() == pytest.approx(found[1].policies[policy.name].accuracy)
    assert [[0.0, 0.0]] == bucket(policy, [4, 5]).score.tolist()

    longer = replace(recorded(40), prompts=tuple("x" * (i + 1) for i in range(40)))
    assert 4 == len(set(topics(longer)))


def test_robustness_is_the_share_of_choices_that_stay() -> None:
    """By policy and perturbation, and their mean."""
    data = recorded(30)
    flips = {
        "secondhalf/balanced": [
            Flip(place=0, perturbation="typos", before="small", after="small"),
            Flip(place=1, perturbation="typos", before="small", after="large"),
            Flip(place=0, perturbation="whitespace", before="small", after="small"),
        ]
    }
    found = report(data, track(data, "secondhalf/balanced", [0] * 30), flips=flips)

    assert [("typos", 2, 1, 0.5), ("whitespace", 1, 0, 1.0)] == [
        (r.perturbation, r.matched, r.flips, r.robustness) for r in found.robustness
    ]
    assert 0.75 == found.summary.robustness


def test_calibration_is_of_what_the_router_says() -> None:
    """A router that is sure and wrong is badly calibrated."""
    data = recorded(30)
    sure = track(data, "secondhalf/balanced", [0] * 30, quality=np.ones((1, 30)))
    found = report(data, sure)

    assert [1 - sure.score.mean()] == [pytest.approx(c.ece) for c in found.calibration]
    assert 1 - sure.score.mean() == pytest.approx(found.summary.ece)


def test_estimators_stand_beside_the_truth() -> None:
    """From a log of another policy; where the log says too little, it is said."""
    data = recorded(300, TWO)
    rows = off_policy_rows([track(data, "secondhalf/balanced", [1] * 300)], data)

    assert ["SNIPS", "DR"] == [row.estimator for row in rows]
    assert all(row.truth == pytest.approx(data.scores()[:, 1].mean()) for row in rows)
    assert all(row.covered for row in rows)

    few = recorded(12)
    doubtful = off_policy_rows([track(few, "secondhalf/balanced", [2] * 12)], few)
    assert all(row.warning and row.covered is None for row in doubtful)


def test_curves_are_thinned_and_grouped_by_family() -> None:
    """Presets of one policy share a hull; a plot gets no more points than it can show."""
    data = recorded(300)
    said = np.random.default_rng(0).random((1, 300))
    presets = [
        track(data, f"secondhalf/{name}", [place] * 300, quality=said)
        for place, name in ((0, "economy"), (2, "balanced"), (3, "quality"))
    ]
    curves = curves_of([*presets, *singles(data)], data)

    regret = curves.regret["secondhalf/economy"]

    assert {"secondhalf", "single models"} == set(curves.frontier)
    assert all(MOST >= len(band.at) for band in curves.regret.values())
    assert (1.0, 300.0) == (regret.at[0], regret.at[-1])
    for curve in (*curves.roc.values(), *curves.risk_coverage.values()):
        assert MOST >= len(curve) > 1
    names = ("ridge/balanced", "random", "a/b")
    assert ["ridge", "random", "a/b"] == [family_of(name) for name in names]


def test_the_report_is_strict_json_of_the_promised_keys() -> None:
    """What programs rely on is there, whatever could not be computed."""
    data = recorded(30, priced=False)
    found = report(data, track(data, "secondhalf/balanced", [0] * 30)).model_dump(mode="json")

    assert {"data", "protocol", "seeds", "policies", "summary"} <= set(found)
    assert {"file", "prompts", "models", "left_out"} <= set(found["data"])
    keys = {"name", "accuracy", "accuracy_low", "accuracy_high", "cost_usd_per_1k", "strong_share"}
    assert all(keys <= set(row) for row in found["policies"])
    assert {
        "aiq", "aiq_single_models", "aiq_gain_low", "apgr", "apgr_low", "apgr_length", "apgr_ridge",
        "cpt50", "cpt80", "cost_save", "perf_gain", "robustness", "budget_violations", "ece",
    } == set(found["summary"])  # fmt: skip
