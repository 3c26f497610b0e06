"""``played.npz``: what every policy did with every prompt, for comparing runs later.

An archive of arrays and nothing that could run: a JSON header as bytes, and for track ``i`` one
array ``i.field`` for each array of a ``Track``, of the shape (runs, prompts).
"""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import numpy as np
from numpy.lib.format import read_array
from numpy.typing import NDArray
from pydantic import BaseModel, Field, ValidationError

from secondhalf.evals.errors import DataSetError
from secondhalf.evals.track import Kind, Track
from secondhalf.graph.drawing import write_picture
from secondhalf.state.plaintext import one_line

FILE_NAME = "played.npz"
_VERSION = 1
_FLOATS = (
    "score",
    "cost",
    "latency_s",
    "strong",
    "quality",
    "opened",
    "need",
    "violations",
)
_INTS = ("answered_by", "order")
_PATHS = "paths"
_BROKEN = (ValueError, KeyError, EOFError, RuntimeError, MemoryError, BadZipFile, zlib.error)


@dataclass(frozen=True)
class Played:
    """The tracks of a run; ``ids`` names the prompts, the columns of every array."""

    ids: tuple[str, ...]
    tracks: tuple[Track, ...]

    def track(self, name: str) -> Track | None:
        """The track of a policy, if it has one."""
        return next((track for track in self.tracks if track.name == name), None)


class _TrackHead(BaseModel):
    name: str
    kind: Kind
    paths: tuple[str, ...] = ()
    """Names of paths; the array holds their places, -1 for none."""


class _Head(BaseModel):
    version: Annotated[int, Field(ge=1, le=_VERSION)]
    ids: tuple[str, ...]
    tracks: tuple[_TrackHead, ...]


def write_played(path: Path | str, tracks: Sequence[Track], ids: Sequence[str]) -> None:
    """Writes the tracks, whole or not at all.

    Args:
        path: of the file.
        tracks: of one run over the same prompts.
        ids: names of the prompts, in the order of the columns.

    Raises:
        ConfigError: the file cannot be written.
        ValueError: a track is of other prompts.
    """
    arrays: dict[str, NDArray[Any]] = {}
    heads: list[dict[str, Any]] = []
    for place, track in enumerate(tracks):
        names = tuple(dict.fromkeys(name for run in track.paths for name in run))
        heads.append({"name": track.name, "kind": track.kind, "paths": names})
        for field in (*_FLOATS, *_INTS):
            array: NDArray[Any] = getattr(track, field)
            if array.shape != (track.runs, len(ids)):
                raise ValueError(f"{field} of {track.name!r} has the shape {array.shape}")
            arrays[f"{place}.{field}"] = array
        if names:
            places = {name: at for at, name in enumerate(names)}
            found = [[places[name] for name in run] for run in track.paths]
            arrays[f"{place}.{_PATHS}"] = np.array(found, dtype=np.int64)
    head = json.dumps({"version": _VERSION, "ids": list(ids), "tracks": heads}).encode()
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, head=np.frombuffer(head, np.uint8), **arrays)
    write_picture(path, buffer.getvalue())


def read_played(path: Path | str) -> Played:
    """The tracks in a file, or in the folder of a run.

    Raises:
        DataSetError: there are none, or the file is not as ``write_played`` writes it.
    """
    place = Path(path)
    file = place / FILE_NAME if place.is_dir() else place
    try:
        with ZipFile(BytesIO(file.read_bytes())) as archive:
            return _played(archive)
    except OSError as error:
        what = error.strerror or str(error)
        raise DataSetError(
            f"cannot read {str(file)!r}: {what}: name a folder that an evaluation has written"
        ) from error
    except ValidationError as error:
        what = error.errors(include_url=False, include_input=False)[0]["msg"]
        raise _broken(file, what) from error
    except _BROKEN as error:
        raise _broken(file, str(error)) from error


def _broken(file: Path, what: str) -> DataSetError:
    return DataSetError(
        f"{str(file)!r} does not hold what policies did: {one_line(what)}: run the evaluation again"
    )


def _played(archive: ZipFile) -> Played:
    head = _Head.model_validate(json.loads(_array(archive, "head").tobytes()))
    shared = len(head.ids)
    tracks = [_track(archive, place, track, shared) for place, track in enumerate(head.tracks)]
    return Played(head.ids, tuple(tracks))


def _track(archive: ZipFile, place: int, head: _TrackHead, prompts: int) -> Track:
    runs = len(np.atleast_1d(_array(archive, f"{place}.score")))

    def array(field: str, kind: str) -> NDArray[Any]:
        name, shape = f"{place}.{field}", (runs, prompts)
        found = _array(archive, name)
        if found.dtype.kind != kind or found.shape != shape:
            raise ValueError(f"{name} is {found.dtype} of the shape {found.shape}, not of {shape}")
        return found

    fields: dict[str, Any] = {field: array(field, "f") for field in _FLOATS}
    fields |= {field: array(field, "i") for field in _INTS}
    if not np.isfinite(fields["score"]).all():
        raise ValueError(f"{place}.score is not finite")
    if head.paths:
        places: list[list[int]] = array(_PATHS, "i").tolist()
        if any(not 0 <= at < len(head.paths) for run in places for at in run):
            raise ValueError(f"{place}.{_PATHS} names a path that there is not")
        fields["paths"] = tuple(tuple(head.paths[at] for at in run) for run in places)
    return Track(name=head.name, kind=head.kind, **fields)


def _array(archive: ZipFile, name: str) -> NDArray[Any]:
    info = archive.getinfo(f"{name}.npy")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise ValueError(f"{name} is packed in an unknown way")
    with archive.open(info) as member:
        array: NDArray[Any] = read_array(member, allow_pickle=False)
    return array
