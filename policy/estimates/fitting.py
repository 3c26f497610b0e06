"""Fitting of prompt models: the part that needs numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from secondhalf.policy.estimates.features import Embed, Features, Rows, embedded
from secondhalf.policy.estimates.logistic import Floats, fit_logistic
from secondhalf.policy.estimates.ngrams import DIMENSION
from secondhalf.policy.estimates.prompt_model import PromptModel, usual_of

DOUBT = 100.0
"""Labels with which what was learned of prompts counts one half.

The penalty alone, chosen by the error on the same few labels, is at times far too small: on three
recorded sets 60 or 120 labels then foretold worse than the mean, and with this better.
"""


def fitted(scores: Mapping[str, Mapping[str, float]], embed: Embed | None = None) -> PromptModel:
    """The model of ``scores`` by arm and prompt; every arm must have some."""
    arms = sorted(scores)
    prompts = sorted({prompt for own in scores.values() for prompt in own})
    features = _features(prompts, embed)
    weights: Rows = np.zeros((len(features.usual), len(arms)), np.float32)
    offsets: Rows = np.zeros(len(arms), np.float32)
    # A dump keeps so many digits.
    means = {arm: float(np.float32(np.mean([*scores[arm].values()]))) for arm in arms}
    usual = np.array([usual_of(means[arm], len(scores[arm])) for arm in arms])
    for together in _alike(arms, scores):
        own = list(scores[arms[together[0]]])
        table = np.array([[scores[arms[arm]][prompt] for arm in together] for prompt in own])
        slopes, offset = _line(features.rows(own), table, usual[together])
        weights[:, together], offsets[together] = slopes, offset
    return PromptModel(
        arms=tuple(arms),
        labels={arm: len(scores[arm]) for arm in arms},
        means=means,
        features=replace(features, embed=embed),
        embedded=embed is not None,
        weights=weights,
        offsets=offsets,
    )


def _features(prompts: Sequence[str], embed: Embed | None) -> Features:
    """Features of ``prompts``, whose embedder, if there is one, is asked no more."""
    if embed is None:
        return Features.uncentred(prompts, DIMENSION)
    vectors = embedded(embed, prompts)
    place = {prompt: number for number, prompt in enumerate(prompts)}

    def known(asked: Sequence[str]) -> Rows:
        return np.asarray(vectors[[place[prompt] for prompt in asked]])

    return Features.uncentred(prompts, vectors.shape[1], embed=known)


def _line(rows: Rows, table: Floats, usual: Floats) -> tuple[Rows, Rows]:
    """Weights and offsets of arms with the same prompts, for rows that are not centred.

    ``usual`` is what to expect of the arms on a prompt that tells nothing. ``rows`` are changed:
    they take most of the memory of a fit.
    """
    middle = rows.mean(axis=0)
    rows -= middle
    slopes, offset = fit_logistic(rows, table)
    kept = len(rows) / (len(rows) + DOUBT)
    plain = np.clip(table.mean(axis=0), 1e-6, 1 - 1e-6)
    weights = (kept * slopes).astype(np.float32)
    drawn = _logit(usual) + kept * (offset - _logit(plain))
    return weights, (drawn - middle @ weights).astype(np.float32)


def _logit(chance: Floats) -> Floats:
    logit: Floats = np.log(chance / (1 - chance))
    return logit


def _alike(arms: Sequence[str], scores: Mapping[str, Mapping[str, float]]) -> list[list[int]]:
    """Arms by the prompts they have labels of: those with the same are fitted at once."""
    groups: dict[frozenset[str], list[int]] = {}
    for number, arm in enumerate(arms):
        groups.setdefault(frozenset(scores[arm]), []).append(number)
    return [*groups.values()]
