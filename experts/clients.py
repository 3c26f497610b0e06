"""HTTP clients that outlive an event loop. Import late: the openai package is slow to load."""

import asyncio
import ssl
import weakref
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import openai

Keeper = AsyncGenerator[httpx2.AsyncClient, None]
Keepers = WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[Keeper, httpx2.AsyncClient]]

_CLOSING: set[asyncio.Task[None]] = set()
_OPEN: set[Keeper] = set()
"""What keeps connections open, until it has closed them: collected before, it could not."""


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """The context that all clients of this process share: reading certificates takes .1 s."""
    return httpx2.create_ssl_context()


class LoopClient(openai.DefaultAsyncHttpxClient):
    """An HTTP client that keeps its connections apart by event loop.

    A connection belongs to the loop that opened it, so a client shared by two ``asyncio.run``
    fails with "Event loop is closed". Here each loop has a client of its own, which an async
    generator of that loop closes: loops close their generators before they end. A client that
    nobody needs any more has its connections closed by the loops that still run.
    """

    def __init__(self) -> None:
        super().__init__(verify=tls())
        self._keepers: Keepers = WeakKeyDictionary()
        weakref.finalize(self, _let_go, self._keepers).atexit = False

    @property
    def loops(self) -> int:
        """How many running event loops have connections of their own."""
        return len(self._keepers)

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send with the client of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._keepers:
            self._forget_ended()
            keeper = _keep(weakref.ref(loop), self._keepers)
            client = await anext(keeper)
            _OPEN.add(keeper)
            self._keepers[loop] = (keeper, client)
        return await self._keepers[loop][1].send(request, **options)

    def _forget_ended(self) -> None:
        """Loops that were closed without closing their generators."""
        for loop in [loop for loop in self._keepers if loop.is_closed()]:
            _OPEN.discard(self._keepers.pop(loop)[0])


async def _keep(loop: weakref.ref[asyncio.AbstractEventLoop], keepers: Keepers) -> Keeper:
    client = openai.DefaultAsyncHttpxClient(verify=tls())
    try:
        yield client
    finally:
        ended = loop()
        kept = keepers.pop(ended, None) if ended is not None else None
        if kept is not None:
            _OPEN.discard(kept[0])  # whoever closes it has it in hand
        await client.aclose()


def _let_go(keepers: Keepers) -> None:
    """Close the connections of a client that is gone."""
    for loop, (keeper, _) in list(keepers.items()):
        if loop.is_running():
            with suppress(RuntimeError):  # it ends in this very moment, and closes them itself
                loop.call_soon_threadsafe(_close, keeper)
        else:
            _OPEN.discard(keeper)


def _close(keeper: Keeper) -> None:
    task = asyncio.get_running_loop().create_task(_closed(keeper))
    _CLOSING.add(task)
    task.add_done_callback(_CLOSING.discard)


async def _closed(keeper: Keeper) -> None:
    await keeper.aclose()
