"""With redaction on, nothing private reaches the database, and the route answers all the same."""

from pathlib import Path
from typing import Any

import pytest
from langgraph.types import Command
from pydantic import BaseModel

from secondhalf.api import route
from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.graph.redacting import RedactingSerializer
from secondhalf.graph.router import build_router
from secondhalf.graph.serialisation import RouteSerializer
from secondhalf.memory import Memory
from secondhalf.policy.estimates.wording import ENDING
from secondhalf.state.config import ModelConfig, RouterConfig
from secondhalf.state.feedback import Feedback
from secondhalf.state.redaction import RedactConfig
from secondhalf.state.request import RouteContext
from tests.support.scripted import ScriptedModel

EMAIL = "zaphod@heartofgold.example"
CONFIG = RouterConfig(redact=RedactConfig(kinds=("emails",)))


class Ours(BaseModel):
    """What a parent keeps in its state."""

    number: int


def asked(prompt: str) -> Any:
    """The input of a turn."""
    return {"messages": [("user", prompt)]}


def held(folder: Path, url: str) -> str:
    """All that the database says, read as a program reads it, and as bytes."""
    with SQLAlchemySaver.from_url(url) as saver, Memory.from_url(url) as memory:
        stored = [str(one) for one in saver.list(None)]
        stored += [str(memory.route(one.route_id)) for one in memory.routes()]
        stored += [str(said) for one in memory.routes() for said in memory.feedback(one.route_id)]
    files = [file.read_bytes().decode("latin1") for file in folder.glob("routes.db*")]
    return "\n".join(stored + files)


def test_nothing_private_is_stored(tmp_path: Path) -> None:
    """Neither in checkpoints, nor in routes, traces and notes."""
    url = f"sqlite:///{tmp_path / 'routes.db'}"
    prompt = f"My boss {EMAIL} asks: what is 12% of 450? Thanks!"

    done = route(prompt, config=CONFIG, db=url)
    with Memory.from_url(url).with_redaction(lambda text: text.replace(EMAIL, "[boss]")) as memory:
        memory.add_feedback(Feedback(route_id=done.route_id, success=True, notes=f"ask {EMAIL}"))

    assert "54" == done.answer
    found = held(tmp_path, url)
    assert EMAIL not in found
    assert "My boss [email] asks" in found
    assert "ask [boss]" in found


@pytest.mark.parametrize("cut", range(ENDING - 26, ENDING + 3, 4))
def test_no_half_of_what_is_private_is_kept_of_an_answer(cut: int, tmp_path: Path) -> None:
    """Its last characters are learned from: what they cut in two was masked before."""
    url = f"sqlite:///{tmp_path / 'routes.db'}"
    tail = "fine. " * ENDING
    said = f"Write to {EMAIL} {tail[: cut - 1]}"
    model = ModelConfig(name="m", tier="mid", roles=("reasoner",))
    config = CONFIG.model_copy(update={"models": (model,)})
    with Memory.from_url(url) as memory:
        router = build_router(config, models={"m": ScriptedModel(replies=[said])}, memory=memory)
        context = RouteContext(clarify=False)
        out = router.invoke(asked("Why is Zaphod so happy with it?"), context=context)
        memory.add_feedback(Feedback(route_id=out["route"].route_id, success=True))
        held = memory.route(out["route"].route_id)

    assert held.result is not None
    endings = [a.wording.ending for p in held.result.explored for a in p.answers if a.wording]
    assert [len(one) // 10 for one in endings] in ([39], [40])
    rows = "".join(file.read_bytes().decode("latin1") for file in tmp_path.glob("routes.db*"))
    assert not any(part in str(held) + rows for part in ("heart", "ofgold", "gold.ex", "zaphod@"))


def test_what_may_be_loaded_is_still_checked(caplog: pytest.LogCaptureFixture) -> None:
    """LangGraph adds the types of a parent's state, and warns of serialisers that take none."""
    serde = RedactingSerializer(RouteSerializer(), str.upper)
    wider = serde.with_msgpack_allowlist([(Ours.__module__, "Ours")])

    with SQLAlchemySaver.from_url("sqlite://") as saver:
        build_router(CONFIG, checkpointer=saver)

    assert "allowlist" not in caplog.text
    stored = wider.dumps_typed(Ours(number=3))
    assert Ours(number=3) == wider.loads_typed(stored)
    assert Ours(number=3) != serde.loads_typed(stored)
    assert "A" == wider.loads_typed(wider.dumps_typed("a"))


def test_it_is_there_without(tmp_path: Path) -> None:
    """The test above would find it."""
    url = f"sqlite:///{tmp_path / 'routes.db'}"
    route(f"My boss {EMAIL} asks: what is 12% of 450? Thanks!", config=RouterConfig(), db=url)

    assert EMAIL in held(tmp_path, url)


def test_a_question_and_its_answer_are_masked_too(tmp_path: Path) -> None:
    """A route that waits and goes on: from then on it works with what was stored."""
    url = f"sqlite:///{tmp_path / 'routes.db'}"
    config: Any = {"configurable": {"thread_id": "t"}}
    with SQLAlchemySaver.from_url(url) as saver, Memory.from_url(url) as memory:
        router = build_router(CONFIG, checkpointer=saver, memory=memory)
        router.invoke(asked(f"fix it for {EMAIL}"), config)
        out = router.invoke(Command(resume=f"{EMAIL} wants to know: what is 2+2?"), config)

        assert "4" == out["messages"][-1].text

    assert EMAIL not in held(tmp_path, url)


def test_a_conversation_goes_on_with_what_was_stored(tmp_path: Path) -> None:
    """Ids and order of the messages are kept."""
    url = f"sqlite:///{tmp_path / 'routes.db'}"
    config: Any = {"configurable": {"thread_id": "t"}}
    with SQLAlchemySaver.from_url(url) as saver:
        router = build_router(CONFIG, checkpointer=saver)
        router.invoke(asked(f"I am {EMAIL}. What is 2+2?"), config)
        out = router.invoke(asked("What is 3+3?"), config)

    assert ["I am [email]. What is 2+2?", "4", "What is 3+3?", "6"] == [
        message.text for message in out["messages"]
    ]
