"""What experts are told of a conversation."""

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolCall, ToolMessage

from secondhalf.policy.nonanswer import is_non_answer
from secondhalf.state.conversation import UNANSWERED, WITHHELD, as_told


def said(text: str, **route: object) -> AIMessage:
    """A message of the router."""
    return AIMessage(text, id="1", response_metadata={"route": route})


def test_what_the_router_said_for_want_of_an_answer_becomes_a_note() -> None:
    """Its reasons are no answer; that there was none is known."""
    talk: list[AnyMessage] = [
        HumanMessage("Why?"),
        said("I have no answer: the cap on usd leaves no path to open.", status="fail"),
        HumanMessage("How many may I take?"),
        said("I do not answer this: it is high-risk.", status="fail", withheld=True),
    ]

    assert ["Why?", UNANSWERED, "How many may I take?", WITHHELD] == [
        message.text for message in as_told(talk)
    ]
    assert [message.id for message in talk] == [message.id for message in as_told(talk)]
    assert str(talk[1].text).startswith("I have no answer")


def test_all_else_stays_as_it_is() -> None:
    """Answers, good or doubtful, whatever others said, and calls of tools with their results."""
    call: ToolCall = {"id": "c", "name": "look", "args": {}, "type": "tool_call"}
    asking = AIMessage("", tool_calls=[call], response_metadata={"route": {"status": "fail"}})
    talk: list[AnyMessage] = [
        HumanMessage("Why?"),
        said("Because.", status="success"),
        said("Perhaps because.", status="uncertain"),
        AIMessage("I have no answer."),
        AIMessage("Just so.", response_metadata={"route": "fail"}),
        asking,
        ToolMessage("there", tool_call_id="c"),
    ]

    assert talk == as_told(talk)


def test_a_note_that_a_model_repeats_is_no_answer() -> None:
    """Small models say again what they see said."""
    assert all(map(is_non_answer, (UNANSWERED, WITHHELD)))
