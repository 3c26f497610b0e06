"""The examples run as they stand, and print what they promise."""

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(name: str, *arguments: str) -> str:
    """What the example prints; fails if it does."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_parent_agent_embeds_the_router() -> None:
    """One request is answered at once, one after a question that passes through the parent."""
    printed = run("embed_in_agent.py").splitlines()

    assert printed[0].startswith("20 °C")
    assert printed[1].startswith("the router asks: ")
    assert printed[2].startswith("397.8")


def test_a_killed_route_is_resumed_without_repeating_what_was_durable() -> None:
    """The drafts made before the kill are not made again; the call in flight is."""
    killed, every, outcome = run("kill_and_resume.py").splitlines()

    before, after = (line.partition(": ")[2] for line in (killed, every))
    assert after.count("slm") == before.count("slm") > 0
    assert (1, 2) == (before.count("mid"), after.count("mid"))
    assert outcome.startswith("success: ")


def test_the_graph_is_drawn(tmp_path: Path) -> None:
    """A PNG of some size comes out, with no network."""
    picture = tmp_path / "graph.png"

    printed = run("draw_graph.py", str(picture))

    assert "bytes" in printed
    assert picture.read_bytes().startswith(b"\x89PNG")
