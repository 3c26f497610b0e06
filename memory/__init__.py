"""What outlives a route, in SQL."""

from secondhalf.memory.embedder import Embedder
from secondhalf.memory.forgetting import Forgotten
from secondhalf.memory.learning import Example
from secondhalf.memory.records import Observed, Signals, StoredRoute, StoredStatus
from secondhalf.memory.store import Memory

__all__ = [
    "Embedder",
    "Example",
    "Forgotten",
    "Memory",
    "Observed",
    "Signals",
    "StoredRoute",
    "StoredStatus",
]
