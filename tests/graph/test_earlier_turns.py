"""What models are told of the turns before."""

from typing import Any

from langchain_core.messages import BaseMessage
from langgraph.checkpoint.memory import InMemorySaver

from secondhalf.graph.router import build_router
from secondhalf.state.config import ModelConfig, ModelPrices, RouterConfig
from secondhalf.state.conversation import UNANSWERED, WITHHELD
from secondhalf.state.request import RouteContext
from secondhalf.state.strategy import RouteNode, Strategy
from tests.support.scripted import ScriptedModel

FLOAT = "Why do ships made of steel float?"
DOSE = "How much ibuprofen may I give to my baby of 3 months, together with warfarin?"


def told(asked: list[BaseMessage]) -> list[tuple[str, str]]:
    """Who is said to have said what, without our own instructions."""
    return [(message.type, str(message.text)) for message in asked if message.type != "system"]


def turns(model: ScriptedModel, *prompts: str, roles: tuple[Any, ...] = ("reasoner",)) -> list[Any]:
    """All that was said on one thread."""
    price = ModelPrices(input=1.0, output=1.0)
    node = RouteNode(id="n", stages=(("m",),), verified=True)  # which nobody here can do
    config = RouterConfig(
        models=(ModelConfig(name="m", tier="slm", prices=price, max_retries=0, roles=roles),),
        strategies=(Strategy(name="ONE", roots=("n",), nodes=(node,)),),
    )
    router = build_router(config, checkpointer=InMemorySaver(), models={"m": model})
    out: Any = {}
    for prompt in prompts:
        given: Any = {"messages": [("user", prompt)]}
        out = router.invoke(
            given,
            {"configurable": {"thread_id": "t"}},
            context=RouteContext(strategy="ONE", clarify=False),
        )
    return list(out["messages"])


def test_the_next_turn_does_not_hear_why_the_router_had_no_answer() -> None:
    """Only that there was none: the turns alternate, and "why not?" is about something."""
    model = ScriptedModel(replies=[ValueError("broken"), "It had no model to ask."])

    said = turns(model, FLOAT, "Why not?")

    assert "I have no answer" in said[1].text  # the user still reads why
    assert [("human", FLOAT), ("ai", UNANSWERED), ("human", "Why not?")] == told(model.calls[-1])


def test_a_withheld_answer_is_not_given_with_the_next_one() -> None:
    """The model is told that it was left unanswered, and why."""
    model = ScriptedModel(replies=["Two spoons.", "Buoyancy."])

    said = turns(model, DOSE, FLOAT)

    assert "I do not answer this" in said[1].text
    assert [("human", DOSE), ("ai", WITHHELD), ("human", FLOAT)] == told(model.calls[-1])


def test_a_model_that_analyzes_does_not_hear_it_either() -> None:
    """It reads the same conversation."""
    model = ScriptedModel(replies=[ValueError("broken")])

    turns(model, FLOAT, "And wood?", roles=("reasoner", "classifier"))

    asked = [text for call in model.calls for _, text in told(call)]
    assert any(UNANSWERED in text for text in asked)
    assert not any("I have no answer" in text for text in asked)


def test_a_turn_begins_without_what_the_turn_before_has_left() -> None:
    """In the first there is nothing to take away, and so nothing to store."""
    router = build_router(checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "t"}}
    for prompt in ("What is 17 + 25?", "What is 6 * 7?"):
        given: Any = {"messages": [("user", prompt)]}
        router.invoke(given, thread)

    begun = [each.values for each in router.get_state_history(thread) if each.next == ("analyze",)]
    second, first = begun

    assert {"messages", "request", "policy", "ledger", "trace"} == {
        k for k, v in first.items() if v
    }
    assert not {"analysis", "decision", "route"}.intersection(first)
    for name in ("analysis", "strategy", "decision", "route"):
        assert second[name] is None
    assert [[], [], []] == [second[name] for name in ("clarifications", "bundles", "results")]
    assert ["begin"] == [event.kind for event in second["trace"]]
    assert second["side_effects"]
    assert not second["prospects"].arms
