"""Whole routes whose answers are read for how they are worded."""

import re
from pathlib import Path

from secondhalf.memory import Example, Memory
from secondhalf.policy.estimates.answers import spoken
from secondhalf.policy.estimates.wording import wording_of
from secondhalf.state.estimate import Answered
from secondhalf.state.result import RouteResult
from tests.graph.test_panel_routes import opened, panel, routed

SURE = "Ann has 20 apples in the end. The answer is 20."
LOST = "Ann has some apples in the end. I cannot tell how many. The answer is unclear, perhaps 21."


def doubtful_or_not(text: str, score: float) -> Answered:
    """As it was weighed on its route: its wording spoke for it where it was right."""
    return Answered(arm="one", prior=0.6, wording=wording_of(text), told=2.0 * score - 1.0)


def taught(memory: Memory) -> None:
    """Model ``one`` is wrong whenever it ends in doubt; the dear one is always right."""
    forms = [(SURE, 1.0)] * 7 + [(LOST, 0.0)]
    known = [forms[n % len(forms)] for n in range(160)]
    memory.teach(
        [
            Example(
                f"How many apples has Ann on day {n}?",
                [
                    (doubtful_or_not(text, score), score),
                    (Answered(arm="four", prior=0.9, wording=wording_of(f"{n}")), 1.0),
                ],
            )
            for n, (text, score) in enumerate(known)
        ]
    )


async def route_saying(folder: Path, text: str) -> tuple[RouteResult, list[str]]:
    config, models = panel(one=text, four="#### 22")
    with Memory.from_url(f"sqlite:///{folder / 'm.db'}") as memory:
        taught(memory)
        found = await routed(config, models, memory, preset="balanced")
        stored = memory.route(found.route_id).result
    assert stored is not None
    assert stored.explored == found.explored
    return found, opened(models)


async def test_an_answer_that_reads_like_a_right_one_is_enough(tmp_path: Path) -> None:
    """Nobody else is paid for, and it is surer than the model usually is."""
    found, asked = await route_saying(tmp_path, SURE)

    assert ["one"] == asked
    assert SURE == found.answer
    assert found.quality > 0.85
    assert found.explored[0].answers[0].told > 0.5
    assert "worded like right answers" in found.explored[0].reason


async def test_an_answer_that_reads_like_a_wrong_one_is_not_enough(tmp_path: Path) -> None:
    """Another is asked, and believed; the trace says why."""
    found, asked = await route_saying(tmp_path, LOST)

    assert ["one", "four"] == asked
    assert "#### 22" == found.answer
    first = found.explored[0]
    assert ("one", True) == (first.node, first.quality < 0.5)
    assert first.answers[0].told < -0.5
    assert "worded like wrong answers" in first.reason


async def test_an_answer_is_read_as_it_is_kept(tmp_path: Path) -> None:
    """Memory has seen none but masked answers: a number that it never saw must not tell."""
    config, models = panel(one=SURE, four="#### 22")
    with Memory.from_url(f"sqlite:///{tmp_path / 'm.db'}", redact=without_results) as memory:
        taught(memory)
        found = await routed(config, models, memory, preset="balanced")
        answers, model = [a for p in found.explored for a in p.answers], memory.estimates().answers

    assert "[number]" in str(answers[0].wording)
    assert "one" == answers[0].arm
    for answer in answers:
        assert answer.wording is not None
        assert answer.told == spoken(model, answer.arm, answer.wording) != 0.0


def without_results(text: str) -> str:
    return re.sub(r"\b2[0-2]\b", "[number]", text)


async def test_who_has_learned_nothing_reads_nothing(tmp_path: Path) -> None:
    """Without labels an answer is as good as its model, however it is worded."""
    with Memory.from_url(f"sqlite:///{tmp_path / 'm.db'}") as memory:
        one = await routed(*panel(one=SURE), memory=memory)
        other = await routed(*panel(one=LOST), memory=memory)

    assert one.quality == other.quality
    assert {0.0} == {a.told for r in (one, other) for p in r.explored for a in p.answers}
