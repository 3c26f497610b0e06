"""Learning in memory: each outcome counts once, for its own tenant, and whatever is broken."""

import json
import logging
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from secondhalf.memory import Example, Memory
from secondhalf.memory.schema import VERSION
from secondhalf.policy.estimates.book import KEEP, Estimates, Skill
from secondhalf.policy.estimates.foresee import Prior, prospects
from secondhalf.policy.estimates.prior import averaged
from secondhalf.state.analysis import Adversarial, TaskAnalysis
from secondhalf.state.budget import DEFAULT_BUDGET
from secondhalf.state.caps import Caps
from secondhalf.state.errors import StorageError
from secondhalf.state.estimate import Answered, Judged
from secondhalf.state.feedback import Feedback
from secondhalf.state.request import RouteRequest
from secondhalf.state.result import Explored, RouteResult

POSTGRES = "SECONDHALF_TEST_POSTGRES_URL"
ANALYSIS = TaskAnalysis(difficulty="medium")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new file, or a new schema in the PostgreSQL database that the environment names."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'memory.db'}"
        return
    if POSTGRES not in os.environ:
        pytest.skip(f"no PostgreSQL: set {POSTGRES}")
    server, schema = make_url(os.environ[POSTGRES]), f"test_{uuid.uuid4().hex}"
    whole = server.render_as_string(hide_password=False)
    execute(whole, f"CREATE SCHEMA {schema}")
    own = server.update_query_dict({"options": f"-csearch_path={schema}"})
    yield own.render_as_string(hide_password=False)
    execute(whole, f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def memory(url: str) -> Iterator[Memory]:
    with Memory.from_url(url) as opened:
        yield opened


def execute(url: str, statement: str, **values: Any) -> list[Any]:
    """Run a statement behind memory's back."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            found = connection.execute(text(statement), values)
            return [tuple(row) for row in found] if found.returns_rows else []
    finally:
        engine.dispose()


def request(route_id: str, **changes: Any) -> RouteRequest:
    given = {"thread_id": "thread", "started_at": 100.0, "preset": "balanced"}
    return RouteRequest.model_validate(
        given | {"route_id": route_id, "budget": DEFAULT_BUDGET} | changes
    )


def explored(arm: str, said: float | None, *, checked: bool | None = None) -> Explored:
    answer = Answered(arm=arm, gist=said, usd_share=0.4, checked=checked)
    return Explored(
        node=arm,
        status="uncertain",
        quality=0.5,
        cost_usd=0.01,
        latency_s=1.0,
        reason="why",
        answers=(answer,),
    )


def routed(
    memory: Memory,
    route_id: str = "route-1",
    *paths: Explored,
    analysis: TaskAnalysis = ANALYSIS,
    **changes: Any,
) -> None:
    """A route that ended with the answer of its last path."""
    opened = paths or (explored("small", None), explored("large", 2.0))
    asked = request(route_id, **changes)
    memory.record_start(asked, f"What is the prompt of {route_id}?")
    memory.record_route(
        asked,
        analysis,
        RouteResult(
            route_id=route_id,
            thread_id=asked.thread_id,
            status="success",
            answer="42",
            path=(opened[-1].node,),
            explored=opened,
        ),
    )


def known(memory: Memory, tenant: str = "") -> dict[str, tuple[float, float]]:
    """How often each arm was right and wrong, of those of whom either is known."""
    skills = memory.estimates(tenant).skills
    found = {arm: (round(sum(s.right), 6), round(sum(s.wrong), 6)) for arm, s in skills.items()}
    return {arm: counts for arm, counts in found.items() if any(counts)}


def teach(memory: Memory, number: int, tenant: str = "", start: int = 0) -> None:
    """``large`` is right on all of so many prompts, ``small`` on the even ones."""
    memory.teach(
        [
            Example(
                f"{('an easy', 'a twisted')[n % 2]} question: what is {n} + {n}?",
                [(Answered(arm="large"), 1.0), (Answered(arm="small"), float(n % 2 == 0))],
            )
            for n in range(start, start + number)
        ],
        tenant,
    )


def test_feedback_teaches_of_the_path_whose_answer_was_given(memory: Memory) -> None:
    """A word on the route; a score by path teaches of the others too."""
    routed(memory, "route-1")
    routed(memory, "route-2")
    assert {} == known(memory)

    memory.add_feedback(Feedback(route_id="route-1", success=True))
    assert {"large": (1.0, 0.0)} == known(memory)

    memory.add_feedback(Feedback(route_id="route-2", path_scores={"small": 0.25, "nobody": 1.0}))
    assert {"large": (1.0, 0.0), "small": (0.25, 0.75)} == known(memory)


def test_a_word_on_the_answer_given_tells_of_the_others(memory: Memory) -> None:
    """Who said the same was as good, and who did not was not; a check on its form tells nothing."""
    for n, (said, success) in enumerate([(2.0, True), (2.0, False), (1.0, True), (1.0, False)]):
        routed(memory, f"r{n}", explored("small", said), explored("large", 2.0))
        memory.add_feedback(Feedback(route_id=f"r{n}", success=success))
    routed(memory, "checked", explored("small", 2.0), explored("large", 2.0, checked=True))

    right, wrong = known(memory)["small"]
    assert 0.95 < right < 1.15
    assert 1.85 < wrong < 2.05


def test_what_was_inferred_gives_way_to_a_word(memory: Memory) -> None:
    """Whoever it comes from, and in whichever order."""
    first, second = (("a", {"success": True}), ("b", {"path_scores": {"small": 1.0}}))
    for route_id, words in (("one", (first, second)), ("other", (second, first))):
        routed(memory, route_id, explored("small", 1.0), explored("large", 2.0))
        for who, said in words:
            told = {"route_id": route_id, "principal": who} | said
            memory.add_feedback(Feedback.model_validate(told))

    counted = known(memory)
    assert 0.0 == counted["small"][1]
    assert pytest.approx(2.0, abs=0.02) == counted["small"][0] == counted["large"][0]


@pytest.mark.parametrize(
    ("told", "score"),
    [
        ({"success": False}, 0.0),
        ({"user_rating": 5}, 1.0),
        ({"user_rating": 2}, 0.25),
        ({"success": True, "factuality_score": 0.3, "user_rating": 5}, 0.3),
        ({"success": True, "path_scores": {"large": 0.1}}, 0.1),
        ({"notes": "fine"}, None),
        ({"path_scores": {"nobody": 1.0}}, None),
    ],
)
def test_the_most_exact_word_counts(memory: Memory, told: Any, score: float | None) -> None:
    """A score of the path, then a factuality score, then success, then a rating."""
    routed(memory)
    memory.add_feedback(Feedback.model_validate({"route_id": "route-1"} | told))

    expected = {} if score is None else {"large": (round(score, 6), round(1.0 - score, 6))}
    assert expected == known(memory)


def test_each_path_teaches_in_one_word(memory: Memory) -> None:
    """The first counts; neither a repetition nor another principal's changes what is learned."""
    routed(memory)
    first = Feedback(route_id="route-1", success=True, principal="ann")
    memory.add_feedback(first)
    once = memory.estimates()

    memory.add_feedback(first)
    memory.add_feedback(first.model_copy(update={"principal": "bob", "success": False}))

    assert once == memory.estimates()
    memory.add_feedback(Feedback(route_id="route-1", path_scores={"small": 0.0, "large": 0.0}))
    assert {"large": (1.0, 0.0), "small": (0.0, 1.0)} == known(memory)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ({"success": False}, {"large": (0.0, 1.0)}),
        ({"user_rating": 4}, {"large": (0.75, 0.25)}),
        ({"path_scores": {"small": 0.0}}, {"small": (0.0, 1.0)}),
        ({"notes": "I take it back"}, {}),
    ],
)
def test_a_later_word_takes_the_place_of_the_earlier(
    memory: Memory, later: Any, expected: dict[str, tuple[float, float]]
) -> None:
    """As if the earlier had never been said: also what it taught is taken back."""
    routed(memory)
    memory.add_feedback(Feedback(route_id="route-1", success=True, principal="ann"))

    memory.add_feedback(
        Feedback.model_validate({"route_id": "route-1", "principal": "ann"} | later)
    )

    assert expected == known(memory)
    assert 1.0 == memory.estimates().skills["large"].usd.calls


def test_what_is_learned_anew_is_what_was_learned(memory: Memory) -> None:
    """Of routes, checks, words and examples in turn: the order, too, is that of the first time."""
    teach(memory, 30)
    for n in range(12):
        checked = None if n % 3 else n % 2 == 0
        routed(memory, f"r{n}", explored("small", 1.0), explored("large", n % 4, checked=checked))
        memory.add_feedback(Feedback(route_id=f"r{n}", success=n % 4 > 0, principal=f"p{n}"))
    teach(memory, 40, start=30)
    before = memory.estimates()

    memory.add_feedback(Feedback(route_id="r1", success=False, principal="p1"))
    assert before.skills != memory.estimates().skills
    memory.add_feedback(Feedback(route_id="r1", success=True, principal="p1"))

    after = memory.estimates()
    for arm, skill in before.skills.items():
        assert pytest.approx(skill.right + skill.wrong) == (
            after.skills[arm].right + after.skills[arm].wrong
        )
        assert skill.usd == after.skills[arm].usd
    assert pytest.approx(before.common.difficulty["medium"]) == after.common.difficulty["medium"]
    assert pytest.approx(before.common.calibration.slope) == after.common.calibration.slope
    assert 10 == len(before.common.calibration.pairs) == len(after.common.calibration.pairs)
    assert after.prompts is not None


def test_an_example_counts_once(memory: Memory) -> None:
    """Taught again it changes nothing; with another score, that takes the place of the first."""
    teach(memory, 5)
    once = memory.estimates()
    teach(memory, 5)
    assert once == memory.estimates()

    memory.teach([Example("a twisted question: what is 1 + 1?", [(Answered(arm="small"), 1.0)])])
    right, wrong = known(memory)["small"]
    assert pytest.approx(KEEP**4 + KEEP**3 + KEEP**2 + 1.0, abs=1e-6) == right
    assert pytest.approx(KEEP, abs=1e-6) == wrong


def test_examples_that_repeat_themselves_count_once(memory: Memory) -> None:
    """Of one answer told twice in a call, the later score counts."""
    memory.teach([Example("What?", [(Answered(arm="a"), score)]) for score in (0.0, 1.0)])

    assert {"a": (1.0, 0.0)} == known(memory)


def test_one_principal_teaches_so_much_a_day(url: str) -> None:
    """More words are kept, and teach nothing; checks and other principals go on teaching."""
    with Memory.from_url(url, caps=Caps(per_day=3, trusted=("grader",))) as memory:
        for n in range(10):
            routed(memory, f"r{n}")
        for n in range(5):
            assert memory.add_feedback(Feedback(route_id=f"r{n}", success=False, principal="eve"))
        assert {"large": pytest.approx((0.0, summed(3)))} == known(memory)

        for n in range(5, 10):
            memory.add_feedback(Feedback(route_id=f"r{n}", success=True, principal="grader"))
        routed(memory, "checked", explored("large", 1.0, checked=True))

        assert (9, 1) == (len(execute(url, "SELECT id FROM secondhalf_labels")), 1)
        assert 5 == len(execute(url, "SELECT id FROM secondhalf_feedback WHERE principal = 'eve'"))


def test_changing_ones_mind_counts_towards_the_day(url: str) -> None:
    """Learning anew is dear: nobody can have it done without end."""
    with Memory.from_url(url, caps=Caps(per_day=2)) as memory:
        routed(memory)
        for success in (True, False, True):
            memory.add_feedback(Feedback(route_id="route-1", success=success, principal="ann"))

        assert {"large": (0.0, 1.0)} == known(memory)
        assert [True] == [said.success for said in memory.feedback("route-1")]


def test_one_among_many_has_a_share(url: str) -> None:
    """A flood from one principal stays a part of what all have said."""
    with Memory.from_url(url, caps=Caps(per_day=None, share=0.25)) as memory:
        for n in range(60):
            routed(memory, f"r{n}")
        for n in range(20):
            memory.add_feedback(Feedback(route_id=f"r{n}", success=True, principal=f"p{n}"))
        for n in range(20, 60):
            memory.add_feedback(Feedback(route_id=f"r{n}", success=False, principal="eve"))

        bodies = execute(url, "SELECT body FROM secondhalf_labels")
        assert [26, 6] == [len(bodies), sum('"eve"' in body for (body,) in bodies)]


def test_an_outcome_told_twice_teaches_once(memory: Memory) -> None:
    """The last step run again after a crash does not count what was paid, or checked, again."""
    paths = (explored("small", 1.0, checked=False), explored("large", 2.0, checked=True))
    routed(memory, "route-1", *paths)
    once = memory.estimates()

    routed(memory, "route-1", *paths)

    assert once == memory.estimates()
    assert 1.0 == once.skills["large"].usd.calls


def test_a_verdict_teaches_once_though_its_route_went_on(memory: Memory) -> None:
    """A route that ended at a cap ends again once there is more, with the same verdict."""
    verdict = Judged(judge="large", answers=("one", "other"), preferred="one")
    ruled = explored("compare", 0.0).model_copy(update={"answers": (), "judged": (verdict,)})
    before = (explored("small", 1.0), ruled)
    routed(memory, "route-1", *before)
    memory.set_status("route-1", "running")

    routed(memory, "route-1", *before, explored("large", 2.0))

    assert 1.0 == memory.estimates().common.judges["large"].asked


def test_checks_give_labels_for_nothing(memory: Memory, url: str) -> None:
    """What an executable check said of an answer is a label, and what is said later no second."""
    routed(
        memory, "r1", explored("small", 1.0, checked=False), explored("large", 2.0, checked=True)
    )

    assert {"large": (1.0, 0.0), "small": (0.0, 1.0)} == known(memory)
    memory.add_feedback(Feedback(route_id="r1", success=False))
    assert {"large": (1.0, 0.0), "small": (0.0, 1.0)} == known(memory)
    assert [("large",), ("small",)] == sorted(execute(url, "SELECT arm FROM secondhalf_labels"))


def test_what_looks_like_an_attack_teaches_nothing(memory: Memory, url: str) -> None:
    """Neither by its checks, nor by what is said of it."""
    flagged = TaskAnalysis(adversarial=Adversarial(score=0.9))
    routed(memory, "route-1", explored("large", 1.0, checked=True), analysis=flagged)
    memory.add_feedback(Feedback(route_id="route-1", success=True))

    assert Estimates() == memory.estimates()
    assert [] == execute(url, "SELECT * FROM secondhalf_labels")


def test_tenants_learn_by_themselves(memory: Memory) -> None:
    """What one is told is not expected of another's prompts."""
    for tenant in ("", "acme", "Acme ", "東京"):
        routed(memory, f"route-{tenant}", tenant=tenant)
    memory.add_feedback(Feedback(route_id="route-acme", success=True))
    memory.add_feedback(Feedback(route_id="route-東京", success=False))
    teach(memory, 1, "Acme ")

    assert {"large": (1.0, 0.0)} == known(memory, "acme")
    assert {"large": (0.0, 1.0)} == known(memory, "東京")
    assert {"large", "small"} == set(known(memory, "Acme "))
    assert {} == known(memory) == known(memory, "unknown")


def test_what_was_taught_is_expected(memory: Memory) -> None:
    """Counts for every arm; from some labels on, prompts tell who will be right."""
    teach(memory, 20)
    assert memory.estimates().prompts is None
    teach(memory, 60, start=20)

    estimates = memory.estimates()
    assert estimates.prompts is not None

    def expected(prompt: str, arm: str) -> float:
        found = prospects(estimates, "medium", prompt, {arm: Prior(0.5)})
        return averaged(found.arms[arm].right, found.difficulty)

    easy, twisted = (f"{kind} question: what is 7 + 9?" for kind in ("an easy", "a twisted"))
    assert expected(easy, "small") > 0.6 > 0.4 > expected(twisted, "small")
    assert expected(twisted, "large") > 0.8


def test_another_process_knows_what_was_taught(memory: Memory, url: str) -> None:
    """It is in the database, not in an object."""
    teach(memory, 60)

    with Memory.from_url(url) as other:
        assert known(memory) == known(other)
        mine, theirs = memory.estimates(), other.estimates()
        assert mine.common == theirs.common
        assert mine.prompts is not None
        assert theirs.prompts is not None
        assert mine.prompts.dump() == theirs.prompts.dump()


@pytest.mark.parametrize("score", [1.5, -0.1, float("nan"), float("inf")])
def test_an_example_with_an_impossible_score_is_refused(
    memory: Memory, url: str, score: float
) -> None:
    """One line that says so, and nothing is learned, not even from the others."""
    good = Example("fine", [(Answered(arm="a"), 1.0)])

    with pytest.raises(ValueError, match="score"):
        memory.teach([good, Example("odd", [(Answered(arm="a"), score)])])

    assert Estimates() == memory.estimates()
    assert [] == execute(url, "SELECT * FROM secondhalf_labels")


def test_nothing_taught_is_nothing_learned(memory: Memory) -> None:
    """No examples, or examples without answers."""
    memory.teach([])
    memory.teach([Example("hm", [])])

    assert Estimates() == memory.estimates()


SKILL: dict[str, Any] = {"arm": "small", "skill": Skill(right=(1.0, 0.0, 0.0)).model_dump()}
BROKEN = {
    "no JSON": "{",
    "nothing": "",
    "deep": "[" * 50_000,
    "NaN": json.dumps(SKILL | {"skill": {"right": [float("nan"), 0, 0]}}),
    "negative": json.dumps(SKILL | {"skill": {"wrong": [-1.0, 0, 0]}}),
    "too many": json.dumps(SKILL | {"skill": {"right": [1e300, 0, 0]}}),
    "two of three": json.dumps(SKILL | {"skill": {"right": [1.0, 0.0]}}),
    "another field": json.dumps(SKILL | {"more": 1}),
    "another kind": "[1, 2]",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_a_broken_row_costs_that_row(url: str, body: str, caplog: pytest.LogCaptureFixture) -> None:
    """The arm begins anew from its prior, and learns again; the others stay, and it is said."""
    with Memory.from_url(url) as memory:
        teach(memory, 4)
        before = memory.estimates()
    change = "UPDATE secondhalf_estimates SET body = :body WHERE name = 'arm:small'"
    execute(url, change, body=body)

    with Memory.from_url(url) as memory, caplog.at_level(logging.WARNING):
        found = memory.estimates()

        assert {"large": before.skills["large"]} == found.skills
        assert before.common == found.common
        assert "small" in caplog.text
        teach(memory, 1, start=10)
        assert (1.0, 0.0) == known(memory)["small"]


@pytest.mark.parametrize("body", ["{", "[]", '{"comparable": -1}', '{"answers": NaN}', "AAAA"])
def test_broken_common_rows_cost_those_rows(url: str, body: str) -> None:
    """What arms share, and what prompts tell: each is left out by itself, and made again."""
    with Memory.from_url(url) as memory:
        teach(memory, 60)
    execute(
        url,
        "UPDATE secondhalf_estimates SET body = :body WHERE name IN ('common', 'prompts')",
        body=body,
    )

    with Memory.from_url(url) as memory:
        found = memory.estimates()
        assert (Estimates().common, None) == (found.common, found.prompts)
        assert {"large", "small"} == set(found.skills)
        teach(memory, 20, start=60)
        assert memory.estimates().prompts is not None
        assert memory.estimates().common.answers == found.common.answers
        assert memory.estimates().common.difficulty


def test_a_broken_label_costs_that_label(memory: Memory, url: str) -> None:
    """What is left is fitted."""
    teach(memory, 55)
    execute(
        url, "UPDATE secondhalf_labels SET body = :body WHERE arm = 'small'", body='{"score": 7}'
    )
    teach(memory, 20, start=55)

    fitted = memory.estimates().prompts
    assert fitted is not None
    assert {"large": 75} == fitted.labels


def test_a_forgotten_thread_takes_its_labels_along(memory: Memory, url: str) -> None:
    """Prompts are somebody's; and what was learned from them is taken back."""
    for thread in ("mine", "other"):
        routed(memory, f"route-{thread}", thread_id=thread)
        memory.add_feedback(Feedback(route_id=f"route-{thread}", success=thread == "mine"))

    memory.forget_thread("mine")

    kept = execute(url, "SELECT route_id, body FROM secondhalf_labels")
    assert ["route-other"] == [route_id for route_id, _ in kept]
    assert "route-mine" not in str(kept)
    assert {"large": (0.0, 1.0)} == known(memory)


def summed(number: int) -> float:
    """What so many right answers count for, each later one in full."""
    return sum(KEEP**n for n in range(number))


def test_threads_that_learn_at_once_lose_nothing(url: str) -> None:
    """By one object and by several: every outcome is counted exactly once."""
    memories = [Memory.from_url(url) for _ in range(3)]

    def work(number: int) -> None:
        memory = memories[number % 3]
        routed(memory, f"route-{number}")
        who = f"p{number}"
        memory.add_feedback(Feedback(route_id=f"route-{number}", success=True, principal=who))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(30)))

    assert known(memories[0])["large"] == pytest.approx((summed(30), 0.0))
    assert memories[1].estimates() == memories[2].estimates()
    assert [(30,)] == execute(url, "SELECT count(*) FROM secondhalf_labels")
    for memory in memories:
        memory.close()


_TEACHER = """
import sys
from secondhalf.memory import Example, Memory
from secondhalf.state.estimate import Answered, Judged

with Memory.from_url(sys.argv[1]) as memory:
    for number in range(15):
        prompt = f"{sys.argv[2]} {number}"
        memory.teach([Example(prompt, [(Answered(arm="a"), 1.0)])])
"""


def test_processes_that_learn_at_once_lose_nothing(url: str) -> None:
    """Even the first outcome ever, when there is no row to wait for."""
    with Memory.from_url(url) as memory:
        memory.estimates()
    teachers = [
        subprocess.Popen([sys.executable, "-c", _TEACHER, url, str(number)]) for number in range(3)
    ]

    assert [0, 0, 0] == [teacher.wait(timeout=60) for teacher in teachers]
    with Memory.from_url(url) as memory:
        assert known(memory)["a"] == pytest.approx((summed(45), 0.0))


def test_a_database_from_before_is_upgraded_in_place(url: str) -> None:
    """Its routes stay, and feedback on them teaches from then on."""
    with Memory.from_url(url) as memory:
        routed(memory)
    for statement in (
        "DROP TABLE secondhalf_labels",
        "DROP TABLE secondhalf_estimates",
        "DROP TABLE secondhalf_tallies",
        "DROP TABLE secondhalf_policy_log",
        "DROP TABLE secondhalf_reflections",
        "DROP TABLE secondhalf_pairs",
        "UPDATE secondhalf_memory_schema SET version = 1",
    ):
        execute(url, statement)
    with pytest.raises(SQLAlchemyError):
        execute(url, "SELECT * FROM secondhalf_estimates")

    with Memory.from_url(url) as memory:
        assert Estimates() == memory.estimates()
        memory.add_feedback(Feedback(route_id="route-1", success=True))

        assert {"large": (1.0, 0.0)} == known(memory)
        assert "success" == memory.route("route-1").status
    assert [(VERSION,)] == execute(url, "SELECT version FROM secondhalf_memory_schema")


def test_a_newer_database_is_refused(url: str) -> None:
    """What a later version keeps is not overwritten by this one."""
    with Memory.from_url(url) as memory:
        routed(memory)
    execute(url, "UPDATE secondhalf_memory_schema SET version = 99")

    with Memory.from_url(url) as memory, pytest.raises(StorageError, match="upgrade secondhalf"):
        memory.estimates()


async def test_learning_has_async_twins(memory: Memory) -> None:
    """From a running loop, without blocking it."""
    await memory.ateach([Example("What?", [(Answered(arm="a"), 1.0)])], "acme")

    assert {"a"} == set((await memory.aestimates("acme")).skills)


@pytest.mark.parametrize("falls", [False, True], ids=["rises", "falls"])
def test_a_learned_curve_is_read_and_a_broken_one_costs_its_row(url: str, falls: bool) -> None:
    """A curve that falls would turn what is stated around."""
    curve = ((-1.0, 0.9 if falls else 0.2), (1.0, 0.7))
    with Memory.from_url(url) as memory:
        teach(memory, 1)
        common = memory.estimates().common.model_dump(mode="json")
    common["calibration"] |= {"curve": curve, "outcomes": 1_000}
    change = "UPDATE secondhalf_estimates SET body = :body WHERE name = 'common'"
    execute(url, change, body=json.dumps(common))

    with Memory.from_url(url) as memory:
        found = memory.estimates().common.calibration
        expected = prospects(memory.estimates(), "medium", "What?", {})

    assert (() if falls else curve) == found.curve == expected.curve
    assert ("platt" if falls else "isotonic") == found.method
