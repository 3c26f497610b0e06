"""How routes went: figures over a time window, by strategy, path, bucket or tenant."""

import math
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from secondhalf.evals.metrics.bootstrap import NO_INTERVAL, Interval
from secondhalf.evals.metrics.calibration import ece
from secondhalf.evals.metrics.proportion import wilson
from secondhalf.memory import Memory
from secondhalf.samples import By, Sample, samples_of

SLICES = 8
"""Parts of a window that a trend shows."""
_P90 = 90


class Spread(NamedTuple):
    """A mean and a 90th percentile; nan where there is nothing."""

    mean: float
    p90: float


class Figures(NamedTuple):
    """How a group of routes went; nan where there is nothing to tell."""

    routes: int = 0
    ended: int = 0
    success: Interval = NO_INTERVAL
    """Of those that ended: the share whose result was a success."""
    judged: int = 0
    """Routes of whose answer people, or an executable check, have said how good it was."""
    right: Interval = NO_INTERVAL
    """Of those: how good it was, from 0 to 1."""
    ece: float = math.nan
    """Of those: the expected calibration error of the stated quality."""
    quality: float = math.nan
    """The mean of what the router stated."""
    cost_usd: Spread = Spread(math.nan, math.nan)
    latency_s: Spread = Spread(math.nan, math.nan)
    escalation_rate: float = math.nan
    """The share that went on to a dearer path, or that somebody had to ask elsewhere about."""
    retries: float = math.nan
    """Attempts per route beyond the first of each call."""
    abandoned: int = 0
    """Routes whose user never answered what was asked."""
    feedback: int = 0
    """Words that people said."""
    user_rating: float = math.nan
    """From 1 to 5."""
    factuality: float = math.nan


class Group(NamedTuple):
    """Routes that have a strategy, a path, a bucket or a tenant in common."""

    name: str
    now: Figures
    before: Figures | None
    """In a window of the same length before; None without a window."""
    trend: tuple[float, ...]
    """The success rate in equal parts of the window, oldest first; nan where there was none."""


class Alarm(NamedTuple):
    """A change for the worse or the better that was noticed."""

    tenant: str
    bucket: str
    arm: str
    at: float
    """Unix time in seconds."""


class Statistics(NamedTuple):
    """What ``statistics`` found."""

    since: float | None
    until: float
    by: By
    total: Group
    groups: tuple[Group, ...]
    """Those with most routes first."""
    alarms: tuple[Alarm, ...]


def statistics(
    memory: Memory,
    *,
    by: By = "strategy",
    since: float | None = None,
    until: float | None = None,
    strategy: str | None = None,
    tenant: str | None = None,
) -> Statistics:
    """Figures of the routes that began in a window.

    Args:
        memory: where routes are kept.
        by: what to group them by. By path, each opened path counts for itself.
        since: Unix time in seconds; all routes without it.
        until: Unix time in seconds; now without it.
        strategy: of this strategy only.
        tenant: of this tenant only.

    Raises:
        StorageError: the database cannot be used.
    """
    end = time.time() if until is None else until
    first = None if since is None else since - (end - since)
    observed = [
        one
        for one in memory.observed(since=first, until=end, tenant=tenant)
        if strategy is None or one.strategy == strategy
    ]
    whole = [sample for one in observed for sample in samples_of(one, "tenant", end)]
    parts = [sample for one in observed for sample in samples_of(one, by, end)]
    groups: dict[str, list[Sample]] = {}
    for sample in parts:
        groups.setdefault(sample.name, []).append(sample)
    found = [_group(name, samples, since, end) for name, samples in groups.items()]
    found.sort(key=lambda group: (-group.now.routes, group.name))
    tenants = sorted({one.route.request.tenant for one in observed})
    return Statistics(
        since=since,
        until=end,
        by=by,
        total=_group("all", whole, since, end),
        groups=tuple(found),
        alarms=tuple(alarm for name in tenants for alarm in _alarms(memory, name, since or 0.0)),
    )


def figures(samples: Sequence[Sample]) -> Figures:
    """How these went."""
    ended = [one for one in samples if one.ended]
    judged = [(one.quality, one.score) for one in ended if one.score is not None]
    scores = [score for _, score in judged]
    ratings = [rating for one in samples for rating in one.ratings]
    truths = [truth for one in samples for truth in one.factuality]
    return Figures(
        routes=len(samples),
        ended=len(ended),
        success=wilson(sum(one.success for one in ended), len(ended)),
        judged=len(judged),
        right=wilson(sum(scores), len(judged)),
        ece=float(ece(np.array([quality for quality, _ in judged]), np.array(scores)))
        if judged
        else math.nan,
        quality=_mean(one.quality for one in ended),
        cost_usd=_spread([one.cost_usd for one in ended]),
        latency_s=_spread([one.latency_s for one in ended]),
        escalation_rate=_mean(one.escalated for one in ended),
        retries=_mean(one.retries for one in ended),
        abandoned=sum(one.abandoned for one in samples),
        feedback=sum(one.words for one in samples),
        user_rating=_mean(ratings),
        factuality=_mean(truths),
    )


def _group(name: str, samples: Sequence[Sample], since: float | None, until: float) -> Group:
    now = [one for one in samples if since is None or one.at >= since]
    earlier = None if since is None else figures([one for one in samples if one.at < since])
    start = min((one.at for one in now), default=until) if since is None else since
    return Group(name, figures(now), earlier, _trend(now, start, until))


def _trend(samples: Sequence[Sample], start: float, until: float) -> tuple[float, ...]:
    length = max(until - start, 1e-9) / SLICES
    parts: list[list[bool]] = [[] for _ in range(SLICES)]
    for one in samples:
        if one.ended:
            parts[min(SLICES - 1, max(0, int((one.at - start) / length)))].append(one.success)
    return tuple(_mean(part) for part in parts)


def _alarms(memory: Memory, tenant: str, since: float) -> Iterable[Alarm]:
    for name, watch in memory.estimates(tenant).watches.items():
        if watch.alarmed_at is not None and watch.alarmed_at >= since:
            bucket, _, arm = name.partition(" ")
            yield Alarm(tenant, bucket, arm, watch.alarmed_at)


def _mean(values: Iterable[float]) -> float:
    held = list(values)
    return sum(held) / len(held) if held else math.nan


def _spread(values: Sequence[float]) -> Spread:
    if not values:
        return Spread(math.nan, math.nan)
    return Spread(_mean(values), float(np.percentile(values, _P90)))
