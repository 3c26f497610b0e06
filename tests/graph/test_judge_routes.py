"""Whole routes in which two answers differ and a judge may be asked which is right."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver

from secondhalf.graph.router import build_router
from secondhalf.memory import Memory
from secondhalf.state.budget import Budget, Ledger, LedgerEntry
from secondhalf.state.config import ModelConfig, RouterConfig
from secondhalf.state.feedback import Feedback
from secondhalf.state.request import RouteContext
from secondhalf.state.result import RouteResult
from secondhalf.state.strategy import BOTH_ORDERS, RouteNode, Strategy
from tests.graph.test_inflight import Killed
from tests.support.judging import preference, preferring, saying, shown_in
from tests.support.openai_server import Body, OpenAIServer, Reply, last_user_text
from tests.support.scripted import ScriptedModel

ASKED = "Ann has 17 apples, eats a few and finds some more. How many apples does Ann have?"
PRICES = {"one": 0.1, "two": 0.1, "four": 30.0, "ref": 1.0}
"""US dollars per million tokens."""
FAMILIES = {"one": "llama", "two": "qwen", "four": "gpt", "ref": "claude"}
COMPARE = RouteNode(id="compare", stages=BOTH_ORDERS)


def config(prices: dict[str, float] | None = None, **fields: Any) -> RouterConfig:
    """Two small models that answer side by side, a dear one, and a judge that answers nothing."""
    models = tuple(
        ModelConfig.model_validate(
            {
                "name": name,
                "tier": "llm" if name == "ref" else "slm",
                "roles": ("verifier",) if name == "ref" else ("reasoner",),
                "family": FAMILIES[name],
                "prices": {"input": price, "output": price},
                "max_retries": 0,
            }
            | fields
        )
        for name, price in (prices or PRICES).items()
    )
    both = RouteNode(id="both", stages=(("one", "two"),))
    four = RouteNode(id="four", stages=(("four",),))
    nodes = (both, four, COMPARE)
    strategy = Strategy(name="BOTH", roots=tuple(n.id for n in nodes), nodes=nodes)
    return RouterConfig(models=models, strategies=(strategy,))


def models(*judge: Any, two: str = "19", one: str = "The answer is 20.") -> Any:
    said = {"one": [one], "two": [two], "four": ["18"], "ref": list(judge)}
    return {name: ScriptedModel(replies=replies) for name, replies in said.items()}


GIVEN: Any = {"messages": [("user", ASKED)]}


async def routed(
    given: Any, memory: Memory | None = None, setup: RouterConfig | None = None, **caps: Any
) -> RouteResult:
    setup = setup or config()
    router = build_router(setup, models=given, memory=memory)
    context = RouteContext.model_validate(
        {"strategy": "BOTH", "clarify": False, "preset": "thorough", "budget": caps}
    )
    result: RouteResult = (await router.ainvoke(GIVEN, context=context))["route"]
    return result


def explored(result: RouteResult) -> dict[str, str]:
    return {path.node: path.status for path in result.explored}


@pytest.mark.parametrize("right", ["19", "20"])
async def test_a_consistent_verdict_decides_between_two_answers(right: str) -> None:
    """Both orders are shown, both calls are paid; what is preferred is given, not as certain."""
    given = models(saying(preferring(right)))

    result = await routed(given)

    shown = [shown_in(str(messages[-1].text)) for messages in given["ref"].calls]
    assert 2 == len(shown)
    assert shown[0] == {"first": shown[1]["second"], "second": shown[1]["first"]}
    assert right in (result.answer or "")
    assert "success" == explored(result)["compare"]
    assert "ref as judge prefers it, in both orders" in result.reason
    assert 0.4 < result.quality < 0.8
    judged = next(path for path in result.explored if path.node == "compare")
    assert judged.cost_usd == pytest.approx(2 * 15e-6)
    assert result.cost_usd == pytest.approx(sum(path.cost_usd for path in result.explored))


async def test_two_answers_that_agree_are_not_compared() -> None:
    """There is nothing to decide."""
    given = models(saying(preferring("20")), two="20")

    result = await routed(given)

    assert "compare" not in explored(result)
    assert [] == given["ref"].calls


NO_VERDICT: dict[str, list[Any]] = {
    "always the first": [preference("first")],
    "always the second": [preference("second")],
    "always yes": ['{"preferred": "yes", "confidence": 1, "reason": "yes"}'],
    "always correct": ['{"verdict": "correct", "confidence": 1, "problems": []}'],
    "neither": [preference("neither")],
    "doubts itself": [saying(preferring("19"), confidence=0.2)],
    "no JSON": ["Both are fine."],
    "empty": [""],
    "out of order": [ConnectionError("nobody there")],
    "once right, then broken": [preference("first"), "what?"],
}


@pytest.mark.parametrize("case", NO_VERDICT)
async def test_a_judge_without_a_verdict_moves_nothing(case: str) -> None:
    """Biased by place, saying yes to all, or broken: all is as it would be without it."""
    given = models(*NO_VERDICT[case])

    result = await routed(given)
    without = await routed(models(), setup=_without_judge())

    assert "fail" == explored(result)["compare"]
    assert given["ref"].calls
    assert (without.answer, explored(without)["both"]) == (result.answer, explored(result)["both"])
    assert without.quality == result.quality
    judged = next(path for path in result.explored if path.node == "compare")
    assert judged.reason.startswith("no verdict: ")


def _without_judge() -> RouterConfig:
    whole = config()
    strategy = whole.strategies[0]
    cut = Strategy(name="BOTH", roots=strategy.roots[:2], nodes=strategy.nodes[:2])
    return whole.model_copy(update={"strategies": (cut,)})


async def entries(given: Any) -> list[LedgerEntry]:
    """The lines of the ledger on the judge's path, as they were written, after that of ``both``."""
    saver, thread = InMemorySaver(), {"configurable": {"thread_id": "t"}}
    router = build_router(config(), models=given, checkpointer=saver)
    context = RouteContext(strategy="BOTH", clarify=False, preset="quality")
    held: list[LedgerEntry] = []
    streamed: Any = router.astream(GIVEN, cast(Any, thread), context=context, stream_mode="values")
    async for state in streamed:
        ledger: Ledger = state.get("ledger", Ledger())
        held += [e for e in ledger.entries if e.node == "compare" or (not held and e.settled)]
    return [e for e in held if e.node == "both"][-1:] + [e for e in held if e.node == "compare"]


async def test_the_ledger_holds_both_calls_before_either_is_made() -> None:
    """And what they used once they are."""
    _, before, *_, after = await entries(models(saying(preferring("19"))))

    assert (None, 2) == (before.settled, before.reserved.calls)
    assert after.settled is not None
    assert (2, 30) == (after.settled.calls, after.settled.tokens)
    assert 0.0 < after.settled.usd < before.reserved.usd


@pytest.mark.parametrize("cap", ["usd", "calls"])
async def test_a_cap_that_allows_one_order_only_allows_neither(cap: str) -> None:
    """Both are reserved before either is made, or it is not asked at all."""
    both, compare, *_ = await entries(models(saying(preferring("19"))))
    assert both.settled is not None
    spent, needed = getattr(both.settled, cap), getattr(compare.reserved, cap)
    one_order = spent + (needed / 2 if cap == "usd" else needed // 2)

    plenty = await routed(models(saying(preferring("19"))), **{cap: spent + needed})
    given = models(saying(preferring("19")))
    short = await routed(given, **{cap: one_order})

    assert "success" == explored(plenty)["compare"]
    assert "compare" not in explored(short)
    assert [] == given["ref"].calls
    looks: Any = [e.data["alternatives"] for e in short.trace if e.kind == "plan"]
    reasons = [look["reason"] for one in looks for look in one if look["node"] == "compare"]
    assert f"cap on {cap}" in reasons


async def test_it_is_not_asked_where_it_could_change_nothing(tmp_path: Path) -> None:
    """A judge that was found to be wrong as often as right is worth no cent."""
    with Memory.from_url(f"sqlite:///{tmp_path / 'm.db'}") as memory:
        asked = list[bool]()
        while len(asked) < 40 and all(asked):
            told = await routed(models(saying(preferring("19"))), memory)
            asked.append("compare" in explored(told))
            memory.add_feedback(Feedback(route_id=told.route_id, path_scores={"both": 0.0}))

        known = memory.estimates().common.judges["ref"]
        assert (True, False) == (asked[0], asked[-1])
        assert known.wrong > known.right
        assert known.asked >= known.decided > 0.0


class MortalSaver(InMemorySaver):
    """The process ends just before its ``moment``-th write is durable, or before that of the second
    of a judge's two answers if no moment is given. From then on nothing is, until it is read."""

    def __init__(self, moment: int = 0) -> None:
        super().__init__()
        self.moment, self.written, self.judged = moment, 0, 0
        self.dead = self.died = False

    def get_tuple(self, config: Any) -> Any:
        self.dead = False
        return super().get_tuple(config)

    def put(self, *args: Any, **kwargs: Any) -> Any:
        self._live(dies=False)
        return super().put(*args, **kwargs)

    def put_writes(
        self, config: Any, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        answers = [value for channel, value in writes if channel == "answers"]
        self.judged += sum(result.expert == "judge" for value in answers for result in value)
        self._live(dies=not self.moment and self.judged == 2)
        super().put_writes(config, writes, task_id, task_path)

    def _live(self, *, dies: bool) -> None:
        self.written += 1
        if not self.died and (dies or self.written == self.moment):
            self.dead = self.died = True
        if self.dead:
            raise Killed


def resumed(given: Any, saver: MortalSaver, usd: float) -> RouteResult:
    """The outcome of a route that is resumed after its process ended; begun anew if need be."""
    router = build_router(config(), models=given, checkpointer=saver)
    thread: Any = {"configurable": {"thread_id": "t"}}
    context = RouteContext(strategy="BOTH", clarify=False, preset="quality", budget=Budget(usd=usd))
    put: Any = GIVEN
    while True:
        try:
            out = router.invoke(put, thread, context=context, durability="sync")
        except Killed:
            put = None if router.get_state(thread).values else GIVEN
        else:
            result: RouteResult = out["route"]
            return result


def test_a_crash_between_the_two_calls_repeats_only_the_lost_one() -> None:
    """It is charged twice; the verdict is the same, and the caps hold."""
    given = models(saying(preferring("19")))

    result = resumed(given, MortalSaver(), usd=0.05)

    assert ("19", "success") == (result.answer, explored(result)["compare"])
    assert (3, 1) == (len(given["ref"].calls), result.estimated_calls)
    assert (1, 1) == (len(given["one"].calls), len(given["two"].calls))
    assert 0.0 < result.cost_usd <= 0.05


def test_a_crash_anywhere_changes_no_verdict() -> None:
    """Before any write in turn: at most the two calls in flight are repeated, and are paid for."""
    whole = MortalSaver(10**9)
    reference = resumed(models(saying(preferring("19"))), whole, usd=0.05)
    for moment in range(1, whole.written + 1):
        given = models(saying(preferring("19")))

        result = resumed(given, MortalSaver(moment), usd=0.05)

        calls = sum(len(model.calls) for model in given.values())
        assert (moment, "19", explored(reference)) == (moment, result.answer, explored(result))
        assert 4 <= calls <= 6
        assert (moment, calls > 4) == (moment, result.cost_usd > reference.cost_usd)
        assert result.cost_usd <= 0.05


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        running.script("one", Reply(text="The answer is 20."))
        running.script("two", Reply(text="19"))
        running.script("four", Reply(text="18"))
        yield running


def over_http(server: OpenAIServer) -> RouterConfig:
    whole = config()
    return whole.model_copy(
        update={
            "models": tuple(
                m.model_copy(update={"model": m.name, "base_url": server.url, "timeout": 5})
                for m in whole.models
            )
        }
    )


@pytest.mark.parametrize("biased", [False, True], ids=["fair", "biased"])
async def test_over_http_both_orders_are_asked(server: OpenAIServer, biased: bool) -> None:
    """A strict form is asked for; usage is what the server reports."""

    def judge(body: Body) -> Reply:
        pick = preferring("19")(shown_in(last_user_text(body)))
        told = {"preferred": "first" if biased else pick, "confidence": 0.9, "reason": "r"}
        return Reply(json=told)

    server.script("ref", judge)

    result = await routed({}, setup=over_http(server))

    bodies = server.bodies("ref")
    first, second = (shown_in(last_user_text(body)) for body in bodies)
    assert first == {"first": second["second"], "second": second["first"]}
    assert all(body["response_format"]["json_schema"]["strict"] for body in bodies)
    assert ("fail" if biased else "success") == explored(result)["compare"]
    judged = next(path for path in result.explored if path.node == "compare")
    assert judged.cost_usd == pytest.approx(2 * 120e-6)


async def test_over_http_a_judge_that_fails_costs_no_route(server: OpenAIServer) -> None:
    """Its error is told, and the search goes on."""
    server.script("ref", Reply(status=500, error="broken"))

    result = await routed({}, setup=over_http(server))

    assert "fail" == explored(result)["compare"]
    assert result.answer is not None


@pytest.mark.parametrize("cap", ["usd", "calls", "tokens"])
async def test_a_judge_that_lies_about_usage_is_charged_at_the_most(cap: str) -> None:
    """What cannot be is not believed; whatever it tells, no cap is exceeded."""
    usage: Any = {"input_tokens": -9, "output_tokens": 10**12, "total_tokens": 0}
    pick = preferring("19")

    def lie(messages: Any) -> AIMessage:
        said = AIMessage(preference(pick(shown_in(str(messages[-1].text)))))
        return said.model_copy(update={"usage_metadata": usage})

    caps: Any = {"usd": 0.02, "calls": 4, "tokens": 20_000}
    result = await routed(models(lie), **{cap: caps[cap]})

    assert ("success", 2) == (explored(result)["compare"], result.estimated_calls)
    assert 0.0 < result.cost_usd <= (caps["usd"] if cap == "usd" else 0.25)
    spent = result.tokens.input + result.tokens.output
    assert spent <= (caps["tokens"] if cap == "tokens" else 100_000)
