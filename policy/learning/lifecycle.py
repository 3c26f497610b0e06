"""The stages of a proposal: shadow, canary, watch; each step an entry of the log.

Pure: a step makes the entry that would follow; whoever keeps the log takes it only if nothing else
has been entered since.
"""

from secondhalf.policy.learning.lottery import drawn
from secondhalf.state.standing import Action, PolicyEvent, PolicyStanding, Stage


def version_for(standing: PolicyStanding, key: str) -> str:
    """The version that a route gets: always the same for one ``key`` while a stage lasts."""
    if standing.stage not in ("canary", "watch") or not standing.other:
        return standing.active
    chosen = drawn(f"{standing.other} {key}") < standing.share
    return standing.other if chosen else standing.active


def propensity(standing: PolicyStanding, version: str) -> float:
    """How probable it was that a route gets ``version``."""
    if standing.stage not in ("canary", "watch") or not standing.other:
        return 1.0
    return standing.share if version == standing.other else 1.0 - standing.share


def propose(standing: PolicyStanding, version: str, at: float, text: str) -> PolicyEvent:
    """``version`` is tried on past routes."""
    after = _moved(standing, at, stage="shadow", other=version)
    after = after.model_copy(update={"proposals": standing.proposals + 1})
    return _event("proposed", version, at, "reflect", text, after)


def reject(standing: PolicyStanding, at: float, by: str, text: str) -> PolicyEvent:
    """The proposal that is being tried is given up."""
    return _event("rejected", standing.other, at, by, text, _moved(standing, at))


def to_canary(standing: PolicyStanding, share: float, at: float, by: str, text: str) -> PolicyEvent:
    """The proposal gets a share of the routes."""
    after = _moved(standing, at, stage="canary", other=standing.other, share=share)
    return _event("canary", standing.other, at, by, text, after)


def promote(
    standing: PolicyStanding, version: str, share: float, at: float, by: str, text: str
) -> PolicyEvent:
    """``version`` becomes active; the one before it keeps ``share`` of the routes for a while."""
    watched = share > 0.0 and version != standing.active
    after = _moved(
        standing.model_copy(update={"active": version}),
        at,
        stage="watch" if watched else "settled",
        other=standing.active if watched else "",
        share=share if watched else 0.0,
    )
    return _event("promoted", version, at, by, text, after)


def settle(standing: PolicyStanding, at: float, text: str) -> PolicyEvent:
    """The active policy has proved itself; the one before it gets no more routes."""
    return _event("settled", standing.active, at, "gate", text, _moved(standing, at))


def roll_back(standing: PolicyStanding, version: str, at: float, by: str, text: str) -> PolicyEvent:
    """``version``, an earlier one, becomes active for all routes; what was tried is given up."""
    after = _moved(standing.model_copy(update={"active": version}), at)
    return _event("rolled_back", version, at, by, text, after)


def retire(standing: PolicyStanding, version: str, at: float, by: str, text: str) -> PolicyEvent:
    """``version``, the active policy without some of what it had learned, takes its place."""
    after = _moved(standing.model_copy(update={"active": version}), at)
    return _event("retired", version, at, by, text, after)


def note(
    standing: PolicyStanding, action: Action, version: str, at: float, text: str
) -> PolicyEvent:
    """Something happened to ``version`` that changes nothing about which is in use."""
    after = standing.model_copy(update={"revision": standing.revision + 1})
    return _event(action, version, at, "", text, after)


def _moved(
    standing: PolicyStanding,
    at: float,
    *,
    stage: Stage = "settled",
    other: str = "",
    share: float = 0.0,
) -> PolicyStanding:
    return standing.model_copy(
        update={
            "revision": standing.revision + 1,
            "stage": stage,
            "other": other,
            "share": share,
            "since": at,
        }
    )


def _event(
    action: Action, version: str, at: float, by: str, text: str, after: PolicyStanding
) -> PolicyEvent:
    return PolicyEvent(action=action, version=version, at=at, by=by, text=text, standing=after)
