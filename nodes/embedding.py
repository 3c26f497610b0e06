"""The vector of a request, where what was learned of prompts needs one; paid by the ledger."""

import asyncio
import time

from secondhalf.experts.expert import one_line, seconds_since
from secondhalf.experts.tokens import at_most
from secondhalf.memory.embedder import Embedder
from secondhalf.nodes.reading import request_text
from secondhalf.nodes.services import Services
from secondhalf.policy.estimates.book import Estimates
from secondhalf.policy.ledger import first_cap_exceeded, left, reserve, settle
from secondhalf.state.budget import Ledger, Usage
from secondhalf.state.route import RouteState

LONGEST = 5.0
"""Seconds that a vector may take; after that the route goes on without."""


async def with_vector(
    state: RouteState, services: Services, learned: Estimates
) -> tuple[Ledger, str]:
    """Makes the request's vector known to the embedder, if it takes one to read off ``learned``.

    Returns the ledger after that, and a note on what it cost or why there is no vector. Without one
    a prompt tells nothing; the route goes on.
    """
    ledger, embedder = state["ledger"], services.embedder
    needed = learned.prompts is not None and learned.prompts.embedded
    text = request_text(state)
    if embedder is None or not needed or embedder.knows(text):
        return ledger, ""
    amount = _at_most(text, embedder)
    entry = f"embed#{len(state.get('clarifications') or [])}"
    if cap := first_cap_exceeded(amount, left(ledger)):
        return ledger, f"the request was not embedded: the cap on {cap}"
    ledger, began = reserve(ledger, entry, "embed", amount), time.monotonic()
    note = await _learn(embedder, text)
    if not note and amount.usd:
        note = f"embedded for ${amount.usd:.6f}"
    seconds = min(LONGEST, seconds_since(began))
    used = amount.model_copy(update={"seconds": seconds, "estimated_calls": amount.calls})
    return settle(ledger, entry, "embed", used), note


async def _learn(embedder: Embedder, text: str) -> str:
    """Asks for the vector; returns why there is none, if so."""
    try:
        async with asyncio.timeout(LONGEST):
            await embedder.learn(text)
    except TimeoutError:
        return f"the request was not embedded: no vector within {LONGEST:.0f} s"
    except Exception as error:  # noqa: BLE001 - whatever it is, the route goes on without
        return f"the request was not embedded: {one_line(error)}"
    return ""


def _at_most(text: str, embedder: Embedder) -> Usage:
    """What one call may use: nobody reports it, so that it is charged whole."""
    tokens, price = at_most(text), embedder.usd_per_million
    return Usage(
        calls=int(price > 0.0), input_tokens=tokens, usd=tokens * price / 1e6, seconds=LONGEST
    )
