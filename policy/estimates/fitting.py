"""Fitting of text models: the part that needs numpy.

Prompts are easy or hard for all arms, more or less, and an arm has labels of those prompts only
that it was asked: a dear one of those that looked hard to cheap ones. What all labels together tell
of prompts is learned first, and each arm's own labels tell what is different with it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from statistics import fmean

import numpy as np

from secondhalf.policy.estimates.answers import Worded
from secondhalf.policy.estimates.features import Embed, Features, Rows, embedded
from secondhalf.policy.estimates.logistic import Floats, fit_logistic
from secondhalf.policy.estimates.ngrams import DIMENSION
from secondhalf.policy.estimates.text_model import MOST, TextModel, usual_of
from secondhalf.state.estimate import Wording

DOUBT = 100.0
"""Labels with which what was learned of prompts counts one half.

The penalty alone, chosen by the error on the same few labels, is at times far too small: on three
recorded sets 60 or 120 labels then foretold worse than the mean, and with this better.
"""


def fitted(scores: Mapping[str, Mapping[str, float]], embed: Embed | None = None) -> TextModel:
    """The model of ``scores`` by arm and prompt; every arm must have some."""
    arms = sorted(scores)
    prompts = sorted({prompt for own in scores.values() for prompt in own})
    features = _features(prompts, embed)
    weights: Rows = np.zeros((len(features.usual), len(arms)), np.float32)
    offsets: Rows = np.zeros(len(arms), np.float32)
    means = {arm: _mean([*scores[arm].values()]) for arm in arms}
    usual = np.array([usual_of(means[arm], len(scores[arm])) for arm in arms])
    pool = _pool(scores)
    common = _common(features, pool, scores, dict(zip(arms, usual.tolist(), strict=True)))
    for together in _alike(arms, scores):
        own = list(scores[arms[together[0]]])
        table = np.array([[scores[arms[arm]][prompt] for arm in together] for prompt in own])
        borrowed = common * np.float32(_borrowed(len(own), len(pool)))
        slopes, offset = _line(features.rows(own), table, usual[together], borrowed)
        weights[:, together], offsets[together] = slopes, offset
    return TextModel(
        arms=tuple(arms),
        labels={arm: len(scores[arm]) for arm in arms},
        means=means,
        features=replace(features, embed=embed),
        embedded=embed is not None,
        weights=weights,
        offsets=offsets,
    )


def fitted_answers(scored: Mapping[str, Sequence[Worded]]) -> TextModel:
    """The model of answers by arm; every arm must have some.

    As with prompts, an arm with fewer answers than others borrows of what all together tell.
    """
    arms = sorted(scored)
    features = _features_of([one.wording for arm in arms for one in scored[arm]])
    weights: Rows = np.zeros((len(features.usual), len(arms)), np.float32)
    offsets: Rows = np.zeros(len(arms), np.float32)
    means = {arm: _mean([one.score for one in scored[arm]]) for arm in arms}
    many = max(len(own) for own in scored.values())
    common = _common_of_answers(features, scored)
    for place, arm in enumerate(arms):
        own = scored[arm]
        table = np.array([[one.score] for one in own])
        usual = np.array([usual_of(means[arm], len(own))])
        borrowed = common * np.float32(_borrowed(len(own), many))
        slopes, offset = _line(_worded(features, own), table, usual, borrowed)
        weights[:, place], offsets[place] = slopes[:, 0], offset[0]
    return TextModel(
        arms=tuple(arms),
        labels={arm: len(scored[arm]) for arm in arms},
        means=means,
        features=features,
        embedded=False,
        weights=weights,
        offsets=offsets,
    )


def _features_of(wordings: Sequence[Wording]) -> Features:
    endings, shapes = [w.ending for w in wordings], [w.shape for w in wordings]
    return Features.uncentred(endings, DIMENSION, shapes=shapes)


def _worded(features: Features, answers: Sequence[Worded]) -> Rows:
    """(answers, columns)."""
    wordings = [one.wording for one in answers]
    return features.rows([w.ending for w in wordings], shapes=[w.shape for w in wordings])


def _common_of_answers(features: Features, scored: Mapping[str, Sequence[Worded]]) -> Rows:
    """Weights (columns,) of how much better than usual for its arm an answer is so worded."""
    many = max(len(own) for own in scored.values())
    if all(len(own) == many for own in scored.values()):
        return np.zeros(len(features.usual), np.float32)
    each = MOST // len(scored)
    pool = [own[-each:] for own in scored.values()]
    rows = np.concatenate([_centred(_worded(features, own)) for own in pool])
    table = np.array([[one.score] for own in pool for one in own])
    plain = np.array([[float(np.mean([one.score for one in own]))] for own in pool])
    usual = np.repeat(np.clip(plain, 1e-6, 1 - 1e-6), [len(own) for own in pool], axis=0)
    slopes, _ = fit_logistic(rows, table, base=_logit(usual).astype(np.float32))
    common: Rows = np.float32(many / (many + DOUBT)) * slopes[:, 0]
    return common


def _centred(rows: Rows) -> Rows:
    rows -= rows.mean(axis=0)
    return rows


def _mean(scores: Sequence[float]) -> float:
    """With as many digits as a dump keeps."""
    return float(np.float32(np.mean(scores)))


def _features(prompts: Sequence[str], embed: Embed | None) -> Features:
    """Features of ``prompts``, whose embedder, if there is one, is asked no more."""
    if embed is None:
        return Features.uncentred(prompts, DIMENSION)
    vectors = embedded(embed, prompts)
    place = {prompt: number for number, prompt in enumerate(prompts)}

    def known(asked: Sequence[str]) -> Rows:
        return np.asarray(vectors[[place[prompt] for prompt in asked]])

    return Features.uncentred(prompts, vectors.shape[1], embed=known)


def _pool(scores: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The prompts of all arms, the newest of each first, as many as a fit looks at."""
    newest = zip_longest(*(reversed([*own]) for own in scores.values()))
    prompts = dict.fromkeys(p for round_ in newest for p in round_ if p is not None)
    return [*prompts][:MOST]


def _borrowed(own: int, pool: int) -> float:
    """How much of what all labels tell counts for an arm with so many of its own.

    Nothing where it knows all prompts itself: what differs between arms is learned best from what
    they did apart. On recorded answers this foretells nearly as well as to borrow all, and ranks
    prompts by the difference of two arms as well as to borrow nothing.
    """
    return math.sqrt(max(0.0, 1.0 - own / pool))


def _common(
    features: Features,
    pool: Sequence[str],
    scores: Mapping[str, Mapping[str, float]],
    usual: Mapping[str, float],
) -> Rows:
    """Weights (columns,) of how much better than usual all arms together do on a prompt."""
    if all(_borrowed(len(own), len(pool)) == 0.0 for own in scores.values()):
        return np.zeros(len(features.usual), np.float32)
    told = [[arm for arm in scores if prompt in scores[arm]] for prompt in pool]
    pairs = zip(pool, told, strict=True)
    table = np.array([[fmean(scores[arm][prompt] for arm in arms)] for prompt, arms in pairs])
    expected = np.array([[fmean(usual[arm] for arm in arms)] for arms in told])
    rows = features.rows(pool)
    rows -= rows.mean(axis=0)
    slopes, _ = fit_logistic(rows, table, base=_logit(expected).astype(np.float32))
    common: Rows = np.float32(len(pool) / (len(pool) + DOUBT)) * slopes[:, 0]
    return common


def _line(rows: Rows, table: Floats, usual: Floats, borrowed: Rows) -> tuple[Rows, Rows]:
    """Weights and offsets of arms with the same prompts, for rows that are not centred.

    ``usual`` is what to expect of the arms on a prompt that tells nothing, ``borrowed`` (columns,)
    what others tell of prompts. ``rows`` are changed: they take most of the memory of a fit.
    """
    middle = rows.mean(axis=0)
    rows -= middle
    plain = np.clip(table.mean(axis=0), 1e-6, 1 - 1e-6)
    base = ((rows @ borrowed)[:, None] + _logit(plain)).astype(np.float32)
    slopes, offset = fit_logistic(rows, table, base=base)
    kept = len(rows) / (len(rows) + DOUBT)
    weights = (borrowed[:, None] + kept * slopes).astype(np.float32)
    drawn = _logit(usual) + kept * offset
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
