"""Files of recorded answers, as tests write them."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

Records = Sequence[Mapping[str, Any]]


def row(number: int = 1, model: str = "small", **fields: Any) -> dict[str, Any]:
    """A row of the format with all that it needs; ``fields`` override."""
    base = {
        "prompt_id": f"p{number}",
        "dataset": "sums",
        "prompt": f"What is {number} + {number}?",
        "model": model,
        "answer": str(2 * number),
        "score": 1.0,
        "prompt_tokens": 10,
        "completion_tokens": 20,
    }
    return base | fields


def rows(
    prompts: Iterable[int] = range(1, 31), models: Iterable[str] = ("small", "large"), **fields: Any
) -> list[dict[str, Any]]:
    """A row of each model for each prompt."""
    names = tuple(models)
    return [row(number, model, **fields) for number in prompts for model in names]


def jsonl(records: Records) -> bytes:
    return "".join(f"{json.dumps(record)}\n" for record in records).encode()


def csv_text(records: Records) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def parquet(records: Records) -> bytes:
    arrow: Any = import_module("pyarrow")
    made = io.BytesIO()
    import_module("pyarrow.parquet").write_table(arrow.Table.from_pylist(list(records)), made)
    return made.getvalue()


def write(folder: Path, name: str, data: bytes | Records) -> Path:
    """A file of bytes, or of records as JSON lines; packed if its name says so."""
    made = data if isinstance(data, bytes) else jsonl(data)
    path = folder / name
    path.write_bytes(gzip.compress(made) if name.endswith(".gz") else made)
    return path
