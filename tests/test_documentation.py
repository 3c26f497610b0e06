"""What README and docs show is what happens."""

import contextlib
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from secondhalf import RouteContext, RouteResult, build_router
from secondhalf.configuration import load_config
from secondhalf.state.policy import Preset
from tests.support.judging import shown_in
from tests.support.openai_server import (
    Body,
    OpenAIServer,
    Reply,
    forced_tool,
    last_user_text,
    wanted_schema,
)
from tests.support.replies import ANALYSIS

ROOT = Path(__file__).parent.parent
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
PYTHON_SHOWN = ("estimates", "extending", "feedback", "learning", "strategies")
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


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        *(f"docs/{name}.md" for name in PYTHON_SHOWN),
    ],
)
def test_the_python_that_is_shown_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece of code prints the text that follows it."""
    monkeypatch.chdir(tmp_path)
    shown = zip(blocks(ROOT / page, "python"), blocks(ROOT / page, "text"), strict=True)
    for code, promised in shown:
        printed = io.StringIO()

        with contextlib.redirect_stdout(printed):
            exec(code, {})  # noqa: S102 - our own example

        assert promised == printed.getvalue()


def test_the_configuration_in_the_docs_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every YAML block is a valid router.yaml."""
    file = tmp_path / "router.yaml"
    (text,) = blocks(ROOT / "docs" / "learning.md", "yaml")
    file.write_text(text)
    assert ("grader",) == load_config(file).policy.learning.trusted
    for text in blocks(ROOT / "docs" / "configuration.md", "yaml"):
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


LLAMA = "llama3.2:3b"
SMALL = {"agree": ("It is 42.", "42"), "differ": ("It is 41.", "42")}
"""What two small models say."""
PRESETS: dict[str, Preset] = {"agree": "balanced", "differ": "quality"}


@pytest.mark.parametrize("strategy", ["SELF_CONSISTENCY", "ANOTHER_FAMILY", "FAMILIES"])
@pytest.mark.parametrize("small", SMALL)
async def test_the_strategies_in_the_docs_route(
    strategy: str, small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they are written, but for the addresses: a strong model is asked where others differ."""
    for name in ("EXAMPLE_API_KEY", "ANOTHER_API_KEY"):
        monkeypatch.setenv(name, "a-key-of-nobody")
    first, second = SMALL[small]
    with OpenAIServer() as server:
        samples = [first, second, "43"] if small == "differ" else [first]
        server.script(LLAMA, _sampled(samples)).script("qwen2.5:3b", second)
        server.script("gpt-5", "The answer is 42.").script("claude-sonnet", _nearest_to_42)
        (text,) = blocks(ROOT / "docs" / "strategies.md", "yaml")
        file = tmp_path / "router.yaml"
        file.write_text(re.sub(r'"?https?://[^\s,"]+"?', f'"{server.url}"', text))
        router = build_router(load_config(file))
        context = RouteContext(strategy=strategy, clarify=False, preset=PRESETS[small])
        given: Any = {"messages": [("user", "How many are six times seven?")]}

        result: RouteResult = (await router.ainvoke(given, context=context))["route"]

        asked = [request.model for request in server.requests]
    assert "42" in (result.answer or "")
    if strategy != "FAMILIES":  # there the planner is free to begin with the strong one
        assert {"SELF_CONSISTENCY": 3, "ANOTHER_FAMILY": 1}[strategy] + 1 == asked.count(LLAMA)
        assert (small == "differ") == ("gpt-5" in asked)


def _sampled(texts: Sequence[str]) -> Callable[[Body], Reply]:
    """One text after the other; an analysis where that is what is asked for."""
    given = cycle(texts)

    def say(body: Body) -> Reply:
        if wanted_schema(body) is not None or forced_tool(body) is not None:
            return Reply(json=ANALYSIS | {"difficulty": "medium"})
        return Reply(text=next(given))

    return say


def _nearest_to_42(body: Body) -> Reply:
    shown = shown_in(last_user_text(body))
    preferred = "first" if "42" in shown["first"] else "second"
    return Reply(json={"preferred": preferred, "confidence": 0.9, "reason": "6 × 7 = 42"})
