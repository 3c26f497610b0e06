"""YAML read with the line of every value, so that an error can point at it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from secondhalf.state.errors import ConfigError

Place = tuple[str | int, ...]
"""Keys and positions that lead to a value, from the top of the document."""

MAX_VALUES = 20_000
"""A document with more values (aliases counted each time) is none that a person wrote."""
MAX_DEPTH = 40


class Document(NamedTuple):
    """The plain data of a document, and the line of each value, counted from 1."""

    data: Any
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line of the value at ``place``, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_yaml(text: str, name: str) -> Document:
    """Parse one YAML document of plain data; ``name`` is what errors call it.

    Raises:
        ConfigError: broken YAML, a key given twice, or a document of absurd size, with the line.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        lines: dict[Place, int] = {}
        if root is not None:
            _walk(root, (), lines, name)
        return Document(yaml.safe_load(text), lines)
    except ConfigError:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = " ".join(str(error.problem or error.context or "not YAML").split())
        raise ConfigError(f"{where}: broken YAML: {problem}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problem = " ".join(str(error).split())
        raise ConfigError(f"{name}: broken YAML: {problem}") from error


def _walk(node: yaml.Node, place: Place, lines: dict[Place, int], name: str) -> None:
    line = node.start_mark.line + 1
    if len(lines) >= MAX_VALUES or len(place) >= MAX_DEPTH:
        raise ConfigError(
            f"{name}:{line}: too many values, or nested too deeply: {MAX_VALUES:,} values and "
            f"{MAX_DEPTH} levels are the most; what is larger can be made in Python"
        )
    lines[place] = line
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            label = str(key.value)
            where = key.start_mark
            if label in seen and key.tag != "tag:yaml.org,2002:merge":
                raise ConfigError(
                    f"{name}:{where.line + 1}:{where.column + 1}: {label!r} is given twice: "
                    "keep one of them"
                )
            seen.add(label)
            _walk(value, (*place, label), lines, name)
            lines[(*place, label)] = where.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _walk(value, (*place, number), lines, name)
