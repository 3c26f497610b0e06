"""Imports go down only, as docs/architecture.md lists the folders."""

from pathlib import Path

from tests.house.imports import imports

# From the ground up: what each folder may import. A new folder takes its line here.
STATE: frozenset[str] = frozenset()
POLICY = STATE | {"state"}
EXPERTS = POLICY | {"policy"}
MEMORY = EXPERTS | {"experts"}
CHECKPOINTS: frozenset[str] = frozenset()
NODES = MEMORY | {"memory", "checkpoints"}
GRAPH = NODES | {"nodes"}
EVALS = GRAPH | {"graph"}
FRONT_DOOR = EVALS | {"evals"}
LAYERS = {
    "state": STATE,
    "policy": POLICY,
    "experts": EXPERTS,
    "memory": MEMORY,
    "checkpoints": CHECKPOINTS,
    "nodes": NODES,
    "graph": GRAPH,
    "evals": EVALS,
    "secondhalf": FRONT_DOOR,
}

# What decides is pure: no files, no network, no clock, no engine.
IMPURE = {
    "asyncio", "httpx", "langgraph", "os", "pathlib", "shutil", "socket", "sqlalchemy", "sqlite3",
    "subprocess", "threading", "time", "urllib",
}  # fmt: skip


def folder_of(module: str, folders: dict[str, Path]) -> str:
    """The folder a `secondhalf.…` name leads to."""
    second = module.split(".")[1] if "." in module else ""
    return second if second in folders else "secondhalf"


def test_every_folder_has_its_place(folders: dict[str, Path]) -> None:
    """A folder without a line in LAYERS would be free to import anything."""
    assert sorted(LAYERS) == sorted(folders)


def test_imports_go_down_only(folders: dict[str, Path], root: Path) -> None:
    """A folder imports itself and those below it, nothing else of ours."""
    upward = [
        f"{found.where} {found.module}"
        for folder, path in folders.items()
        for file in sorted(path.rglob("*.py"))
        for found in imports(file, root)
        if found.top == "secondhalf"
        and folder_of(found.module, folders) not in LAYERS[folder] | {folder}
    ]

    assert [] == upward


def test_nothing_inside_imports_from_the_front_door(modules: dict[str, Path], root: Path) -> None:
    """`from secondhalf import x` inside the package is how import cycles begin."""
    through = [
        f"{found.where} {found.module}"
        for path in modules.values()
        for found in imports(path, root)
        if found.module == "secondhalf" and not found.level
    ]

    assert [] == through


def test_no_import_is_relative(modules: dict[str, Path], root: Path) -> None:
    """A name says where it comes from; a relative one would also depend on the mapping."""
    relative = [
        found.where for path in modules.values() for found in imports(path, root) if found.level > 0
    ]

    assert [] == relative


def test_state_takes_nothing_of_langgraph_but_its_channels(root: Path) -> None:
    """Nouns need the reducers and managed values of a state schema, not the engine."""
    allowed = {"langgraph.channels", "langgraph.graph.message", "langgraph.managed"}
    engine = [
        f"{found.where} {found.module}"
        for path in sorted((root / "state").rglob("*.py"))
        for found in imports(path, root)
        if found.top == "langgraph" and found.module not in allowed
    ]

    assert [] == engine


def test_policy_has_no_hands(root: Path) -> None:
    """What decides could decide for another engine: it reads no file, no clock and no socket."""
    impure = [
        f"{found.where} {found.module}"
        for path in sorted((root / "policy").rglob("*.py"))
        for found in imports(path, root)
        if found.top in IMPURE
    ]

    assert [] == impure
