"""The nouns survive a checkpoint."""

from typing import Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import ValidationError

from secondhalf.policy.defaults import default_policy
from secondhalf.policy.trees import STRATEGIES
from secondhalf.state.analysis import Adversarial, TaskAnalysis
from secondhalf.state.base import Noun
from secondhalf.state.budget import Budget, Ledger, LedgerEntry, Usage
from secondhalf.state.decision import Alternative, Decision
from secondhalf.state.estimate import (
    Answered,
    Judged,
    Overran,
    Prospect,
    Prospects,
    Reliance,
    Wording,
)
from secondhalf.state.expert import (
    Evidence,
    ExpertBundle,
    ExpertCall,
    ExpertResult,
    Grant,
    ToolRequest,
)
from secondhalf.state.feedback import Feedback
from secondhalf.state.policy import (
    PRESETS,
    Adjustment,
    Condition,
    PathPattern,
    Price,
    RoutingPolicy,
    Rule,
    Thresholds,
)
from secondhalf.state.reflection import (
    AvoidChange,
    BudgetChange,
    HintChange,
    PreferChange,
    Reflection,
    Scope,
    ThresholdChange,
)
from secondhalf.state.request import RouteContext, RouteRequest
from secondhalf.state.result import Explored, Question, RouteResult, TokenCount, TraceEvent
from secondhalf.state.route import STATE_TYPES, Clarification
from secondhalf.state.strategy import Guard, RouteNode, Strategy

SCOPE = Scope(strategy="MID_RAG", bucket="b1")
GRANT = Grant(usd=0.1, seconds=1.0, tokens=10, calls=1)
ANALYSIS = TaskAnalysis(adversarial=Adversarial(score=0.4, indicators=("a", "b")), notes=("n",))
EVIDENCE = Evidence(kind="quote", source="a.md:1", text="q\x00 ü 漢", start=0, end=1, score=0.5)
RESULT = ExpertResult(
    call_id="c",
    expert="mid",
    role="reasoner",
    output="o",
    evidence=(EVIDENCE,),
    analysis=ANALYSIS,
    tool_requests=(ToolRequest(id="t", name="n", args={"a": [1, {"b": None}]}),),
)
EXAMPLES: tuple[Noun, ...] = (
    Adjustment(change=HintChange(scope=SCOPE, difficulty="high"), expires=1.5, reflection="r"),
    HintChange(scope=SCOPE, difficulty="medium"),
    Adversarial(score=0.1, indicators=("x",)),
    Alternative(node="slm", quality=0.5),
    ANALYSIS.confidence,
    AvoidChange(scope=SCOPE, path="slm"),
    Budget(usd=0.0),
    BudgetChange(scope=SCOPE, factor=1.2),
    Clarification(question="q", answer="a"),
    Condition(field="risk", value="high"),
    Decision(action="open", nodes=("a",), reason="r", alternatives=(Alternative(node="b"),)),
    EVIDENCE,
    ExpertBundle(node="n", reasoning=RESULT, others=(RESULT,)),
    ExpertCall(
        id="1",
        expert="e",
        node="n",
        prompt="p",
        analysis=ANALYSIS,
        grant=GRANT,
        prior=(RESULT,),
        tools=({"type": "function", "function": {"name": "f"}},),
    ),
    RESULT,
    Answered(arm="a", gist=1.5, usd_share=0.1, checked=False),
    Judged(judge="j", answers=("a", "b"), preferred="b"),
    Overran(arm="a", usd_share=1.5),
    Reliance(right=0.8),
    Wording(ending="yes.", shape=(1.5, 0.0, 0.0, 1.0)),
    Prospect(right=(0.9, 0.5, 0.1), doubt=(0.1, 0.2, 0.3), family="f"),
    Prospects(
        arms={"a": Prospect(right=(1.0, 0.5, 0.0))}, paths={"n": {"slm": "a"}}, told={"c": -1.5}
    ),
    Explored(
        node="n",
        status="fail",
        quality=0,
        cost_usd=0,
        latency_s=0,
        reason="r",
        answers=(Answered(arm="a", gist="yes", wording=Wording(ending="y", shape=(1, 0, 0, 0))),),
    ),
    Feedback(route_id="r", user_rating=5, factuality_score=0.5),
    GRANT,
    Guard(fallback=True),
    Ledger(entries=(LedgerEntry(id="a", node="n", settled=Usage(usd=1.5)),)),
    LedgerEntry(id="a", node="n", reserved=Usage(calls=2)),
    PathPattern(scope=SCOPE, path="slm"),
    PreferChange(scope=SCOPE, path="slm"),
    Price(usd=1, second=2),
    Question(kind="clarify", question="?"),
    Reflection(
        id="r",
        strategy="MID_RAG",
        trigger="failed",
        cause="wrong_expert",
        changes=(
            ThresholdChange(scope=SCOPE, key="verified", delta=0.01),
            PreferChange(scope=SCOPE, path="p"),
        ),
    ),
    RouteContext(budget=Budget(usd=0.1), tools=({"name": "t"},)),
    RouteNode(id="n", stages=(("a", "b"), ("c",)), children=("d",)),
    RouteRequest(route_id="r", thread_id="t", started_at=1.5, budget=Budget(), preset="quality"),
    RouteResult(
        route_id="r",
        status="success",
        path=("a", "b"),
        evidence=(EVIDENCE,),
        trace=(TraceEvent(kind="call", at=1.0, data={"x": {"y": [1]}}),),
    ),
    default_policy(),
    Rule(name="r", when=(Condition(field="adversarial", threshold="adversarial"),), strategy="s"),
    SCOPE,
    STRATEGIES["SLM_DIRECT"],
    ANALYSIS,
    ThresholdChange(scope=SCOPE, key="verified", delta=-0.05),
    Thresholds(),
    TokenCount(input=1, output=2),
    ToolRequest(id="t", name="n"),
    TraceEvent(kind="plan", at=2.0, data={"nodes": ["a"]}),
    Usage(calls=1, usd=0.5),
)


def test_there_is_an_example_of_every_state_type() -> None:
    """A noun added to STATE_TYPES must be added to the round trip below."""
    assert {t.__name__ for t in STATE_TYPES} == {type(e).__name__ for e in EXAMPLES}


@pytest.mark.parametrize("noun", EXAMPLES, ids=lambda n: type(n).__name__)
def test_a_noun_comes_back_from_msgpack_as_it_was(noun: Noun) -> None:
    """Strictly allow-listed, every noun is equal to itself after a round trip."""
    allowed = [(t.__module__, t.__name__) for t in STATE_TYPES]
    serde = JsonPlusSerializer(allowed_msgpack_modules=allowed)

    back: Any = serde.loads_typed(serde.dumps_typed(noun))

    assert noun == back
    assert type(noun) is type(back)


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")])
def test_a_budget_is_a_finite_amount(bad: float) -> None:
    """Negative, NaN and infinite caps are refused."""
    with pytest.raises(ValidationError):
        Budget(usd=bad)


def test_missing_caps_are_taken_from_the_default() -> None:
    """Zero is a cap like any other; only what is missing is filled in."""
    mine = Budget(usd=0.0).over(Budget(usd=1.0, seconds=5.0))

    assert (0.0, 5.0) == (mine.usd, mine.seconds)


@pytest.mark.parametrize(
    ("roots", "nodes", "reason"),
    [
        (("a",), [("a", ("b",)), ("b", ("a",))], "cycle"),
        (("a",), [("a", ("x",))], "not defined"),
        (("a",), [("a", ()), ("b", ())], "no root leads to it"),
        (("a",), [("a", ()), ("a", ())], "twice"),
        (("a", "b"), [("a", ("c",)), ("b", ("c",)), ("c", ())], "two parents"),
    ],
)
def test_a_tree_that_could_not_be_searched_is_refused(
    roots: tuple[str, ...], nodes: list[tuple[str, tuple[str, ...]]], reason: str
) -> None:
    """Cycles, unknown, unreachable and doubled paths are refused with the reason."""
    made = tuple(RouteNode(id=i, stages=(("exact",),), children=c) for i, c in nodes)

    with pytest.raises(ValidationError, match=reason):
        Strategy(name="S", roots=roots, nodes=made)


def test_a_path_leads_from_its_root() -> None:
    """``path_to`` names every ancestor, the root first."""
    strategy = STRATEGIES["SLM_DIRECT"]

    assert ("slm", "mid_revise", "llm_revise") == strategy.path_to("llm_revise")


@pytest.mark.parametrize("preset", ["economy", "quality"])
def test_a_policy_has_a_price_for_the_ends_of_the_scale(preset: str) -> None:
    """Else a route that asks for the one without would fail."""
    document = default_policy().model_dump()
    del document["prices"][preset]

    with pytest.raises(ValidationError, match=f"no price of money and time for {preset}"):
        RoutingPolicy.model_validate(document)


def test_a_policy_of_three_presets_is_read_as_one_of_five() -> None:
    """Routes and versions from when there were three can go on: what lies between is a mean."""
    document = default_policy().model_dump()
    for preset in ("thrifty", "thorough"):
        del document["prices"][preset]

    prices = RoutingPolicy.model_validate(document).prices

    assert set(PRESETS) == set(prices)
    assert prices["thrifty"].usd == pytest.approx((20.0 * 4.0) ** 0.5)
    assert prices["thrifty"].enough == prices["economy"].enough
    assert prices["thorough"].dearest == pytest.approx((0.25 * 0.02) ** 0.5)


@pytest.mark.parametrize("mode", ["python", "json"])
def test_a_json_object_is_dumped_as_a_copy_of_itself(mode: str) -> None:
    """Whoever changes what was dumped does not change the noun."""
    data: dict[str, Any] = {"a": [{"b": 1.5, "c": None}, "\ud800", True, 2**63], "d": {}}
    event = TraceEvent(kind="plan", at=1.0, data=data)

    dumped = event.model_dump(mode=mode)["data"]
    dumped["a"][0]["b"] = 0

    assert data == event.data
    assert data == event.model_dump(mode=mode)["data"]


@pytest.mark.parametrize("wrong", [{"a": object()}, {"a": {1: 2}}, {"a": b"x"}, {1: "a"}, []])
def test_a_json_object_holds_json_only(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        TraceEvent(kind="plan", at=1.0, data=wrong)
