"""A trace drawn as a tree."""

from typing import Any

import pytest

from secondhalf.cli.screen import console
from secondhalf.cli.tree import route_tree
from secondhalf.memory import StoredRoute
from secondhalf.state.budget import Budget
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import RouteResult

REQUEST = RouteRequest(
    route_id="r" * 32, thread_id="t", started_at=0.0, budget=Budget(), preset="balanced"
)


def path(node: str, status: str) -> dict[str, Any]:
    return {
        "node": node, "status": status, "quality": 0.5, "cost_usd": 0.002, "latency_s": 1.5,
        "reason": f"{node} was judged",
    }  # fmt: skip


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {"kind": kind, "at": 0.0, "text": f"{kind}: said so", "node": "slm", "data": data}


def drawn(capsys: pytest.CaptureFixture[str], *trace: dict[str, Any], **parents: str) -> str:
    result = RouteResult.model_validate(
        {
            "route_id": REQUEST.route_id,
            "status": "uncertain",
            "answer": "maybe",
            "path": ("slm", "mid_revise"),
            "explored": (path("slm", "uncertain"), path("mid_revise", "uncertain")),
            "trace": trace,
        }
    )
    route = StoredRoute(request=REQUEST, prompt="why?", status="uncertain", result=result)
    console().print(route_tree(route, (), parents))
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("status", "said"),
    [("abandoned", "until another route began"), ("superseded", "when another route began")],
)
def test_a_route_that_cannot_go_on_is_not_said_to(
    capsys: pytest.CaptureFixture[str], status: Any, said: str
) -> None:
    """No command that would be refused."""
    route = StoredRoute(request=REQUEST, prompt="why?", status=status)
    console().print(route_tree(route, (), {}))
    out = capsys.readouterr().out

    assert said in out
    assert "secondhalf resume" not in out


def test_a_waiting_route_says_how_to_go_on_where_it_is_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The command names the database that was looked into."""
    route = StoredRoute(request=REQUEST, prompt="why?", status="waiting")
    console().print(route_tree(route, (), {}, "my.db"))

    assert f"secondhalf resume {REQUEST.thread_id} --db my.db" in capsys.readouterr().out


@pytest.mark.parametrize("odd", [None, "odd", {"notes": "odd"}])
def test_an_analysis_says_why_it_is_so(capsys: pytest.CaptureFixture[str], odd: Any) -> None:
    """What made it differ from what one would think; a trace that makes no sense says nothing."""
    told = event("analyze", analysis={"notes": ["it looks like a famous puzzle"]})

    assert "note: it looks like a famous puzzle" in drawn(capsys, told)
    assert "note:" not in drawn(capsys, event("analyze", analysis=odd))


def test_an_analysis_by_a_model_says_what_it_cost(capsys: pytest.CaptureFixture[str]) -> None:
    """And what a person should know of the call."""
    usage = {"usd": 0.25, "calls": 1}
    out = drawn(capsys, event("analyze", model="small", usage=usage, notes=["no usage reported"]))

    assert "asked: small, $0.25" in out
    assert "note: no usage reported" in out


def test_a_child_hangs_below_its_parent(capsys: pytest.CaptureFixture[str]) -> None:
    """The tree is the strategy's: what an uncertain path unlocked stands inside it."""
    out = drawn(capsys, mid_revise="slm")

    assert "├── slm: uncertain, quality 0.50, $0.002, 1.50 s\n" in out
    assert "│   └── mid_revise: uncertain, quality 0.50, $0.002, 1.50 s ← the answer\n" in out


def test_a_call_is_shown_with_its_model_its_cost_and_its_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Who was asked, what it took, how it ended, what a person should know."""
    usage = {"usd": 0.5, "unpriced_calls": 1}
    out = drawn(
        capsys,
        event("call", expert="slm", role="reasoner", model="tiny", error="timed out", attempts=3,
              usage=usage, notes=["sent to x.example"]),
    )  # fmt: skip

    assert "slm: reasoner (tiny), $0.5 (+1 unpriced), 0.00 s, 3 attempts: failed: timed out" in out
    assert "note: sent to x.example" in out


def test_what_is_not_in_order_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """A trace is read from a database: whatever is wrong with it, the rest is shown."""
    out = drawn(
        capsys,
        event("plan", alternatives=[1, {"node": 2}, {"node": "llm", "reason": "cap on usd"}]),
        event("plan", alternatives="none", nodes={"slm": 1}),
        event("call", usage=["a"], notes="x", attempts="many"),
    )

    assert "llm: cap on usd" in out
    assert "stopped: said so" in out
