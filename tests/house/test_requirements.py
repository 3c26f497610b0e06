"""The locks are whole, agree with pyproject.toml and name no place to download from."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.imports import imports

# Libraries that others load when asked, so no file of ours imports them.
LOADED_BY_OTHERS: set[str] = set()
# Libraries whose names stand in annotations only, and that come with the one they are named for.
COME_ALONG = {"httpx2"}  # openai's clients


class Pin(NamedTuple):
    """One requirement of a lock."""

    name: str
    version: str
    marker: str
    hashes: int


def pins(path: Path) -> list[Pin]:
    """All requirements of a lock, each with the number of its hashes."""
    lines = re.sub(r"\\\n", " ", path.read_text()).splitlines()
    found: list[Pin] = []
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        text, *hashes = re.split(r"\s+--hash=sha256:(?=[0-9a-f]{64})", line.rstrip())
        match = re.fullmatch(r"([\w.-]+)==([\w.+!]+)(?: ; (.+))?", text)
        assert match, f"not a pin: {line!r}"
        found.append(Pin(match[1], match[2], match[3] or "", len(hashes)))
    return found


def here(found: list[Pin]) -> dict[str, str]:
    """The version of each pin that applies on this machine."""
    return {
        pin.name: pin.version for pin in found if not pin.marker or Marker(pin.marker).evaluate()
    }


@pytest.fixture(params=["run.txt", "dev.txt"])
def lock(request: pytest.FixtureRequest, root: Path) -> Path:
    """Each lock in turn."""
    path: Path = root / "requirements" / request.param
    return path


def declared(pyproject: dict[str, Any], *groups: str) -> list[Requirement]:
    """The dependencies, the `draw` extra that `make route` installs, and these groups."""
    project = pyproject["project"]
    texts = [*project["dependencies"], *project["optional-dependencies"]["draw"]]
    for group in groups:
        texts += [text for text in pyproject["dependency-groups"][group] if isinstance(text, str)]
    return [Requirement(text) for text in texts]


def test_no_lock_names_an_address(lock: Path) -> None:
    """Where packages come from is the installer's business."""
    text = lock.read_text()

    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--(?!hash=))", text, re.MULTILINE)
    assert not re.search(r"^[\w.-]+\s*@", text, re.MULTILINE)


def test_every_pin_is_hashed(lock: Path) -> None:
    """One pin without a hash and `--require-hashes` refuses the whole file."""
    assert [] == [pin for pin in pins(lock) if not pin.hashes]


def test_the_development_lock_holds_every_pin_of_the_other(root: Path) -> None:
    """So `make route` and `make test` share one environment, in either order."""
    run, dev = (
        {(pin.name, pin.version) for pin in pins(root / "requirements" / name)}
        for name in ("run.txt", "dev.txt")
    )

    assert set() == run - dev


@pytest.mark.parametrize(
    ("name", "groups"),
    [("run.txt", ["build"]), ("dev.txt", ["build", "test", "types", "dev"])],
)
def test_a_lock_meets_what_is_declared(
    name: str, groups: list[str], root: Path, pyproject: dict[str, Any]
) -> None:
    """A bound that was changed without `make lock` shows here."""
    locked = here(pins(root / "requirements" / name))
    unmet = [
        str(needed)
        for needed in declared(pyproject, *groups)
        if not needed.specifier.contains(locked.get(canonicalize_name(needed.name), "0"))
    ]

    assert [] == unmet


def test_what_the_code_imports_is_what_is_declared(
    modules: dict[str, Path], root: Path, pyproject: dict[str, Any]
) -> None:
    """A library that only comes along with another one may leave with it; an unused one may go."""
    distributions = packages_distributions()
    project = pyproject["project"]
    required = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    optional = {
        canonicalize_name(Requirement(text).name)
        for texts in project["optional-dependencies"].values()
        for text in texts
    }
    providers = {
        found.top: {canonicalize_name(name) for name in distributions.get(found.top, [found.top])}
        for path in modules.values()
        for found in imports(path, root)
        if found.top not in sys.stdlib_module_names
    }
    del providers["secondhalf"]

    undeclared = {
        top for top, names in providers.items() if not names & (required | optional)
    } - COME_ALONG
    unused = required - set[str]().union(*providers.values()) - LOADED_BY_OTHERS

    assert set() == undeclared
    assert set() == unused
