from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from secondhalf.experts.breaker import Breaker
from secondhalf.experts.classifier import ClassifierExpert
from secondhalf.state.analysis import TaskAnalysis
from tests.support.asking import FakePace, call, config, group
from tests.support.openai_server import OpenAIServer, Reply, completion_of, last_user_text

NAMES = (
    "intent",
    "domain",
    "difficulty",
    "risk",
    "needs_retrieval",
    "needs_tools",
    "adversarial",
    "ambiguity",
)
FORM: dict[str, Any] = {
    "intent": "code",
    "domain": "internal",
    "difficulty": "high",
    "risk": "medium",
    "needs_retrieval": False,
    "needs_tools": True,
    "adversarial": 0.2,
    "adversarial_indicators": ["asks for\nsecrets"],
    "ambiguity": 0.7,
    "question": "Which branch?",
    "answer_kind": "code",
    **{f"{name}_confidence": 0.9 for name in NAMES},
}
TALK = [HumanMessage("Fix the parser"), AIMessage("Done: ..."), HumanMessage("commit it")]


async def test_an_analysis_with_a_confidence_per_field(openai_server: OpenAIServer) -> None:
    """Every field of a ``TaskAnalysis`` comes from the model's form, and says so."""
    openai_server.script("m", Reply(json=FORM))

    got = await ClassifierExpert(group(config(openai_server.url))).ask(call("commit it"), TALK)

    assert isinstance(got.analysis, TaskAnalysis)
    assert ("code", "internal", "high", "medium", False, True, 0.7, "code", "model") == (
        got.analysis.intent,
        got.analysis.domain,
        got.analysis.difficulty,
        got.analysis.risk,
        got.analysis.needs_retrieval,
        got.analysis.needs_tools,
        got.analysis.ambiguity,
        got.analysis.answer_kind,
        got.analysis.source,
    )
    assert (0.2, ("asks for secrets",)) == (
        got.analysis.adversarial.score,
        got.analysis.adversarial.indicators,
    )
    assert {0.9} == set(got.analysis.confidence.model_dump().values())
    assert ("classifier", 1, 120) == (got.role, got.usage.calls, got.usage.tokens)


async def test_it_reads_the_conversation(openai_server: OpenAIServer) -> None:
    """All of it is one block of data, so that nobody in it speaks to the analyzer."""
    openai_server.script("m", Reply(json=FORM))

    await ClassifierExpert(group(config(openai_server.url))).ask(call("commit it"), TALK)

    body = openai_server.bodies("m")[0]
    request = last_user_text(body)
    assert "user: Fix the parser\n\nassistant: Done: ...\n\nuser: commit it" in request
    assert ["system", "user"] == [message["role"] for message in body["messages"]]


async def test_a_malformed_analysis_is_mended_once(openai_server: OpenAIServer) -> None:
    """The model is told what is wrong; both answers are paid for."""
    openai_server.script("m", Reply(json=FORM | {"difficulty": "extreme"}), Reply(json=FORM))

    got = await ClassifierExpert(group(config(openai_server.url))).ask(call(), TALK)

    assert got.analysis is not None
    assert (2, 200) == (got.attempts, got.usage.input_tokens)
    mend = openai_server.bodies("m")[1]["messages"][-1]["content"]
    assert "difficulty" in mend


async def test_an_analysis_cut_short_is_paid_as_reported_and_not_asked_for_again(
    openai_server: OpenAIServer,
) -> None:
    """The same limit would cut it again."""
    cut = Reply('{"intent": "co', finish_reason="length", usage=(100, 20))
    openai_server.script("m", cut)

    got = await ClassifierExpert(group(config(openai_server.url))).ask(call(), TALK)

    assert (None, 1) == (got.analysis, got.attempts)
    assert "cut short" in str(got.error)
    assert (100, 20, 0) == (
        got.usage.input_tokens,
        got.usage.output_tokens,
        got.usage.estimated_calls,
    )


@pytest.mark.parametrize(
    "nonsense",
    ["I think it is hard.", '{"intent": "code"}', "[1, 2]", '{"intent": "hack", "x": 1}'],
)
async def test_nonsense_leaves_it_to_the_local_analyzer(
    openai_server: OpenAIServer, nonsense: str
) -> None:
    """The result is an error and holds no analysis."""
    openai_server.script("m", Reply(raw=completion_of(nonsense)))

    got = await ClassifierExpert(group(config(openai_server.url))).ask(call(), TALK)

    assert (None, 2) == (got.analysis, got.attempts)
    assert got.error is not None


async def test_a_model_that_never_fits_the_form_is_left_alone_for_a_while(
    openai_server: OpenAIServer,
) -> None:
    """Each analysis costs two requests; the model itself may be asked for answers all the same."""
    prose = Reply(raw=completion_of("It asks for a fix."))
    openai_server.script("m", *[prose] * 6, Reply(json=FORM))
    pace = FakePace()
    chat = group(config(openai_server.url), pace=pace)
    breaker = Breaker(threshold=3, cooldown=60, clock=pace.pace.clock)
    expert = ClassifierExpert(chat, breaker=breaker)

    got = [await expert.ask(call("fix it"), TALK) for _ in range(4)]
    assert (6, True) == (len(openai_server.requests), chat.available())
    assert got[3].error is not None
    assert "not asked for 60 s" in got[3].error
    assert 0 == got[3].attempts

    pace.now += 60
    assert (await expert.ask(call("fix it"), TALK)).analysis is not None
