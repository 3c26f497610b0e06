"""The local experts, which need no model: they compute, and check what they computed."""

from collections.abc import Callable, Sequence
from datetime import date

from secondhalf.experts.local.choose import solve_exact
from secondhalf.experts.local.embedded import extract
from secondhalf.experts.local.parts import decompose
from secondhalf.experts.local.solution import Solution, Solver

__all__ = ["Solution", "Solver", "decompose", "exact_solvers", "extract", "solve_exact"]


def exact_solvers(
    tables: Sequence[str] = (), *, clock: Callable[[], date] = date.today
) -> tuple[Solver, ...]:
    """Every solver, the most specific first; ``tables`` are paths of CSV and SQLite files.

    Libraries behind them are loaded when a request first needs them.

    Raises:
        ConfigError: a table file cannot be read.
    """
    from secondhalf.experts.local.algebra import Algebra
    from secondhalf.experts.local.arithmetic import Arithmetic
    from secondhalf.experts.local.code import Code
    from secondhalf.experts.local.comparison import Comparison
    from secondhalf.experts.local.dates import Dates
    from secondhalf.experts.local.units import Units

    solvers: tuple[Solver, ...] = (
        Code(),
        Dates(clock),
        Units(),
        Arithmetic(),
        Comparison(),
        Algebra(),
    )
    if not tables:
        return solvers
    from secondhalf.experts.local.tables import Tables

    return (*solvers, Tables(tables))
