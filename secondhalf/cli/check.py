"""``secondhalf check``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondhalf.cli import options
from secondhalf.cli.exits import BAD_INPUT, complain
from secondhalf.cli.jsonout import print_json
from secondhalf.cli.screen import console
from secondhalf.state.plaintext import clean

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from secondhalf.cli.inventory import Inventory, Model, PathPlan


def check(
    config: options.Config = None,
    docs: Annotated[
        Path | None, typer.Option("--docs", metavar="DIR", help="A folder of documents to search.")
    ] = None,
    db: options.Db = None,
    as_json: options.AsJson = False,
) -> None:
    """Say what is configured, what is missing, and what each path would use.

    No model is asked anything. Exit code 2 if a configured model's key is missing.
    """
    from secondhalf.api import configured
    from secondhalf.cli.inventory import as_object, take_inventory
    from secondhalf.discovery import discover
    from secondhalf.places import url_of

    discovery = discover()
    chosen = configured(config or discovery.config, docs)
    found = take_inventory(chosen, discovery.found, url_of(db))
    if as_json:
        print_json(dict(as_object(found)))
    else:
        _show(found)
    missing = [f"model {model.name!r} {model.missing}" for model in found.models if model.missing]
    if missing:
        complain("; ".join(missing))
        raise typer.Exit(BAD_INPUT)


def _show(found: "Inventory") -> None:
    out = console()
    source = found.config or "none given: what is found here"
    for line in (
        f"configuration   {source}",
        *(
            f"{'found here' if place == 0 else '':<15} {line}"
            for place, line in enumerate(found.found)
        ),
        *_model_lines(found.models),
        f"documents       {_documents(found)}",
        f"database        {found.database} ({_state(found)})",
        f"calibration     {_learned(found)}",
    ):
        out.print(_text(line), soft_wrap=True)
    for name, plans in found.strategies.items():
        out.print(_strategy(name, plans))


def _model_lines(models: "list[Model]") -> list[str]:
    if not models:
        return ["models          none: local experts only"]
    return [
        f"{'models' if place == 0 else '':<15} {m.tier}: {m.name} ({m.model} at {m.place}, "
        f"{'remote' if m.remote else 'on this machine'}{', free' if m.free else ''})"
        f"{f': {m.missing}' if m.missing else ''}"
        for place, m in enumerate(models)
    ]


def _documents(found: "Inventory") -> str:
    if found.documents is None:
        return "none (--docs DIR)"
    seen = found.documents
    counts = f"{seen['files']} files, {seen['passages']} passages, {seen['skipped']} skipped"
    return f"{seen['folder']}: {counts}"


def _state(found: "Inventory") -> str:
    return "reachable" if found.database_made else "not there yet: the first route makes it"


def _learned(found: "Inventory") -> str:
    if found.learned["ece"] is None:
        return "no outcomes yet: quality is stated as computed"
    known = found.learned
    return f"{known['method']} on {known['outcomes']} outcomes, ECE {known['ece']:.3f}"


def _strategy(name: str, plans: "list[PathPlan]") -> "Tree":
    from rich.tree import Tree

    tree = Tree(_text(name, "bold"))
    for plan in plans:
        tree.add(_text(f"{plan.path}: {_stages(plan)}", "" if plan.usable else "dim"))
    return tree


def _stages(plan: "PathPlan") -> str:
    missing = [seat.missing for stage in plan.stages for seat in stage if seat.missing]
    if missing:
        return f"cannot be taken: {'; '.join(dict.fromkeys(missing))}"
    return " → ".join(
        " + ".join(f"{seat.expert} ({seat.by})" for seat in stage) for stage in plan.stages
    )


def _text(line: str, style: str = "") -> "Text":
    from rich.text import Text

    return Text(clean(line), style=style)
