"""What the answers of a model cost: by given prices, as recorded, or by the public price list."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from secondhalf.evals.data.dataset import Answer, ListPrice
from secondhalf.evals.data.wording import counted, shown
from secondhalf.evals.errors import DataSetError

RECORDED = "recorded"
_EXPLAINED = 0.02
"""Share of all recorded cost that two prices may leave unexplained: costs are often rounded."""
LISTED = "genai-prices"
_DEAREST = 1e9  # US dollars per million tokens; more is a mistake
_SAMPLE = 1000  # tokens; few enough that no price for long prompts applies
# Some listed prices depend on the time of day, others begin on a date: the same run costs the same
# whenever it is made.
_WHEN = datetime(2100, 1, 1, 12, tzinfo=UTC)
_VERSION = re.compile(r"-v\d+(\.\d+)*$")
_SIMPLER: tuple[Callable[[str], str], ...] = (
    lambda name: name.partition("@")[0],
    lambda name: name.rpartition(":")[2],
    lambda name: name.rpartition("/")[2],
    lambda name: name.replace("_", "."),
    lambda name: _VERSION.sub("", name),
)
"""Without the host, the source, the organisation; with dots; without the version."""


class Cost(NamedTuple):
    """The price of one model, None if none is known, and what should be said of it."""

    price: ListPrice | None
    note: str = ""


def read_prices(path: Path) -> dict[str, ListPrice]:
    """Prices from a JSON file ``{"model": [input, output]}``, US dollars per million tokens.

    Raises:
        DataSetError: the file cannot be read, or does not hold that.
    """
    try:
        found = json.loads(path.read_text("utf-8-sig"), object_pairs_hook=_pairs)
    except OSError as error:
        reason = error.strerror or error
        raise DataSetError(f"prices {str(path)!r} cannot be read: {reason}") from None
    except json.JSONDecodeError as error:
        at = f"line {error.lineno} column {error.colno}"
        raise DataSetError(f"prices {str(path)!r} {at}: not JSON ({error.msg.lower()})") from None
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise DataSetError(f"prices {str(path)!r} cannot be used: {reason}") from None
    if not isinstance(found, dict):
        form = '{"model": [input, output]}, in US dollars per million tokens'
        raise DataSetError(f"prices {str(path)!r} are not of the form {form}")
    entries = cast("dict[str, object]", found)
    return {model: _given(model, value, path) for model, value in entries.items()}


def listed_price(model: str) -> ListPrice | None:
    """The public list price of a model, by its name or a simpler form of it."""
    from genai_prices import Usage

    for name in simpler_names(model):
        sent = _listed(name, Usage(input_tokens=_SAMPLE, output_tokens=0))
        received = _listed(name, Usage(input_tokens=0, output_tokens=_SAMPLE))
        if sent is not None and received is not None:
            scale = 1e6 / _SAMPLE
            return ListPrice(sent * scale, received * scale, LISTED)
    return None


def simpler_names(model: str) -> list[str]:
    """Forms of a name, the name itself first: without host, source, organisation, version."""
    names = [model]
    for simplify in _SIMPLER:
        names += [simplify(name) for name in names]
    return [name for name in dict.fromkeys(names) if name]


def cost_of(model: str, answers: Sequence[Answer], given: Mapping[str, ListPrice]) -> Cost:
    """The price of a model: the given one, else what was recorded of all its answers, else the
    public list's.

    Args:
        model: its name.
        answers: all of its answers; ``cost_usd`` is what was recorded.
        given: prices from a file.
    """
    if model in given:
        return Cost(given[model])
    recorded = [a.cost_usd for a in answers if a.cost_usd is not None]
    if answers and len(recorded) == len(answers):
        return Cost(ListPrice(*_effective(answers, recorded), RECORDED))
    part = f"{len(recorded):,} of {counted(len(answers), 'row')}"
    note = f"recorded cost of {model!r}: it stands on {part} only" if recorded else ""
    return Cost(listed_price(model), note)


def charged(answers: Iterable[Answer], price: ListPrice | None) -> tuple[Answer, ...]:
    """The answers, each with its cost at ``price``; None without one."""
    if price is not None and price.source == RECORDED:
        return tuple(answers)
    return tuple(_at_price(answer, price) for answer in answers)


def _effective(answers: Sequence[Answer], recorded: Sequence[float]) -> tuple[float, float]:
    """The prices that recorded costs were made with; one blended price where none explain them."""
    tokens = np.array([(a.input_tokens, a.output_tokens) for a in answers], float)
    costs = np.array(recorded)
    fitted = np.linalg.lstsq(tokens, costs, rcond=None)[0]
    if (fitted >= 0).all() and np.abs(tokens @ fitted - costs).sum() <= _EXPLAINED * costs.sum():
        return float(fitted[0]) * 1e6, float(fitted[1]) * 1e6
    blended = float(costs.sum() / max(1.0, tokens.sum())) * 1e6
    return blended, blended


def _at_price(answer: Answer, price: ListPrice | None) -> Answer:
    if price is None:
        return answer if answer.cost_usd is None else answer._replace(cost_usd=None)
    usd = (answer.input_tokens * price.input + answer.output_tokens * price.output) / 1e6
    return answer._replace(cost_usd=usd)


def _listed(name: str, usage: Any) -> float | None:
    from genai_prices import calc_price

    try:
        price = calc_price(usage, name, genai_request_timestamp=_WHEN).total_price
    except (LookupError, ValueError):
        return None
    return float(price)


def _given(model: str, value: object, path: Path) -> ListPrice:
    pair = _amounts(value)
    if len(pair) != 2:
        raise DataSetError(
            f"prices {str(path)!r}: {model!r} has {shown(value)}: give [input, output], "
            "two numbers of US dollars per million tokens"
        )
    return ListPrice(pair[0], pair[1], path.name)


def _amounts(value: object) -> list[float]:
    """The amounts of money in a list; none if one of them is none."""
    given = cast("list[object]", value if isinstance(value, list) else [])
    found = [
        float(one)
        for one in given
        if isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one < _DEAREST
    ]
    return found if len(found) == len(given) else []


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands there twice")
    return found
