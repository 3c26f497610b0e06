"""Which of two policies is better, and whether that is more than noise."""

import json
from io import StringIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from secondhalf.evals.errors import DataSetError
from secondhalf.evals.report.compare import compare
from secondhalf.evals.report.compare_table import comparison_screen
from secondhalf.evals.report.comparison import Comparison, Versus
from secondhalf.evals.report.content import PolicyRow, Report, to_json
from secondhalf.evals.report.noise import holm, p_value
from secondhalf.evals.report.played import Played
from secondhalf.evals.track import Floats, Track, plain_track
from tests.evals.report_samples import policy, report

PROMPTS = 1000
IDS = tuple(f"p{at}" for at in range(PROMPTS))
PRESETS = ("economy", "balanced", "quality")


def track(name: str, score: Floats, cost: float = 0.0004, kind: Any = "router") -> Track:
    """Costs vary by prompt, by the same factors for every policy."""
    factors = np.random.default_rng(7).lognormal(0, 0.3, len(score))
    costs = cost * factors / factors.mean()
    by = np.zeros((1, len(score)), dtype=np.int64)
    return plain_track(name, kind, score[None], costs[None], by)


def right(share: float, seed: int = 0, prompts: int = PROMPTS) -> Floats:
    """Scores of which ``share`` are 1; a larger share only adds to a smaller one of one seed."""
    return (np.random.default_rng(seed).random(prompts) < share).astype(float)


def run(*tracks: Track, ids: tuple[str, ...] = IDS, **more: Any) -> tuple[Report, Played]:
    def row(found: Track) -> PolicyRow:
        cost = 1000 * float(found.cost.mean())
        return policy(found.name, found.kind, float(found.score.mean()), cost)

    return report(*map(row, tracks), **more), Played(ids, tracks)


def one(a: Track, b: Track, **settings: Any) -> Versus:
    """The comparison of two runs of one policy each."""
    (first, played_a), (second, played_b) = run(a), run(b)
    return compare(first, second, played_a, played_b, **settings).versus[0]


def test_a_better_policy_is_found_and_said_to_be_better() -> None:
    """More accurate and cheaper: both differences with their intervals."""
    found = one(track("balanced", right(0.90)), track("balanced", right(0.94), 0.00035))

    assert ("better", True) == (found.verdict, found.more_than_noise)
    assert found.sentence.startswith("B is better than A (balanced): accuracy +.03")
    assert "cost −13 % [−1" in found.sentence or "cost −12 % [−1" in found.sentence
    assert found.sentence.endswith("; more than noise")


def test_the_comparison_is_one_of_b_with_a() -> None:
    """The other way round every sign turns."""
    good, bad = track("balanced", right(0.94)), track("balanced", right(0.90))
    there, back = one(bad, good), one(good, bad)

    assert ("better", "worse") == (there.verdict, back.verdict)
    assert there.accuracy.mean == pytest.approx(-(back.accuracy.mean or 0))
    assert there.accuracy.low == pytest.approx(-(back.accuracy.high or 0))


def test_a_run_is_no_better_than_itself() -> None:
    """Differences of nothing have intervals of nothing."""
    same = track("balanced", right(0.9))
    found = one(same, same)

    assert ("no difference", False, 1.0) == (found.verdict, found.more_than_noise, found.p)
    assert (
        "no difference that is more than noise: accuracy +.000 [.000, .000], cost 0 % [0, 0]"
        == (found.sentence)
    )


def test_pairing_finds_what_separate_intervals_would_not() -> None:
    """One run is right wherever the other is, and in .015 more: that is no noise."""
    found = one(track("balanced", right(0.900)), track("balanced", right(0.915)))

    assert "better" == found.verdict
    assert (found.accuracy.high or 0) - (found.accuracy.low or 0) < 0.02


def test_independent_runs_of_one_policy_seldom_differ() -> None:
    """At most about one in twenty by chance."""
    verdicts = [
        one(track("balanced", right(0.9, seed)), track("balanced", right(0.9, seed + 1))).verdict
        for seed in range(0, 80, 2)
    ]

    assert verdicts.count("no difference") >= 36


def test_as_good_for_less_is_said_as_that() -> None:
    """Cheaper is not better where the saving is small beside the noise of accuracy."""
    found = one(track("balanced", right(0.9)), track("balanced", right(0.9, 1), 0.0003))

    assert ("cheaper", True) == (found.verdict, found.more_than_noise)
    assert found.sentence.startswith(
        "no difference in accuracy that is more than noise, and B costs less than A (balanced):"
    )


def test_what_a_dollar_is_worth_decides_where_accuracy_and_cost_pull_apart() -> None:
    """Each preset's price gives its own utility; the sentence names the price."""
    a, b = right(0.90), right(0.93)
    cheap, dear = track("economy", a, 0.001), track("economy", b, 0.004)
    found = one(cheap, dear)

    assert "economy" == found.price
    assert ("worse", True) == (found.verdict, (found.accuracy.mean or 0) > 0)
    assert "worse than A (economy) at the price of economy: accuracy +" in found.sentence
    assert (found.utility["quality"].mean or 0) > 0


def test_utility_is_score_less_price_times_cost() -> None:
    """Per prompt, on average."""
    found = one(track("balanced", right(0.9), 0.001), track("balanced", right(0.9), 0.002))

    worth = {"economy": 20, "thrifty": 9, "balanced": 4, "thorough": 1, "quality": 0.25}
    assert {preset: pytest.approx(-usd / 1000) for preset, usd in worth.items()} == {
        preset: gain.mean for preset, gain in found.utility.items()
    }
    assert 1.0 == pytest.approx(found.cost_usd_per_1k_a)
    assert 2.0 == pytest.approx(found.cost_usd_per_1k_b)
    assert 1.0 == pytest.approx(found.cost_ratio.mean)


def test_only_common_prompts_count_in_whatever_order() -> None:
    """Paired by id; the others are counted."""
    score = right(0.9)
    order: list[int] = np.random.default_rng(1).permutation(PROMPTS)[:900].tolist()
    a, played_a = run(track("balanced", score))
    b, played_b = run(
        track("balanced", np.append(score[order], [0.0, 0.0])),
        ids=(*(IDS[at] for at in order), "new", "newer"),
    )
    found = compare(a, b, played_a, played_b)

    assert (900, 100, 2) == (found.prompts, found.only_a, found.only_b)
    assert 0.0 == found.versus[0].accuracy.mean
    assert "100 prompts that only A has and 2 that only B has" in found.warnings[0]


def test_an_id_that_occurs_twice_is_paired_in_turn() -> None:
    """The first with the first, the second with the second."""
    ids = ("x",) * PROMPTS
    a, played_a = run(track("balanced", right(0.9)), ids=ids)
    found = compare(a, a, played_a, Played(ids, played_a.tracks))

    assert (PROMPTS, 0.0) == (found.prompts, found.versus[0].accuracy.mean)


def test_runs_over_other_data_are_not_compared() -> None:
    """The error says how many prompts they have in common."""
    a, played_a = run(track("balanced", right(0.9)))
    b, played_b = run(track("balanced", right(0.9)), ids=tuple(f"q{at}" for at in range(PROMPTS)))

    with pytest.raises(DataSetError, match="different data: 0 prompts in common"):
        compare(a, b, played_a, played_b)


def test_data_sets_of_other_names_are_warned_about() -> None:
    """Ids may agree by accident."""
    data = {"file": "f", "name": "MMLU", "prompts": PROMPTS, "models": ["m"]}
    a, played_a = run(track("balanced", right(0.9)))
    b, played_b = run(track("balanced", right(0.9)), data=data)

    assert "'GSM8K' and 'MMLU'" in compare(a, b, played_a, played_b).warnings[0]


def test_few_prompts_tell_nothing() -> None:
    """However large the difference."""
    ids = IDS[:10]
    a, played_a = run(track("balanced", np.zeros(10)), ids=ids)
    b, played_b = run(track("balanced", np.ones(10)), ids=ids)
    found = compare(a, b, played_a, played_b)

    assert "too few prompts" == found.versus[0].verdict
    assert found.sentence.startswith("10 prompts in common are too few to tell: accuracy +1.000")


def test_without_costs_accuracy_alone_decides() -> None:
    """Unknown on one side is unknown."""
    found = one(track("balanced", right(0.90), np.nan), track("balanced", right(0.94)))

    assert "better" == found.verdict
    assert found.cost_ratio.mean is None
    assert found.cost_usd_per_1k_a is None
    assert "cost not known" in found.sentence
    assert found.accuracy == found.utility["economy"]


def test_free_policies_have_no_ratio_of_costs() -> None:
    """Nothing is so many times nothing."""
    free = track("balanced", right(0.9), 0.0)

    assert one(free, free).cost_ratio.mean is None


def test_by_default_the_best_presets_are_compared() -> None:
    """Each run's own, by utility at the main preset's price."""
    a, played_a = run(track("economy", right(0.7)), track("balanced", right(0.9)))
    b, played_b = run(track("economy", right(0.9)), track("balanced", right(0.9), 0.1))
    found = compare(a, b, played_a, played_b).versus[0]

    assert ("balanced", "economy") == (found.policy_a, found.policy_b)
    assert "B (economy) costs" not in found.sentence or "A (balanced)" in found.sentence


def test_named_policies_are_compared() -> None:
    """One name stands for both runs, two for one each."""
    tracks = [track(name, right(0.9)) for name in PRESETS]
    a, played = run(*tracks)
    other = Played(played.ids, played.tracks)

    def pair(**settings: Any) -> tuple[str, str]:
        found = compare(a, a, played, other, **settings).versus[0]
        return found.policy_a, found.policy_b

    assert ("economy", "economy") == pair(policy="economy")
    assert ("economy", "quality") == pair(policy="economy", against="quality")


def test_a_policy_that_there_is_not_is_an_error_with_the_nearest() -> None:
    """On either side; the run is named."""
    a, played = run(track("balanced", right(0.9)))

    with pytest.raises(DataSetError, match="A has no policy 'balancd': try 'balanced'"):
        compare(a, a, played, played, policy="balancd")
    with pytest.raises(DataSetError, match="second has no policy 'x': try 'balanced'"):
        compare(a, a, played, played, against="x", names=("first", "second"))


def test_a_run_without_a_router_needs_a_name() -> None:
    """There is no best preset."""
    a, played = run(track("m", right(0.9), kind="model"))

    with pytest.raises(DataSetError, match="name a policy"):
        compare(a, a, played, played)


def test_two_policies_of_one_run() -> None:
    """By default the best preset with the best of the others, oracles aside."""
    a, played = run(
        track("balanced", right(0.94)),
        track("m", right(0.90), kind="model"),
        track("poor", right(0.5), kind="model"),
        track("oracle", right(0.99), kind="oracle"),
    )
    found = compare(a, a, played, played)

    alone, _ = run(played.tracks[0])

    assert found.one_run
    assert found.sentence.startswith("m is worse than balanced: accuracy −.0")
    with pytest.raises(DataSetError, match="no other policy"):
        compare(alone, alone, played, played)


def several(count: int) -> Comparison:
    """Policies of two runs that differ by chance, and one that truly does."""
    names = [f"policy {at}" for at in range(count)]
    first = [track(name, right(0.9, at)) for at, name in enumerate(names)]
    second = [track(name, right(0.9, at + 700)) for at, name in enumerate(names)]
    a, played_a = run(track("balanced", right(0.80)), *first, track("only a", right(0.5)))
    b, played_b = run(track("balanced", right(0.93)), *second)
    return compare(a, b, played_a, played_b, every=True)


def test_many_comparisons_are_corrected_for_their_number() -> None:
    """Of thirty that differ by chance none is called better; the true one is."""
    found = several(30)

    assert 31 == len(found.versus)
    assert ["balanced"] == [v.policy_b for v in found.versus if v.verdict == "better"]
    assert "of 31 policies, 1 is better (balanced) in B; more than noise (Holm)" == found.sentence
    assert found.versus[0].sentence.endswith("; more than noise (Holm, 31 policies)")
    assert all(v.p_holm >= v.p for v in found.versus)


def test_many_comparisons_in_one_sentence() -> None:
    """What is better, worse and cheaper is named; so is that nothing differs."""
    low, high, other = right(0.85), right(0.95), right(0.85, 1)
    a, played_a = run(track("x", low), track("y", high), track("z", low), track("same", low))
    b, played_b = run(
        track("x", high), track("y", low), track("z", other, 0.0003), track("same", low)
    )
    everything = Played(IDS, played_a.tracks)

    assert (
        "of 4 policies, 1 is better (x), 1 is worse (y) and 1 is cheaper (z) in B; "
        "more than noise (Holm)"
    ) == compare(a, b, played_a, played_b, every=True).sentence
    assert "of 4 policies, none differs by more than noise in B (Holm)" == (
        compare(a, a, played_a, everything, every=True).sentence
    )


def test_all_policies_of_one_run_are_compared_with_one_of_them() -> None:
    """With the best preset, or the one that is named."""
    good, bad = right(0.95), right(0.85)
    a, played = run(track("balanced", good), track("x", bad, kind="model"), track("quality", good))
    best = compare(a, a, played, played, every=True)
    named = compare(a, a, played, played, every=True, policy="x")

    assert ["x", "quality"] == [found.policy_b for found in best.versus]
    assert "of 2 policies, 1 is worse (x) than balanced; more than noise (Holm)" == best.sentence
    assert named.sentence.startswith("of 2 policies, 2 are better (balanced, quality) than x;")


def test_large_ratios_are_said_in_times() -> None:
    """Nobody thinks in thousands of percent."""
    found = one(track("balanced", right(0.9)), track("balanced", right(0.9), 0.004))

    assert "cost ×10.0 [10.0, 10.0]" in found.sentence


def test_runs_without_a_common_policy_have_nothing_to_compare() -> None:
    """With ``every``."""
    a, played_a = run(track("x", right(0.9)))
    b, played_b = run(track("y", right(0.9)))

    with pytest.raises(DataSetError, match="no policy of the same name"):
        compare(a, b, played_a, played_b, every=True)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_lowers_a_p_value_nor_changes_their_order(values: list[float]) -> None:
    """And is no more severe than Bonferroni's."""
    found = holm(values)

    assert all(
        p <= corrected <= min(1.0, len(values) * p) + 1e-12
        for p, corrected in zip(values, found, strict=True)
    )
    assert [found[at] for at in np.argsort(values, kind="stable")] == sorted(found)


def test_holm_as_in_the_book() -> None:
    """Three hypotheses, worked by hand."""
    assert [pytest.approx(0.03), pytest.approx(0.06), pytest.approx(0.06)] == holm(
        [0.01, 0.04, 0.03]
    )


def test_families_of_comparisons_seldom_hold_a_false_one() -> None:
    """In about one of twenty, where one by one half of them would."""
    rng = np.random.default_rng(0)
    families = 60
    families_of_p = [[p_value(rng.normal(size=200)) for _ in range(12)] for _ in range(families)]

    assert sum(min(ps) < 0.05 for ps in families_of_p) > 0.3 * families
    assert sum(min(holm(ps)) < 0.05 for ps in families_of_p) < 0.15 * families


def test_p_values_are_those_of_the_interval() -> None:
    """Small effects are counted, large ones have a p that many comparisons can share."""
    noise = np.random.default_rng(0).normal(size=500)
    noise -= noise.mean()

    assert p_value(noise) > 0.9
    assert 0.02 < p_value(noise + 2.0 / 500**0.5) < 0.1
    assert p_value(noise + 8.0 / 500**0.5) < 1e-9
    assert (1.0, 0.0) == (p_value(np.zeros(50)), p_value(np.ones(50)))


@pytest.mark.parametrize("width", [80, 100])
def test_comparisons_fit_a_terminal(width: int) -> None:
    """One policy in full, many line by line; nothing in a name steers it."""
    hostile = "[red]a-very-long-name-of-some-policy\x1b[2J/that-goes-on-and-on"
    a, played = run(track(hostile, right(0.9)), track("balanced", right(0.8)))
    single = compare(a, a, played, Played(IDS, played.tracks))

    for found in (single, several(5)):
        out = StringIO()
        Console(file=out, width=width, force_terminal=True).print(comparison_screen(found, width))
        assert "\x1b[2J" not in out.getvalue()
        plain = StringIO()
        Console(file=plain, width=width).print(comparison_screen(found, width))
        assert max(map(len, plain.getvalue().splitlines())) <= width
        assert "…" not in plain.getvalue().replace(hostile, "") or found is single


def test_the_table_of_one_comparison_holds_its_figures() -> None:
    """Accuracy, cost, utility at each price."""
    a, played_a = run(track("balanced", right(0.90)))
    b, played_b = run(track("balanced", right(0.94)))
    out = StringIO()
    Console(file=out, width=100).print(comparison_screen(compare(a, b, played_a, played_b)))

    rows = [line.split() for line in out.getvalue().splitlines()]
    assert any(row[:1] == ["accuracy"] and len(row) == 6 for row in rows)
    assert any(row[:3] == ["utility,", "balanced", "*"] for row in rows)


def test_a_comparison_survives_json() -> None:
    """Strict JSON, with null for what is not known."""
    a, played = run(track("balanced", right(0.9), np.nan))
    found = compare(a, a, played, Played(IDS, played.tracks))

    text = to_json(found)
    assert found == Comparison.model_validate(json.loads(text))
    assert "NaN" not in text
