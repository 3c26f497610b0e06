"""Recorded prompts through the real graph."""

from pathlib import Path
from typing import Any

import pytest

from secondhalf.evals.data.dataset import DataSet
from secondhalf.evals.errors import ForbiddenSightError
from secondhalf.evals.play import Chooser, Play, Player, violated
from secondhalf.evals.replay import desk
from secondhalf.evals.replay.clock import run_virtually
from secondhalf.evals.replay.cut import cut
from secondhalf.evals.replay.world import replay_config, tiers_by_price
from secondhalf.graph.router import Router, build_router
from secondhalf.memory import Memory
from secondhalf.policy.planner import View
from secondhalf.state.budget import Budget
from secondhalf.state.config import RouterConfig
from secondhalf.state.decision import Decision
from secondhalf.state.policy import Preset
from secondhalf.state.result import RouteResult
from tests.evals.recorded import recorded


def played(
    data: DataSet, preset: Preset = "balanced", folder: Path | None = None, **options: Any
) -> list[Play]:
    async def work() -> list[Play]:
        with Player(data, preset, folder=folder, **options) as player:
            plays = [await player.play(place) for place in range(len(data))]
            for play in plays:
                await player.learn(play)
        return plays

    return run_virtually(work())


def test_a_play_has_the_label_and_the_recorded_cost_of_what_was_opened() -> None:
    """Score, cost and tokens are those of the recording."""
    data = recorded()
    for play in played(data):
        column = data.models.index(play.answered_by)
        opened = [data.sample(play.place, data.models.index(name)) for name in play.opened]

        assert play.answered_by in play.opened
        assert data.sample(play.place, column).score == play.score
        assert sum(answer.cost_usd or 0.0 for answer in opened) == pytest.approx(play.cost_usd)


def test_recorded_latency_passes_in_virtual_time() -> None:
    """A path's seconds are those that were recorded, whatever the machine does.

    Paths that are opened side by side take as long as one.
    """
    (play,) = played(recorded(1, latency_s=7.5), "economy")

    assert play.latency_s is not None
    rounds = play.latency_s / 7.5
    assert round(rounds) == pytest.approx(rounds)
    assert 1 <= round(rounds) <= len(play.opened)


def test_unknown_latency_stays_unknown() -> None:
    """What was not recorded is missing, not guessed."""
    assert [None] == [play.latency_s for play in played(recorded(1))]


def test_a_budget_of_nothing_opens_nothing() -> None:
    """Then no answer is given, and none is paid for."""
    (play,) = played(recorded(1), budget=Budget(usd=0.0))

    assert ((), "", 0.0, 0.0) == (play.opened, play.answered_by, play.score, play.cost_usd)


def test_labels_reach_the_memory_as_feedback(tmp_path: Path) -> None:
    """The router gets the labels of the answers it opened, and of no other."""
    plays = played(recorded(3), folder=tmp_path)
    with Memory.from_url(f"sqlite:///{tmp_path}/memory.db") as memory:
        feedback = [memory.feedback(play.route_id) for play in plays]

    assert [1, 1, 1] == [len(given) for given in feedback]
    for play, (given,) in zip(plays, feedback, strict=True):
        assert play.path_scores == given.path_scores
        assert (play.score >= 0.5, play.score) == (given.success, given.factuality_score)
        assert len(play.opened) >= len(play.path_scores) > 0


def test_a_run_is_the_same_when_it_is_run_again(tmp_path: Path) -> None:
    """What is tried by chance too: it is drawn from the number of the run and the prompt."""

    async def work(folder: Path, number: int) -> list[Play]:
        plays: list[Play] = []
        with Player(recorded(90), "quality", folder=folder, number=number) as player:
            for place in range(90):
                plays.append((await player.play(place)).model_copy(update={"route_id": ""}))
        return plays

    folders = [tmp_path / name for name in ("first", "again", "other")]
    for folder in folders:
        folder.mkdir()
    first, again, other = (
        run_virtually(work(folder, number))
        for folder, number in zip(folders, (0, 0, 1), strict=True)
    )

    assert first == again
    assert first != other


def test_a_prompt_can_be_played_again_as_if_it_had_not_been(tmp_path: Path) -> None:
    """What a killed run left of a prompt is forgotten before it is played again."""

    async def work() -> tuple[int, int]:
        with Player(recorded(1), "economy", folder=tmp_path) as player:
            await player.play(0)
            await player.forget(0)
            with Memory.from_url(f"sqlite:///{tmp_path}/memory.db") as memory:
                before = len(memory.routes())
                await player.play(0)
                return before, len(memory.routes())

    assert (0, 1) == run_virtually(work())


class Peeking:
    """A planner that wants to know the label of the prompt at hand."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def plan(self, view: View) -> Decision:
        found: Any = desk.CURRENT.get()
        for name in self.names:
            found = getattr(found, name)
        return Decision(action="stop", reason=f"peeked: {found}")


@pytest.mark.parametrize("names", [("score",), ("prompt_id",), ("answers",)])
def test_a_planted_cheat_in_the_graph_is_caught(
    names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planner that reads a label, an unopened answer or an id ends the run."""
    data = recorded(1)

    def build(config: RouterConfig, **options: Any) -> Router:
        options["planner"] = Peeking(*names)
        return build_router(config, **options)

    monkeypatch.setattr("secondhalf.evals.play.build_router", build)
    with pytest.raises(ForbiddenSightError, match=names[0]):
        played(data)


def test_a_choice_before_generation_opens_nothing() -> None:
    """The chooser says what would be opened, and what is expected of every model."""
    data = recorded(2)

    async def work() -> list[str]:
        chooser = Chooser(data, "quality")
        made = [await chooser.choose(place) for place in range(2)]
        assert [set(data.models)] * 2 == [set(choice.expected) for choice in made]
        return [choice.model for choice in made]

    assert all(model in data.models for model in run_virtually(work()))


def test_a_paraphrase_can_be_put_in_a_prompts_stead() -> None:
    """Robustness is tried on the real graph, with the changed text."""
    data = recorded(1)

    async def work() -> bool:
        chooser = Chooser(data, "balanced")
        before = await chooser.choose(0)
        after = await chooser.choose(0, data.prompts[0])
        return before == after

    assert run_virtually(work())


def test_tiers_follow_prices_on_a_logarithmic_scale() -> None:
    """Cheap models are slm, dear ones llm; of two models one is each."""
    assert {"small": "slm", "other": "slm", "middle": "mid", "large": "llm"} == tiers_by_price(
        recorded()
    )
    assert {"middle": "slm", "large": "llm"} == tiers_by_price(recorded(models=("middle", "large")))
    assert {"small": "slm", "large": "llm"} == tiers_by_price(
        recorded(models=("small", "large"), priced=False)
    )


def test_every_recorded_model_is_a_path_of_its_own() -> None:
    """And there is nobody else to ask."""
    (strategy,) = replay_config(recorded()).strategies

    assert ("small", "other", "middle", "large") == strategy.roots
    assert {"small", "other", "middle", "large"} == {e for n in strategy.nodes for e in n.experts}


def test_an_answer_is_cut_short_by_what_can_be_paid() -> None:
    """In proportion to its tokens."""
    assert ("0123456789", 10, "stop") == cut("0123456789", 10, None)
    assert ("0123456789", 10, "stop") == cut("0123456789", 10, 10)
    assert ("0123", 4, "length") == cut("0123456789", 10, 4)


def test_exceeded_budgets_are_named() -> None:
    """By the ledger's figure or by what was really paid."""
    result = RouteResult(route_id="r", status="success", cost_usd=0.01, latency_s=3.0)
    budget = Budget(usd=0.02, seconds=5.0, tokens=100)

    assert "" == violated(result, 0.015, budget)
    assert "usd" == violated(result, 0.03, budget)
    assert "seconds" == violated(result.model_copy(update={"latency_s": 6.0}), 0.01, budget)
