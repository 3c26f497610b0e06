"""What is installed is what lies in the folders."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def packages(modules: dict[str, Path], root: Path) -> dict[str, str]:
    """The folder of each package on disk, by import name."""
    return {
        name if path.name == "__init__.py" else name.rpartition(".")[0]: str(
            path.parent.relative_to(root)
        )
        for name, path in modules.items()
    }


@pytest.fixture(scope="module")
def wheel(
    root: Path, folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> zipfile.ZipFile:
    """The wheel, built by way of the sdist, from a copy: in a checkout setuptools would also pack
    what an older build left behind."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, source)
    for folder in folders.values():
        shutil.copytree(folder, source / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", "."],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next((source / "dist").glob("*.whl")))


def test_every_folder_with_code_is_a_listed_package(
    pyproject: dict[str, Any], packages: dict[str, str]
) -> None:
    """A nested package that is not listed works when installed editable, and is lost in a wheel."""
    listed = pyproject["tool"]["setuptools"]["packages"]

    assert sorted(packages) == sorted(listed)


def test_every_package_has_an_init(packages: dict[str, str], root: Path) -> None:
    """There are no namespace packages: setuptools would leave them out."""
    without = [
        folder for folder in packages.values() if not (root / folder / "__init__.py").exists()
    ]

    assert [] == without


def test_every_top_level_folder_is_mapped_under_the_one_import_name(
    pyproject: dict[str, Any], folders: dict[str, Path]
) -> None:
    """`graph/` is `secondhalf.graph`, and so on; nested packages follow their folder."""
    expected = {name if name == "secondhalf" else f"secondhalf.{name}": name for name in folders}

    assert expected == pyproject["tool"]["setuptools"]["package-dir"]


def test_coverage_measures_every_folder(
    pyproject: dict[str, Any], folders: dict[str, Path]
) -> None:
    """A folder that is not a source would count as covered in full."""
    assert sorted(folders) == sorted(pyproject["tool"]["coverage"]["run"]["source"])


def test_no_folder_can_be_imported_by_its_bare_name(
    pyproject: dict[str, Any], folders: dict[str, Path]
) -> None:
    """From a checkout's root `import graph` would work, and make every class a second time."""
    banned = pyproject["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]

    assert sorted(set(folders) - {"secondhalf"}) == sorted(banned)


def test_the_wheel_holds_every_file_of_every_package(
    wheel: zipfile.ZipFile, folders: dict[str, Path], root: Path
) -> None:
    """Modules, the typing marker and any data that code reads at run time."""
    on_disk = {
        str(
            path.relative_to(root)
            if name == "secondhalf"
            else "secondhalf" / path.relative_to(root)
        )
        for name, folder in folders.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    in_wheel = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert on_disk == in_wheel
    assert "secondhalf/py.typed" in in_wheel


def test_the_wheel_adds_only_its_own_name_to_the_namespace(
    wheel: zipfile.ZipFile, pyproject: dict[str, Any]
) -> None:
    """A user's own `graph` or `state` is never shadowed."""
    top = {name.partition("/")[0] for name in wheel.namelist()}

    assert {"secondhalf", f"secondhalf-{pyproject['project']['version']}.dist-info"} == top


def test_the_wheel_carries_its_licence(wheel: zipfile.ZipFile, root: Path) -> None:
    """The whole text, and its name in the metadata."""
    text = next(name for name in wheel.namelist() if name.endswith("/licenses/LICENSE"))
    metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))

    assert (root / "LICENSE").read_bytes() == wheel.read(text)
    assert "License-Expression: Apache-2.0" in wheel.read(metadata).decode()


def test_everything_imports_from_the_wheel_alone(
    wheel: zipfile.ZipFile, packages: dict[str, str], tmp_path: Path
) -> None:
    """Each package, and the function behind the console script, away from the checkout."""
    wheel.extractall(tmp_path)
    code = (
        "import importlib, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "for name in sys.argv[2:]:\n"
        "    assert importlib.import_module(name).__file__.startswith(sys.argv[1]), name\n"
        "from secondhalf.cli import main\n"
        "assert callable(main)\n"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(tmp_path), *packages],
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
