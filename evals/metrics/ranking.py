"""Does a score rank right answers above wrong ones? ROC curve and the area under it."""

from typing import NamedTuple

import numpy as np

from secondhalf.evals.track import Floats

_RIGHT = 0.5
"""A label from here on is right."""


class RocCurve(NamedTuple):
    """Points from (0, 0) to (1, 1), one per threshold; empty if all labels are alike.

    An answer is accepted whose score is at least ``threshold``; the first accepts none.
    """

    false_positive_rate: Floats
    true_positive_rate: Floats
    threshold: Floats


def roc_curve(score: Floats, label: Floats) -> RocCurve:
    """The trade-off between accepting wrong answers and accepting right ones.

    ``score`` and ``label`` have the same shape; a label of .5 or more is right. Answers without
    a score (nan) are left out.
    """
    known, right = _known(score, label)
    positives = int(right.sum())
    if positives in (0, len(right)):
        empty = np.empty(0)
        return RocCurve(empty, empty, empty)
    order = np.argsort(-known, kind="stable")
    last = np.append(np.flatnonzero(np.diff(known[order])), len(known) - 1)
    accepted = np.cumsum(right[order])[last]
    return RocCurve(
        false_positive_rate=np.append(0, (last + 1 - accepted) / (len(right) - positives)),
        true_positive_rate=np.append(0, accepted / positives),
        threshold=np.append(np.inf, known[order][last]),
    )


def auc(score: Floats, label: Floats) -> float:
    """The chance that a right answer scores above a wrong one; equal scores count half.

    By ranks (Mann and Whitney, 1947), ties at their middle rank. Shapes and labels as for the
    curve, whose area it is; nan where all labels are alike.
    """
    known, right = _known(score, label)
    positives = int(right.sum())
    if positives in (0, len(right)):
        return np.nan
    _, place, number = np.unique(known, return_inverse=True, return_counts=True)
    rank = (np.cumsum(number) - (number - 1) / 2)[place]
    beaten = rank[right].sum() - positives * (positives + 1) / 2
    return float(beaten / (positives * (len(right) - positives)))


def _known(
    score: Floats, label: Floats
) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    has_score = ~np.isnan(score)
    return score[has_score], label[has_score] >= _RIGHT
