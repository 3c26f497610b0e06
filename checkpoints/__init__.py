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
    GraphChangedError,
    NotADatabaseError,
    SaverClosedError,
    SchemaError,
    ThreadExistsError,
    ThreadForkedError,
    UnsupportedDatabaseError,
)

if TYPE_CHECKING:
    from secondhalf.checkpoints.changed import acheck_graph, check_graph
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
    "GraphChangedError",
    "NotADatabaseError",
    "SQLAlchemySaver",
    "SaverClosedError",
    "SchemaError",
    "ThreadExistsError",
    "ThreadForkedError",
    "UnsupportedDatabaseError",
    "acheck_graph",
    "check_graph",
]
_HOMES = {"SQLAlchemySaver": "saver", "acheck_graph": "changed", "check_graph": "changed"}


def __getattr__(name: str) -> Any:
    """Import the saver, and SQLAlchemy with it, only when it is asked for."""
    if name in _HOMES:
        return getattr(import_module(f"secondhalf.checkpoints.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
