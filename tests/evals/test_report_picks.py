"""Which policies a report speaks of first."""

from secondhalf.evals.report.frontier import frontier
from secondhalf.evals.report.lines import pgr, regret
from secondhalf.evals.report.picks import (
    best_single,
    dominating,
    in_order,
    is_ours,
    preset_labels,
    preset_of,
    ranking,
    shown,
)
from tests.evals.report_samples import SINGLE, policy, report, usual


def test_the_preset_of_a_policy_stands_at_the_end_of_its_name() -> None:
    """The balanced one is meant where there is none."""
    names = ["economy", "ridge/quality", "ours/balanced", "random", "quality/ridge"]

    assert ["economy", "quality", "balanced", "balanced", "balanced"] == list(map(preset_of, names))


def test_the_best_single_model_is_the_cheaper_of_equals() -> None:
    """Accuracy first."""
    rows = [policy("a", "model", 0.9, 2.0), policy("b", "model", 0.9, 1.0)]

    found = best_single(report(*rows, policy("c", "model", 0.8, 0.1)))
    assert "b" == (found.name if found else "")


def test_a_policy_of_the_same_figures_does_not_dominate() -> None:
    """It is not better in anything."""
    one, other = policy("balanced", "router", 0.9, 1.0), policy("m", "model", 0.9, 1.0)

    assert dominating(report(one, other), one) is None


def test_presets_come_first_then_what_they_are_measured_against() -> None:
    """The best single model, the oracle, baselines, the other models."""
    expected = ["balanced", SINGLE, "oracle", "ridge/balanced", "gemma-2-9b"]

    assert expected == ranking(usual())
    assert ["ridge/balanced", "gemma-2-9b"] == shown(
        usual(), {"gemma-2-9b", "ridge/balanced", "new"}, 2
    )


def test_a_list_of_policies_is_in_the_order_of_kinds_and_costs() -> None:
    """Router, baselines, models, oracles."""
    assert ["balanced", "ridge/balanced", "gemma-2-9b", SINGLE, "oracle"] == [
        row.name for row in in_order(usual().policies)
    ]


def test_what_all_presets_begin_with_is_left_out_of_their_labels() -> None:
    """Unless they are of several routers."""
    ours = [policy(f"ours/{preset}", "router", 0.9, 1.0) for preset in ("economy", "quality")]
    other = policy("theirs/quality", "router", 0.9, 1.0)

    assert ["economy", "quality"] == list(preset_labels(report(*ours)).values())
    assert "theirs/quality" in preset_labels(report(*ours, other)).values()
    picture = frontier(report(*ours))
    assert picture is not None
    assert ">economy</text>" in picture.body[0]


def test_a_baseline_at_several_prices_is_named_once() -> None:
    """All are drawn, and in the numbers; their names would hide each other."""
    presets = ("economy", "balanced", "quality")
    several = [
        policy(f"ridge/{preset}", "baseline", 0.9, 1.0 + at) for at, preset in enumerate(presets)
    ]
    picture = frontier(report(*several, policy("kNN/quality", "baseline", 0.91, 2.0)))

    assert picture is not None
    drawn = {name for name in presets if f">ridge/{name}</text>" in picture.body[0]}
    assert {"balanced"} == drawn
    assert ">kNN/quality</text>" in picture.body[0]
    assert "balanced is named" in picture.caption
    assert {row[0] for row in picture.grid.rows} >= {f"ridge/{preset}" for preset in presets}


def test_curves_of_the_whole_router_are_its_own() -> None:
    """By its family, or by the word; they are drawn before all others."""
    found = report(
        policy("ours/economy", "router", 0.9, 1.0),
        policy("ridge/economy", "baseline", 0.9, 1.0),
        curves={"pgr": {name: [(0, 0), (1, 1)] for name in ("ridge/economy", "length", "ours")}},
    )

    assert [True, True, False] == [is_ours(found, name) for name in ("ours", "the router", "ridge")]
    picture = pgr(found)
    assert picture is not None
    assert ["ours", "ridge/economy", "length"] == list(
        dict.fromkeys(r[0] for r in picture.grid.rows)
    )


def test_one_line_does_not_flatten_the_others() -> None:
    """It leaves the chart, and that is said."""
    bands = {
        name: {"at": [1, 2, 3], "mean": [0, end / 2, end]}
        for name, end in (("a", 1.0), ("b", 2.0), ("random", 100.0))
    }
    rows = [policy(name, "baseline", 0.9, 1.0) for name in bands]
    picture = regret(report(*rows, curves={"regret": bands}))

    assert picture is not None
    assert "random leaves the chart." in picture.caption
