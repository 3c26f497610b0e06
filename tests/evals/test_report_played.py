"""What policies did, as a file and back."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.evals.errors import DataSetError
from secondhalf.evals.report.played import Played, read_played, write_played
from secondhalf.evals.track import Track, plain_track

FIELDS = [name for name in Track.__dataclass_fields__ if name not in ("name", "kind", "paths")]


def track(name: str = "balanced", runs: int = 2, prompts: int = 3, **more: Any) -> Track:
    rng = np.random.default_rng(runs + prompts)
    found = plain_track(
        name,
        "router",
        rng.random((runs, prompts)),
        rng.random((runs, prompts)),
        rng.integers(-1, 4, (runs, prompts)),
        quality=rng.random((runs, prompts)),
    )
    return Track(**(found.__dict__ | more))


def written(folder: Path, *tracks: Track, ids: tuple[str, ...] = ("a", "b", "c")) -> Path:
    file = folder / "played.npz"
    write_played(file, tracks, ids)
    return file


def again(file: Path, **changes: Any) -> None:
    """Writes the file anew with some arrays changed, or left out where they are None."""
    with np.load(file) as found:
        arrays = dict(found) | changes
    np.savez(file, allow_pickle=True, **{name: a for name, a in arrays.items() if a is not None})


def head(**changes: Any) -> np.ndarray[Any, Any]:
    fields = {"version": 1, "ids": ["a", "b", "c"], "tracks": [{"name": "m", "kind": "router"}]}
    return np.frombuffer(json.dumps(fields | changes).encode(), np.uint8)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_tracks_survive_their_file(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """All arrays with nan in them, names and ids of any letters, paths."""
    prompts = data.draw(st.integers(1, 5))
    ids = tuple(data.draw(st.lists(st.text(st.characters()), min_size=prompts, max_size=prompts)))
    path = st.text(max_size=5)
    paths = tuple(
        tuple(run)
        for run in data.draw(
            st.lists(st.lists(path, min_size=prompts, max_size=prompts), min_size=2, max_size=2)
        )
    )
    first = track(data.draw(st.text(st.characters())), prompts=prompts, paths=paths)
    file = tmp_path_factory.mktemp("played") / "played.npz"
    write_played(file, [first, track("other", runs=1, prompts=prompts)], ids)

    found = read_played(file)
    assert ids == found.ids
    assert [(first.name, paths), ("other", ())] == [(t.name, t.paths) for t in found.tracks]
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(first, name), getattr(found.tracks[0], name))


def test_a_folder_stands_for_its_file(tmp_path: Path) -> None:
    """As with reports."""
    written(tmp_path, track())

    assert ("a", "b", "c") == read_played(tmp_path).ids


def test_tracks_are_found_by_name() -> None:
    """None where there is no such policy."""
    found = Played(("a",), (track("one"), track("two")))

    assert found.tracks[1] is found.track("two")
    assert found.track("three") is None


def test_a_track_of_other_prompts_is_refused(tmp_path: Path) -> None:
    """It would be paired with the wrong ones."""
    with pytest.raises(ValueError, match=r"score of 'balanced' has the shape \(2, 3\)"):
        written(tmp_path, track(), ids=("a", "b"))
    assert [] == list(tmp_path.iterdir())


def test_nothing_in_the_file_is_run(tmp_path: Path) -> None:
    """An array of objects is a pickle: it is refused, not loaded."""
    file = written(tmp_path, track())
    again(file, **{"0.score": np.array([["a"]], dtype=object)})

    with pytest.raises(DataSetError, match="allow_pickle"):
        read_played(file)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"head": None}, "head"),
        ({"head": np.frombuffer(b"{", np.uint8)}, "Expecting property name"),
        ({"head": head(version=2)}, "less than or equal to 1"),
        ({"head": head(tracks=[{"name": "m", "kind": "spy"}])}, "'router', 'model'"),
        ({"head": head(ids=["a"])}, r"shape \(2, 3\), not of \(2, 1\)"),
        ({"0.cost": None}, "0.cost"),
        ({"0.cost": np.zeros((2, 2))}, r"0.cost is float64 of the shape \(2, 2\)"),
        ({"0.order": np.zeros((2, 3))}, "0.order is float64"),
        ({"0.score": np.float64(1)}, "0.score"),
        ({"0.score": np.full((2, 3), np.nan)}, "not finite"),
        ({"head": head(tracks=[{"name": "m", "kind": "router", "paths": ["p"]}])}, "0.paths"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(
    tmp_path: Path, changes: dict[str, Any], what: str
) -> None:
    """The line names the file and what is wrong with it."""
    file = written(tmp_path, track())
    again(file, **changes)

    with pytest.raises(DataSetError, match=what) as caught:
        read_played(file)
    assert repr(str(file)) in str(caught.value)
    assert 1 == len(str(caught.value).splitlines())


def test_a_path_that_there_is_not_is_refused(tmp_path: Path) -> None:
    """Places of paths are checked."""
    file = written(tmp_path, track(paths=(("x", "y", "x"), ("x", "x", "x"))))
    again(file, **{"0.paths": np.full((2, 3), 2)})

    with pytest.raises(DataSetError, match="names a path that there is not"):
        read_played(file)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_a_broken_file_is_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Cut short, or with any byte changed: an error of ours, or the tracks as they were."""
    file = written(tmp_path_factory.mktemp("played"), track())
    whole = file.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    file.write_bytes(whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])

    try:
        found = read_played(file)
    except DataSetError:
        return
    assert not cut
    assert ("a", "b", "c") == found.ids


@pytest.mark.parametrize(
    "content", [b"", b"PK\x05\x06" + bytes(18), b"no archive", b"\x93NUMPY\x01\x00"]
)
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """Whatever its name."""
    file = tmp_path / "played.npz"
    file.write_bytes(content)

    with pytest.raises(DataSetError, match="run the evaluation again"):
        read_played(file)


def test_one_array_is_no_archive(tmp_path: Path) -> None:
    """Numpy reads it, but not as several."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    (tmp_path / "played.npz").write_bytes(buffer.getvalue())

    with pytest.raises(DataSetError):
        read_played(tmp_path)


def test_an_unknown_way_of_packing_is_refused(tmp_path: Path) -> None:
    """Numpy would stop with an error of its own."""
    file = tmp_path / "played.npz"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("head.npy", b"x" * 100)

    with pytest.raises(DataSetError):
        read_played(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """And it is said what to name."""
    with pytest.raises(DataSetError, match=r"No such file.*name a folder"):
        read_played(tmp_path)
