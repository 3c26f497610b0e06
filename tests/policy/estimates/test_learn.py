"""Estimates that learn: simulated arms of known skill, and whatever else may be told."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.policy.estimates.arms import Model, arm_of, family_of
from secondhalf.policy.estimates.book import Common, Estimates, Skill, watch_name
from secondhalf.policy.estimates.foresee import Prior, coincidence, prospects
from secondhalf.policy.estimates.learn import learn, learn_use
from secondhalf.policy.estimates.lesson import Lesson, Verdict
from secondhalf.policy.estimates.prior import DIFFICULTY, averaged, shifted, spread_over
from secondhalf.policy.estimates.text_model import Labelled, TextModel
from secondhalf.state.analysis import LEVELS, Level, TaskAnalysis
from secondhalf.state.estimate import Answered, Prospects
from secondhalf.state.strategy import RouteNode

EXTREMES = (("always", 1.0), ("never", 0.0))
SKILLS = {"weak": 0.35, "middling": 0.6, "strong": 0.9}


def answered(arm: str, said: float | str | None = None, **fields: object) -> Answered:
    return Answered.model_validate({"arm": arm, "gist": said} | fields)


def lesson(*outcomes: tuple[str, float], level: Level = "medium") -> Lesson:
    return Lesson(level, [answered(arm) for arm, _ in outcomes], [score for _, score in outcomes])


def mean_of(estimates: Estimates, arm: str, level: Level = "medium", prior: float = 0.5) -> float:
    found = prospects(estimates, level, "", {arm: Prior(prior)})
    return averaged(found.arms[arm].right, found.difficulty)


def taught(skills: dict[str, float], rounds: int, seed: int = 0) -> Estimates:
    """After so many prompts that all arms answered, each right as often as its skill says."""
    rng, found = random.Random(seed), Estimates()
    for _ in range(rounds):
        outcomes = [(arm, float(rng.random() < skill)) for arm, skill in skills.items()]
        found = learn(found, lesson(*outcomes))
    return found


def test_without_outcomes_the_prior_is_what_is_expected() -> None:
    """At every level, and whatever was learned of others."""
    others = taught({"other": 0.1}, 1)
    for level in LEVELS:
        for prior in (0.05, 0.5, 0.9):
            assert mean_of(Estimates(), "new", level, prior) == pytest.approx(prior, abs=1e-6)
    assert mean_of(others, "new", prior=0.7) == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_expectations_come_to_be_what_arms_can_do(seed: int) -> None:
    """Within the noise of some 200 outcomes that count, from a prior that was wrong for two."""
    estimates = taught(SKILLS, 400, seed)

    for arm, skill in SKILLS.items():
        assert mean_of(estimates, arm) == pytest.approx(skill, abs=0.1)


def test_doubt_falls_with_outcomes() -> None:
    """What is tried becomes known; what is not stays in doubt."""
    few, many = (taught({"a": 0.6}, rounds) for rounds in (30, 300))
    fresh, some, little = (
        prospects(estimates, "medium", "", {"a": Prior(0.6)}).arms["a"].doubt
        for estimates in (Estimates(), few, many)
    )

    assert sum(fresh) > sum(some) > sum(little)


def test_a_change_for_the_worse_is_noticed() -> None:
    """A model that its provider exchanged is soon expected to do as it now does."""
    rng, estimates = random.Random(1), taught({"a": 0.9, "b": 0.7}, 600)
    before = mean_of(estimates, "a")
    for _ in range(300):
        a, b = rng.random() < 0.4, rng.random() < 0.7
        estimates = learn(estimates, lesson(("a", float(a)), ("b", float(b))))

    assert before == pytest.approx(0.9, abs=0.08)
    assert mean_of(estimates, "a") < 0.6
    assert mean_of(estimates, "b") == pytest.approx(0.7, abs=0.12)


def test_after_an_alarm_what_came_since_counts_and_the_rest_fades() -> None:
    """Its failures are held against the arm that changed, not against the prompts."""
    rng, estimates = random.Random(2), Estimates()
    for _ in range(300):
        for arm, skill in (("a", 0.8), ("b", 0.7)):
            estimates = learn(estimates, lesson((arm, float(rng.random() < skill))))
    before, outcomes = mean_of(estimates, "b"), list[float]()
    while not estimates.watches[watch_name("", "a")].alarms:
        outcomes.append(float(rng.random() < 0.4))
        estimates = learn(estimates, lesson(("a", outcomes[-1])))

    number, counts = len(outcomes), estimates.skills["a"]
    assert number < sum(counts.right) + sum(counts.wrong) < number + 0.2 * 200
    assert mean_of(estimates, "a") < 0.6
    assert mean_of(estimates, "b") == pytest.approx(before, abs=0.1)


def test_an_arm_forgets_only_when_it_is_told_of_itself() -> None:
    """Who is seldom asked keeps what is known of them."""
    rare = taught({"rare": 0.8}, 50)
    busy = rare
    for _ in range(500):
        busy = learn(busy, lesson(("busy", 1.0)))

    assert rare.skills["rare"] == busy.skills["rare"]


def test_a_hard_prompt_is_known_by_who_failed() -> None:
    """Where a strong arm failed, failing is held less against the weak one."""
    base = taught(SKILLS, 200)
    failed_alone = learn(base, lesson(("weak", 0.0), ("strong", 1.0)))
    failed_both = learn(base, lesson(("weak", 0.0), ("strong", 0.0)))

    def wrong_when_easy(estimates: Estimates) -> float:
        return estimates.skills["weak"].wrong[0]

    assert wrong_when_easy(failed_alone) > wrong_when_easy(failed_both)


def test_levels_that_turn_out_hard_are_expected_to_be() -> None:
    """What the analysis calls hard is as hard as its prompts were."""
    estimates = taught(SKILLS, 100)
    for _ in range(100):
        estimates = learn(estimates, lesson(*((arm, 0.0) for arm in SKILLS), level="high"))
        estimates = learn(estimates, lesson(*((arm, 1.0) for arm in SKILLS), level="low"))

    easy, hard = (prospects(estimates, level, "", {}) for level in ("low", "high"))

    assert hard.difficulty[2] > DIFFICULTY["high"][2]
    assert easy.difficulty[0] > DIFFICULTY["low"][0]
    assert sum(hard.difficulty) == pytest.approx(1.0)
    assert hard.usual == pytest.approx(easy.usual, abs=0.05)
    assert easy.difficulty[2] < easy.usual[2] < hard.difficulty[2]


@pytest.mark.parametrize(
    ("pair", "place"),
    [
        ((("a", "gpt"), ("a", "gpt")), 0),
        ((("a", "gpt"), ("b", "gpt")), 1),
        ((("a", "gpt"), ("b", "llama")), 2),
    ],
)
def test_how_often_mistakes_coincide_is_learned(
    pair: tuple[tuple[str, str], tuple[str, str]], place: int
) -> None:
    """Of one model, of one family, of strangers; of each by itself."""
    prior = Prospects().coincidence
    for same, grows in ((True, True), (False, False)):
        estimates = Estimates()
        for _ in range(150):
            answers = [
                answered(arm, 1.0 if same else float(n), family=family)
                for n, (arm, family) in enumerate(pair)
            ]
            estimates = learn(estimates, Lesson("medium", answers, [0.0, 0.0]))
        found = coincidence(estimates)

        assert grows == bool(sum(found[place]) > sum(prior[place]))
        assert [prior[p] for p in range(3) if p != place] == [
            found[p] for p in range(3) if p != place
        ]


def test_right_answers_say_nothing_of_mistakes() -> None:
    """Nor do those that cannot be compared, or that nobody judged."""
    cases: Sequence[tuple[list[Answered], list[float | None]]] = [
        ([answered("a", 1.0), answered("b", 1.0)], [1.0, 1.0]),
        ([answered("a"), answered("b")], [0.0, 0.0]),
        ([answered("a", 1.0), answered("b", 1.0)], [0.0, None]),
    ]
    for answers, scores in cases:
        found = learn(Estimates(), Lesson("medium", answers, scores))

        assert Estimates().common.met == found.common.met


def closed_after(rounds: int, *said: float | None, names: str = "ab") -> float:
    """What is expected of prompts to which right answers said that, so many times."""
    found = Estimates()
    for _ in range(rounds):
        answers = [answered(name, gist) for name, gist in zip(names, said, strict=True)]
        found = learn(found, Lesson("medium", answers, [1.0] * len(said)))
    return prospects(found, "medium", "", {}).closed


def test_right_answers_that_differ_show_that_prompts_are_open_ended() -> None:
    """And those that say the same, that they are closed-ended; without any the prior stands."""
    prior = Prospects().closed

    assert closed_after(0, 1.0, 2.0) == pytest.approx(prior)
    assert closed_after(30, 1.0, 1.0) > 0.97
    assert 0.0 < closed_after(60, 1.0, 2.0) < 0.1
    assert closed_after(5, 1.0, 2.0) < closed_after(2, 1.0, 2.0) < prior
    three = closed_after(30, 1.0, 1.0, 1.0, 2.0, names="abcd")
    assert closed_after(30, 1.0, 2.0) < three < closed_after(30, 1.0, 1.0)


def test_a_family_and_answers_that_are_half_right_tell_of_prompts_too() -> None:
    """Whoever is not one and the same model, and whoever does not count as wrong."""
    answers = [answered(name, gist, family="gpt") for name, gist in (("a", 1.0), ("b", 2.0))]
    found = learn(Estimates(), Lesson("medium", answers, [0.5, 1.0]))

    assert prospects(found, "medium", "", {}).closed < Prospects().closed


def test_of_open_ended_prompts_nothing_is_learned_from_one_model_or_essays() -> None:
    """A model repeats itself whatever is asked; what cannot be compared does not differ."""
    prior = Prospects().closed

    assert closed_after(30, 1.0, 2.0, names="aa") == pytest.approx(prior)
    assert closed_after(30, 1.0, None) == pytest.approx(prior)


def surer_than_right(rounds: int, seed: int = 0) -> Estimates:
    """Two arms that always agree, and are right half of the time: agreement says nothing."""
    rng, found = random.Random(seed), Estimates()
    for _ in range(rounds):
        score = float(rng.random() < 0.5)
        answers = [answered(arm, 1.0, prior=0.9) for arm in ("a", "b")]
        found = learn(found, Lesson("medium", answers, [score, None], given=0))
    return found


def test_stated_quality_comes_true() -> None:
    """Where agreement misleads, what is stated is drawn to what came true."""
    few, many = (surer_than_right(rounds).common.calibration for rounds in (5, 150))
    uncalibrated = many.model_copy(update={"slope": 1.0, "offset": 0.0})

    assert many.error() < 0.1 < uncalibrated.error()
    assert many.error() < few.error()


def test_what_is_stated_reaches_the_prospects() -> None:
    """Calibration is used where quality is stated."""
    found = prospects(surer_than_right(150), "medium", "", {})

    assert (1.0, 0.0) != (found.slope, found.offset)


def test_an_answer_without_a_say_is_not_counted_in_what_was_stated() -> None:
    """What was only tried, or refuted, was not weighed; calibration sees what the route stated."""
    given, tried = answered("a", 1.0), answered("b", 2.0)
    alone = learn(Estimates(), Lesson("medium", [given], [1.0], given=0))

    silent = learn(Estimates(), Lesson("medium", [given, tried], [1.0, None], 0, silent={1}))
    heard = learn(Estimates(), Lesson("medium", [given, tried], [1.0, None], 0))
    refuted = learn(Estimates(), Lesson("medium", [given], [0.0], 0, silent={0}))

    assert alone.common.calibration == silent.common.calibration != heard.common.calibration
    assert () == refuted.common.calibration.pairs


def told_of(counts: Sequence[tuple[float, float, int]]) -> tuple[float, float]:
    """What wording is said to tell after so many answers of each kind: log-odds, score, number."""
    estimates, kinds = Estimates(), [kind[:2] for kind in counts for _ in range(kind[2])]
    random.Random(0).shuffle(kinds)
    for told, score in kinds:
        estimates = learn(estimates, Lesson("medium", [answered("a", told=told)], [score]))
    return prospects(estimates, "medium", "", {"a": Prior(0.5)}).arms["a"].tells


def test_how_often_wording_speaks_for_right_answers_and_wrong_ones_is_learned() -> None:
    """Counts, drawn to how often it speaks for any; where it did not speak, nothing is counted."""
    telling = told_of([(1.0, 1.0, 60), (-1.0, 1.0, 20), (1.0, 0.0, 10), (-1.0, 0.0, 30)])
    silent = told_of([(0.0, 1.0, 50), (0.0, 0.0, 50)])
    seldom = told_of([(2.0, 1.0, 90), (2.0, 0.0, 2)])

    assert telling[0] > 0.65 > 0.35 > telling[1]
    assert (0.5, 0.5) == silent
    assert seldom[0] == pytest.approx(seldom[1], abs=1e-9)


def test_how_an_answer_is_worded_counts_in_what_was_stated() -> None:
    """Calibration learns from the quality that the route computed, wording and all."""
    stated = []
    for told in (-2.0, 0.0, 2.0):
        one = Lesson("medium", [answered("a", 1.0, told=told)], [1.0], given=0)
        stated.append(learn(Estimates(), one).common.calibration.pairs[-1][0])

    assert stated[0] < stated[1] - 0.1
    assert stated[1] < stated[2] - 0.1


def test_what_nobody_judged_teaches_nothing() -> None:
    """The very same value comes back, so that nothing is written."""
    before = taught(SKILLS, 3)

    assert before is learn(before, Lesson("medium", [answered("a", 1.0)], [None], 0))
    assert before is learn(before, Lesson("medium", [], []))


def test_cost_is_learned_apart_from_quality() -> None:
    """The mean share of what is reserved; of who was never paid, as others use."""
    estimates = Estimates()
    for _ in range(200):
        estimates = learn_use(estimates, [answered("a", 1.0, usd_share=0.1, seconds_share=0.3)])
        estimates = learn_use(estimates, [answered("free")])

    found = prospects(estimates, "low", "", {"a": Prior(0.5), "new": Prior(0.5)})

    assert found.arms["a"].usd_share == pytest.approx(0.1, abs=0.02)
    assert found.arms["a"].seconds_share == pytest.approx(0.3, abs=0.02)
    assert found.arms["new"].usd_share == pytest.approx(0.1, abs=0.02)
    assert 0.5 == prospects(Estimates(), "low", "", {"a": Prior(0.5)}).arms["a"].usd_share
    assert found.comparable == pytest.approx(0.5, abs=0.05)


def test_who_is_always_right_is_not_expected_less_of_for_what_prompts_tell() -> None:
    """Where prompts tell nothing of an arm, what its counts say stands."""
    rounds = [Labelled(f"question {n}", arm, score) for n in range(80) for arm, score in EXTREMES]
    told, base = TextModel.fit(rounds), Estimates()
    for _ in range(80):
        base = learn(base, lesson(*EXTREMES))
    with_prompts = replace(base, prompts=told)
    arms = {arm: Prior(0.5) for arm, _ in EXTREMES}

    for arm, _ in EXTREMES:
        found = [
            prospects(estimates, "medium", "question 5", arms) for estimates in (base, with_prompts)
        ]
        counted, moved = (averaged(p.arms[arm].right, p.difficulty) for p in found)
        assert moved == pytest.approx(counted, abs=0.01)


SCORES = st.none() | st.floats(0.0, 1.0)
ANSWERS = st.builds(
    Answered,
    arm=st.sampled_from(["a", "b", "draft > a", "", "\x00\ud800"]),
    gist=st.sampled_from([None, 1.0, 2.0, "x", 1e300]),
    prior=st.floats(0.0, 1.0),
    family=st.sampled_from(["", "gpt", "llama"]),
    usd_share=st.none() | st.floats(0.0, 1e6),
    seconds_share=st.none() | st.floats(0.0, 1e6),
    told=st.sampled_from([0.0, 0.5, -3.0, 20.0, -20.0]),
)


def verdicts_on(many: int) -> st.SearchStrategy[list[Verdict]]:
    """Verdicts of judges on two of so many answers."""
    if many < 2:
        return st.just([])
    places = st.permutations(range(many)).map(lambda order: order[:2])
    judges, priors = st.sampled_from(["j", "k"]), st.floats(0.0, 1.0)
    told = st.tuples(judges, priors, places)
    return st.lists(told.map(lambda t: Verdict(t[0], t[1], *t[2])), max_size=3)


LESSONS = st.lists(st.tuples(ANSWERS, SCORES), max_size=5).flatmap(
    lambda told: st.builds(
        Lesson,
        st.sampled_from(LEVELS),
        st.just([answer for answer, _ in told]),
        st.just([score for _, score in told]),
        st.none() | st.integers(0, len(told) - 1) if told else st.none(),
        st.sets(st.integers(0, 4)),
        verdicts_on(len(told)),
        unscored=st.sets(
            st.sampled_from([n for n, (_, score) in enumerate(told) if score is None] or [-1])
        ).map(lambda places: places - {-1}),
    )
)


@given(st.lists(LESSONS, max_size=12), st.sampled_from(LEVELS), st.floats(0.0, 1.0))
@settings(deadline=None, max_examples=60)
def test_whatever_is_told_estimates_stay_estimates(
    lessons: list[Lesson], level: Level, prior: float
) -> None:
    """Probabilities in [0, 1], no NaN, and every row comes back from its JSON as it was."""
    estimates = Estimates()
    for each in lessons:
        estimates = learn_use(learn(estimates, each), each.answers)
    arms = {arm: Prior(prior, "gpt") for arm in (*estimates.skills, "new")}

    found = prospects(estimates, level, "any prompt", arms)

    assert Prospects.model_validate(found.model_dump()) == found
    assert sum(found.difficulty) == pytest.approx(1.0)
    assert math.isfinite(found.slope)
    assert 0.0 <= estimates.common.calibration.error() <= 1.0
    assert Common.model_validate_json(estimates.common.model_dump_json()) == estimates.common
    for skill in estimates.skills.values():
        assert Skill.model_validate_json(skill.model_dump_json()) == skill


@given(st.tuples(*[st.floats(0.0, 1.0)] * 3), st.floats(0.0, 1.0))
@settings(deadline=None, max_examples=100)
def test_moving_a_mean_keeps_the_order_of_difficulties(
    rights: tuple[float, float, float], mean: float
) -> None:
    """What the prompt says moves all three by the same log-odds."""
    ordered = sorted(rights, reverse=True)
    moved = shifted((ordered[0], ordered[1], ordered[2]), DIFFICULTY["medium"], mean)

    assert sorted(moved, reverse=True) == list(moved)
    assert averaged(moved, DIFFICULTY["medium"]) == pytest.approx(
        min(0.999, max(0.001, mean)), abs=1e-3
    )


def test_easier_prompts_are_got_right_more_often() -> None:
    """Whatever the mean."""
    for mean in (0.01, 0.4, 0.99):
        low, medium, high = spread_over(mean, DIFFICULTY["low"])

        assert low > medium > high


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("gpt-4", "gpt"),
        ("openai/o3-mini", "gpt"),
        ("chatgpt-4o-latest", "gpt"),
        ("mistralai/Mixtral-8x7B", "mistral"),
        ("meta-llama/Llama-3", "llama"),
        ("claude-3-haiku", "claude"),
        ("", ""),
        ("7b", ""),
    ],
)
def test_families_are_read_off_names(name: str, family: str) -> None:
    """As far as a name tells; no family is nobody's."""
    assert family == family_of(name)


def test_an_arm_is_named_by_what_changes_how_well_it_does() -> None:
    """A draft, what it was given to read, and what it needed and did not have."""
    model, node = Model("gpt-4", "llm", "gpt"), RouteNode(id="n", stages=(("retriever",), ("m",)))
    bare = RouteNode(id="n", stages=(("m",),))
    needy = TaskAnalysis(needs_retrieval=True)

    assert "retriever > gpt-4" == arm_of(node, "m", model, needy, drafted=False)
    assert "draft > gpt-4" == arm_of(bare, "m", model, TaskAnalysis(), drafted=True)
    assert "gpt-4" == arm_of(bare, "m", model, needy, drafted=False)
    assert "gpt-4 without retriever" == arm_of(
        bare, "m", model, needy, drafted=False, at_hand=["retriever"]
    )


def test_what_an_older_version_stored_of_an_arm_can_be_read() -> None:
    """Who was right stays known; costs were sums of other shares, and are learned anew."""
    stored = {"right": [3.0, 2.0, 1.0], "wrong": [0.0, 1.0, 2.0], "usd": 4.5, "usd_calls": 9.0}

    skill = Skill.model_validate(stored | {"seconds": 0.5, "seconds_calls": 1.0})

    assert Skill(right=(3.0, 2.0, 1.0), wrong=(0.0, 1.0, 2.0)) == skill
