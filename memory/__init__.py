"""What outlives a route, in SQL."""

from secondhalf.memory.records import Signals, StoredRoute, StoredStatus
from secondhalf.memory.store import Memory

__all__ = ["Memory", "Signals", "StoredRoute", "StoredStatus"]
