"""Names and figures as people read them, in a terminal and on a page."""

import math
from collections.abc import Iterable
from itertools import count

from secondhalf.state.plaintext import one_line

UNKNOWN = "–"
"""Stands for a figure that does not apply or is not known."""


def shorten(name: str, longest: int) -> str:
    """``name`` on one line; its middle gives way, for names of models differ at both ends.

    An organisation before the last ``/`` of a long name goes first.
    """
    line = one_line(name)
    if len(line) <= longest:
        return line
    tail = line.rpartition("/")[2]
    if "/" in line and longest // 2 <= len(tail) <= longest:
        return tail
    after = (longest - 1) // 2
    return f"{line[: longest - 1 - after]}…{line[len(line) - after :]}"


def shortened(names: Iterable[str], longest: int) -> dict[str, str]:
    """Every name with its short form; no two are equal, a number tells them apart."""
    forms: dict[str, str] = {}
    for name in dict.fromkeys(names):
        form, taken = shorten(name, longest), set(forms.values())
        marks = (f"…{number}" for number in count(2))
        others = (form[: longest - len(mark)] + mark for mark in marks)
        forms[name] = form if form not in taken else next(o for o in others if o not in taken)
    return forms


def fraction(value: float | None, digits: int = 3) -> str:
    """A fraction without its leading zero: ``.942``, ``1.000``, ``−.021``."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    text = f"{abs(value):.{digits}f}"
    text = text[1:] if text.startswith("0.") else text
    return f"−{text}" if value < 0 and float(text) else text


def signed(value: float | None, digits: int = 3) -> str:
    """A difference, with its sign: ``+.021``, ``−.004``."""
    text = fraction(value, digits)
    return text if text.startswith(("−", UNKNOWN)) else f"+{text}"


def interval(low: float | None, high: float | None) -> str:
    """``[.929, .954]``; empty if it is not known."""
    return "" if low is None or high is None else f"[{fraction(low)}, {fraction(high)}]"


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """``.942 [.929, .954]``, or the value alone."""
    return f"{fraction(value)} {interval(low, high)}".rstrip()


def share(value: float | None) -> str:
    """A fraction as a percentage: ``24 %``, with a digit more near none and all."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    percent = 100 * abs(value)
    near_an_end = 0 < percent < 0.95 or 99.05 < percent < 100
    text = f"{percent:.{1 if near_an_end else 0}f}"
    return f"−{text} %" if value < 0 and float(text) else f"{text} %"


def usd(value: float | None) -> str:
    """US dollars in three digits: ``$0.0812``, ``$1.23``, ``$1,230``."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"${amount(value)}" if value >= 0 else f"−${amount(-value)}"


def amount(value: float | None) -> str:
    """A number in three digits, never in powers of ten unless it is minute."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(float(f"{value:.3g}"))))
    if size < -6:
        return f"{value:.2g}"
    return f"{value:,.{max(0, 2 - size)}f}"


def round_number(value: float) -> str:
    """A round value beside an axis: ``0.05``, ``2``, ``1,500``."""
    return f"{value:,.9f}".rstrip("0").rstrip(".").replace("-", "−")


def round_fraction(value: float) -> str:
    """A round fraction beside an axis: ``.90``, ``.005``, ``1.00``."""
    text = fraction(value, 9).rstrip("0")
    return text + "0" * (2 - len(text.partition(".")[2]))


def round_usd(value: float) -> str:
    """The same in US dollars."""
    return f"${round_number(value)}"


def several(number: float, noun: str, nouns: str = "") -> str:
    """``1 prompt``, ``1,319 prompts``; ``nouns`` where an s is not enough."""
    return f"{number:,.0f} {noun if number == 1 else nouns or noun + 's'}"
