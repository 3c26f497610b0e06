"""From what was learned to what is expected on one prompt."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from secondhalf.policy.estimates.book import Common, Counts, Estimates, Judging, Skill
from secondhalf.policy.estimates.prior import DIFFICULTY, averaged, shifted, spread_over
from secondhalf.policy.estimates.text_model import TextModel
from secondhalf.policy.estimates.use import UNTRIED, Means, shrunk, together
from secondhalf.policy.priors import JUDGE_DECIDES, log_odds, probability
from secondhalf.policy.standing import PAIRS
from secondhalf.state.analysis import LEVELS, Level
from secondhalf.state.estimate import Prospect, Prospects, Reliance, Triple

STRENGTH = 8.0
"""How many outcomes the prior of an arm counts as."""
DIFFICULTY_STRENGTH = 20.0
COINCIDENCE_STRENGTH = 8.0
JUDGE_STRENGTH = 8.0
COMPARABLE_STRENGTH = 10.0
CLOSED_STRENGTH = 2.0
LEAST_CLOSED = 0.02
"""However open-ended prompts have been: answers of many who agree have to be able to tell."""
WORDED_STRENGTH = 10.0
OFFSET_STRENGTH = 1.0
"""How many well-known arms the offset of zero counts as."""
_UNKNOWN = Prospects()


class Prior(NamedTuple):
    """What is expected of an arm before any outcome: how often it is right."""

    mean: float
    family: str = ""


def prospects(
    estimates: Estimates, level: Level, prompt: str, arms: Mapping[str, Prior]
) -> Prospects:
    """What to expect of ``arms`` on ``prompt``, whose difficulty the analysis calls ``level``."""
    usual = _usual_difficulty(estimates, level)
    difficulty = _difficulty(estimates, level, usual)
    model = estimates.prompts
    told = _told_by(model, prompt)
    common = estimates.common
    calibration = common.calibration
    found: dict[str, Prospect] = {}
    usual_use, offset = _usual_use(estimates), _offset(estimates, arms, level, difficulty)
    for arm, prior in arms.items():
        moved = Prior(probability(log_odds(prior.mean) + offset), prior.family)
        prospect = expected(estimates.skills.get(arm, Skill()), moved, level, usual_use)
        if model is not None and arm in told:
            prospect = _told(prospect, difficulty, told[arm], model.usual(arm))
        found[arm] = prospect
    return Prospects(
        difficulty=difficulty,
        usual=usual,
        arms=found,
        coincidence=coincidence(estimates),
        comparable=(common.comparable + COMPARABLE_STRENGTH * _UNKNOWN.comparable)
        / (common.answers + COMPARABLE_STRENGTH),
        closed=_closed(common),
        slope=calibration.slope,
        offset=calibration.offset,
        curve=calibration.curve,
        told=None if estimates.answers is None else {},
    )


def expected(skill: Skill, prior: Prior, level: Level, usual: tuple[Means, Means]) -> Prospect:
    """What to expect of an arm on any prompt: its counts, shrunk to its prior.

    ``usual`` is what arms use of the dollars, and of the seconds, that are guessed for them.
    """
    usd, seconds = shrunk(skill.usd, usual[0]), shrunk(skill.seconds, usual[1])
    before = spread_over(prior.mean, DIFFICULTY[level])
    seen = [r + w for r, w in zip(skill.right, skill.wrong, strict=True)]
    weight = [STRENGTH * share for share in DIFFICULTY[level]]
    right = [
        min(1.0, (r + k * p) / (n + k))
        for r, n, k, p in zip(skill.right, seen, weight, before, strict=True)
    ]
    doubt = [
        math.sqrt(p * (1.0 - p) / (n + k + 1.0))
        for p, n, k in zip(right, seen, weight, strict=True)
    ]
    return Prospect(
        right=(right[0], right[1], right[2]),
        doubt=(doubt[0], doubt[1], doubt[2]),
        prior=prior.mean,
        usd_share=usd.share,
        usd_high=usd.high,
        seconds_share=seconds.share,
        seconds_high=seconds.high,
        labels=sum(seen),
        family=prior.family,
        tells=_tells(skill),
    )


def _tells(skill: Skill) -> tuple[float, float]:
    """How often an answer is worded like a right one, if it is right and if it is wrong: counts,
    shrunk to how often any of its answers is."""
    for_right, against_right, for_wrong, against_wrong = skill.worded
    whole, k = sum(skill.worded), WORDED_STRENGTH
    usual = (for_right + for_wrong) / whole if whole > 0.0 else 0.5
    right, wrong = for_right + against_right, for_wrong + against_wrong
    return (for_right + k * usual) / (right + k), (for_wrong + k * usual) / (wrong + k)


def _offset(
    estimates: Estimates, arms: Mapping[str, Prior], level: Level, difficulty: Triple
) -> float:
    """How much better than their priors the arms have proved, in log-odds.

    Untried arms are taken to differ from their priors as those that were tried do: what is asked
    here is easier, or harder, than was thought.
    """
    total, weights = 0.0, OFFSET_STRENGTH
    for arm, prior in arms.items():
        skill = estimates.skills.get(arm)
        if skill is not None:
            found = expected(skill, prior, level, (UNTRIED, UNTRIED))
            weight = found.labels / (found.labels + STRENGTH)
            total += weight * (log_odds(averaged(found.right, difficulty)) - log_odds(prior.mean))
            weights += weight
    return total / weights


def coincidence(estimates: Estimates) -> tuple[Triple, Triple, Triple]:
    """How often wrong answers are the same: of one model, of one family, of strangers."""
    common = estimates.common
    one, family, strangers = (
        _shrunk(same, met, prior)
        for same, met, prior in zip(common.same, common.met, _UNKNOWN.coincidence, strict=True)
    )
    return one, family, strangers


def _closed(common: Common) -> float:
    """How probable it is that right answers to a prompt say the same.

    They do by accident, too: as many as that explains are taken off.
    """
    k = CLOSED_STRENGTH
    prior = PAIRS + (1.0 - PAIRS) * _UNKNOWN.closed
    agreed = (common.agreed + k * prior) / (common.paired + k)
    return min(1.0, max(LEAST_CLOSED, (agreed - PAIRS) / (1.0 - PAIRS)))


def judges_of(estimates: Estimates, priors: Mapping[str, float]) -> dict[str, Reliance]:
    """How far to believe judges; ``priors`` say how often each is right before any outcome."""
    k = JUDGE_STRENGTH
    found: dict[str, Reliance] = {}
    for name, prior in priors.items():
        seen = estimates.common.judges.get(name, Judging())
        found[name] = Reliance(
            right=min(1.0, (seen.right + k * prior) / (seen.right + seen.wrong + k)),
            decides=min(1.0, (seen.decided + k * JUDGE_DECIDES) / (seen.asked + k)),
            prior=prior,
        )
    return found


def _shrunk(same: Counts, met: Counts, prior: Triple) -> Triple:
    k = COINCIDENCE_STRENGTH
    a, b, c = (min(1.0, (s + k * p) / (m + k)) for s, m, p in zip(same, met, prior, strict=True))
    return a, b, c


def _difficulty(estimates: Estimates, level: Level, usual: Triple) -> Triple:
    """Counts of this level, shrunk to those of all levels."""
    counted = estimates.common.difficulty.get(level, (0.0, 0.0, 0.0))
    return _mixed(counted, usual, DIFFICULTY_STRENGTH)


def _usual_difficulty(estimates: Estimates, level: Level) -> Triple:
    """Counts of all levels, shrunk to the prior of this one."""
    counted = estimates.common.difficulty
    whole = [sum(counted[name][theta] for name in LEVELS if name in counted) for theta in range(3)]
    return _mixed(whole, DIFFICULTY[level], DIFFICULTY_STRENGTH)


def _mixed(counts: Counts | list[float], prior: Triple, k: float) -> Triple:
    total = sum(counts) + k
    a, b, c = ((n + k * p) / total for n, p in zip(counts, prior, strict=True))
    return a, b, c


def _usual_use(estimates: Estimates) -> tuple[Means, Means]:
    """The shares of what is guessed that are used, over all arms: of dollars, and of seconds."""
    skills = estimates.skills.values()
    usd = shrunk(together([skill.usd for skill in skills]), UNTRIED)
    return usd, shrunk(together([skill.seconds for skill in skills]), UNTRIED)


def _told_by(model: TextModel | None, prompt: str) -> dict[str, float]:
    """What the prompt tells of each arm; nothing where its embedder could not be asked."""
    if model is None:
        return {}
    try:
        return model.expect(prompt)
    except ValueError:
        return {}


def _told(prospect: Prospect, difficulty: Triple, told: float, usual: float) -> Prospect:
    """Moved by what the prompt says: by how far that is from what is usual for the arm."""
    mean = averaged(prospect.right, difficulty)
    moved = probability(log_odds(mean) + log_odds(told) - log_odds(usual))
    right = shifted(prospect.right, difficulty, moved)
    return prospect.model_copy(update={"right": right, "usual": prospect.right})
