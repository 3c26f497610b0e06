"""Elements of HTML and SVG. Text becomes markup here and nowhere else, and is escaped."""

import re
from html import escape

from secondhalf.state.plaintext import clean

_VOID = frozenset({"br", "col", "meta"})
# XML's empty-element form, which HTML allows in SVG.
_EMPTY = frozenset({"circle", "line", "path", "rect"})
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")


class Markup(str):
    """Text that is markup already, made by ``element`` or ``join``."""

    __slots__ = ()


Child = str | Markup
Attribute = str | float | None


def element(tag: str, *children: Child, **attributes: Attribute) -> Markup:
    """An element; children and attribute values that are not ``Markup`` are escaped.

    Attributes that are None are left out. In their names a trailing ``_`` falls away, other
    ``_`` become ``-``. Names of elements and attributes are ours, never data.

    Raises:
        ValueError: a name that is no name.
    """
    if not _NAME.fullmatch(tag):
        raise ValueError(f"{tag!r} is no name of an element")
    written = "".join(
        _attribute(name, value) for name, value in attributes.items() if value is not None
    )
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    inside = join(*children)
    if tag in _EMPTY and not inside:
        return Markup(f"<{tag}{written}/>")
    return Markup(f"<{tag}{written}>{inside}</{tag}>")


def join(*parts: Child) -> Markup:
    """The parts one after the other, escaped where they are not ``Markup``."""
    return Markup("".join(p if isinstance(p, Markup) else _escaped(p) for p in parts))


def number(value: float) -> str:
    """A coordinate: a tenth is finer than a screen."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _attribute(name: str, value: str | float) -> str:
    key = name.removesuffix("_").replace("_", "-")
    if not _NAME.fullmatch(key):
        raise ValueError(f"{name!r} is no name of an attribute")
    return f' {key}="{_escaped(value if isinstance(value, str) else number(value))}"'


def _escaped(text: str) -> str:
    return escape(clean(text), quote=True)
