"""The repository seen as files."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_SHIPPED = {
    "tests",
    "docs",
    "examples",
    "benchmarks",
    "scripts",
    "requirements",
    "build",
    "dist",
}


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def pyproject() -> dict[str, Any]:
    """pyproject.toml, read."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.fixture(scope="session")
def folders() -> dict[str, Path]:
    """The top-level folders that hold shipped code, by name."""
    return {
        path.name: path
        for path in sorted(ROOT.iterdir())
        if path.is_dir()
        and not path.name.startswith(".")
        and not path.name.endswith(".egg-info")
        and path.name not in NOT_SHIPPED
        and next(path.rglob("*.py"), None)
    }


@pytest.fixture(scope="session")
def modules(folders: dict[str, Path]) -> dict[str, Path]:
    """Every shipped module's file, by the name under which it is imported."""
    found: dict[str, Path] = {}
    for folder in folders.values():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[0] != "secondhalf":
                parts = ("secondhalf", *parts)
            found[".".join(parts).removesuffix(".__init__")] = path
    return found
