"""A route's trace as a tree of text."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from secondhalf.cli.plans import items, not_opened, plans, reason, usage_of, weighings, why_opened
from secondhalf.cli.screen import command, money, seconds
from secondhalf.state.plaintext import one_line

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from secondhalf.memory import StoredRoute
    from secondhalf.state.decision import Alternative
    from secondhalf.state.feedback import Feedback
    from secondhalf.state.result import Explored, RouteResult, TraceEvent

_STYLES = {"success": "green", "uncertain": "yellow", "fail": "red", "waiting": "cyan"}
_LINE = 300


def route_tree(
    route: "StoredRoute",
    said: Sequence["Feedback"],
    parents: Mapping[str, str],
    db: str | None = None,
) -> "Tree":
    """The whole of a route, for a Rich console.

    Args:
        route: with its trace.
        said: the feedback on it.
        parents: which path each path goes on from; paths without one hang at the top.
        db: the database as it was named; a command that is told names it, too.
    """
    from rich.tree import Tree

    tree = Tree(_text(f"route {route.route_id} on thread {route.thread_id}"))
    _add(tree, "prompt", route.prompt)
    result = route.result
    if result is None:
        _add(tree, route.status, _go_on(route, db), "cyan")
    else:
        _add_search(tree, result, parents)
        _add_ending(tree, result)
    for feedback in said:
        given = feedback.model_dump(exclude_none=True, exclude_defaults=True)
        given = {key: value for key, value in given.items() if key not in ("route_id", "strategy")}
        _add(tree, "feedback", ", ".join(f"{key}: {value}" for key, value in given.items()))
    for warning in route.warnings:
        _add(tree, "warning", warning, "yellow")
    return tree


def _add_search(tree: "Tree", result: "RouteResult", parents: Mapping[str, str]) -> None:
    for event in result.trace:
        if event.kind in ("analyze", "pick", "ask", "answer"):
            leaf = _add(tree, _WORDS[event.kind], event.text)
            _add_notes(leaf, event)
    branches: dict[str, Tree] = {}
    for path in result.explored:  # parents come before their children
        above = branches.get(parents.get(path.node, ""), tree)
        branches[path.node] = _add_path(above, path, result)
    left = not_opened(result)
    if left:
        branch = tree.add(_text("not taken", "dim"))
        for node, look in left.items():
            branch.add(_text(f"{node}: {_why_not(look, result)}", "dim"))


_WORDS = {"analyze": "analysis", "pick": "strategy", "ask": "asked you", "answer": "you answered"}


def _add_path(above: "Tree", path: "Explored", result: "RouteResult") -> "Tree":
    taken = " ← the answer" if path.node in result.path[-1:] and result.answer is not None else ""
    if path.trial:
        taken = " (tried, to learn from it)"
    branch = above.add(
        _text(
            f"{path.node}: {path.status}, quality {path.quality:.2f}, {money(path.cost_usd)}, "
            f"{seconds(path.latency_s)}{taken}",
            _STYLES.get(path.status, ""),
        )
    )
    for why in why_opened(path.node, result):
        _add(branch, "taken because", why)
    for call in result.trace:
        if call.kind == "call" and call.node == path.node:
            _add_call(branch, call)
    for weighed in weighings(path.node, result):
        _add(branch, "verified", weighed)
    return branch


def _add_call(branch: "Tree", call: "TraceEvent") -> None:
    data = call.data
    model = f" ({data['model']})" if data.get("model") else ""
    said = f"failed: {data['error']}" if data.get("error") else data.get("output") or "nothing"
    attempts = data.get("attempts")
    tries = f", {attempts} attempts" if isinstance(attempts, int) and attempts > 1 else ""
    used = usage_of(call)
    cost = money(used.usd, used.unpriced_calls)
    line = f"{data.get('role', '')}{model}, {cost}, {seconds(call.seconds)}{tries}: {said}"
    leaf = _add(branch, str(data.get("expert", "")), line, "red" if data.get("error") else "")
    _add_notes(leaf, call)


def _add_notes(leaf: "Tree", event: "TraceEvent") -> None:
    """What an analysis by a model cost and why it is so, and what is to be known of any call."""
    used = usage_of(event)
    if event.kind == "analyze" and event.data.get("model"):
        cost = money(used.usd, used.unpriced_calls)
        _add(leaf, "asked", f"{event.data['model']}, {cost}, {seconds(event.seconds)}")
    analysis = event.data.get("analysis")
    why = items(analysis.get("notes")) if isinstance(analysis, dict) else ()
    for note in (*why, *items(event.data.get("notes"))):
        _add(leaf, "note", str(note))


def _add_ending(tree: "Tree", result: "RouteResult") -> None:
    style = _STYLES.get(result.status, "")
    tokens = f"{result.tokens.input + result.tokens.output} tokens"
    cost = money(result.cost_usd, result.unpriced_calls)
    figures = f"quality {result.quality:.2f}, {cost}, {tokens}, {seconds(result.latency_s)}"
    _add(tree, "stopped", next((reason(plan) for plan in reversed(plans(result))), ""))
    _add(tree, result.status, f"{figures}: {result.reason}", style)
    if result.answer is not None:
        _add(tree, "answer", result.answer, style)
    elif result.unverified_answer is not None:
        _add(tree, "answer", "withheld: high risk and not verified", style)


def _why_not(look: "Alternative", result: "RouteResult") -> str:
    if look.reason:
        return look.reason
    why = look.passed_over or "not worth its price any more"
    return f"value {look.value:.2f}, {'not needed' if result.status == 'success' else why}"


def _go_on(route: "StoredRoute", db: str | None) -> str:
    if route.status == "abandoned":
        return "it waited for an answer until another route began on its thread"
    if route.status == "superseded":
        return "it had not ended when another route began on its thread"
    what = "it waits for an answer" if route.status == "waiting" else "it runs, or was killed"
    return f"{what}: {command(db, 'resume', route.thread_id)}"


def _add(tree: "Tree", label: str, text: str, style: str = "") -> "Tree":
    return tree.add(_text(f"{label}: {text}", style))


def _text(line: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(one_line(line, _LINE), style=style)
