"""`secondhalf graph`."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from secondhalf.cli.app import run as run_cli
from tests.cli.conftest import Run


def test_mermaid_is_the_default(run: Run) -> None:
    """Text on stdout, with the planner's choices on the edges."""
    done = run("graph")

    assert (0, "") == (done.code, done.err)
    assert "expand_tree" in done.out
    assert all(label in done.out for label in ("next", "ask", "stop"))


def test_ascii(run: Run) -> None:
    """A picture made of characters."""
    done = run("graph", "--format", "ascii")

    assert 0 == done.code
    assert "| expand_tree |" in done.out


def test_xray_looks_into_the_fan_out(run: Run) -> None:
    """The subgraph's own nodes appear."""
    plain, deep = run("graph"), run("graph", "--xray")

    assert "dispatch" not in plain.out
    assert "dispatch" in deep.out


@pytest.mark.parametrize(
    ("name", "begins"), [("g.mmd", b"---"), ("g.txt", b""), ("G.PNG", b"\x89PNG")]
)
def test_the_ending_of_the_file_says_the_format(
    run: Run, tmp_path: Path, name: str, begins: bytes
) -> None:
    """Nothing is printed; the file is what its name says."""
    done = run("graph", "-o", str(tmp_path / name))

    assert (0, "", "") == done
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_svg(run: Run, tmp_path: Path) -> None:
    """Well-formed XML with the nodes' names in it."""
    file = tmp_path / "g.svg"
    run("graph", "-o", str(file))

    assert "expand_tree" in "".join(ElementTree.parse(file).getroot().itertext())  # noqa: S314


def test_a_png_can_be_piped(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Bytes go to a pipe as they are."""
    code = run_cli(["graph", "--format", "png"])

    assert 0 == code
    assert capsysbinary.readouterr().out.startswith(b"\x89PNG\r\n")


def test_a_png_is_kept_from_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes would wreck it: the hint is to name a file."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    done = run("graph", "--format", "png")

    assert (2, "") == (done.code, done.out)
    assert "-o FILE" in done.err
