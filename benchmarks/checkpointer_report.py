"""The table and the plot that docs/checkpointer.md shows, made from what was measured."""

from collections.abc import Mapping, Sequence
from pathlib import Path

Figures = Mapping[str, float]

COLUMNS = {
    "ms": "ms per run",
    "rps": "runs/s, 100 at once",
    "turn_10": "ms, turn 10",
    "turn_100": "turn 100",
    "turn_200": "turn 200",
    "delta_200": "turn 200, delta",
    "turn_bytes": "MB on disk",
    "get_state": "get_state, ms",
    "list": "list of 20, ms",
}
_WIDTH, _HEIGHT, _LEFT, _BAR = 640, 30, 190, 18


def write_report(
    found: Mapping[str, Figures], over: Figures, bounds: Sequence[str], folder: Path
) -> None:
    """Write `checkpointer-figures.md` and `checkpointer-figures.svg` into `folder`."""
    (folder / "checkpointer-figures.md").write_text(table(found, over, bounds))
    (folder / "checkpointer-figures.svg").write_text(plot(found))


def table(found: Mapping[str, Figures], over: Figures, bounds: Sequence[str]) -> str:
    """All figures of each saver, the ratios and what bounds them, as Markdown."""
    lines = [
        "Measured by `benchmarks/checkpointer.py` in one run; read the ratios, not the times.",
        "",
        "| saver | " + " | ".join(COLUMNS.values()) + " |",
        "|---|" + "---:|" * len(COLUMNS),
    ]
    for name, figures in found.items():
        cells = [_cell(key, figures.get(key)) for key in COLUMNS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "| ratio, ours over official | |", "|---|---:|"]
    lines += [f"| `{name}` | {value:.3g} |" for name, value in over.items()]
    lines += ["", "What bounds them, in the same run:", "", *(f"- {line}" for line in bounds)]
    return "\n".join(lines) + "\n"


def plot(found: Mapping[str, Figures]) -> str:
    """Concurrent runs per second of each saver, as bars."""
    rates = {name: figures["rps"] for name, figures in found.items() if "rps" in figures}
    longest = max(rates.values(), default=1.0)
    height = _HEIGHT * (len(rates) + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="8" y="20">Runs per second, 100 at once (more is better)</text>',
    ]
    for place, (name, rate) in enumerate(rates.items(), start=1):
        top, width = place * _HEIGHT, (_WIDTH - _LEFT - 60) * rate / longest
        colour = "#2b6cb0" if "ours" in name else "#a0aec0"
        parts += [
            f'<text x="8" y="{top + 14}">{name}</text>',
            f'<rect x="{_LEFT}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>',
            f'<text x="{_LEFT + width + 6:.1f}" y="{top + 14}">{rate:.0f}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _cell(key: str, value: float | None) -> str:
    if value is None or (key == "turn_bytes" and value == 0):
        return "–"
    return f"{value / 1e6:.1f}" if key == "turn_bytes" else f"{value:.3g}"
