"""Learning on against learning off on recorded answers: the same prompts through the real router.

Prequential, from an empty memory: a prompt is routed, then the labels of the answers that were
opened are fed back. Off means no memory: what is expected stays at the priors, and nothing is tried
to learn from it. Utility is the score less what the answer cost, at the preset's price.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.jobs import order_of
from secondhalf.evals.metrics.bootstrap import Interval, difference_interval
from secondhalf.evals.play import Play, Player
from secondhalf.evals.replay.clock import run_virtually
from secondhalf.evals.settings import RunSettings
from secondhalf.evals.track import Floats
from secondhalf.policy.defaults import PRICES
from secondhalf.state.policy import Preset

MOST_LOST = -0.01
"""What learning may cost at the worst, in utility, on any set."""


class Recorded(NamedTuple):
    """A set of recorded answers."""

    name: str
    file: str
    prices: str | None = None
    runs: int = 1
    """Runs over all its prompts, each with another order and other samples."""
    small: bool = False
    """Whether there are too few prompts to ask for more than that nothing is lost."""


SETS = (
    Recorded("gsm8k", "zeroeval_gsm_14models.jsonl.gz"),
    Recorded("re2", "re2_self_agreement_3models.jsonl.gz", "prices.json"),
    Recorded("mmlupro", "mmlupro_answers_6models_quarter.jsonl.gz"),
    Recorded("traps", "misguided_attention_traps.jsonl.gz", runs=3, small=True),
)


class Found(NamedTuple):
    """Learning on and off on one set."""

    name: str
    prompts: int
    runs: int
    gain: Interval
    """Of the mean utility of a route, on less off."""
    score: tuple[float, float]
    """The mean score, off and on."""
    usd: tuple[float, float]
    """The mean cost of a route in US dollars, off and on."""


def measure(folder: Path, one: Recorded, most: int, preset: Preset = "balanced") -> Found:
    """Learning on and off on at most ``most`` prompts of a set in ``folder``."""
    prices = None if one.prices is None else str(folder / one.prices)
    data = RunSettings(data=str(folder / one.file), prices=prices).load()
    if len(data) > most:
        data = data.only(order_of(data, "shuffled", 1000)[:most])
    price = PRICES[preset].where(float(np.nanmax(np.nanmean(data.costs(), axis=0)))).usd
    off, on = (
        [_played(data, preset, number, learning) for number in range(one.runs)]
        for learning in (False, True)
    )
    scores = [np.array([[play.score for play in run] for run in runs]) for runs in (off, on)]
    costs = [
        np.array([[play.cost_usd or 0.0 for play in run] for run in runs]) for runs in (off, on)
    ]
    was, now = (score - price * cost for score, cost in zip(scores, costs, strict=True))
    return Found(
        one.name,
        len(data),
        one.runs,
        difference_interval(now, was),
        _means(scores),
        _means(costs),
    )


def _means(values: Sequence[Floats]) -> tuple[float, float]:
    off, on = (float(one.mean()) for one in values)
    return off, on


def _played(data: DataSet, preset: Preset, number: int, learning: bool) -> list[Play]:
    """One run over ``data``; its plays in the order of the prompts, not of the run."""
    order = order_of(data, "shuffled", number)
    with TemporaryDirectory() as name:
        folder = Path(name) if learning else None
        plays = run_virtually(_run(data, preset, number, order, folder))
    return sorted(plays, key=lambda play: play.place)


async def _run(
    data: DataSet, preset: Preset, number: int, order: Sequence[int], folder: Path | None
) -> list[Play]:
    plays: list[Play] = []
    with Player(data, preset, number=number, folder=folder) as player:
        for place in order:
            play = await player.play(place)
            await player.learn(play)
            plays.append(play)
    return plays
