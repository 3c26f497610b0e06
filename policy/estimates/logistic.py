"""Penalised logistic regression: the weights of least cross entropy, and how much to penalise."""

import numpy as np
from numpy.typing import NDArray

from secondhalf.policy.estimates.features import Rows

Floats = NDArray[np.float64]
PENALTIES = np.array([2.0**power for power in range(-2, 13)])
_MOST = 768
"""Prompts from which the penalty is chosen: an eigendecomposition takes their cube."""
_STEPS = 40
_POWER_STEPS = 15
_CERTAIN = 1e-6
_LEAST_VARIANCE = 1e-3


def fit_logistic(
    rows: Rows, scores: Floats, *, base: Rows | None = None, seed: int = 0
) -> tuple[Rows, Rows]:
    """Weights (columns, models) and offsets (models,) for scores in [0, 1].

    Of a ``base``, the logits (rows, models) that are expected anyway, both are what comes on top.

    The penalty is ridge's times the variance p(1 − p) of the score: near p, a logit moves the
    score by that much, so that both expect the same of the weights. On recorded answers it ranks
    MMLU's prompts better than ridge, and others as well.
    """
    mean = np.clip(scores.mean(axis=0), _CERTAIN, 1 - _CERTAIN)
    variance = np.maximum(mean * (1 - mean), _LEAST_VARIANCE)
    told = scores if base is None else scores - squashed(base)
    return logistic_weights(rows, scores, drawn_penalties(rows, told, seed) * variance, base)


def logistic_weights(
    rows: Rows, scores: Floats, penalties: Floats, base: Rows | None = None
) -> tuple[Rows, Rows]:
    """Weights (dimension, models) and offsets (models,) of least cross entropy + penalty·|w|²/2,
    beyond the logits of ``base``, if there are any.

    Nesterov's method for strongly convex functions (Introductory Lectures on Convex Optimization,
    2004, scheme 2.2.11): the curvature is at most a quarter of the rows' largest squared singular
    value, plus the penalty, and at least the penalty. ``rows`` are centred, so that the offset,
    which is not penalised, has steps of its own.
    """
    target, penalty = scores.astype(np.float32), penalties.astype(np.float32)
    curvature = (penalty + 0.25 * _largest_square(rows)).astype(np.float32)
    ratio = np.sqrt(penalty / curvature)
    momentum = (1 - ratio) / (1 + ratio)
    mean = np.clip(target.mean(axis=0), _CERTAIN, 1 - _CERTAIN)
    offset = (np.log(mean / (1 - mean)) if base is None else 0.0 * mean).astype(np.float32)
    known = np.zeros_like(offset) if base is None else base
    weights: Rows = np.zeros((rows.shape[1], target.shape[1]), np.float32)
    ahead: Rows = weights
    for _ in range(_STEPS):
        left = squashed(rows @ ahead + offset + known) - target
        step = (rows.T @ left + penalty * ahead) / curvature
        before, weights = weights, (ahead - step).astype(np.float32)
        ahead = (weights + momentum * (weights - before)).astype(np.float32)
        offset -= 2 * left.mean(axis=0)
    return weights, offset


def _largest_square(rows: Rows) -> float:
    """The largest squared singular value, by the power method."""
    vector = np.ones(rows.shape[1], np.float32)
    length = 0.0
    for _ in range(_POWER_STEPS):
        vector = rows.T @ (rows @ vector)
        length = float(np.linalg.norm(vector))
        if length == 0:
            return 0.0
        vector = vector / length
    return 1.1 * length


def squashed(logits: Rows) -> Rows:
    """Logits as probabilities."""
    squashed: Rows = (0.5 + 0.5 * np.tanh(0.5 * logits)).astype(np.float32)
    return squashed


def drawn_penalties(rows: Rows, scores: Floats, seed: int) -> Floats:
    """``leave_one_out_penalties`` of at most 768 prompts drawn by ``seed``.

    The best penalty is the noise over the prior variance of the weights, and so does not depend
    on how many prompts there are.
    """
    drawn = np.random.default_rng(seed).permutation(len(rows))[:_MOST]
    return leave_one_out_penalties(rows[drawn], scores[drawn])


def leave_one_out_penalties(rows: Rows, scores: Floats) -> Floats:
    """For each model the penalty with the least leave-one-out squared error; (models,).

    With the eigenvectors U and values s of the centred rows' Gram matrix, the fit under penalty p
    has the hat matrix U s/(s+p) Uᵀ + 1/n, and a prompt left out the residual e / (1 − h).
    """
    number = len(rows)
    if number < 3:
        return np.full(int(scores.shape[1]), PENALTIES[-1])
    centred = rows - rows.mean(axis=0)
    values, vectors = np.linalg.eigh((centred @ centred.T).astype(float))
    values = np.maximum(values, 0)
    target = scores - scores.mean(axis=0)
    kept = values[:, None] / (values[:, None] + PENALTIES)
    leverage = np.minimum(vectors**2 @ kept + 1 / number, 1 - 1e-9)
    fitted = np.tensordot(vectors, kept[:, :, None] * (vectors.T @ target)[:, None, :], axes=1)
    left = (target[:, None, :] - fitted) / (1 - leverage)[:, :, None]
    chosen: Floats = PENALTIES[(left**2).mean(axis=0).argmin(axis=0)]
    return chosen
