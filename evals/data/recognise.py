"""Which adapter reads a table: its columns tell."""

from collections.abc import Callable
from typing import NamedTuple

from secondhalf.evals.data.adapter import Adapter
from secondhalf.evals.data.mmlupro import is_mmlupro, mmlupro_rows
from secondhalf.evals.data.native import is_native, missing, native_rows
from secondhalf.evals.data.routerbench import is_routerbench, routerbench_rows
from secondhalf.evals.data.tables import Table
from secondhalf.evals.data.wide import is_wide, wide_rows
from secondhalf.evals.data.wording import quoted
from secondhalf.evals.errors import DataSetError


class Shape(NamedTuple):
    """A shape of tables, by its columns, and what reads it."""

    fits: Callable[[frozenset[str]], bool]
    adapter: Adapter


SHAPES = (
    Shape(is_native, native_rows),
    Shape(is_routerbench, routerbench_rows),
    Shape(is_mmlupro, mmlupro_rows),
    Shape(is_wide, wide_rows),
)
"""The first that fits reads the table."""


def adapter_of(table: Table) -> Adapter:
    """What reads ``table``.

    Raises:
        DataSetError: it has no shape that is known; says which columns a row lacks.
    """
    columns = frozenset(table.columns)
    found = next((shape.adapter for shape in SHAPES if shape.fits(columns)), None)
    if found is not None:
        return found
    raise DataSetError(
        f"{str(table.path)!r} holds no recorded answers: it lacks {', '.join(missing(columns))} "
        f"(its columns are {quoted(table.columns)})"
    )
