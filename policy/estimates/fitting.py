"""Fitting and loading of prompt models: the part that needs numpy."""

import io
import tokenize
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from secondhalf.policy.estimates.features import STRUCTURE, Features, Rows
from secondhalf.policy.estimates.logistic import fit_logistic
from secondhalf.policy.estimates.ngrams import DIMENSION
from secondhalf.policy.estimates.prompt_model import PromptModel

_COLUMNS = DIMENSION + STRUCTURE
_BIGGEST = 1e6
"""No weight, mean or spread of a fit comes near it, and no sum of such overflows."""
_UNREADABLE = (
    OSError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    MemoryError,
    NotImplementedError,
    OverflowError,
    RuntimeError,  # an encrypted member
    TypeError,
    tokenize.TokenError,  # a header that is no Python
)
"""What reading a file of arrays raises where it is broken, besides ValueError."""
_NAMES = {"arms", "labels", "means", "weights", "offsets", "usual", "middle", "spread"}


def fitted(scores: Mapping[str, Mapping[str, float]]) -> PromptModel:
    """The model of ``scores`` by arm and prompt; every arm must have some."""
    arms = sorted(scores)
    prompts = sorted({prompt for own in scores.values() for prompt in own})
    place = {prompt: number for number, prompt in enumerate(prompts)}
    features = Features.of(prompts)
    rows = features.rows(prompts)
    weights: Rows = np.zeros((_COLUMNS, len(arms)), np.float32)
    offsets: Rows = np.zeros(len(arms), np.float32)
    for together in _alike(arms, scores):
        own = list(scores[arms[together[0]]])
        table = np.array([[scores[arms[arm]][prompt] for arm in together] for prompt in own])
        found = fit_logistic(_centred(rows[[place[prompt] for prompt in own]]), table)
        middle = rows[[place[prompt] for prompt in own]].mean(axis=0)
        weights[:, together] = found[0]
        offsets[together] = found[1] - middle @ found[0]
    return PromptModel(
        arms=tuple(arms),
        labels={arm: len(scores[arm]) for arm in arms},
        means={arm: float(np.mean([*scores[arm].values()])) for arm in arms},
        features=features,
        weights=weights,
        offsets=offsets,
    )


def _centred(rows: Rows) -> Rows:
    """The fit wants rows whose mean is zero; arms have different prompts."""
    return np.asarray(rows - rows.mean(axis=0))


def _alike(arms: list[str], scores: Mapping[str, Mapping[str, float]]) -> list[list[int]]:
    """Arms by the prompts they have labels of: those with the same are fitted at once."""
    groups: dict[frozenset[str], list[int]] = {}
    for number, arm in enumerate(arms):
        groups.setdefault(frozenset(scores[arm]), []).append(number)
    return [*groups.values()]


def loaded(data: bytes) -> PromptModel:
    """See ``PromptModel.load``."""
    try:
        found = _arrays(data)
    except _UNREADABLE as error:
        raise ValueError(f"no dump of a prompt model: {error}") from None
    _check(found)
    arms: list[str] = found["arms"].tolist()
    return PromptModel(
        arms=tuple(arms),
        labels=dict(zip(arms, found["labels"].tolist(), strict=True)),
        means=dict(zip(arms, found["means"].tolist(), strict=True)),
        features=Features(
            found["usual"].astype(np.float32),
            found["middle"].astype(np.float64),
            found["spread"].astype(np.float64),
        ),
        weights=found["weights"].astype(np.float32),
        offsets=found["offsets"].astype(np.float32),
    )


def _arrays(data: bytes) -> dict[str, NDArray[np.generic]]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        held = file.infolist()
        if {one.filename for one in held} != {f"{name}.npy" for name in _NAMES}:
            raise ValueError("arrays are missing from the dump, or there are too many")
        if any(one.compress_type != zipfile.ZIP_STORED for one in held):
            raise ValueError("it is compressed, and dumps are not")
    with np.load(io.BytesIO(data), allow_pickle=False) as loaded:
        return {name: loaded[name] for name in _NAMES}


def _check(found: Mapping[str, NDArray[np.generic]]) -> None:
    """Raises ValueError unless every array has its kind, its shape, and numbers that can be."""
    many = len(found["arms"]) if found["arms"].ndim == 1 else -1
    shapes = {
        "arms": (many,),
        "labels": (many,),
        "means": (many,),
        "weights": (_COLUMNS, many),
        "offsets": (many,),
        "usual": (_COLUMNS,),
        "middle": (STRUCTURE,),
        "spread": (STRUCTURE,),
    }
    for name, shape in shapes.items():
        kind = "U" if name == "arms" else "i" if name == "labels" else "f"
        if found[name].shape != shape or found[name].dtype.kind != kind:
            raise ValueError(f"{name!r} has another shape or kind than a prompt model's")
        if kind == "f" and not (np.abs(found[name].astype(float)) <= _BIGGEST).all():
            raise ValueError(f"{name!r} holds what is no number, or too big a one")
    if not many or len({*found["arms"].tolist()}) != many:
        raise ValueError("no arms, or one of them twice")
    if not (found["spread"].astype(float) >= 1 / _BIGGEST).all():
        raise ValueError("a spread is not above zero")
    means = found["means"].astype(float)
    if ((means < 0) | (means > 1)).any():
        raise ValueError("a mean score is not within [0, 1]")
