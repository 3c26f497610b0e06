"""From an outcome to new estimates: one step of expectation maximisation, online.

The difficulty of a prompt is never seen. Which answers were right says how probable each is; every
outcome then counts for each difficulty by that much (Cappé & Moulines, On-line
expectation–maximization, 2009).
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from secondhalf.policy.agreement import same
from secondhalf.policy.estimates.book import (
    KEEP,
    KEEP_LONG,
    Common,
    Counts,
    Estimates,
    Skill,
    watch_name,
)
from secondhalf.policy.estimates.foresee import Prior, judges_of, prospects
from secondhalf.policy.estimates.inferring import inferred
from secondhalf.policy.estimates.judging import heard, judged
from secondhalf.policy.estimates.lesson import Lesson, standing_of
from secondhalf.policy.estimates.prior import spread_over
from secondhalf.policy.estimates.use import Use, with_answer
from secondhalf.policy.learning.drift import KEPT, Alarm, Watch, watched
from secondhalf.policy.standing import related
from secondhalf.state.analysis import Level
from secondhalf.state.estimate import Answered, Judged, Overran, Prospects, Triple

_WRONG = 0.5
"""An answer that scores less counts as wrong."""


def learn(estimates: Estimates, lesson: Lesson) -> Estimates:
    """``estimates`` after ``lesson``; the same where it says nothing."""
    after = learn_many(estimates, lesson)
    return estimates if after is estimates else calibrated(after)


def calibrated(estimates: Estimates) -> Estimates:
    """``estimates`` with the calibration that fits their outcomes."""
    common = estimates.common
    fitted = common.calibration.fitted()
    return replace(estimates, common=common.model_copy(update={"calibration": fitted}))


def learn_many(estimates: Estimates, lesson: Lesson) -> Estimates:
    """``learn`` for one of many lessons, after the last of which ``calibrated`` is due."""
    known = [(a, s) for a, s in zip(lesson.answers, lesson.scores, strict=True) if s is not None]
    if not known:
        return estimates
    arms = {a.arm: Prior(a.prior, a.family) for a in lesson.answers}
    before = prospects(replace(estimates, prompts=None), lesson.level, "", arms)
    belief = _belief(before, known)
    skills, watches = dict(estimates.skills), dict(estimates.watches)
    for answer, score in known:
        skill = skills.get(answer.arm, Skill())
        name = watch_name(lesson.bucket, answer.arm)
        watches[name], alarm = watched(watches.get(name, Watch()), score, lesson.at)
        skills[answer.arm] = _worded(_scored(skill, belief, score), answer.told, score)
        if alarm is not None:
            skills[answer.arm] = _faded(skills[answer.arm], alarm, before.difficulty)
    for answer, score in inferred(lesson, before, belief, known):
        skills[answer.arm] = _scored(skills.get(answer.arm, Skill()), belief, score)
    common = _counted(estimates.common, lesson.level, belief, known)
    trust = judges_of(estimates, {v.judge: v.prior for v in lesson.verdicts})
    before = before.model_copy(update={"judges": trust})
    common = common.model_copy(update={"judges": judged(common.judges, before, lesson)})
    common = _with_outcome(common, before, lesson)
    return replace(estimates, skills=skills, watches=watches, common=common)


def learn_use(
    estimates: Estimates,
    answers: Sequence[Answered],
    rulings: Sequence[Judged] = (),
    overran: Sequence[Overran] = (),
) -> Estimates:
    """``estimates`` with what ``answers`` cost, and whether they could be compared.

    ``rulings``: what judges made of them; whether they could decide is learned here. ``overran``:
    what was spent without an answer for being too little.
    """
    skills, common = dict(estimates.skills), estimates.common
    used: list[Answered | Overran] = [*answers, *overran]
    for spent in used:
        skills[spent.arm] = _used(skills.get(spent.arm, Skill()), spent)
    comparable = sum(answer.gist is not None for answer in answers)
    common = common.model_copy(
        update={
            "comparable": KEEP * common.comparable + comparable,
            "answers": KEEP * common.answers + len(answers),
            "judges": heard(common.judges, rulings),
        }
    )
    return replace(estimates, skills=skills, common=common)


def _belief(before: Prospects, known: Sequence[tuple[Answered, float]]) -> Counts:
    """How probable each difficulty is, in view of what was right."""
    weights = list(before.difficulty)
    for answer, score in known:
        for theta, right in enumerate(before.arms[answer.arm].right):
            weights[theta] *= score * right + (1.0 - score) * (1.0 - right)
    total = sum(weights)
    if not total > 0.0:
        return before.difficulty
    return weights[0] / total, weights[1] / total, weights[2] / total


def _faded(skill: Skill, alarm: Alarm, difficulty: Triple) -> Skill:
    """What is left of ``skill`` once its outcomes have changed; its costs stay.

    Those since the change count in full, and are shared out anew as those of somebody who is right
    as often: while it still passed for what it had been, its failures passed for hard prompts.
    """
    counted = sum(skill.right) + sum(skill.wrong)
    part = KEPT * max(0.0, 1.0 - alarm.outcomes / counted)
    share = spread_over(alarm.total / alarm.outcomes, difficulty)
    new = [(alarm.outcomes * d, p) for d, p in zip(difficulty, share, strict=True)]
    right = tuple(part * c + n * p for c, (n, p) in zip(skill.right, new, strict=True))
    wrong = tuple(part * c + n * (1.0 - p) for c, (n, p) in zip(skill.wrong, new, strict=True))
    worded = tuple(part * n for n in skill.worded)
    return skill.model_copy(update={"right": right, "wrong": wrong, "worded": worded})


def _scored(skill: Skill, belief: Counts, score: float) -> Skill:
    return skill.model_copy(
        update={
            "right": _added(skill.right, belief, score),
            "wrong": _added(skill.wrong, belief, 1.0 - score),
        }
    )


def _worded(skill: Skill, told: float, score: float) -> Skill:
    """With whether the wording of an answer spoke for it or against it; the same if neither."""
    if told == 0.0:
        return skill
    spoke = (score, 0.0, 1.0 - score, 0.0) if told > 0.0 else (0.0, score, 0.0, 1.0 - score)
    a, b, c, d = (KEEP * n + new for n, new in zip(skill.worded, spoke, strict=True))
    return skill.model_copy(update={"worded": (a, b, c, d)})


def _used(skill: Skill, spent: Answered | Overran) -> Skill:
    update: dict[str, Use] = {}
    if spent.usd_share is not None:
        update["usd"] = with_answer(skill.usd, spent.usd_share, KEEP)
    if spent.seconds_share is not None:
        update["seconds"] = with_answer(skill.seconds, spent.seconds_share, KEEP)
    return skill.model_copy(update=update) if update else skill


def _added(counts: Counts, belief: Counts, amount: float) -> Counts:
    a, b, c = (KEEP * n + amount * p for n, p in zip(counts, belief, strict=True))
    return a, b, c


def _counted(
    common: Common, level: Level, belief: Counts, known: Sequence[tuple[Answered, float]]
) -> Common:
    difficulty = {**common.difficulty}
    difficulty[level] = _added(difficulty.get(level, (0.0, 0.0, 0.0)), belief, 1.0)
    met, alike = list(common.met), list(common.same)
    agreed = _agreed([a for a, score in known if score >= _WRONG])
    wrong = [a for a, score in known if score < _WRONG]
    for one, other in combinations(wrong, 2):
        if one.gist is not None and other.gist is not None:
            place = related(one.arm, one.family, other.arm, other.family)
            met[place] = _added(met[place], belief, 1.0)
            alike[place] = _added(alike[place], belief, float(same(one.gist, other.gist)))
    update: dict[str, object] = {
        "difficulty": difficulty,
        "met": tuple(met),
        "same": tuple(alike),
    }
    if agreed is not None:
        update["paired"] = KEEP_LONG * common.paired + 1.0
        update["agreed"] = KEEP_LONG * common.agreed + agreed
    return common.model_copy(update=update)


def _agreed(right: Sequence[Answered]) -> float | None:
    """The share of pairs of right answers that say the same; None without any of two models."""
    pairs = [
        same(one.gist, other.gist)
        for one, other in combinations(right, 2)
        if one.gist is not None and other.gist is not None
        if related(one.arm, one.family, other.arm, other.family) > 0
    ]
    return sum(pairs) / len(pairs) if pairs else None


def _with_outcome(common: Common, before: Prospects, lesson: Lesson) -> Common:
    """With the quality that the answer given had before calibration, and how good it was."""
    score = None if lesson.given is None else lesson.scores[lesson.given]
    if lesson.given is None or score is None or lesson.given in lesson.silent:
        return common
    standing, opinions = standing_of(before, lesson, judges=True)
    computed = standing.quality(opinions[lesson.given])
    calibration = common.calibration.with_pair(computed, score)
    return common.model_copy(update={"calibration": calibration})
