"""A model's suggestions: it is shown counts, and whatever it says has to be borne out by them."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from secondhalf.policy.learning.cases import Case, Share, share_of
from secondhalf.policy.learning.reflector import Rules, identity
from secondhalf.state.reflection import AvoidChange, Cause, Change, PreferChange, Reflection, Scope

LEAST = 5.0
"""Outcomes that a suggestion needs for it: fewer than statistics do, which have nothing else."""
MOST_ROWS = 60


class Row(NamedTuple):
    """How a path has done on one kind of request."""

    strategy: str
    bucket: str
    path: str
    opened: int
    given: int
    share: Share
    cost_usd: float


class Suggestion(NamedTuple):
    """What a model would do about a path."""

    strategy: str
    bucket: str
    path: str
    do: Literal["avoid", "prefer"]
    cause: Cause
    why: str = ""


def digest(cases: Sequence[Case], rules: Rules) -> tuple[Row, ...]:
    """What a reflector is shown: counts, the most used first."""
    groups: dict[tuple[str, str, str], list[Case]] = {}
    for case in cases:
        for one in case.opened:
            groups.setdefault((case.strategy, case.bucket, one.path), []).append(case)
    rows = [_row(name, members, rules) for name, members in groups.items()]
    rows.sort(key=lambda row: (-row.opened, row.strategy, row.bucket, row.path))
    return tuple(rows[:MOST_ROWS])


def reflections_of(
    suggestions: Iterable[Suggestion], cases: Sequence[Case], rules: Rules, now: float, by: str
) -> tuple[Reflection, ...]:
    """Suggestions about what there is, that enough outcomes and principals speak for.

    To avoid a path, it must have been wrong more often than others here; to prefer it, right more
    often. Evidence and support are counted, never taken from the model.
    """
    found: dict[str, Reflection] = {}
    for one in suggestions:
        made = _reflection(one, cases, rules, now, by)
        if made is not None:
            found.setdefault(made.id, made)
    return tuple(found.values())


def _row(name: tuple[str, str, str], cases: Sequence[Case], rules: Rules) -> Row:
    strategy, bucket, path = name
    opened = [one for case in cases if (one := case.path(path)) is not None]
    said = [voice for one in opened for voice in one.voices]
    return Row(
        strategy=strategy,
        bucket=bucket,
        path=path,
        opened=len(opened),
        given=sum(case.given == path for case in cases),
        share=share_of(said, rules.words, rules.principals),
        cost_usd=sum(one.cost_usd for one in opened) / len(opened),
    )


def _reflection(
    one: Suggestion, cases: Sequence[Case], rules: Rules, now: float, by: str
) -> Reflection | None:
    members = [c for c in cases if (c.strategy, c.bucket) == (one.strategy, one.bucket)]
    named = [(case, opened) for case in members if (opened := case.path(one.path)) is not None]
    mine = share_of(
        (voice for _, opened in named for voice in opened.voices), rules.words, rules.principals
    )
    others = share_of(
        (v for c in members for o in c.opened if o.path != one.path for v in o.voices),
        rules.words,
        rules.principals,
    )
    enough = mine.number >= LEAST and mine.principals >= rules.principals
    gained = mine.mean - others.mean if one.do == "prefer" else others.mean - mine.mean
    if not enough or not others.number or gained <= 0.0:
        return None
    scope = Scope(strategy=one.strategy, bucket=one.bucket)
    kind = AvoidChange if one.do == "avoid" else PreferChange
    changes: tuple[Change, ...] = (kind(scope=scope, path=one.path),)
    return Reflection(
        id=identity(scope, one.cause, changes, mine.number),
        strategy=one.strategy,
        bucket=one.bucket,
        trigger="failed" if one.do == "avoid" else "feedback",
        cause=one.cause,
        evidence=tuple(dict.fromkeys(case.route_id for case, _ in named))[-50:],
        summary=" ".join(one.why.split())[:240],
        changes=changes,
        predicted_quality=gained,
        support=int(mine.number),
        principals=mine.principals,
        made_at=now,
        made_by=by,
    )
