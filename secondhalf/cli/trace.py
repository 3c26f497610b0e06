"""``secondhalf trace``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondhalf.cli import options
from secondhalf.cli.jsonout import print_json, result_object
from secondhalf.cli.screen import console
from secondhalf.cli.tree import route_tree

if TYPE_CHECKING:
    from secondhalf.memory import StoredRoute
    from secondhalf.state.feedback import Feedback


def trace(
    route_id: Annotated[
        str, typer.Argument(help="A route's id, or its first characters.", metavar="ROUTE_ID")
    ],
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Show how a route went: each path, why it was taken or not, what it cost and found."""
    from secondhalf.memory import Memory
    from secondhalf.places import database_to_read

    with Memory.from_url(database_to_read(db)) as memory:
        route = memory.route(route_id)
        said = memory.feedback(route.route_id)
    if as_json:
        print_json(_object(route, said))
    else:
        console().print(route_tree(route, said, _parents(route), db))


def _object(route: "StoredRoute", said: "tuple[Feedback, ...]") -> dict[str, Any]:
    result = route.result
    return {
        "route_id": route.route_id,
        "thread_id": route.thread_id,
        "status": route.status,
        "prompt": route.prompt,
        "started_at": route.request.started_at,
        "ended_at": route.ended_at,
        "request": route.request.model_dump(mode="json"),
        "analysis": route.analysis.model_dump(mode="json") if route.analysis else None,
        "signals": route.signals.model_dump(mode="json"),
        "result": result_object(result) if result is not None else None,
        "trace": [event.model_dump(mode="json") for event in result.trace] if result else [],
        "feedback": [one.model_dump(mode="json") for one in said],
        "warnings": list(route.warnings),
    }


def _parents(route: "StoredRoute") -> dict[str, str]:
    """Which path each path of the route's strategy goes on from.

    Of a strategy whose file has changed since, only the path to the answer is known.
    """
    result = route.result
    if result is None:
        return {}
    taken = dict(zip(result.path[1:], result.path[:-1], strict=True))
    return _tree_of(route, result.strategy) | taken


def _tree_of(route: "StoredRoute", name: str) -> dict[str, str]:
    from secondhalf.policy.trees import STRATEGIES
    from secondhalf.state.errors import SecondHalfError

    known = dict(STRATEGIES)
    request = route.request
    if request.config_path:
        from secondhalf.configuration import load_config

        try:
            config = load_config(request.config_path)
        except SecondHalfError:
            return {}
        if config.hash == request.config_hash:
            known |= {strategy.name: strategy for strategy in config.strategies}
    strategy = known.get(name)
    # Asking one model only flattens a strategy's tree.
    return strategy.parents() if strategy is not None and request.model is None else {}
