"""decide: the gate. Better: it gets a share of the routes; worse, or not shown to be: it is out.

Where a person has to approve, the look back waits for them, for days if need be.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import Runnable
from langgraph.types import interrupt

from secondhalf.nodes.reflect.bench import Bench
from secondhalf.nodes.step import step
from secondhalf.policy.learning.gate import Verdict, judge, spent_alpha
from secondhalf.policy.learning.lifecycle import note, reject, to_canary
from secondhalf.policy.learning.revising import added
from secondhalf.state.reflecting import ReflectReport, ReflectState
from secondhalf.state.standing import Pair, PolicyEvent, PolicyStanding

YES = ("yes", "y", "approve", "ja", "true", "1")


def decide(bench: Bench) -> Runnable[Any, Any]:
    """The sixth step: see the module's text."""

    async def decide(state: ReflectState) -> dict[str, Any]:
        request = state["request"]
        standing = await bench.standing(request)
        if standing.stage != "shadow":
            return {}
        seen = await bench.memory.policies.apairs(standing.other, "shadow")
        pairs = [pair for pair in seen if pair.source != "alike"]
        alpha = spent_alpha(bench.settings.alpha, standing.proposals)
        verdict = judge([pair.x for pair in pairs], alpha, alike=len(seen) - len(pairs))
        text = explained(standing, verdict, pairs, alpha)
        if verdict.action == "wait":
            return {"notes": [text]}
        approved, by = True, "gate"
        if verdict.action == "accept" and bench.settings.approval == "ask":
            question = {"kind": "approval", "question": text, "version": standing.other}
            approved, by = str(interrupt(question)).strip().lower() in YES, "a person"
            text += " A person has approved it." if approved else " A person has turned it down."
        event = await _entered(bench, standing, verdict, approved, by, text)
        return {"events": [event], "notes": [text]}

    return step(decide)


async def _entered(
    bench: Bench, standing: PolicyStanding, verdict: Verdict, approved: bool, by: str, text: str
) -> PolicyEvent:
    now = bench.clock()
    learned = added(await bench.policy(standing.other), await bench.policy(standing.active))
    accepted = verdict.action == "accept" and approved
    if accepted:
        event = to_canary(standing, bench.settings.canary, now, by, text)
    else:
        event = reject(standing, now, by, text)
    numbers = {
        "pairs": float(verdict.pairs),
        "mean": verdict.mean,
        "wealth": verdict.wealth,
        "needed": verdict.needed,
    }
    event = event.model_copy(update={"numbers": numbers, "reflections": learned})
    return await bench.enter(event, dict.fromkeys(learned, "canary" if accepted else "quarantined"))


def explained(
    standing: PolicyStanding, verdict: Verdict, pairs: Sequence[Pair], alpha: float
) -> str:
    """One paragraph for people: what was compared, how, and what the gate makes of it."""
    sources: Counter[str] = Counter(pair.source for pair in pairs)
    told = {
        "replayed": "read off the record",
        "shadow": "run again unseen",
        "filled": "taken to have gone badly, since nobody knows",
    }
    ways = ", ".join(f"{sources[name]} {text}" for name, text in told.items() if sources[name])
    cost = sum(pair.cost_usd for pair in pairs)
    ways = f" ({ways}; ${cost:.2g} spent)" if ways else ""
    ends = {
        "accept": "It gets a share of the routes.",
        "reject": "It is given up.",
        "wait": "More routes are needed.",
    }
    return (
        f"Proposal {standing.other} against {standing.active}, number {standing.proposals}, so at "
        f"α = {alpha:.3g}: {verdict.reason}{ways}. {ends[verdict.action]}"
    )


def conclude(bench: Bench) -> Runnable[Any, Any]:
    """The last step: notes in the log that somebody has looked, and reports."""

    async def conclude(state: ReflectState) -> dict[str, Any]:
        request = state["request"]
        standing = await bench.standing(request)
        found, spent = state.get("found", ()), state["spent_usd"]
        pairs: Sequence[Pair] = ()
        if standing.stage != "settled":
            proposal = standing.active if standing.stage == "watch" else standing.other
            pairs = await bench.memory.policies.apairs(proposal, standing.stage)
        text = f"Looked at {state['routes']} routes; {len(found)} new findings."
        looked = note(standing, "looked", standing.active, bench.clock(), text)
        numbers = {"routes": float(state["routes"]), "spent_usd": spent}
        await bench.enter(looked.model_copy(update={"numbers": numbers}))
        report = ReflectReport(
            standing=looked.standing,
            events=tuple(state.get("events") or ()),
            found=found,
            notes=tuple(dict.fromkeys(state.get("notes") or ())),
            routes=state["routes"],
            pairs=len(pairs),
            spent_usd=spent,
        )
        return {"report": report}

    return step(conclude)
