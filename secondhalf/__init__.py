"""secondhalf: an LLM router that reasons, searches and learns."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from secondhalf.api import aroute, route
    from secondhalf.chat_model import RoutedChatModel
    from secondhalf.checkpoints import SQLAlchemySaver
    from secondhalf.graph.router import build_router
    from secondhalf.learning import areflect, reflect
    from secondhalf.memory import Memory
    from secondhalf.state.budget import Budget
    from secondhalf.state.config import RouterConfig
    from secondhalf.state.errors import SecondHalfError
    from secondhalf.state.feedback import Feedback
    from secondhalf.state.request import RouteContext
    from secondhalf.state.result import RouteResult
    from secondhalf.state.strategy import RouteNode, Strategy

__version__ = "0.1.0"
__all__ = [
    "Budget",
    "Feedback",
    "Memory",
    "RouteContext",
    "RouteNode",
    "RouteResult",
    "RoutedChatModel",
    "RouterConfig",
    "SQLAlchemySaver",
    "SecondHalfError",
    "Strategy",
    "areflect",
    "aroute",
    "build_router",
    "reflect",
    "route",
]

_HOMES = {
    "Budget": "secondhalf.state.budget",
    "Feedback": "secondhalf.state.feedback",
    "Memory": "secondhalf.memory",
    "RouteContext": "secondhalf.state.request",
    "RouteNode": "secondhalf.state.strategy",
    "RouteResult": "secondhalf.state.result",
    "RoutedChatModel": "secondhalf.chat_model",
    "RouterConfig": "secondhalf.state.config",
    "SQLAlchemySaver": "secondhalf.checkpoints",
    "SecondHalfError": "secondhalf.state.errors",
    "Strategy": "secondhalf.state.strategy",
    "areflect": "secondhalf.learning",
    "aroute": "secondhalf.api",
    "build_router": "secondhalf.graph.router",
    "reflect": "secondhalf.learning",
    "route": "secondhalf.api",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used: importing the package costs nothing."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
