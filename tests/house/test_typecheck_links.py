"""The type checkers see the package that is installed."""

import json
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def links(root: Path) -> dict[str, str]:
    """Where each link of .typecheck/secondhalf points, by name."""
    return {
        path.name: str(path.readlink())
        for path in (root / ".typecheck" / "secondhalf").iterdir()
        if path.is_symlink()
    }


def test_there_is_a_link_for_every_part_of_the_package(
    links: dict[str, str], folders: dict[str, Path]
) -> None:
    """One for each folder and one for each entry of the front door; `make links` lays them."""
    expected = {name: f"../../{name}" for name in folders if name != "secondhalf"}
    expected |= {
        path.name: f"../../secondhalf/{path.name}"
        for path in folders["secondhalf"].iterdir()
        if path.name != "__pycache__"
    }

    assert expected == links


def test_pyright_is_told_of_every_link_to_a_folder(root: Path, links: dict[str, str]) -> None:
    """It follows no other, and says nothing of the files it did not check."""
    checked = root / ".typecheck"
    included = set(json.loads((checked / "pyrightconfig.json").read_text())["include"])
    linked = {f"secondhalf/{name}" for name in links if (checked / "secondhalf" / name).is_dir()}

    assert linked | {"secondhalf", "../tests"} == included


def test_git_keeps_the_links_as_links(root: Path, links: dict[str, str]) -> None:
    """A checkout without symbolic links would hold small text files in their place."""
    if not (root / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--stage", ".typecheck/secondhalf"],  # noqa: S607
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if not listed:
        pytest.skip("not committed yet")
    as_links = {line.rpartition("/")[2] for line in listed if line.startswith("120000 ")}

    assert set(links) == as_links
