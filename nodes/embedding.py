"""The vector of a request, where what was learned of prompts needs one; paid by the ledger."""

import asyncio
import time
from typing import NamedTuple

from secondhalf.experts.expert import one_line, seconds_since
from secondhalf.experts.tokens import at_most
from secondhalf.memory.embedder import Embedder, set_aside
from secondhalf.nodes.inflight import charged_as_lost, note_call, times_lost
from secondhalf.nodes.reading import request_text
from secondhalf.nodes.services import Services
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.estimates.text_model import TextModel
from secondhalf.policy.ledger import (
    charge_lost,
    first_cap_exceeded,
    grant,
    left,
    reserve,
    settle,
)
from secondhalf.state.budget import Ledger, Usage
from secondhalf.state.route import RouteState

LONGEST = 5.0
"""Seconds that a vector may take; after that the route goes on without."""


async def with_vector(
    state: RouteState, services: Services, learned: Estimates
) -> tuple[Ledger, str]:
    """Makes the request's vector known to the embedder, if it takes one to read off ``learned``.

    Returns the ledger after that, and notes on what it cost or why there is no vector. Without one
    a prompt tells nothing; the route goes on. A call that was lost with its process is charged,
    whether or not it is made again.
    """
    embedder, model = services.embedder, learned.prompts
    if embedder is None:
        return state["ledger"], ""
    call, text = _Call.of(state), request_text(state)
    ledger, *notes = await _lost(state["ledger"], call, _at_most(text, embedder))
    if model is None or not model.embedded:
        if not embedder.breaker.available():
            notes.append(_not_asked(embedder, model))
        return ledger, _joined(notes)
    if not embedder.knows(text):
        ledger, note = await _asked(ledger, call, embedder, text)
        notes.append(note)
    return ledger, _joined([*notes, _misfit(embedder, model, text)])


class _Call(NamedTuple):
    """What the call is called: on the ledger, and in the note that it is about to be made."""

    entry: str
    id: str

    @classmethod
    def of(cls, state: RouteState) -> "_Call":
        entry = f"embed#{len(state.get('clarifications') or [])}"
        return cls(entry, f"{state['request'].route_id}/{entry}")


async def _lost(ledger: Ledger, call: _Call, amount: Usage) -> tuple[Ledger, str]:
    """Charges what was in flight when the process ended, within what is left."""
    times = await times_lost(call.id) if amount.calls else 0
    if not times:
        return ledger, ""
    entry = f"{call.entry}/lost"
    ledger = reserve(ledger, entry, "embed", amount)
    lost, _ = charge_lost(grant(amount), grant(left(ledger)), times)
    note = f"the request was embedded before: {charged_as_lost(lost)}"
    return settle(ledger, entry, "embed", lost), note


async def _asked(ledger: Ledger, call: _Call, embedder: Embedder, text: str) -> tuple[Ledger, str]:
    """Asks for the vector, if it can be paid and the embeddings are not set aside."""
    amount = _at_most(text, embedder)
    if cap := first_cap_exceeded(amount, left(ledger)):
        return ledger, f"the request was not embedded: the cap on {cap}"
    if amount.calls and embedder.breaker.available():
        await note_call(call.id)
    if not embedder.breaker.acquire():
        return ledger, _not_asked(embedder)
    ledger, began = reserve(ledger, call.entry, "embed", amount), time.monotonic()
    note = await _learn(embedder, text)
    if not note and amount.usd:
        note = f"embedded for ${amount.usd:.6f}"
    seconds = min(LONGEST, seconds_since(began))
    used = amount.model_copy(update={"seconds": seconds, "estimated_calls": amount.calls})
    return settle(ledger, call.entry, "embed", used), note


async def _learn(embedder: Embedder, text: str) -> str:
    """Asks for the vector; returns why there is none, if so. The breaker learns how it went."""
    try:
        async with asyncio.timeout(LONGEST):
            await embedder.learn(text)
    except TimeoutError as error:
        embedder.failed(error)
        return f"the request was not embedded: no vector within {LONGEST:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever it is, the route goes on without
        embedder.failed(error)
        return f"the request was not embedded: {one_line(error)}"
    except BaseException:
        embedder.breaker.release()  # cancelled: that is not the embeddings' fault
        raise
    embedder.breaker.succeed()
    return ""


def _not_asked(embedder: Embedder, instead: TextModel | None = None) -> str:
    """Why embeddings that are set aside were not asked, and what stands in."""
    note = f"the request was not embedded: {set_aside(embedder.breaker)}"
    return note if instead is None else f"{note}; n-grams stand in"


def _misfit(embedder: Embedder, model: TextModel, text: str) -> str:
    """Why nothing can be read off the vector, if there is one."""
    if not embedder.knows(text):
        return ""
    try:
        model.expect(text)
    except ValueError as error:
        return f"what was learned of prompts was not used: {one_line(error)}"
    return ""


def _joined(notes: list[str]) -> str:
    return "; ".join(note for note in notes if note)


def _at_most(text: str, embedder: Embedder) -> Usage:
    """What one call may use: nobody reports it, so that it is charged whole."""
    tokens, price = at_most(text), embedder.usd_per_million
    return Usage(
        calls=int(price > 0.0), input_tokens=tokens, usd=tokens * price / 1e6, seconds=LONGEST
    )
