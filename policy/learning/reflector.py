"""Findings without a model: patterns in past routes that are too regular to be chance.

Each kind of finding asks one question of the routes of one strategy and bucket. What is found is a
suggestion, no more: the gate tries it on routes that the reflector has not seen.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from secondhalf.policy.learning.cases import CHECKS, Case, Opened, Share, share_of
from secondhalf.state.config import GOES_ON_FROM
from secondhalf.state.reflection import (
    AvoidChange,
    BudgetChange,
    Cause,
    Change,
    HintChange,
    PreferChange,
    Reflection,
    Scope,
    ThresholdChange,
    Trigger,
)

LEAST = 8.0
"""Outcomes that a finding needs, in weight."""
MARGIN = 0.05
"""By how much something has to be better than what it replaces, beyond doubt."""
STEP = 0.05
"""What a finding moves a threshold by."""
_OFTEN = 0.3
_MOSTLY = 0.8
MADE_BY = "statistics"


class Rules(NamedTuple):
    """Who has how much of a say; see ``LearningConfig``."""

    words: int = 5
    principals: int = 3


class Finding(NamedTuple):
    """A pattern, and what to do about it."""

    trigger: Trigger
    cause: Cause
    changes: tuple[Change, ...]
    evidence: tuple[str, ...]
    share: Share
    summary: str
    quality: float = 0.0
    cost_usd: float = 0.0


class Group(NamedTuple):
    """The routes of one strategy and bucket, oldest first."""

    scope: Scope
    cases: Sequence[Case]
    rules: Rules

    def share(self, said: Sequence[tuple[Case, str, float]]) -> Share:
        """How often something held, by route, who says so, and how much it did."""
        found = ((who, value) for _, who, value in said)
        return share_of(found, self.rules.words, self.rules.principals)


Said = list[tuple[Case, str, float]]


def reflect(cases: Sequence[Case], rules: Rules, now: float) -> tuple[Reflection, ...]:
    """What is found in ``cases``, the most promising first; ``now`` in Unix seconds."""
    found: list[Reflection] = []
    for group in _groups(cases, rules):
        for finding in _findings(group):
            found.append(_reflection(group.scope, finding, now))
    found.sort(key=lambda one: (-one.predicted_quality, one.predicted_cost_usd, one.id))
    return tuple(found)


def identity(scope: Scope, cause: str, changes: Sequence[Change], support: float) -> str:
    """The id of a reflection: of the same finding it is the same, until its support has doubled.

    So what was turned down comes up again only when there is much more to say for it.
    """
    grown = int(math.log2(max(1.0, support)))
    told = [c.model_dump(mode="json") for c in changes]
    content = json.dumps([scope.strategy, scope.bucket, cause, told, grown])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _groups(cases: Sequence[Case], rules: Rules) -> Iterator[Group]:
    by: dict[tuple[str, str], list[Case]] = {}
    for case in sorted(cases, key=lambda one: (one.at, one.route_id)):
        by.setdefault((case.strategy, case.bucket), []).append(case)
    for (strategy, bucket), members in by.items():
        yield Group(Scope(strategy=strategy, bucket=bucket), members, rules)


def _findings(group: Group) -> Iterator[Finding]:
    taken: set[str] = set()
    for ask in QUESTIONS:
        for finding in ask(group):
            things = {_thing(change) for change in finding.changes}
            if not things & taken and _is_enough(finding.share, group.rules):
                taken |= things
                yield finding


def _is_enough(share: Share, rules: Rules) -> bool:
    return share.number >= LEAST and share.principals >= rules.principals


def _wrong_expert(group: Group) -> Iterator[Finding]:
    """A path does worse than another that was judged here too."""
    shares = {name: _of_path(group, name) for name in _names(group)}
    for name, (share, said) in shares.items():
        if not _is_enough(share, group.rules) or not any(_first(c) == name for c in group.cases):
            continue
        rivals = [
            (other, found)
            for other, (found, _) in shares.items()
            if other != name
            and _is_enough(found, group.rules)
            and found.low > share.high - MARGIN
            and found.mean > share.mean + MARGIN
        ]
        if not rivals:
            continue
        other, found = max(rivals, key=lambda pair: pair[1].mean)
        yield Finding(
            trigger="failed",
            cause="wrong_expert",
            changes=(
                AvoidChange(scope=group.scope, path=name),
                PreferChange(scope=group.scope, path=other),
            ),
            evidence=_evidence(said),
            share=share,
            summary=f"{name} was right {share.mean:.0%} of {share.number:.0f} times, "
            f"{other} {found.mean:.0%} of {found.number:.0f}",
            quality=found.mean - share.mean,
            cost_usd=_mean_cost(group, other) - _mean_cost(group, name),
        )


def _overspent(group: Group) -> Iterator[Finding]:
    """A path that costs half as much is as good as the one that is taken."""
    shares = {name: _of_path(group, name) for name in _names(group)}
    for name, (share, _) in shares.items():
        cost = _mean_cost(group, name)
        taken = sum(case.given == name for case in group.cases)
        if not _is_enough(share, group.rules) or 2 * taken < len(group.cases) or not cost:
            continue
        for other, (found, said) in shares.items():
            cheaper = _mean_cost(group, other)
            good = _is_enough(found, group.rules) and found.mean >= share.mean - MARGIN / 2
            if other != name and good and cheaper <= cost / 2 and found.low > share.mean - 0.15:
                yield Finding(
                    trigger="overspent",
                    cause="wrong_expert",
                    changes=(PreferChange(scope=group.scope, path=other),),
                    evidence=_evidence(said),
                    share=found,
                    summary=f"{other} was right {found.mean:.0%} of {found.number:.0f} times at "
                    f"${cheaper:.2g}, {name} {share.mean:.0%} at ${cost:.2g}",
                    quality=found.mean - share.mean,
                    cost_usd=cheaper - cost,
                )


def _missing_prerequisite(group: Group) -> Iterator[Finding]:
    """Answers that went without what was needed are mostly wrong."""
    for name in _names(group):
        said = [
            (case, who, value)
            for case, one in _opened(group, name)
            if any(" without " in arm for arm in one.arms)
            for who, value in one.voices
        ]
        share = group.share(said)
        others = [other for other in _names(group) if _has_helper(group, other)]
        if share.high < 0.5 and others:
            changes = (PreferChange(scope=group.scope, path=others[0]),)
            yield Finding(
                trigger="failed",
                cause="missing_prerequisite",
                changes=(AvoidChange(scope=group.scope, path=name), *changes),
                evidence=_evidence(said),
                share=share,
                summary=f"{name} went without what it needed and was right {share.mean:.0%} of "
                f"{share.number:.0f} times",
                quality=0.5 - share.mean,
            )


def _false_pass(group: Group) -> Iterator[Finding]:
    """What was called good enough is often wrong."""
    said: Said = [
        (case, who, 1.0 - value)
        for case in group.cases
        if case.status == "success" and (one := case.answer) is not None
        for who, value in one.voices
    ]
    share = group.share(said)
    if share.low > _OFTEN:
        yield Finding(
            trigger="feedback",
            cause="verifier_false_pass",
            changes=(_threshold(group, "good_enough", STEP),),
            evidence=_evidence(said),
            share=share,
            summary=f"of {share.number:.0f} answers that were good enough, {share.mean:.0%} were "
            "wrong",
            quality=STEP * share.mean,
        )


def _false_fail(group: Group) -> Iterator[Finding]:
    """The first answer was right although the search went on."""
    said: Said = []
    more: list[float] = []
    for case in group.cases:
        asked = [one for one in case.opened if not one.trial]
        if len(asked) > 1 and asked[0].status == "uncertain" and asked[0].score is not None:
            said += [(case, who, value) for who, value in asked[0].voices]
            more.append(sum(one.cost_usd for one in asked[1:]))
    share = group.share(said)
    if share.low > _MOSTLY:
        yield Finding(
            trigger="wasted",
            cause="verifier_false_fail",
            changes=(_threshold(group, "good_enough", -STEP),),
            evidence=_evidence(said),
            share=share,
            summary=f"of {share.number:.0f} first answers that were not good enough, "
            f"{share.mean:.0%} were right",
            cost_usd=-sum(more) / len(more),
        )


def _analysis_error(group: Group) -> Iterator[Finding]:
    """What looked easy was not: the first answer is often wrong."""
    level = (group.scope.bucket or "").rpartition(".")[2]
    harder = {"low": "medium", "medium": "high"}.get(level)
    said: Said = [
        (case, who, 1.0 - value)
        for case in group.cases
        if case.opened
        for who, value in case.opened[0].voices
    ]
    share = group.share(said)
    if harder is not None and share.low > _OFTEN:
        change = HintChange.model_validate({"scope": group.scope, "difficulty": harder})
        yield Finding(
            trigger="failed",
            cause="analysis_error",
            changes=(change,),
            evidence=_evidence(said),
            share=share,
            summary=f"of {share.number:.0f} first answers to requests called {level}, "
            f"{share.mean:.0%} were wrong",
            quality=STEP * share.mean,
        )


def _budget_exhausted(group: Group) -> Iterator[Finding]:
    """A cap often ends the search before there is a good answer."""
    ended = [case for case in group.cases if case.opened]
    said: Said = [
        (case, CHECKS, float(bool(case.capped) and case.status != "success")) for case in ended
    ]
    share = group.share(said)
    if share.low > _OFTEN:
        yield Finding(
            trigger="failed",
            cause="budget_exhausted",
            changes=(BudgetChange(scope=group.scope, factor=1.25),),
            evidence=_evidence([one for one in said if one[2]]),
            share=share,
            summary=f"{share.mean:.0%} of {share.number:.0f} routes ended at a cap without a good "
            "answer",
            cost_usd=0.25 * sum(case.cost_usd for case in ended) / len(ended),
        )


def _bad_aggregation(group: Group) -> Iterator[Finding]:
    """Another path was right where the answer given was wrong."""
    for name in _names(group):
        said: Said = []
        instead: Counter[str] = Counter()
        for case in group.cases:
            given, other = case.answer, case.path(name)
            if given is None or other is None or other is given:
                continue
            if given.score is not None and other.score is not None:
                better = float(other.score > given.score) - float(other.score < given.score)
                said += [(case, who, (1.0 + better) / 2.0) for who, _ in other.voices]
                instead[given.path] += 1
        share = group.share(said)
        if share.low > 0.5 + MARGIN:
            yield Finding(
                trigger="disagreed",
                cause="bad_aggregation",
                changes=(
                    PreferChange(scope=group.scope, path=name),
                    AvoidChange(scope=group.scope, path=instead.most_common(1)[0][0]),
                ),
                evidence=_evidence(said),
                share=share,
                summary=f"where answers differed, {name} was better than the one given in "
                f"{share.mean:.0%} of {share.number:.0f}",
                quality=2.0 * (share.mean - 0.5),
            )


QUESTIONS: tuple[Callable[[Group], Iterator[Finding]], ...] = (
    _missing_prerequisite,
    _bad_aggregation,
    _wrong_expert,
    _overspent,
    _false_pass,
    _false_fail,
    _analysis_error,
    _budget_exhausted,
)


def _of_path(group: Group, name: str) -> tuple[Share, Said]:
    said = [(case, who, value) for case, one in _opened(group, name) for who, value in one.voices]
    return group.share(said), said


def _names(group: Group) -> list[str]:
    return list(dict.fromkeys(one.path for case in group.cases for one in case.opened))


def _opened(group: Group, name: str) -> Iterator[tuple[Case, Opened]]:
    for case in group.cases:
        if (one := case.path(name)) is not None:
            yield case, one


def _first(case: Case) -> str:
    return case.opened[0].path if case.opened else ""


def _has_helper(group: Group, name: str) -> bool:
    return any(GOES_ON_FROM in arm for _, one in _opened(group, name) for arm in one.arms)


def _mean_cost(group: Group, name: str) -> float:
    costs = [one.cost_usd for _, one in _opened(group, name)]
    return sum(costs) / len(costs) if costs else 0.0


def _threshold(group: Group, key: str, delta: float) -> ThresholdChange:
    return ThresholdChange.model_validate({"scope": group.scope, "key": key, "delta": delta})


def _thing(change: Change) -> str:
    """What a change is about: two findings must not pull at the same thing."""
    return getattr(change, "path", change.kind)


def _evidence(said: Said, most: int = 50) -> tuple[str, ...]:
    """The newest routes that a finding rests on."""
    return tuple(dict.fromkeys(case.route_id for case, _, _ in said))[-most:]


def _reflection(scope: Scope, finding: Finding, now: float) -> Reflection:
    share = finding.share
    return Reflection(
        id=identity(scope, finding.cause, finding.changes, share.number),
        strategy=scope.strategy,
        bucket=scope.bucket,
        trigger=finding.trigger,
        cause=finding.cause,
        evidence=finding.evidence,
        summary=finding.summary[:240],
        changes=finding.changes,
        predicted_quality=finding.quality,
        predicted_cost_usd=finding.cost_usd,
        support=int(share.number),
        principals=share.principals,
        made_at=now,
        made_by=MADE_BY,
    )
