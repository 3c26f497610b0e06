"""Draws the router's graph as a picture: ``python examples/draw_graph.py graph.png``."""

import sys
from pathlib import Path

from secondhalf import build_router
from secondhalf.graph.drawing import draw
from secondhalf.graph.router import EDGE_LABELS


def main(target: str = "graph.png") -> None:
    """Writes the picture in the format that the file's name ends with."""
    path = Path(target)
    suffix = path.suffix.removeprefix(".")
    picture = draw(build_router(), suffix, xray=True, labels=EDGE_LABELS)  # type: ignore[arg-type]
    path.write_bytes(picture if isinstance(picture, bytes) else picture.encode())
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
