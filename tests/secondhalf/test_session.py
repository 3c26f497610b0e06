"""A router with its database: steps, results, and going on where a route stopped."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.outputs import ChatResult
from pydantic import PrivateAttr

from secondhalf.checkpoints import ThreadForkedError
from secondhalf.session import Session, Step
from secondhalf.state.budget import Budget
from secondhalf.state.config import ModelConfig, ModelPrices, PolicyConfig, RouterConfig
from secondhalf.state.errors import ConfigError, FinishedRouteError, UnknownRouteError
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import RouteNode, Strategy
from tests.support.openai_server import OpenAIServer
from tests.support.replies import priced_models, reply
from tests.support.scripted import ScriptedModel

EASY = "What is the capital of France?"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        running.script("slm", reply("Paris.", analysis={}))
        yield running


class Hanging(ScriptedModel):
    """Never answers the first call, which is known to have been made."""

    _asked: asyncio.Event = PrivateAttr(default_factory=asyncio.Event)

    @property
    def asked(self) -> asyncio.Event:
        return self._asked

    async def _agenerate(self, *args: Any, **kwargs: Any) -> ChatResult:
        if not self.asked.is_set():
            self.asked.set()
            await asyncio.Event().wait()
        return await super()._agenerate(*args, **kwargs)


async def outcome(steps: AsyncGenerator[Step | RouteResult, None]) -> RouteResult:
    """The last thing a session says."""
    return [step async for step in steps if isinstance(step, RouteResult)][-1]


def session(tmp_path: Path, server: OpenAIServer | None = None) -> Session:
    config = RouterConfig(models=priced_models(server)) if server else RouterConfig()
    return Session(config, f"sqlite:///{tmp_path / 'routes.db'}")


async def test_steps_come_first_then_the_answer_word_by_word_then_the_result(
    tmp_path: Path,
) -> None:
    """Events are plain JSON; tokens add up to the answer."""
    with session(tmp_path) as ours:
        steps = [s async for s in ours.route("What is 2 + 2?", RouteContext())]

    events = [s.event["kind"] for s in steps if isinstance(s, Step) and s.event]
    tokens = [s.token for s in steps if isinstance(s, Step) and s.token]
    assert events[:3] == ["begin", "analyze", "pick"]
    assert "".join(tokens) == "4"
    assert isinstance(steps[-1], RouteResult)


async def test_a_second_turn_goes_on_with_the_conversation(tmp_path: Path) -> None:
    """The thread keeps its messages; each turn is a route of its own."""
    with session(tmp_path) as ours:
        first = await outcome(ours.route("What is 2 + 2?", RouteContext(), "t"))
        second = await outcome(ours.route("What is 3 + 4?", RouteContext(), "t"))
        state = await ours.router.aget_state({"configurable": {"thread_id": "t"}})

    assert first.route_id != second.route_id
    assert ["What is 2 + 2?", "4", "What is 3 + 4?", "7"] == [
        m.text for m in state.values["messages"]
    ]


async def test_a_waiting_route_says_what_it_has_cost_so_far(
    tmp_path: Path, server: OpenAIServer
) -> None:
    """The analysis is paid for before anything is asked, and still is part of the whole."""
    server.script("slm", reply("Done.", analysis={"ambiguity": 0.9, "question": "Which one?"}))

    with session(tmp_path, server) as ours:
        asked = await outcome(ours.route("fix it", RouteContext(), "t"))
        again = await outcome(ours.resume("t"))

    assert ("waiting", "waiting") == (asked.status, again.status)
    assert asked.cost_usd == again.cost_usd == pytest.approx(14e-6)
    assert (100, 20) == (asked.tokens.input, asked.tokens.output)
    assert asked.latency_s > 0.0


async def test_a_waiting_route_says_again_what_it_asks(tmp_path: Path) -> None:
    """Without an answer nothing changes; with one the same route goes on."""
    with session(tmp_path) as ours:
        asked = await outcome(ours.route("fix it", RouteContext(), "t"))
        again = await outcome(ours.resume("t"))
        answered = await outcome(ours.resume("t", "I mean: what is 2 + 2?"))

    assert asked == again
    assert (asked.route_id, "success") == (answered.route_id, answered.status)


async def test_an_empty_answer_is_none(tmp_path: Path) -> None:
    """The route waits on, and takes the next answer."""
    with session(tmp_path) as ours:
        asked = await outcome(ours.route("fix it", RouteContext(), "t"))
        still = await outcome(ours.resume("t", "  "))
        answered = await outcome(ours.resume("t", "What is 2 + 2?"))

    assert (asked.status, still.status, answered.answer) == ("waiting", "waiting", "4")


@pytest.mark.parametrize(("thread", "error"), [("t", FinishedRouteError), ("?", UnknownRouteError)])
async def test_there_is_nothing_to_resume(
    thread: str, error: type[Exception], tmp_path: Path
) -> None:
    """A finished route and an unknown thread are told apart."""
    with session(tmp_path) as ours:
        await outcome(ours.route("What is 2 + 2?", RouteContext(), "t"))

        with pytest.raises(error):
            await outcome(ours.resume(thread))


async def test_what_a_reopened_route_used_is_learned_once(tmp_path: Path) -> None:
    """It ended at a cap, and again when it had gone on: its paths are the same."""
    models = {name: ScriptedModel(replies=["I do not know."]) for name in ("small", "large")}
    config = RouterConfig(
        models=tuple(
            ModelConfig(name=name, tier="mid", prices=ModelPrices(input=price, output=price))
            for name, price in (("small", 1.0), ("large", 100.0))
        ),
        strategies=(
            Strategy(
                name="UP",
                roots=("small",),
                nodes=(
                    RouteNode(id="small", stages=(("small",),), children=("large",)),
                    RouteNode(id="large", stages=(("large",),)),
                ),
            ),
        ),
        policy=PolicyConfig(exploration=0.0),
    )
    short = RouteContext(strategy="UP", clarify=False, budget=Budget(usd=0.02))
    with Session(config, f"sqlite:///{tmp_path / 'routes.db'}", models=models) as ours:
        poor = await outcome(ours.route("Why do ships made of steel float?", short, "t"))
        before = ours.memory.estimates()
        await outcome(ours.resume("t", add_usd=1.0))
        after = ours.memory.estimates()

    assert ("usd", 1.0) == (poor.capped, before.skills["small"].usd.calls)
    assert before.skills["small"].usd == after.skills["small"].usd


async def test_a_route_that_ran_out_of_money_goes_on_with_more(
    tmp_path: Path, server: OpenAIServer
) -> None:
    """The same route, from where it stopped: the free paths are not tried again."""
    with session(tmp_path, server) as ours:
        poor = await outcome(ours.route(EASY, RouteContext(budget=Budget(usd=0)), "t"))
        richer = await outcome(ours.resume("t", add_usd=0.5))
        state = await ours.router.aget_state({"configurable": {"thread_id": "t"}})

    assert ("fail", "usd") == (poor.status, poor.capped)
    assert ("success", "Paris.", poor.route_id) == (richer.status, richer.answer, richer.route_id)
    assert [e.node for e in richer.explored][: len(poor.explored)] == [
        e.node for e in poor.explored
    ]
    assert [EASY, "Paris."] == [m.text for m in state.values["messages"]]


@pytest.mark.parametrize(("cap", "more"), [("seconds", 200.0), ("tokens", 50_000), ("calls", 8)])
async def test_a_route_that_ended_at_another_cap_goes_on_with_more_of_it(
    cap: str, more: float, tmp_path: Path, server: OpenAIServer
) -> None:
    """Each cap can be raised by itself; more of anything else changes nothing."""
    short = RouteContext(budget=Budget.model_validate({cap: 0}))
    added: Any = {f"add_{cap}": more}
    with session(tmp_path, server) as ours:
        poor = await outcome(ours.route(EASY, short, "t"))
        with pytest.raises(FinishedRouteError, match="want of money"):
            await outcome(ours.resume("t", add_usd=1.0))
        richer = await outcome(ours.resume("t", **added))

    assert ("fail", cap) == (poor.status, poor.capped)
    assert ("success", "Paris.", poor.route_id) == (richer.status, richer.answer, richer.route_id)


async def test_a_route_whose_budget_went_to_a_lost_call_goes_on_with_more(
    tmp_path: Path,
) -> None:
    """The path is opened again; both attempts are on the ledger, and what the second used is
    learned."""
    model = Hanging(replies=["Paris."])
    price = ModelPrices(input=10.0, output=10.0)
    config = RouterConfig(
        models=(ModelConfig(name="m", tier="llm", prices=price, max_retries=0),),
        strategies=(
            Strategy(name="ONE", roots=("n",), nodes=(RouteNode(id="n", stages=(("m",),)),)),
        ),
        policy=PolicyConfig(exploration=0.0),
    )
    short = RouteContext(strategy="ONE", clarify=False, budget=Budget(calls=1))
    with Session(config, f"sqlite:///{tmp_path / 'routes.db'}", models={"m": model}) as ours:
        killed = asyncio.ensure_future(outcome(ours.route(EASY, short, "t")))
        await asyncio.wait_for(model.asked.wait(), 30.0)
        killed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await killed
        poor = await outcome(ours.resume("t"))
        with pytest.raises(FinishedRouteError, match="want of calls"):
            await outcome(ours.resume("t", add_usd=1.0))
        richer = await outcome(ours.resume("t", add_calls=1))
        learned = ours.memory.estimates().skills["m"].usd.calls

    assert ("fail", "calls", ["n"]) == (poor.status, poor.capped, [p.node for p in poor.explored])
    assert ("success", "Paris.", 1) == (richer.status, richer.answer, richer.estimated_calls)
    (path,) = richer.explored
    assert poor.cost_usd < path.cost_usd == richer.cost_usd
    told = [made.kind for made in richer.trace if made.kind in ("call", "verify")]
    assert ["call", "verify"] * 2 == told
    assert 1.0 == learned


@pytest.mark.parametrize("more", [-1.0, float("nan"), float("inf"), 1e308])
async def test_what_is_no_amount_cannot_be_added(
    more: float, tmp_path: Path, server: OpenAIServer
) -> None:
    """The route stays as it ended."""
    rich = RouteContext(budget=Budget(usd=0, seconds=1.7e308))
    with session(tmp_path, server) as ours:
        await outcome(ours.route(EASY, rich, "t"))

        with pytest.raises(ConfigError if more != 1e308 else FinishedRouteError):
            await outcome(ours.resume("t", add_seconds=more))


async def test_money_does_not_reopen_a_route_that_had_enough(tmp_path: Path) -> None:
    """Only the cap on dollars is lifted by dollars."""
    with session(tmp_path) as ours:
        await outcome(ours.route("What is 2 + 2?", RouteContext(), "t"))

        with pytest.raises(FinishedRouteError, match="want of money"):
            await outcome(ours.resume("t", add_usd=1.0))


async def test_turns_that_run_at_once_on_one_thread_get_their_own_answers(
    tmp_path: Path,
) -> None:
    """Never another prompt's: who was overtaken is told, and the thread does not fork."""
    with session(tmp_path) as one, session(tmp_path) as two:
        results = await asyncio.gather(
            *(
                outcome((one if n % 2 else two).route(f"What is 2 + {n}?", RouteContext(), "t"))
                for n in range(1, 7)
            ),
            return_exceptions=True,
        )

    answered = {n: r for n, r in enumerate(results, 1) if not isinstance(r, BaseException)}
    overtaken = [r for r in results if isinstance(r, BaseException)]
    assert {n: str(2 + n) for n in answered} == {n: r.answer for n, r in answered.items()}
    assert answered
    assert all(isinstance(error, ThreadForkedError) for error in overtaken)
