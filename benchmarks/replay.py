"""How fast recorded prompts are replayed through the real graph.

    python benchmarks/replay.py [--quick] [--json FILE]

Routes prompts of a made-up data set with persistence on (checkpointer and memory in SQLite files)
and without, in one process. Prints seconds for 1,000 prompts, and the ratio of the two.
"""

import argparse
import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from secondhalf.evals.data.dataset import Answer, DataSet, ListPrice
from secondhalf.evals.play import Player
from secondhalf.evals.replay.clock import run_virtually

TARGET = 60.0
"""Seconds for 1,000 prompts with persistence on."""
MODELS = 14


def data_set(prompts: int) -> DataSet:
    """Word problems and ``MODELS`` models; the dearer they are, the righter."""

    def answer(place: int, model: int) -> Answer:
        right = (place * 7919 + model) % 100 < 50 + 3 * model
        text = f"First add, then halve. The answer is {place if right else place + model + 1}."
        return Answer(text, 150, 120, 0.0001 * (model + 1), 1.5, float(right))

    frame = "Think about it step by step, then give the answer as a number. " * 5
    return DataSet(
        file="made up",
        name="made up",
        prompts=tuple(
            f"{frame}\nAnn has {place} apples, buys {2 * place + 3}, and halves them. How many?"
            for place in range(prompts)
        ),
        ids=tuple(map(str, range(prompts))),
        models=tuple(f"model-{number:02d}" for number in range(MODELS)),
        answers=tuple(
            tuple((answer(place, model),) for model in range(MODELS)) for place in range(prompts)
        ),
        prices=tuple(
            ListPrice(0.05 * 1.5**number, 0.2 * 1.5**number, "list") for number in range(MODELS)
        ),
    )


async def replay(data: DataSet, folder: Path | None) -> float:
    """Seconds that 1,000 prompts take."""
    with Player(data, "balanced", folder=folder) as player:
        await player.learn(await player.play(0))  # imports, tables, caches
        began = time.perf_counter()
        for place in range(1, len(data)):
            await player.learn(await player.play(place))
        return (time.perf_counter() - began) / (len(data) - 1) * 1000


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about half a minute")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    given = parser.parse_args()
    data = data_set(200 if given.quick else 1001)
    with TemporaryDirectory() as folder:
        persistent = run_virtually(replay(data, Path(folder)))
    plain = run_virtually(replay(data, None))
    figures = {
        "replay_s_per_1000": persistent,
        "replay_s_per_1000_without_persistence": plain,
        "persistence_over_none": persistent / plain,
    }
    for name, value in figures.items():
        print(f"{name:<40}{value:>8.2f}")
    targets = {
        "replay_s_per_1000": {
            "at_most": TARGET,
            "value": persistent,
            "met": persistent <= TARGET,
        }
    }
    if given.json:
        given.json.write_text(json.dumps({"figures": figures, "targets": targets}, indent=1))


if __name__ == "__main__":
    main()
