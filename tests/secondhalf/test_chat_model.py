"""The router as a LangChain chat model."""

from importlib import import_module
from typing import Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel

from secondhalf import RouteContext, RoutedChatModel, build_router
from secondhalf.state.errors import ConfigError
from tests.support.scripted import ScriptedModel


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"It rains in {city}."


def asks_for_weather(_: Any) -> AIMessage:
    return AIMessage(
        "",
        tool_calls=[{"id": "1", "name": "weather", "args": {"city": "Ulm"}, "type": "tool_call"}],
    )


def routed(*replies: Any) -> tuple[RoutedChatModel, ScriptedModel]:
    """A routed model over one scripted large model."""
    llm = ScriptedModel(replies=list(replies))
    router = build_router(models={"llm": llm}, checkpointer=InMemorySaver())
    return RoutedChatModel(router=router), llm


async def test_it_answers_like_any_chat_model() -> None:
    """With nothing configured, local experts answer; the message tells of its route."""
    message = await RoutedChatModel().ainvoke("What is 17% of 2,340?")

    assert message.text == "397.8"
    assert message.response_metadata["route"]["path"] == ["exact"]


def test_it_answers_without_an_event_loop() -> None:
    """``invoke`` and ``stream`` are as good as their twins."""
    model = RoutedChatModel()

    streamed = "".join(str(chunk.text) for chunk in model.stream("solve x^2 - 5x + 6 = 0"))

    assert model.invoke("solve x^2 - 5x + 6 = 0").text == streamed == "x = 2 or x = 3"


async def test_it_streams_the_answer_and_nothing_else() -> None:
    """Chunks add up to the message, metadata included."""
    model, _ = routed("Rome is the capital of Italy.")
    whole: Any = None

    async for chunk in model.astream("What is the capital of Italy?"):
        whole = chunk if whole is None else whole + chunk

    assert whole.text == "Rome is the capital of Italy."
    assert whole.response_metadata["route"]["status"] == "success"


async def test_it_never_waits_for_a_user() -> None:
    """A vague request is decided on, not asked about."""
    model, _ = routed("Here you are.")

    message = await model.ainvoke("fix it")

    assert message.response_metadata["route"]["status"] != "waiting"


async def test_bound_tools_are_offered_to_the_models_of_the_route() -> None:
    """A tool call of the expert is a tool call of the routed model."""
    model, llm = routed(asks_for_weather)

    message = await model.bind_tools([weather]).ainvoke("How is the weather in Ulm?")

    assert [("weather", {"city": "Ulm"})] == [(c["name"], c["args"]) for c in message.tool_calls]
    assert len(llm.calls) == 1


async def test_an_agent_runs_on_it() -> None:
    """``create_agent`` calls the tool the route asked for, and gets its answer from a route."""
    model, llm = routed(asks_for_weather, "Take an umbrella: it rains in Ulm.")
    make: Any = import_module("langchain.agents").create_agent
    agent: Any = make(model=model, tools=[weather], checkpointer=InMemorySaver())

    out: Any = await agent.ainvoke(
        {"messages": [HumanMessage("How is the weather in Ulm?")]},
        {"configurable": {"thread_id": "a"}},
    )

    assert ["human", "ai", "tool", "ai"] == [m.type for m in out["messages"]]
    assert "umbrella" in out["messages"][-1].text
    assert any("It rains in Ulm." in str(m.content) for m in llm.calls[-1])


async def test_structured_output_comes_from_a_model_not_from_a_calculator() -> None:
    """Where a tool call is demanded, experts that cannot make one are passed over."""

    class Total(BaseModel):
        """The total."""

        value: float

    def fills_in(_: Any) -> AIMessage:
        call = {"id": "1", "name": "Total", "args": {"value": 4}, "type": "tool_call"}
        return AIMessage("", tool_calls=[call])

    model, _ = routed(fills_in)

    total = await model.with_structured_output(Total).ainvoke("What is 2 + 2?")

    assert Total(value=4) == total


def test_stop_words_end_the_answer() -> None:
    """What follows a stop word is not part of the answer."""
    model, _ = routed("One. STOP Two.")

    message = model.invoke("What is the capital of Italy?", stop=["STOP"])

    assert message.text == "One. "


def test_a_model_that_fails_says_so() -> None:
    """No answer is an answer too: it says why, and the metadata says fail."""
    model, _ = routed(RuntimeError("broken"))

    message = model.invoke("What is the capital of Italy?")

    assert message.response_metadata["route"]["status"] == "fail"
    assert "no answer" in str(message.text)


def test_its_settings_hold_for_every_call() -> None:
    """The context decides, here on the strategy."""
    model = RoutedChatModel(context=RouteContext(strategy="LLM_REASONING"))

    message = model.invoke("What is 2 + 2?")

    assert message.response_metadata["route"]["strategy"] == "LLM_REASONING"


def test_a_cache_keeps_routed_models_apart() -> None:
    """They know an answer by its model: neither routers nor settings may be mixed up."""
    cache = InMemoryCache()
    first, second = (
        RoutedChatModel(
            router=build_router(models={"llm": ScriptedModel(replies=[says] * 3)}), cache=cache
        )
        for says in ("Of the first.", "Of the second.")
    )
    tenant = first.model_copy(update={"context": RouteContext(tenant="acme")})

    asked = "Which pigment makes leaves green?"
    assert ["Of the first.", "Of the second."] == [m.invoke(asked).text for m in (first, second)]
    routes = [m.invoke(asked).response_metadata["route"]["route_id"] for m in (first, tenant)]
    again = first.invoke(asked).response_metadata["route"]["route_id"]
    assert routes[0] == again != routes[1]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("weather", "weather"),
        ({"type": "function", "function": {"name": "weather"}}, "weather"),
        ({"type": "tool", "name": "weather"}, "weather"),
        ({"type": "any"}, "any"),
        (True, "any"),
        ("required", "any"),
        ("none", "none"),
        (False, None),
    ],
)
async def test_a_demanded_tool_may_be_named_in_any_of_the_usual_ways(given: Any, told: Any) -> None:
    """What a provider's own class takes is understood, and told to the route's models."""
    told_models: list[Any] = []

    class Telling(ScriptedModel):
        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
            told_models.append(kwargs.get("tool_choice"))
            return super().bind_tools(tools, **kwargs)

    model = RoutedChatModel(
        router=build_router(models={"llm": Telling(replies=[asks_for_weather] * 2)})
    )
    await model.bind_tools([weather], tool_choice=given).ainvoke("How is the weather in Ulm?")

    assert [told] == told_models


@pytest.mark.parametrize("given", ["wether", {"type": "function", "function": {"name": "x"}}, 7])
def test_a_demanded_tool_that_is_not_there_is_refused(given: Any) -> None:
    """At once, and with the names of those that are."""
    model, _ = routed()

    with pytest.raises(ConfigError, match=r"tool_choice .* \(weather\)"):
        model.bind_tools([weather], tool_choice=given)
