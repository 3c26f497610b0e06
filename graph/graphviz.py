"""Graphviz in a process of its own: DOT text in, a picture out.

The C libraries behind it are not thread-safe, read their fonts from the environment once per
process and write warnings straight to file descriptor 2; none of that belongs into the caller's
process. Nothing here uses a network.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, cast
from xml.sax.saxutils import escape

from secondhalf.state.errors import ConfigError

_TIMEOUT = 120.0  # seconds
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">{inherited}</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def render(dot: str, form: Literal["svg", "png"]) -> bytes:
    """The picture of a DOT text, laid out by Graphviz's ``dot``.

    Raises:
        ConfigError: if the ``draw`` extra is missing or Graphviz cannot draw the text.
    """
    require(form, "pygraphviz", "fontpkg_open_sans")
    with TemporaryDirectory(prefix="secondhalf-") as folder:
        try:
            done = subprocess.run(  # noqa: S603 (our own module, no shell)
                [sys.executable, "-m", __name__, form],
                input=dot.encode("utf-8", "replace"),
                capture_output=True,
                env=os.environ | {"FONTCONFIG_FILE": _font_settings(Path(folder))},
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            message = f"Graphviz was not done after {_TIMEOUT:.0f} s: draw 'mermaid' instead"
            raise ConfigError(message) from None
    if done.returncode != 0 or not done.stdout:
        raise ConfigError(f"Graphviz could not draw the graph: {_last_line(done.stderr)}")
    return done.stdout


def require(form: str, *modules: str) -> None:
    """Check that the libraries which ``form`` needs are installed, without loading them.

    Raises:
        ConfigError: one is missing.
    """
    if any(find_spec(module) is None for module in modules):
        raise ConfigError(f'drawing {form!r} needs more libraries: pip install "secondhalf[draw]"')


def _font_settings(folder: Path) -> str:
    """A fontconfig file that adds the font of the ``draw`` extra to the system's, if any."""
    settings = folder / "fonts.conf"
    inherited = os.environ.get("FONTCONFIG_FILE", "/etc/fonts/fonts.conf")
    fonts = str(files("fontpkg_open_sans") / "files")
    text = _FONTS.format(
        inherited=escape(inherited), fonts=escape(fonts), cache=escape(str(folder))
    )
    settings.write_text(text, encoding="utf-8")
    return str(settings)


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _main() -> None:
    """Read DOT from standard input, write the picture to standard output."""
    from pygraphviz import AGraph

    graph = AGraph(string=sys.stdin.buffer.read().decode())
    draw = cast("Callable[..., bytes]", graph.draw)
    sys.stdout.buffer.write(draw(format=sys.argv[1], prog="dot"))


if __name__ == "__main__":
    _main()
