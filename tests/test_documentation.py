"""What README and docs show is what happens."""

import contextlib
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from secondhalf.configuration import load_config

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
_VARIES = re.compile(r"\b[0-9a-f]{8,32}\b|\b\d+\.\d\d s\b")
"""Route ids and times."""


def blocks(page: Path, language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(page.read_text()) if kind == language]


def session() -> Iterator[tuple[str, str]]:
    """Commands of the README's session with what they are said to print."""
    text = blocks(ROOT / "README.md", "console")[1]
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed.strip()


def settled(text: str) -> list[str]:
    """The lines, with what differs from run to run blotted out."""
    return [_VARIES.sub("~", line).rstrip() for line in text.strip().splitlines()]


def test_the_session_in_the_readme_is_real() -> None:
    """Each command prints what the README says, up to ids and times."""
    ids: dict[str, str] = {}
    for command, promised in session():
        words = [ids.get(word, word) for word in shlex.split(command)]
        assert words[0] == "secondhalf"
        done = subprocess.run(
            [sys.executable, "-m", *words], capture_output=True, text=True, check=False, timeout=60
        )

        assert settled(promised) == settled(done.stdout)
        shown, real = (re.findall(r"trace ([0-9a-f]{8})", t) for t in (promised, done.stdout))
        ids |= dict(zip(shown, real, strict=True))


@pytest.mark.parametrize("page", ["README.md", "docs/estimates.md", "docs/feedback.md"])
def test_the_python_that_is_shown_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code prints the text that follows it."""
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        exec(blocks(ROOT / page, "python")[0], {})  # noqa: S102 - our own example

    assert blocks(ROOT / page, "text")[0] == printed.getvalue()


def test_the_configuration_in_the_docs_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every YAML block is a valid router.yaml."""
    for number, text in enumerate(blocks(ROOT / "docs" / "configuration.md", "yaml")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text)

        config = load_config(file)

        assert [m.tier for m in config.models] == ["slm", "mid", "llm"]
        assert config.strategies[0].name == "CHEAP_THEN_STRONG"


def test_the_settings_in_the_docs_load(tmp_path: Path) -> None:
    """Parts of a router.yaml that are shown by themselves."""
    shown = blocks(ROOT / "docs" / "feedback.md", "yaml")
    for number, text in enumerate(shown):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text)
        load_config(file)

    assert 2 == len(shown)


def test_the_test_in_the_guide_passes() -> None:
    """What contributors are shown as a test is one."""
    names: dict[str, Any] = {}

    exec(blocks(ROOT / "CONTRIBUTING.md", "python")[0], names)  # noqa: S102 - our own example
    tests = [work for name, work in names.items() if name.startswith("test_")]

    assert len(tests) == 1
    assert tests[0]() is None


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Relative links of a page exist."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())

    assert [] == [link for link in links if not (page.parent / link).exists()]
