"""Which of two policies is better, by how much, and whether that is more than noise.

Both are compared on the same prompts: all intervals are paired bootstraps over the prompts that
the two runs have in common.
"""

from collections.abc import Mapping

import numpy as np

from secondhalf.evals.metrics.bootstrap import (
    NO_INTERVAL,
    Interval,
    difference_interval,
    statistic_interval,
)
from secondhalf.evals.report.comparison import Comparison, Difference, Verdict, Versus, difference
from secondhalf.evals.report.content import Report
from secondhalf.evals.report.noise import holm, p_value
from secondhalf.evals.report.pairing import Common, Outcomes, common_prompts, outcomes, policy_pairs
from secondhalf.evals.report.picks import MAIN_PRESET, USD_PRICES, preset_of
from secondhalf.evals.report.played import Played
from secondhalf.evals.report.sentences import overall, sentence
from secondhalf.evals.track import Floats

_ALPHA = 0.05
_FEWEST = 20
"""Prompts in common below which nothing is said of noise."""


def compare(
    a: Report,
    b: Report,
    played_a: Played,
    played_b: Played,
    *,
    policy: str | None = None,
    against: str | None = None,
    every: bool = False,
    names: tuple[str, str] = ("A", "B"),
    usd_prices: Mapping[str, float] = USD_PRICES,
    seed: int = 0,
) -> Comparison:
    """Compares one policy of A with one of B, or all policies that both have.

    Two policies of one run are compared by giving the same run twice.

    Args:
        a: the one that B is measured against.
        b: the other.
        played_a: what A's policies did, by prompt.
        played_b: what B's policies did.
        policy: of A; by default the router's preset of the most utility.
        against: of B; by default ``policy``, or where that is not given the best preset too. In
            one and the same run: the best other policy that is no oracle.
        every: all policies of both runs by name, each with its namesake; in one and the same
            run all others with ``policy``.
        names: what the runs are called.
        usd_prices: quality that a US dollar is worth, by preset.
        seed: of the resamples.

    Raises:
        DataSetError: the runs have no prompt in common, or a policy is not there.
    """
    common = common_prompts(played_a, played_b)
    pairs = policy_pairs((a, b), (played_a, played_b), policy, against, every=every, names=names)
    drafts = [
        _versus(
            (one, other),
            outcomes(played_a, one, common.a, names[0]),
            outcomes(played_b, other, common.b, names[1]),
            usd_prices,
            seed,
        )
        for one, other in pairs
    ]
    one_run = played_a is played_b
    ps, costs = holm([draft.p for draft in drafts]), holm([draft.p_cost for draft in drafts])
    corrected = [
        draft.model_copy(update={"p_holm": p, "p_cost": cost})
        for draft, p, cost in zip(drafts, ps, costs, strict=True)
    ]
    versus = tuple(_judged(v, len(common.a), len(drafts), names, one_run) for v in corrected)
    return Comparison(
        a=names[0],
        b=names[1],
        one_run=one_run,
        prompts=len(common.a),
        only_a=common.only_a,
        only_b=common.only_b,
        seed=seed,
        warnings=_warnings(a, b, common, names),
        versus=versus,
        sentence=overall(versus, names, one_run=one_run),
    )


def _versus(
    pair: tuple[str, str],
    a: Outcomes,
    b: Outcomes,
    usd_prices: Mapping[str, float],
    seed: int,
) -> Versus:
    """All figures, as yet without a verdict."""
    priced = bool(np.isfinite(a.cost).all() and np.isfinite(b.cost).all())
    presets = {preset_of(name) for name in pair}
    price = presets.pop() if len(presets) == 1 else MAIN_PRESET
    price = price if price in usd_prices else next(iter(usd_prices))
    gains = {
        preset: _utility(b, usd, priced) - _utility(a, usd, priced)
        for preset, usd in usd_prices.items()
    }
    none = np.zeros_like(a.score)
    return Versus(
        policy_a=pair[0],
        policy_b=pair[1],
        accuracy_a=float(a.score.mean()),
        accuracy_b=float(b.score.mean()),
        accuracy=difference(difference_interval(b.score, a.score, seed=seed)),
        cost_usd_per_1k_a=1000 * float(a.cost.mean()),
        cost_usd_per_1k_b=1000 * float(b.cost.mean()),
        cost_usd_per_1k=difference(
            difference_interval(1000 * b.cost, 1000 * a.cost, seed=seed) if priced else NO_INTERVAL
        ),
        cost_ratio=difference(_ratio(a.cost, b.cost, seed)) if priced else Difference(),
        utility={
            preset: difference(difference_interval(gain, none, seed=seed))
            for preset, gain in gains.items()
        },
        price=price,
        p=p_value(gains[price], seed),
        p_holm=1.0,
        p_cost=p_value(b.cost - a.cost, seed) if priced else 1.0,
        verdict="no difference",
        more_than_noise=False,
        sentence="",
    )


def _utility(found: Outcomes, usd_price: float, priced: bool) -> Floats:
    return found.score - usd_price * found.cost if priced else found.score


def _ratio(a: Floats, b: Floats, seed: int) -> Interval:
    """cost(B) / cost(A) − 1."""
    if not a.any():
        return NO_INTERVAL

    def statistic(counts: Floats) -> Floats:
        below = counts @ a
        ratios: Floats = np.full(len(below), np.nan)
        np.divide(counts @ b, below, out=ratios, where=below > 0)
        return ratios - 1

    return statistic_interval(statistic, len(a), seed=seed)


def _judged(
    found: Versus, prompts: int, policies: int, names: tuple[str, str], one_run: bool
) -> Versus:
    verdict = _verdict(found, prompts)
    told = verdict not in ("no difference", "too few prompts")
    judged = found.model_copy(update={"verdict": verdict, "more_than_noise": told})
    words = sentence(judged, prompts, policies, names, one_run=one_run)
    return judged.model_copy(update={"sentence": words})


def _verdict(found: Versus, prompts: int) -> Verdict:
    if prompts < _FEWEST:
        return "too few prompts"
    gain, cost = found.utility[found.price], found.cost_usd_per_1k
    if found.p_holm < _ALPHA and gain.more_than_noise:
        return "better" if (gain.mean or 0.0) > 0 else "worse"
    if found.p_cost < _ALPHA and cost.more_than_noise and not found.accuracy.more_than_noise:
        return "cheaper" if (cost.mean or 0.0) < 0 else "dearer"
    return "no difference"


def _warnings(a: Report, b: Report, common: Common, names: tuple[str, str]) -> tuple[str, ...]:
    found: list[str] = []
    if a.data.name != b.data.name:
        found.append(
            f"the data sets are called {a.data.name!r} and {b.data.name!r}: prompts are paired by "
            "their ids alone"
        )
    if common.only_a or common.only_b:
        found.append(
            f"left out: {common.only_a:,} prompts that only {names[0]} has and "
            f"{common.only_b:,} that only {names[1]} has"
        )
    return tuple(found)
