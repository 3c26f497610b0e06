"""What others hand us (a document's metadata, a call's arguments) as JSON that can be stored."""

import math
from collections.abc import Callable, Mapping
from typing import Any, cast

from secondhalf.experts.expert import storable
from secondhalf.state.base import LEAST, MOST, Json

DEEPEST = 50
"""Lists and objects that may lie within each other."""


def plain(data: Mapping[Any, Any]) -> dict[str, Json]:
    """``data`` as JSON; what is not JSON, or could not be stored, becomes its text."""
    return cast("dict[str, Json]", _json(data, _told, ()))


def checked(value: object) -> Json:
    """``value`` as JSON, in which half characters are mended and nothing else is changed.

    Raises:
        ValueError: it is not JSON or could not be stored; the error names what cannot.
    """
    return _json(value, _refused, ())


def _json(value: object, odd: Callable[[object], Json], above: tuple[int, ...]) -> Json:
    """``odd`` makes what takes the place of a value that will not do; ``above`` hold this one."""
    if isinstance(value, Mapping | list | tuple):
        if id(cast("object", value)) in above or len(above) == DEEPEST:
            return odd(cast("object", value))
        inside = (*above, id(cast("object", value)))
        if isinstance(value, Mapping):
            held = cast("Mapping[object, object]", value)
            return {text_of(key): _json(part, odd, inside) for key, part in held.items()}
        return [_json(part, odd, inside) for part in cast("list[object]", value)]
    if isinstance(value, str):
        return storable(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and LEAST <= value <= MOST:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    return odd(value)


def text_of(value: object) -> str:
    """The text of anything, even of what has none: it is somebody else's, and may do anything."""
    try:
        return storable(str(value))
    except Exception:  # noqa: BLE001 - see above
        return f"({type(value).__name__} without a text)"


def _told(value: object) -> Json:
    return "…" if isinstance(value, Mapping | list | tuple) else text_of(value)


def _refused(value: object) -> Json:
    raise ValueError(_flaw(value))


def _flaw(value: object) -> str:
    if isinstance(value, Mapping | list | tuple):
        return f"lists or objects more than {DEEPEST} deep"
    if isinstance(value, int):
        return "a whole number beyond 64 bits"
    if isinstance(value, float):
        return "a number that is not finite"
    return f"a {type(value).__name__}, which is not JSON"
