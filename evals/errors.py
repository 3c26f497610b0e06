"""What can go wrong in an evaluation, besides what can go wrong anywhere.

SecondHalfError
├── InputError
│   └── DataSetError      a file of recorded answers, prices or logs that cannot be used
├── ForbiddenSightError   a policy tried to see what no router can see; the run ends at once
├── NotRecordedError      an answer was asked for that nobody recorded
└── UnfinishedRunError    a folder holds another run, or one that has not ended
"""

from secondhalf.state.errors import InputError, SecondHalfError


class DataSetError(InputError):
    """A file of recorded answers, prices or logs cannot be used; names the file and the line."""


class ForbiddenSightError(SecondHalfError):
    """A policy tried to see what no router can see: a label, an unopened answer, an id.

    Not an ``AttributeError`` or ``KeyError``: ``hasattr`` and ``get`` must not swallow it.
    """


class NotRecordedError(SecondHalfError):
    """An answer was asked for that nobody recorded; it is missing, not guessed."""

    status_code = 422
    """As an HTTP status: the request cannot be served, and the endpoint is well."""


class UnfinishedRunError(SecondHalfError):
    """A folder holds a run of other settings, or one that has not ended."""
