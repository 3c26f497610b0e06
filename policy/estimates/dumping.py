"""Prompt models as bytes and back.

A line that names the format, a digest of the rest, a line of JSON, and float32 numbers, lowest byte
first: the arms' means and offsets, middle and spread of the structure, and the weights.
"""

import json
from collections.abc import Mapping
from hashlib import blake2b
from itertools import pairwise
from typing import Any, NamedTuple, cast

import numpy as np

from secondhalf.policy.estimates.features import STRUCTURE, Embed, Features, Rows
from secondhalf.policy.estimates.ngrams import DIMENSION
from secondhalf.policy.estimates.text_model import TextModel

_MAGIC = b"secondhalf prompt model 1\n"
_DIGEST = 16
_FLOAT = np.dtype("<f4")
_LARGEST = 1e6
"""No number of a model is so large; larger ones might overflow where they are multiplied."""
_NARROWEST = 1e-7
_WIDEST = 100_000
"""Columns: more than any embedder has."""


class _Head(NamedTuple):
    """The line of JSON."""

    arms: list[str]
    labels: list[int]
    columns: int
    embedded: bool


def dumped(model: TextModel) -> bytes:
    """See ``TextModel.dump``."""
    head = _Head(
        arms=list(model.arms),
        labels=[model.labels[arm] for arm in model.arms],
        columns=len(model.features.usual),
        embedded=model.embedded,
    )
    means = np.array([model.means[arm] for arm in model.arms])
    features = model.features
    arrays = means, model.offsets, features.middle, features.spread, model.weights
    numbers = b"".join(array.astype(_FLOAT).tobytes() for array in arrays)
    body = json.dumps(head._asdict()).encode() + b"\n" + numbers
    return _MAGIC + _digest(body) + body


def loaded(data: bytes, embed: Embed | None) -> TextModel:
    """See ``TextModel.load``."""
    start = len(_MAGIC) + _DIGEST
    if not data.startswith(_MAGIC) or data[len(_MAGIC) : start] != _digest(data[start:]):
        raise ValueError("no dump of a prompt model, or it was cut short or changed: fit anew")
    line, _, numbers = data[start:].partition(b"\n")
    head = _head(line)
    means, offsets, middle, spread, weights = _parts(numbers, head)
    if ((means < 0) | (means > 1)).any() or (spread < _NARROWEST).any():
        raise ValueError("a mean is not within [0, 1], or a spread is not above zero: fit anew")
    return TextModel(
        arms=tuple(head.arms),
        labels=dict(zip(head.arms, head.labels, strict=True)),
        means=dict(zip(head.arms, means.tolist(), strict=True)),
        features=Features(
            usual=np.zeros(head.columns, np.float32),
            middle=middle,
            spread=spread,
            embed=embed if head.embedded else None,
        ),
        embedded=head.embedded,
        weights=weights.reshape(head.columns, len(head.arms)),
        offsets=offsets,
    )


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=_DIGEST).digest()


def _head(line: bytes) -> _Head:
    """Raises ValueError unless everything is of its kind and goes together."""
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("the head of a prompt model cannot be read: fit anew") from None
    head = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    if set(head) != set(_Head._fields) or not _sensible(head):
        raise ValueError("the head of a prompt model makes no sense: fit anew")
    return _Head(**head)


def _sensible(head: Mapping[str, Any]) -> bool:
    arms, labels = head["arms"], head["labels"]
    return (
        _all(arms, str)
        and _all(labels, int)
        and len(set(arms)) == len(arms) == len(labels)
        and min(labels) >= 1
        and type(head["embedded"]) is bool
        and _whole(head["columns"], STRUCTURE + 1, _WIDEST)
        and (head["embedded"] or head["columns"] == DIMENSION + STRUCTURE)
    )


def _whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _all(values: object, kind: type) -> bool:
    """Whether it is a list of ``kind`` that holds something; True is no number."""
    held = cast("list[object]", values) if isinstance(values, list) else []
    return bool(held) and all(type(one) is kind for one in held)


def _parts(numbers: bytes, head: _Head) -> list[Rows]:
    arms = len(head.arms)
    sizes = [arms, arms, STRUCTURE, STRUCTURE, head.columns * arms]
    if len(numbers) != _FLOAT.itemsize * sum(sizes):
        raise ValueError("a prompt model holds too few numbers, or too many: fit anew")
    found: Rows = np.frombuffer(numbers, _FLOAT).astype(np.float32)
    if not (np.abs(found) <= _LARGEST).all():
        raise ValueError("a prompt model holds what is no number, or too large: fit anew")
    ends = np.cumsum([0, *sizes]).tolist()
    return [found[start:end] for start, end in pairwise(ends)]
