"""Plays recorded prompts through the real router graph."""

import math
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Durability

from secondhalf.checkpoints import SQLAlchemySaver
from secondhalf.evals.data.dataset import Answer, DataSet
from secondhalf.evals.errors import NotRecordedError
from secondhalf.evals.replay.desk import Desk, Seat
from secondhalf.evals.replay.world import replay_config, replay_models
from secondhalf.evals.sight import Task
from secondhalf.graph.router import build_router
from secondhalf.memory import Example, Memory
from secondhalf.policy.estimates.arms import family_of
from secondhalf.policy.planner import SearchPlanner, View
from secondhalf.policy.priors import TIER_QUALITY
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.base import Noun
from secondhalf.state.budget import DEFAULT_BUDGET, Budget
from secondhalf.state.caps import UNCAPPED
from secondhalf.state.config import RouterConfig
from secondhalf.state.decision import Alternative, Decision
from secondhalf.state.estimate import Answered
from secondhalf.state.feedback import Feedback
from secondhalf.state.policy import Preset
from secondhalf.state.request import RouteContext, RouteRequest
from secondhalf.state.result import RouteResult
from secondhalf.state.route import RouteInput

PRINCIPAL = "evaluation"
"""Who gives the feedback of a replay."""


class Play(Noun):
    """What became of one prompt. Amounts are None where they are not known."""

    place: int
    """Of the prompt in the data set."""
    score: float = 0.0
    cost_usd: float | None = None
    latency_s: float | None = None
    quality: float | None = None
    opened: tuple[str, ...] = ()
    """The models whose answers were opened, in order."""
    answered_by: str = ""
    """The model whose answer was given; empty if none was."""
    path: str = ""
    need: float | None = None
    """Before any generation: expected quality of the strong model less that of the weak one."""
    violated: str = ""
    """The budget's cap that was exceeded; empty if none was."""
    route_id: str = ""
    path_scores: dict[str, float] = {}


class _Drawn:
    """A planner whose chances are those of a run and a prompt: the same when replayed again."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.place = -1
        self._planner = SearchPlanner()

    def plan(self, view: View) -> Decision:
        """See ``Planner.plan``."""
        return self._planner.plan(view._replace(seed=f"{self._number} {self.place}"))


class Player:
    """Full search: routes prompts of a data set and, if asked to, gives the router the labels.

    A context manager. With ``folder`` every route is persisted there, by a checkpointer and a
    memory, as it would be live.
    """

    def __init__(
        self,
        dataset: DataSet,
        preset: Preset,
        *,
        number: int = 0,
        budget: Budget | None = None,
        folder: Path | None = None,
    ) -> None:
        """``number`` is the run: which of several recorded samples is replayed."""
        self._dataset = dataset
        self._preset: Preset = preset
        self._budget = (budget or Budget()).over(DEFAULT_BUDGET)
        self._desk = Desk(dataset, number)
        url = None if folder is None else f"sqlite:///{folder}"
        self._memory = None if url is None else Memory.from_url(f"{url}/memory.db", caps=UNCAPPED)
        self._saver = None if url is None else SQLAlchemySaver.from_url(f"{url}/checkpoints.db")
        config = replay_config(dataset)
        self._experts = {n.id: n.experts for s in config.strategies for n in s.nodes}
        self._planner = _Drawn(number)
        self._router = build_router(
            config,
            models=replay_models(dataset),
            checkpointer=self._saver,
            memory=self._memory,
            planner=self._planner,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._saver is not None:
            self._saver.close()
        if self._memory is not None:
            self._memory.close()

    async def play(self, place: int) -> Play:
        """Route the prompt at ``place``.

        Raises:
            ForbiddenSightError: the router reached for what it may not see.
        """
        context = RouteContext(
            budget=self._budget, preset=self._preset, clarify=False, principal=PRINCIPAL
        )
        config: RunnableConfig = {"configurable": {"thread_id": str(place)}}
        durability: Durability | None = None if self._saver is None else "exit"
        self._planner.place = place
        with self._desk.seat(place) as (task, seat):
            out = await self._router.ainvoke(
                _asked(task), config, context=context, durability=durability
            )
        return self._scored(out["route"], seat)

    async def learn(self, play: Play) -> None:
        """Give the router the labels of the answers that it opened."""
        if self._memory is not None and play.opened:
            feedback = Feedback(
                route_id=play.route_id,
                success=play.score >= 0.5,
                factuality_score=play.score,
                path_scores=play.path_scores,
                principal=PRINCIPAL,
            )
            await self._memory.aadd_feedback(feedback)

    async def forget(self, place: int) -> None:
        """Undo what a run that was cut short may have left of this prompt."""
        if self._memory is not None:
            await self._memory.aforget_thread(str(place))
        if self._saver is not None:
            await self._saver.adelete_thread(str(place))

    def _scored(self, result: RouteResult, seat: Seat) -> Play:
        named = [(self._dataset.models[column], answer) for column, answer in seat.opened]
        given = self._given(result, named)
        latencies = [answer.latency_s for _, answer in named]
        return Play(
            place=seat.place,
            score=given[1].score if given is not None else 0.0,
            cost_usd=_known(seat.cost_usd),
            latency_s=None if None in latencies else result.latency_s,
            quality=result.quality if given is not None else None,
            opened=tuple(name for name, _ in named),
            answered_by=given[0] if given is not None else "",
            path=result.path[-1] if given is not None else "",
            violated=violated(result, seat.cost_usd, self._budget),
            route_id=result.route_id,
            path_scores=self._path_scores(result, named),
        )

    def _given(
        self, result: RouteResult, named: list[tuple[str, Answer]]
    ) -> tuple[str, Answer] | None:
        """Who gave the route's answer; a cut answer has lost its end, and scores nothing.

        An answer that is withheld because nobody verified it counts as given: a replay has nobody
        who could have.
        """
        said = result.answer or result.unverified_answer
        if said is None:
            return None
        asked = self._experts[result.path[-1]]
        for name, answer in named:
            text = (answer.text or "").strip()
            if name in asked and text == said:
                return name, answer
            if name in asked and text.startswith(said):
                return name, answer._replace(score=0.0)
        raise NotRecordedError(f"route {result.route_id!r} gave an answer that nobody recorded")

    def _path_scores(
        self, result: RouteResult, named: list[tuple[str, Answer]]
    ) -> dict[str, float]:
        """Of each explored path, the label of the first answer among its models'."""
        scores: dict[str, float] = {}
        for explored in result.explored:
            asked = self._experts[explored.node]
            label = next((a.score for name, a in named if name in asked), None)
            if label is not None:
                scores[explored.node] = label
        return scores


def _asked(task: Task) -> RouteInput:
    return {"messages": [HumanMessage(task.prompt)]}


class Choice(NamedTuple):
    """A decision before any generation: the model, and what was expected of each."""

    model: str
    """Empty if none could be opened."""
    expected: dict[str, float]


class Chooser:
    """Pre-generation only: what the real graph would open first, with no answer opened at all."""

    def __init__(
        self, dataset: DataSet, preset: Preset, *, number: int = 0, taught: Sequence[int] = ()
    ) -> None:
        """``taught``: places of prompts whose labels, of all models, the router has learned."""
        self._preset: Preset = preset
        self._desk = Desk(dataset, number)
        config = replay_config(dataset)
        memory = _taught(config, dataset, number, taught) if taught else None
        self._router = build_router(config, models=replay_models(dataset), memory=memory)

    async def choose(self, place: int, prompt: str | None = None) -> Choice:
        """The choice for the prompt at ``place``, or for ``prompt`` in its stead.

        Raises:
            ForbiddenSightError: the router reached for what it may not see.
        """
        context = RouteContext(budget=Budget(nodes=0), preset=self._preset, clarify=False)
        with self._desk.seat(place, prompt) as (task, _):
            out = await self._router.ainvoke(_asked(task), context=context)
        return _choice(out["route"])


class _Finished(Memory):
    """A memory that has learned all that it will: routes leave nothing in it."""

    async def arecord_start(
        self, request: RouteRequest, prompt: str, base: str | None = None
    ) -> None:
        """Forgets it."""

    async def arecord_route(
        self, request: RouteRequest, analysis: TaskAnalysis | None, result: RouteResult
    ) -> None:
        """Forgets it."""


def _taught(config: RouterConfig, dataset: DataSet, number: int, places: Sequence[int]) -> Memory:
    """A memory that knows how good every model's answer to these prompts was."""
    memory = _Finished.from_url("sqlite://")
    arms = [
        Answered(arm=m.name, family=family_of(m.name), prior=TIER_QUALITY[m.tier]["medium"])
        for m in config.models
    ]
    scores = dataset.scores(number)
    memory.teach(
        [
            Example(dataset.prompts[place], [*zip(arms, scores[place].tolist(), strict=True)])
            for place in places
        ]
    )
    return memory


def _choice(result: RouteResult) -> Choice:
    plan = next(event for event in result.trace if event.kind == "plan")
    looked_at = [Alternative.model_validate(a) for a in _listed(plan.data.get("alternatives"))]
    possible = [a for a in looked_at if not a.reason]
    best = max(possible, key=lambda a: a.value, default=None)
    return Choice(
        model=best.node if best is not None else "",
        expected={a.node: a.quality for a in looked_at},
    )


def _listed(found: object) -> list[object]:
    return found if isinstance(found, list) else []  # pyright: ignore[reportUnknownVariableType]


def violated(result: RouteResult, paid: float, budget: Budget) -> str:
    """The first cap of ``budget`` that a route exceeded, by its ledger or by what was ``paid``."""
    usd = max(result.cost_usd, 0.0 if math.isnan(paid) else paid)
    tokens = result.tokens.input + result.tokens.output
    used = {"usd": usd, "seconds": result.latency_s, "tokens": tokens}
    for cap, amount in used.items():
        limit = getattr(budget, cap)
        if limit is not None and amount > limit + 1e-9:
            return cap
    return ""


def _known(amount: float) -> float | None:
    return None if math.isnan(amount) else amount
