"""Looks back many times, killing the process at each durable step in turn; a script, not a test.

    python crash_reflect.py FOLDER

A history is made once; every look back runs in a forked process on a copy of it, which is killed
with SIGKILL just before or just after its n-th write. Another forked process says what is in use,
and goes on. One JSON line is printed per look back.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpcore2  # pyright: ignore[reportUnusedImport] # noqa: F401
import jiter  # pyright: ignore[reportUnusedImport] # noqa: F401
import langchain_openai  # pyright: ignore[reportUnusedImport] # noqa: F401 - slow: before forking
import numpy  # pyright: ignore[reportUnusedImport] # noqa: F401

from secondhalf import learning
from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.graph.router import services_of
from secondhalf.memory import Memory
from secondhalf.memory.database import Database
from secondhalf.nodes.step import run_blocking
from secondhalf.policy.defaults import default_policy
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import DEFAULT_BUDGET
from secondhalf.state.config import LearningConfig, ModelConfig, PolicyConfig, RouterConfig
from secondhalf.state.feedback import Feedback
from secondhalf.state.policy import Rule
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import Explored, RouteResult
from secondhalf.state.strategy import RouteNode, Strategy
from tests.support.scripted import ScriptedModel

WRONG, RIGHT = "small", "large"
PRICES = {WRONG: 0.1, RIGHT: 5.0}
CONFIG = RouterConfig(
    models=tuple(
        ModelConfig.model_validate(
            {"name": n, "tier": tier, "roles": ["reasoner"], "prices": {"input": p, "output": p}}
        )
        for (n, p), tier in zip(PRICES.items(), ("slm", "llm"), strict=True)
    ),
    strategies=(
        Strategy(
            name="TWO",
            roots=(WRONG, RIGHT),
            nodes=(
                RouteNode(id=WRONG, stages=((WRONG,),)),
                RouteNode(id=RIGHT, stages=((RIGHT,),)),
            ),
        ),
    ),
    policy=PolicyConfig(
        rules=(Rule(name="all", strategy="TWO"),),
        learning=LearningConfig(trusted=("grader",), shadow=1.0),
    ),
)


MODELS = {name: ScriptedModel(replies=["{}"]) for name in PRICES}


def make_history(url: str) -> dict[str, Any]:
    """A path is always wrong, another always right; whoever comes first ends the search."""
    analysis = TaskAnalysis(intent="chat", difficulty="low")
    with Memory.from_url(url) as memory:
        for number in range(150):
            request = RouteRequest(
                route_id=f"route-{number:04}",
                thread_id=f"thread-{number}",
                started_at=1000.0 + number,
                budget=DEFAULT_BUDGET,
                preset="thorough",
            )
            explored = tuple(
                Explored(
                    node=node, status="success", quality=0.9, cost_usd=0.0, latency_s=0.0, reason=""
                )
                for node in (WRONG, RIGHT)
            )
            result = RouteResult(
                route_id=request.route_id,
                status="success",
                answer="4",
                quality=0.9,
                strategy="TWO",
                path=(WRONG,),
                explored=explored,
            )
            memory.record_start(request, f"Ann has {number} apples and gets 2, then 3 more?")
            memory.record_route(request, analysis, result)
            scores = {WRONG: 0.0, RIGHT: 1.0}
            memory.add_feedback(
                Feedback(route_id=request.route_id, path_scores=scores, principal="grader")
            )
    return {}


def kill_at(moment: int, *, before: bool) -> list[str]:
    """Makes this process kill itself at its ``moment``-th write; returns the list of writes."""
    writes: list[str] = []

    def die(mine: bool) -> None:
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self: Database, work: Callable[[Any], Any]) -> Any:
        writes.append("memory")
        mine = len(writes) == moment
        die(mine and before)
        done = plain(self, work)
        die(mine)
        return done

    async def put(self: SQLAlchemySaver, *args: Any, **kwargs: Any) -> Any:
        writes.append("checkpoint")
        mine = len(writes) == moment
        die(mine and before)
        done = await checkpoint(self, *args, **kwargs)
        die(mine)
        return done

    plain, checkpoint = Database.write, SQLAlchemySaver.aput
    Database.write = write  # type: ignore[method-assign]
    SQLAlchemySaver.aput = put  # type: ignore[method-assign]
    return writes


def in_child(work: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """What ``work`` returns in a forked process; None if that was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out:
            json.dump(work(), out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        text = told.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if os.WIFEXITED(status) and text else None


def look_back(url: str, moment: int = 0, *, before: bool = False) -> dict[str, Any]:
    """One look back, from its start or from where it was killed."""
    writes = kill_at(moment, before=before)
    run_blocking(learning.areflect(config=CONFIG, db=url, models=MODELS))
    return {"writes": writes}


def in_use(url: str) -> dict[str, Any]:
    """What is in use, whether a route can run under it, and what was done."""
    base = default_policy(CONFIG.policy).version
    with Memory.from_url(url) as memory:
        standing = memory.policies.standing("", base)
        valid = standing.active == base or memory.policies.get(standing.active) is not None
        services = services_of(CONFIG, memory, models=MODELS)
        request = RouteRequest(
            route_id="probe",
            thread_id="probe",
            started_at=1.0,
            budget=DEFAULT_BUDGET,
            preset="balanced",
        )
        ran = run_blocking(services.remember_start(request, "probe"))[0].version
        events = memory.policies.history("", base)
        return {
            "active": standing.active,
            "other": standing.other,
            "stage": standing.stage,
            "valid": valid,
            "ran": ran,
            "actions": [event.action for event in reversed(events)],
            "statuses": sorted(one.status for one in memory.policies.reflections("", base)),
            "pairs": len(memory.policies.pairs(standing.other, "shadow")),
        }


def main(folder: Path) -> None:
    """Prints the run that is not killed, then one for each moment."""
    made = folder / "made.db"
    in_child(lambda: make_history(f"sqlite:///{made}"))

    def run(moment: int, *, before: bool) -> dict[str, Any]:
        file = folder / "run.db"
        for old in folder.glob("run.db*"):
            old.unlink()
        shutil.copy(made, file)
        url = f"sqlite:///{file}"
        killed = in_child(lambda: look_back(url, moment, before=before))
        between = in_child(lambda: in_use(url))
        if killed is None:
            in_child(lambda: look_back(url))
        after = in_child(lambda: in_use(url))
        found: dict[str, Any] = {"moment": moment, "before": before, "killed": killed is None}
        found |= {"writes": (killed or {}).get("writes", []), "between": between, "after": after}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
        return found

    reference = run(0, before=False)
    for moment, kind in enumerate(reference["writes"], 1):
        if kind == "memory" and moment % 8 == 0:
            run(moment, before=True)
        if kind == "checkpoint" or moment % 8 == 0 or moment < 8:
            run(moment, before=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
