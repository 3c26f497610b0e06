"""APGR, PGR curve and CPT."""

import gzip
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.evals.metrics.bootstrap import resample_counts
from secondhalf.evals.metrics.two_models import (
    apgr,
    apgr_gain,
    apgr_interval,
    apgr_samples,
    cpt,
    pgr_curve,
)
from secondhalf.evals.track import Floats

quick = settings(max_examples=25, deadline=None)


class Pair(NamedTuple):
    need: Floats
    weak: Floats
    strong: Floats


def arrays(*rows: list[float]) -> Pair:
    need, weak, strong = (np.array(row, float) for row in rows)
    return Pair(need, weak, strong)


def random_pair(seed: int, prompts: int = 40, ties: int = 6) -> Pair:
    rng = np.random.default_rng(seed)
    need = rng.integers(ties, size=prompts).astype(float)
    weak, strong = ((rng.random(prompts) < right).astype(float) for right in (0.4, 0.8))
    return Pair(need, weak, strong)


def recorded(
    folder: Path, file: str, dataset: str, weak: str, strong: str, *, clean: bool = False
) -> Pair:
    """The two models' scores; the need is the prompt's length in characters."""
    rows: dict[str, dict[str, Any]] = {}
    with gzip.open(folder / file, "rt") as lines:
        for row in map(json.loads, lines):
            signals: dict[str, Any] = row["signals"] or {}
            dirty = clean and signals.get("contaminated") is True
            if row["dataset"] == dataset and row["model"] in (weak, strong) and not dirty:
                rows.setdefault(row["prompt_id"], {})[row["model"]] = row
    both = [row for row in rows.values() if len(row) == 2]
    return arrays(
        [len(row[weak]["prompt"]) for row in both],
        [row[weak]["score"] for row in both],
        [row[strong]["score"] for row in both],
    )


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (
            ("routellm_mixtral_gpt4.jsonl.gz", "gsm8k", "mistralai/Mixtral-8x7B-Instruct-v0.1",
             "gpt-4-1106-preview"),
            (1307, 0.637, 0.858, 0.930, 0.598, 0.366, 0.668),
        ),
        (
            ("re2_self_agreement_3models.jsonl.gz", "gsm8k", "gpt-3.5-turbo(2023-08) [base/cot]",
             "gpt-4o-mini-2024-07-18 [base/cot]"),
            (1319, 0.779, 0.929, 0.949, 0.631, 0.346, 0.635),
        ),
        (
            ("zeroeval_gsm_14models.jsonl.gz", "gsm", "Llama-3.1-8B-Instruct",
             "Llama-3.1-70B-Instruct"),
            (1319, 0.840, 0.942, 0.962, 0.589, 0.362, 0.704),
        ),
    ],
)  # fmt: skip
def test_prompt_length_gives_the_figures_known_of_recorded_answers(
    data_dir: Path, place: tuple[str, str, str, str], expected: tuple[float, ...]
) -> None:
    """Length in characters, ties averaged, the share on the grid of k/n."""
    need, weak, strong = recorded(data_dir, *place, clean=True)

    found = (
        len(need),
        weak.mean(),
        strong.mean(),
        np.maximum(weak, strong).mean(),
        apgr(need, weak, strong),
        cpt(need, weak, strong, 0.5),
        cpt(need, weak, strong, 0.8),
    )
    assert pytest.approx(expected, abs=0.0006) == found


def test_a_perfect_order_recovers_the_gap_with_the_prompts_that_need_it() -> None:
    """Half the prompts need the strong model: with those, all is recovered."""
    need, weak, strong = arrays([4, 3, 2, 1], [0, 0, 1, 1], [1, 1, 1, 1])

    assert [0, 0.5, 1, 1, 1] == pgr_curve(need, weak, strong).recovered.tolist()
    assert 0.75 == apgr(need, weak, strong)
    assert 0.25 == cpt(need, weak, strong, 0.5)
    assert 0.5 == cpt(need, weak, strong, 1.0)


def test_a_router_that_says_the_same_of_all_prompts_is_random() -> None:
    """Ties are averaged over all orders, whatever order the prompts came in."""
    pair = random_pair(1)._replace(need=np.zeros(40))

    assert pytest.approx(0.5) == apgr(*pair)
    assert 0.8 == cpt(*pair, 0.8)


@quick
@given(st.integers(0, 500))
def test_the_order_of_prompts_changes_nothing(seed: int) -> None:
    """A figure that depends on how a file was sorted is none."""
    pair = random_pair(seed)
    shuffled = np.random.default_rng(seed).permutation(40)

    assert apgr(*pair) == pytest.approx(apgr(*(a[shuffled] for a in pair)), nan_ok=True)


@quick
@given(st.integers(0, 500))
def test_the_reverse_order_has_the_rest_of_the_area(seed: int) -> None:
    """APGR of a need and of its opposite sum to 1."""
    need, weak, strong = random_pair(seed)

    both = apgr(need, weak, strong) + apgr(-need, weak, strong)
    assert pytest.approx(1.0) == both or np.isnan(both)


@quick
@given(st.integers(0, 500))
def test_ties_are_the_average_over_orders(seed: int) -> None:
    """Breaking ties at random gives, on average, what averaging them gives."""
    need, weak, strong = random_pair(seed, prompts=12, ties=3)
    rng = np.random.default_rng(seed)
    if weak.sum() == strong.sum():
        return

    broken = [apgr(need + 0.5 * rng.random(12), weak, strong) for _ in range(100)]
    assert pytest.approx(np.mean(broken), abs=float(np.std(broken)) / 2 + 1e-9) == apgr(
        need, weak, strong
    )


def test_equal_models_have_no_gap_to_recover() -> None:
    """No figure, and no exception."""
    need, weak, strong = arrays([1, 2], [1, 0], [0, 1])

    assert np.isnan(apgr(need, weak, strong))
    assert np.isnan(cpt(need, weak, strong, 0.5))
    assert np.isnan(apgr_interval(need, weak, strong).mean)


def test_a_need_that_was_not_said_has_no_figure() -> None:
    """A policy that says nothing of its need is not taken for a random one."""
    need, weak, strong = arrays([1, np.nan], [0, 0], [1, 0])

    assert np.isnan(apgr(need, weak, strong))
    assert np.isnan(apgr_samples(need, weak, strong, np.ones((3, 2)))).all()


def test_no_prompts_have_no_figure() -> None:
    """Nothing to measure is no reason to fail."""
    empty = np.empty(0)

    assert np.isnan(apgr(empty, empty, empty))


def test_unlimited_needs_are_ties_too() -> None:
    """Two prompts of infinite need are equally needy."""
    need, weak, strong = arrays([np.inf, np.inf, 0], [0, 1, 0], [1, 1, 0])

    assert [0, 0.5, 1, 1] == pgr_curve(need, weak, strong).recovered.tolist()


@quick
@given(st.integers(0, 500))
def test_resamples_at_once_are_resamples_one_by_one(seed: int) -> None:
    """The closed form for counted prompts is the trapezoid on prompts written out."""
    pair = random_pair(seed)
    counts = resample_counts(40, 5, seed)

    one_by_one = [apgr(*(np.repeat(a, row.astype(int)) for a in pair)) for row in counts]
    assert pytest.approx(one_by_one, nan_ok=True) == apgr_samples(*pair, counts).tolist()


def test_large_resamples_are_cut_into_blocks() -> None:
    """The blocks give what one piece gives."""
    pair = random_pair(3, prompts=2500, ties=100)
    counts = resample_counts(2500, 900, 0)

    assert apgr_samples(*pair, counts[850:]).tolist() == apgr_samples(*pair, counts)[850:].tolist()


def test_runs_are_averaged() -> None:
    """Each fold seed has a need of its own; the figure is the mean of theirs."""
    need, weak, strong = random_pair(5)
    other = np.roll(need, 1)

    found = apgr_interval(np.stack([need, other]), weak, strong)
    assert pytest.approx((apgr(need, weak, strong) + apgr(other, weak, strong)) / 2) == found.mean
    assert found.low < found.mean < found.high


def test_the_same_needs_in_every_run_are_one_run() -> None:
    """Deterministic policies are measured once."""
    need, weak, strong = random_pair(5)

    alone = apgr_interval(need, weak, strong)
    assert alone == apgr_interval(np.stack([need] * 3), weak, strong)


def test_a_gain_is_paired() -> None:
    """The same need gains nothing, exactly; a better one surely."""
    rng = np.random.default_rng(0)
    weak, strong = ((rng.random(400) < right).astype(float) for right in (0.5, 0.8))
    good = strong - weak + 0.1 * rng.random(400)

    same = apgr_gain(good, good, weak, strong)
    better = apgr_gain(good, rng.random(400), weak, strong)
    assert (0, 0, 0) == same
    assert better.low > 0
