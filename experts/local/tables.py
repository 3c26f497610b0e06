"""Tables: questions about CSV and SQLite files, answered with read-only SQL from a grammar."""

import math
import sqlite3
from collections.abc import Sequence
from fractions import Fraction

from secondhalf.experts.local.figures import rounded
from secondhalf.experts.local.phrasing import plain
from secondhalf.experts.local.solution import Solution, check, trusted
from secondhalf.experts.local.table_files import MAX_ROWS, Cell, Rows, Table, TableFile
from secondhalf.experts.local.table_questions import Query, query
from secondhalf.state.expert import Evidence

MAX_SHOWN = 50
"""Rows an answer lists."""
DIGITS = 12
"""Significant digits of a fraction that an answer shows."""
MAX_CELL = 200
"""Characters of a cell that an answer shows."""


class Tables:
    """``What is the average price by city?`` about the files it was made with."""

    name = "tables"

    def __init__(self, paths: Sequence[str]) -> None:
        """Open ``paths``.

        Raises:
            ConfigError: a file is missing, or neither CSV nor SQLite.
        """
        self._files = [TableFile(path) for path in paths]

    def solve(self, prompt: str) -> Solution | None:
        """The value or values, the SQL and the file; None for anything else."""
        text = plain(prompt)
        if text is None or len(text) > 300:
            return None
        found = query(text, [table for file in self._files for table in file.tables])
        if found is None:
            return None
        table, asked = found
        file = next(f for f in self._files if any(t is table for t in f.tables))
        try:
            rows = file.query(asked.sql, asked.values)
            again = file.query(asked.again, asked.values if "?" in asked.again else ())
        except (OverflowError, sqlite3.Error):
            return None
        return _solution(table, asked, rows, again)


def _solution(table: Table, asked: Query, rows: Rows, again: Rows) -> Solution | None:
    answer = _answer(asked, rows)
    if answer is None:
        return None
    sql = f"{asked.sql} with {list(asked.values)!r}" if asked.values else asked.sql
    evidence = (
        Evidence(kind="tool", source=table.file, text=sql),
        check("tables", f"another query agrees: {asked.again}", _agrees(asked, rows, again)),
    )
    return Solution(
        solver=Tables.name,
        answer=answer,
        explanation=f"{table.file}: {sql}",
        confidence=trusted(0.9, evidence),
        evidence=evidence,
    )


def _answer(asked: Query, rows: Rows) -> str | None:
    if asked.shape == "columns":
        return ", ".join(rows.names)
    if not rows.rows or (asked.shape == "one" and rows.rows[0][0] is None):
        return "no matching rows"
    if asked.shape == "one":
        return _cell(rows.rows[0][0])
    lines = [": ".join(map(_cell, row)) for row in rows.rows[:MAX_SHOWN]]
    more = len(rows.rows) - MAX_SHOWN
    if more > 0:
        lines.append(f"… and {more}{' or more' if len(rows.rows) == MAX_ROWS else ''} others")
    return ("\n" if asked.shape == "pairs" else ", ").join(lines)


def _cell(value: Cell) -> str:
    """A cell on one line: whatever it says, it is only shown."""
    if value is None:
        return "none"
    if isinstance(value, float):
        return rounded(Fraction(value), DIGITS) if math.isfinite(value) else str(value)
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= MAX_CELL else text[:MAX_CELL] + "…"


def _agrees(asked: Query, rows: Rows, again: Rows) -> bool:
    if asked.shape == "columns":
        return rows.names == again.names
    if asked.shape != "one":
        expected = again.rows[0][0] if again.rows else 0
        return isinstance(expected, int) and len(rows.rows) == min(expected, MAX_ROWS)
    first = rows.rows[0][0] if rows.rows else None
    second = again.rows[0][0] if again.rows else None
    if isinstance(first, int | float) and isinstance(second, int | float):
        return math.isclose(first, second, rel_tol=1e-9, abs_tol=1e-9)
    return first == second or (first == 0 and second is None)
