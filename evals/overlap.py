"""Off-policy estimates checked where the truth is known: on a log that is drawn from a replay.

Each prompt's model is drawn by a logging policy: half of the time any model, else the most
accurate one. From that log alone the estimators say how well other policies' choices would do; the
recorded answers know it.
"""

from collections.abc import Sequence
from typing import cast

import numpy as np

from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.offpolicy import Estimate, evaluate
from secondhalf.evals.offpolicy_log import LoggedChoices
from secondhalf.evals.report.content import OffPolicyRow
from secondhalf.evals.track import Floats, Ints, Track

_EXPLORES = 0.5
_SEED = 0


def off_policy_rows(tracks: Sequence[Track], data: DataSet) -> tuple[OffPolicyRow, ...]:
    """SNIPS and DR for the choices of every router and learned baseline, beside the truth.

    What a policy chose is the model whose answer it gave; one that gave none is passed over.
    """
    scores = data.scores()
    chosen = {
        track.name: track.answered_by[0]
        for track in tracks
        if track.kind in ("router", "baseline") and (track.answered_by[0] >= 0).all()
    }
    rows: list[OffPolicyRow] = []
    for name, choices in chosen.items():
        truth = float(scores[np.arange(len(data)), choices].mean())
        found = evaluate(_log(data, scores, choices))
        for estimator, estimate in (("SNIPS", found.snips), ("DR", found.dr)):
            rows.append(_row(name, estimator, estimate, truth))
    return tuple(rows)


def _log(data: DataSet, scores: Floats, choices: Ints) -> LoggedChoices:
    rng = np.random.default_rng(_SEED)
    prompts, models = scores.shape
    logging = np.full(models, _EXPLORES / models)
    logging[scores.mean(axis=0).argmax()] += 1 - _EXPLORES
    taken = cast("Ints", rng.choice(models, size=prompts, p=logging))
    target = np.zeros((prompts, models))
    target[np.arange(prompts), choices] = 1.0
    return LoggedChoices(
        actions=data.models,
        taken=taken,
        propensity=logging[taken],
        reward=scores[np.arange(prompts), taken],
        target=target,
    )


def _row(policy: str, estimator: str, found: Estimate, truth: float) -> OffPolicyRow:
    return OffPolicyRow(
        policy=policy,
        truth=truth,
        estimator=estimator,
        value=found.value,
        low=found.low,
        high=found.high,
        ess=found.ess,
        covered=found.low <= truth <= found.high if found.overlap else None,
        warning=found.warning,
    )
