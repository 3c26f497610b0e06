"""The SQL checkpointer, useful without the router.

```python
from secondhalf.checkpoints import SQLAlchemySaver

graph = builder.compile(checkpointer=SQLAlchemySaver.from_url("sqlite:///routes.db"))
```
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from secondhalf.checkpoints.errors import (
    CheckpointConfigError,
    CheckpointError,
    DamagedError,
    DatabaseError,
    DatabaseFullError,
    DatabaseLockedError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    NotADatabaseError,
    SaverClosedError,
    SchemaError,
    ThreadExistsError,
    ThreadForkedError,
    UnsupportedDatabaseError,
)

if TYPE_CHECKING:
    from secondhalf.checkpoints.saver import SQLAlchemySaver

__all__ = [
    "CheckpointConfigError",
    "CheckpointError",
    "DamagedError",
    "DatabaseError",
    "DatabaseFullError",
    "DatabaseLockedError",
    "DatabaseReadOnlyError",
    "DatabaseUnavailableError",
    "NotADatabaseError",
    "SQLAlchemySaver",
    "SaverClosedError",
    "SchemaError",
    "ThreadExistsError",
    "ThreadForkedError",
    "UnsupportedDatabaseError",
]


def __getattr__(name: str) -> Any:
    """Import the saver, and SQLAlchemy with it, only when it is asked for."""
    if name == "SQLAlchemySaver":
        return import_module("secondhalf.checkpoints.saver").SQLAlchemySaver
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
