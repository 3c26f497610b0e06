"""Off-policy estimates: are the intervals without a warning to be trusted?

Each world is logged 500 times. The truth is known exactly: the mean over contexts, which are
drawn from a finite pool, of what the target policy earns there.
"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from secondhalf.evals.offpolicy import (
    Estimate,
    Estimates,
    doubly_robust,
    evaluate,
    ips,
    overlap_of,
    snips,
    weights,
)
from secondhalf.evals.offpolicy_log import LoggedChoices
from secondhalf.evals.track import Floats

LOGS = 500
POOL = 5000
COVERAGE = 0.9


class World(NamedTuple):
    """Contexts (pool, actions): both policies, mean rewards, and how a reward varies around it."""

    logging: Floats
    target: Floats
    mean: Floats
    reward: Callable[[np.random.Generator, Floats], Floats]
    """Rewards from means, of the same shape."""

    @property
    def truth(self) -> float:
        """What the target policy earns."""
        return float((self.target * self.mean).sum(axis=1).mean())

    def logs(self, rows: int, number: int = LOGS, seed: int = 0) -> list[LoggedChoices]:
        """Logs of so many rows."""
        rng = np.random.default_rng(seed)
        names = tuple(str(action) for action in range(self.mean.shape[1]))
        return [self._log(rng, names, rows) for _ in range(number)]

    def _log(self, rng: np.random.Generator, names: tuple[str, ...], rows: int) -> LoggedChoices:
        context = rng.integers(len(self.mean), size=rows)
        chances = self.logging[context]
        below = np.cumsum(chances, axis=1) * (1 + 1e-12) > rng.random((rows, 1))
        taken = below.argmax(axis=1)
        each = np.arange(rows)
        return LoggedChoices(
            actions=names,
            taken=taken,
            propensity=np.minimum(chances[each, taken], 1.0),
            reward=self.reward(rng, self.mean[context])[each, taken],
            target=self.target[context],
        )


def binary(rng: np.random.Generator, mean: Floats) -> Floats:
    """Right or wrong."""
    return (rng.random(mean.shape) < mean).astype(float)


def skewed(rng: np.random.Generator, mean: Floats) -> Floats:
    """Lognormal: mostly little, sometimes much."""
    return mean * np.exp(rng.normal(size=mean.shape) - 0.5)


def uneven(rng: np.random.Generator, mean: Floats) -> Floats:
    """Not in [0, 1], and the more uncertain the further from 0 and the later the action."""
    later: Floats = np.arange(1.0, mean.shape[1] + 1)
    spread: Floats = 0.1 + np.abs(mean) * later
    return mean + spread * rng.normal(size=mean.shape)


def costly(rng: np.random.Generator, mean: Floats) -> Floats:
    """Right or wrong, less what each action costs."""
    cost = np.linspace(0.01, 0.3, mean.shape[1])
    return binary(rng, mean + cost) - cost


def exactly(_: np.random.Generator, mean: Floats) -> Floats:
    """Recorded: no chance left."""
    return mean


def softmax(table: Floats) -> Floats:
    grown = np.exp(table - table.max(axis=1, keepdims=True))
    shares: Floats = grown / grown.sum(axis=1, keepdims=True)
    return shares


def always(action: NDArray[Any], actions: int, exploring: float = 0.0) -> Floats:
    """The policy that takes ``action`` but for a share ``exploring``, spread over all."""
    policy = np.full((len(action), actions), exploring / actions)
    policy[np.arange(len(action)), action.astype(int)] += 1 - exploring
    return policy


def logit(intercept: list[float], slope: list[float], x: Floats) -> Floats:
    chances: Floats = 1 / (1 + np.exp(-(np.array(intercept) + np.outer(x, slope))))
    return chances


def pool() -> tuple[Floats, Floats, np.random.Generator]:
    rng = np.random.default_rng(7)
    return rng.normal(size=POOL), rng.normal(size=POOL), rng


def easy() -> World:
    """Uniform logging over three actions."""
    x, z, _ = pool()
    mean = logit([0, 0.8, 1.2], [0.5, 1, 0.2], x)
    target = softmax(2 * mean + np.outer(z, [0.5, 0, 0]))
    return World(np.full((POOL, 3), 1 / 3), target, mean, binary)


def explored() -> World:
    """ε = 5 %, and a target that does something else on half of the prompts."""
    x, z, _ = pool()
    mean = logit([0.3, 1, 1.6], [1, 0.5, 0.2], x)
    target = always(np.where(z > 0, 2, x > 0), 3, exploring=0.06)
    return World(always(x > 0, 3, exploring=0.05), target, mean, binary)


def long_tailed() -> World:
    """Lognormal rewards and lognormal-like weights."""
    x, z, _ = pool()
    mean = np.exp(np.outer(x, [0.3, 0.2, 0.4, 0.2]))
    logging = softmax(np.outer(x, [0.6, 0, -0.6, 0.3]) + np.outer(z, [0.5, 0, -0.5, 0]))
    return World(logging, softmax(np.outer(x, [-0.4, 0.2, 0.6, 0])), mean, skewed)


def nearly_perfect() -> World:
    """Two actions, hardly ever wrong: most logs show few failures of the one that matters."""
    policies = always(np.zeros(POOL), 2, exploring=0.4), always(np.ones(POOL), 2, exploring=0.6)
    return World(*policies, np.tile([0.93, 0.96], (POOL, 1)), binary)


def rarely_right() -> World:
    """Two actions, hardly ever right."""
    x, _, _ = pool()
    mean = np.stack([np.full(POOL, 0.02), 0.05 + 0.03 * np.tanh(x)], axis=1)
    policies = always(np.zeros(POOL), 2, exploring=0.3), always(np.ones(POOL), 2, exploring=0.2)
    return World(*policies, mean, binary)


def many_actions() -> World:
    """Twenty actions, ε = 20 %, a soft target."""
    x, z, _ = pool()
    mean = logit(list(np.linspace(-1, 1.5, 20)), list(np.linspace(1, -1, 20)), x)
    favourite = (x > 0) * 10 + (z > 0) * 5
    return World(always(favourite, 20, exploring=0.2), softmax(3 * mean), mean, binary)


def heteroscedastic() -> World:
    """Rewards of any sign whose noise depends on context and action."""
    x, _, _ = pool()
    mean = np.outer(x, [1, -1, 0.3]) + np.array([0, 0.5, 0.2])
    logging, target = softmax(np.outer(x, [0.6, -0.6, 0])), softmax(np.outer(x, [-0.4, 0.4, 0]))
    return World(logging, target, mean, uneven)


def priced() -> World:
    """Score less cost, and a deterministic target."""
    x, _, _ = pool()
    mean = np.stack([0.79 + 0.1 * np.tanh(x), np.full(POOL, 0.65)], axis=1)
    return World(always(np.zeros(POOL), 2, exploring=0.4), always(x <= 0, 2), mean, costly)


def never_logged() -> World:
    """The target mostly does what the logging policy never does."""
    logging = np.tile([0.5, 0.5, 0.0], (POOL, 1))
    return World(logging, np.tile([0.2, 0.2, 0.6], (POOL, 1)), np.full((POOL, 3), 0.7), binary)


def not_logged_here() -> World:
    """The second action is logged, but never where it would do harm."""
    x, _, _ = pool()
    mean = np.stack([np.full(POOL, 0.5), np.where(x > 0.5, 0.1, 0.9)], axis=1)
    logging = np.where((x > 0.5)[:, None], [1.0, 0.0], [0.5, 0.5])
    return World(logging, np.tile([0.1, 0.9], (POOL, 1)), mean, binary)


def hardly_explored() -> World:
    """ε = 5 % over three actions, and a target that does what was only explored."""
    mean = np.tile([0.5, 0.6, 0.9], (POOL, 1))
    return World(
        always(np.zeros(POOL), 3, exploring=0.05), always(np.full(POOL, 2), 3), mean, binary
    )


def coverage(found: list[Estimates], truth: float) -> dict[str, float]:
    """How often each estimate's interval holds the truth, where there is no warning."""

    def of(name: str) -> float:
        trusted: list[Estimate] = [getattr(one, name) for one in found if one.snips.overlap]
        return float(np.mean([one.low <= truth <= one.high for one in trusted]))

    return {name: of(name) for name in Estimates._fields}


@pytest.mark.parametrize(
    ("make", "rows", "trusted"),
    [
        (easy, 300, 0.95),
        (explored, 1500, 0.9),
        (long_tailed, 400, 0.85),
        (nearly_perfect, 300, 0.95),
        (rarely_right, 300, 0.95),
        (many_actions, 600, 0.85),
        (heteroscedastic, 400, 0.85),
        (priced, 300, 0.95),
    ],
)
def test_intervals_without_a_warning_cover(
    make: Callable[[], World], rows: int, trusted: float
) -> None:
    """At least 90 % of them, by every estimator; and most logs of these worlds are trusted."""
    world = make()

    found = [evaluate(log) for log in world.logs(rows)]
    assert np.mean([one.snips.overlap for one in found]) >= trusted
    assert min(coverage(found, world.truth).values()) >= COVERAGE


@pytest.mark.parametrize(
    ("make", "rows", "said"),
    [
        (never_logged, 300, "never logged"),
        (not_logged_here, 300, "weights average"),
        (hardly_explored, 300, "is worth only"),
        (explored, 300, "is worth only"),
    ],
)
def test_hopeless_logs_are_warned_about(make: Callable[[], World], rows: int, said: str) -> None:
    """An estimate from a log that does not show what the target does says so."""
    found = [snips(log) for log in make().logs(rows)]

    assert np.mean([one.overlap for one in found]) <= 0.02
    warned = [one.warning for one in found if not one.overlap]
    assert np.mean([said in warning for warning in warned]) > 0.9
    assert all("\n" not in warning for warning in warned)


@pytest.fixture(scope="module")
def recorded_scores() -> Callable[[Path], tuple[Floats, Floats]]:
    """Scores (prompts, models) of 14 models and lengths of prompts, read once."""
    kept: dict[Path, tuple[Floats, Floats]] = {}

    def read(folder: Path) -> tuple[Floats, Floats]:
        if folder not in kept:
            rows: dict[str, dict[str, float]] = {}
            lengths: dict[str, int] = {}
            with gzip.open(folder / "zeroeval_gsm_14models.jsonl.gz", "rt") as lines:
                for row in map(json.loads, lines):
                    rows.setdefault(row["prompt_id"], {})[row["model"]] = row["score"]
                    lengths[row["prompt_id"]] = len(row["prompt"])
            models = sorted(next(iter(rows.values())))
            scores = np.array([[row[model] for model in models] for row in rows.values()])
            kept[folder] = scores, np.array(list(lengths.values()), float)
        return kept[folder]

    return read


@pytest.mark.parametrize("logging", ["greedy", "softmax"])
def test_recorded_answers_are_estimated_within_the_interval(
    data_dir: Path,
    recorded_scores: Callable[[Path], tuple[Floats, Floats]],
    logging: str,
) -> None:
    """The full matrix gives the truth; the logs show one model's answer per prompt."""
    scores, length = recorded_scores(data_dir)
    scores = scores[:, np.argsort(scores.mean(axis=0))[[0, 4, 8, 12]]]
    prompts, models = len(scores), 4
    needy = np.asarray((length - length.mean()) / length.std(), np.float64)
    policies = {
        "greedy": always(np.zeros(prompts), models, exploring=0.2),
        "softmax": softmax(needy[:, None] * np.array([-0.5, -0.2, 0.2, 0.5])),
    }
    target = always(np.where(needy > 0, 3, 0), models, exploring=0.1)
    world = World(policies[logging], target, scores, exactly)

    found = [evaluate(log) for log in world.logs(500)]
    assert np.mean([one.snips.overlap for one in found]) >= 0.9
    assert min(coverage(found, world.truth).values()) >= COVERAGE


probabilities = st.lists(st.floats(0.05, 1), min_size=3, max_size=3).map(
    lambda parts: np.array(parts) / sum(parts)
)
rewards = st.lists(st.floats(-5, 5), min_size=3, max_size=3).map(np.array)


@settings(max_examples=50, deadline=None)
@given(probabilities, probabilities, rewards, rewards)
def test_ips_and_dr_are_unbiased(
    logging: Floats, target: Floats, reward: Floats, predicted: Floats
) -> None:
    """Over all actions that could have been logged, they average what the target earns."""
    single = [
        LoggedChoices(
            actions=("a", "b", "c"),
            taken=np.array([action]),
            propensity=logging[action : action + 1],
            reward=reward[action : action + 1],
            target=target[None],
        )
        for action in range(3)
    ]

    truth = float(target @ reward)
    by_ips = [ips(log).value for log in single]
    by_dr = [doubly_robust(log, predicted[None], normalised=False).value for log in single]
    assert pytest.approx(truth, abs=1e-9) == float(logging @ by_ips)
    assert pytest.approx(truth, abs=1e-9) == float(logging @ by_dr)


def on_policy(reward: Floats) -> LoggedChoices:
    """A log of a policy that is its own target."""
    rows = len(reward)
    target = np.tile([0.5, 0.5], (rows, 1))
    return LoggedChoices(("a", "b"), np.arange(rows) % 2, np.full(rows, 0.5), reward, target)


def test_the_logging_policy_itself_is_its_mean_reward() -> None:
    """Every row counts once, and the interval is a little wider than the usual one."""
    reward = np.random.default_rng(0).random(200)

    found = evaluate(on_policy(reward))
    usual = 1.972 * reward.std(ddof=1) / np.sqrt(200)
    assert pytest.approx((reward.mean(), 200, 200, True, "")) == (
        found.snips.value,
        found.snips.ess,
        found.snips.matched,
        found.snips.overlap,
        found.snips.warning,
    )
    assert pytest.approx(reward.mean()) == found.ips.value
    assert usual < (found.snips.high - found.snips.low) / 2 < 1.1 * usual


def test_rewards_that_never_differ_still_leave_doubt_only_where_others_were_seen() -> None:
    """All right in the rows that matter: the interval reaches down by about three in n."""
    log = next(iter(nearly_perfect().logs(100, 1)))
    lucky = LoggedChoices(
        log.actions, log.taken, log.propensity, np.where(log.taken == 1, 1.0, 0.0), log.target
    )

    matching = int((lucky.taken == 1).sum())
    found = snips(lucky)
    assert found.value - found.low > 2 / matching


def test_snips_moves_with_the_rewards() -> None:
    """Adding a constant to all rewards adds it to the estimate; IPS has no such luck."""
    log = next(iter(explored().logs(1000, 1)))
    moved = LoggedChoices(log.actions, log.taken, log.propensity, log.reward + 10, log.target)

    before, after = snips(log), snips(moved)
    assert pytest.approx((before.low + 10, before.value + 10, before.high + 10)) == (
        after.low,
        after.value,
        after.high,
    )


def test_exact_predictions_leave_nothing_to_correct() -> None:
    """Where rewards are as predicted, DR knows every action, also those not taken."""
    world = priced()._replace(reward=exactly)
    rng = np.random.default_rng(0)
    context = rng.integers(POOL, size=400)
    taken = (rng.random(400) < 0.2) * 1
    log = LoggedChoices(
        ("a", "b"),
        taken,
        world.logging[context, taken],
        world.mean[context, taken],
        world.target[context],
        predicted=world.mean[context],
    )

    expected = (log.target * world.mean[context]).sum(axis=1).mean()
    assert pytest.approx(expected) == doubly_robust(log).value
    assert pytest.approx(expected) == evaluate(log).dr.value


def test_predictions_that_are_good_narrow_the_interval() -> None:
    """That is what DR is for."""
    log = next(iter(heteroscedastic().logs(2000, 1)))
    quiet = LoggedChoices(log.actions, log.taken, log.propensity, log.target[:, 0], log.target)
    known = np.tile(log.target[:, :1], (1, 3))

    by_model = doubly_robust(quiet, known)
    assert by_model.high - by_model.low < snips(quiet).high - snips(quiet).low


def test_all_estimates_are_those_that_are_asked_for_one_by_one() -> None:
    """`evaluate` is a shortcut."""
    log = next(iter(easy().logs(200, 1)))

    assert (ips(log), snips(log), doubly_robust(log)) == evaluate(log)


def test_a_log_that_matches_nowhere_has_no_estimate() -> None:
    """Not 0, which would be a verdict."""
    log = LoggedChoices(
        ("a", "b"), np.zeros(50, int), np.ones(50), np.ones(50), np.tile([0.0, 1.0], (50, 1))
    )

    found = evaluate(log)
    assert all(np.isnan([one.value, one.low, one.high]).all() for one in found)
    assert {False} == {one.overlap for one in found}
    assert "none of the actions logged" in found.snips.warning


def test_one_row_is_no_evidence() -> None:
    """An estimate with a warning, and no exception."""
    log = LoggedChoices(("a",), np.array([0]), np.ones(1), np.ones(1), np.ones((1, 1)))

    found = evaluate(log)
    assert (1, 1, 1) == tuple(one.value for one in found)
    assert not found.dr.overlap


def test_one_heavy_row_is_warned_about() -> None:
    """It alone would decide."""
    reward, propensity = np.ones(300), np.full(300, 0.5)
    propensity[0] = 0.01
    target = np.tile([0.5, 0.5], (300, 1))
    log = LoggedChoices(("a", "b"), np.arange(300) % 2, propensity, reward, target)

    found = overlap_of(log)
    assert pytest.approx(50 / 349) == found.largest
    assert "one row has 0.14 of all weight" in found.warning


def test_propensities_that_cannot_be_are_warned_about() -> None:
    """Half of what they were makes weights that average 2."""
    log = on_policy(np.ones(100))
    wrong = LoggedChoices(log.actions, log.taken, log.propensity / 2, log.reward, log.target)

    assert {2.0} == set(weights(wrong).tolist())
    assert "the propensities are wrong" in snips(wrong).warning
