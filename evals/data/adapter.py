"""What an adapter is: it makes rows of a table that has a shape of its own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from secondhalf.evals.data.rows import Row
from secondhalf.evals.data.tables import Table
from secondhalf.evals.data.wording import counted, quoted, unknown
from secondhalf.evals.errors import DataSetError

ALL = "all"
"""Asks for every data set of a file, as one."""


@dataclass
class Choice:
    """Which data set of a file is read; ``names`` holds all that were met, in order."""

    wanted: str | None = None
    """A name, ``all``, or None where the file should hold but one."""
    names: dict[str, None] = field(default_factory=dict[str, None])

    def takes(self, name: str) -> bool:
        """Whether rows of the data set ``name`` are to be read; it has been met from now on."""
        self.names[name] = None
        if self.wanted is None:
            return len(self.names) == 1
        return self.wanted in (name, ALL)

    def check(self, file: str) -> None:
        """After the last row: was there one data set to take?

        Raises:
            DataSetError: there are several and none was chosen, or none of the name chosen.
        """
        if self.wanted is None and len(self.names) > 1:
            listed = f"{counted(len(self.names), 'data set')}, {quoted(self.names)}"
            raise DataSetError(f"{file!r} holds {listed}: choose one with --dataset, or {ALL!r}")
        if self.wanted not in (None, ALL) and self.wanted not in self.names:
            raise DataSetError(f"{file!r}: {unknown('data set', self.wanted or '', self.names)}")

    def rest(self) -> list[str]:
        """The data sets that were met and not read."""
        return [name for name in self.names if self.wanted not in (None, name, ALL)]


class Placed(NamedTuple):
    """A row with the number of the line that it stands on."""

    line: int
    row: Row


@dataclass(frozen=True)
class Reading:
    """What an adapter is given. It adds to ``notes`` what it passed over and why, once."""

    table: Table
    choice: Choice
    score_max: float
    notes: list[str]


Adapter = Callable[[Reading], Iterator[Placed]]


def note_columns(reading: Reading, names: dict[str, None]) -> None:
    """Say once which columns were not read."""
    if names:
        noun = "column" if len(names) == 1 else "columns"
        reading.notes.append(f"{noun} {quoted(names)}: not part of the format")
