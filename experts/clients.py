"""HTTP clients that outlive an event loop. Import late: the openai package is slow to load."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import openai

Keeper = tuple[AsyncGenerator[httpx2.AsyncClient, None], httpx2.AsyncClient]


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """The context that all clients of this process share: reading certificates takes .1 s."""
    return httpx2.create_ssl_context()


class LoopClient(openai.DefaultAsyncHttpxClient):
    """An HTTP client that keeps its connections apart by event loop.

    A connection belongs to the loop that opened it, so a client shared by two ``asyncio.run``
    fails with "Event loop is closed". Here each loop has a client of its own, which an async
    generator of that loop closes: loops close their generators before they end.
    """

    def __init__(self) -> None:
        super().__init__(verify=tls())
        self._keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, Keeper] = WeakKeyDictionary()

    @property
    def loops(self) -> int:
        """How many running event loops have connections of their own."""
        return len(self._keepers)

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send with the client of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._keepers:
            keeper = self._keep(loop)
            self._keepers[loop] = (keeper, await anext(keeper))
        return await self._keepers[loop][1].send(request, **options)

    async def _keep(
        self, loop: asyncio.AbstractEventLoop
    ) -> AsyncGenerator[httpx2.AsyncClient, None]:
        client = openai.DefaultAsyncHttpxClient(verify=tls())
        try:
            yield client
        finally:
            self._keepers.pop(loop, None)
            await client.aclose()
