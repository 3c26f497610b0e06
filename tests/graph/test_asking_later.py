"""A route that asks its user after it has opened paths, and then gets another strategy."""

from typing import Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from secondhalf.graph.router import build_router
from secondhalf.policy.planner import View
from secondhalf.state.config import PolicyConfig, RouterConfig
from secondhalf.state.decision import Decision
from secondhalf.state.policy import Condition, Rule
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import RouteNode, Strategy
from tests.support.scripted import ScriptedModel

VAGUE: Any = {"messages": [("user", "fix it")]}


async def test_a_strategy_may_ask_its_user_after_it_has_tried() -> None:
    """Once clarified, the request may get another strategy; what was opened before is kept."""
    draft_first = Strategy(
        name="DRAFT_FIRST",
        roots=("draft",),
        nodes=(
            RouteNode(id="draft", stages=(("mid",),), children=("ask",)),
            RouteNode(id="ask", stages=(("user",),)),
        ),
    )
    vague = Condition(field="ambiguity", op="gt", threshold="ambiguity")
    rules = (
        Rule(name="vague", when=(vague,), strategy="DRAFT_FIRST"),
        Rule(name="otherwise", strategy="SLM_DIRECT"),
    )
    config = RouterConfig(strategies=(draft_first,), policy=PolicyConfig(rules=rules))
    models = {"mid": ScriptedModel(replies=["I do not know."])}
    router = build_router(config, models=models, checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "t"}}

    waiting = await router.ainvoke(VAGUE, thread)
    answer = "I meant: what is 17% of 2,340?"
    result: RouteResult = (await router.ainvoke(Command(resume=answer), thread))["route"]

    assert "DRAFT_FIRST" == waiting["__interrupt__"][0].value["strategy"]
    assert ("397.8", "SLM_DIRECT") == (result.answer, result.strategy)
    explored = {path.node: path.status for path in result.explored}
    assert ("uncertain", "success") == (explored["draft"], explored["extract"])


async def test_what_answered_the_request_before_it_was_clear_must_be_verified() -> None:
    """Once other paths are weighed beside it, a draft for what was asked first is no success."""
    paths = tuple(RouteNode(id=name, stages=((name,),)) for name in ("llm", "exact"))
    vague, clear = (Strategy(name=p.id.upper(), roots=(p.id,), nodes=(p,)) for p in paths)
    ambiguous = Condition(field="ambiguity", op="gt", threshold="ambiguity")
    rules = (
        Rule(name="vague", when=(ambiguous,), strategy="LLM"),
        Rule(name="otherwise", strategy="EXACT"),
    )
    config = RouterConfig(strategies=(vague, clear), policy=PolicyConfig(rules=rules))

    class OneThenAsk:
        """The first path of each strategy, with a question between them."""

        def plan(self, view: View) -> Decision:
            first = view.strategy.nodes[0].id
            if all(result.path[-1] != first for result in view.results):
                return Decision(action="open", nodes=(first,), reason="the first")
            return Decision(action="ask" if view.may_ask else "stop", reason="what is meant?")

    models = {"llm": ScriptedModel(replies=["It is 42."])}
    router = build_router(config, models=models, planner=OneThenAsk(), checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "t"}}

    await router.ainvoke(VAGUE, thread)
    (before,) = router.get_state(thread).values["results"]
    answer = "I meant: why do ships made of steel float on water?"
    result: RouteResult = (await router.ainvoke(Command(resume=answer), thread))["route"]

    assert ("success", "LLM") == (before.status, before.strategy)
    assert ("uncertain", "EXACT") == (result.status, result.strategy)
    assert "not verified" in result.reason
