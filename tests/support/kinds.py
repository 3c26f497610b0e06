"""Prompts of two kinds that only an embedder can tell apart."""

import asyncio
import hashlib
import random

from langchain_core.embeddings import Embeddings

WIDTH = 8


def is_hard(prompt: str) -> bool:
    """A kind that no n-gram tells of."""
    return hashlib.sha256(prompt.encode()).digest()[0] % 2 == 1


def prompts(count: int, seed: int = 0) -> list[str]:
    """Different questions that say nothing."""
    draw = random.Random(seed)
    return [f"What of {draw.getrandbits(40):x} and {draw.getrandbits(40):x}?" for _ in range(count)]


class Kinds(Embeddings):
    """Vectors that tell the kind, with noise; ``asked`` are the texts it was given."""

    model = "kinds"

    def __init__(
        self,
        blocking: Exception | None = None,
        waiting: Exception | None = None,
        delay: float = 0.0,
    ) -> None:
        """``blocking`` and ``waiting`` are what the sync and the async call fail with."""
        self.asked: list[str] = []
        self.blocking = blocking
        self.waiting = waiting
        self.delay = delay

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if self.blocking is not None:
            raise self.blocking
        self.asked += texts
        return [self._vector(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        raise AssertionError("prompts are compared with prompts: all are documents")

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        await asyncio.sleep(self.delay)
        if self.waiting is not None:
            raise self.waiting
        return self.embed_documents(texts)

    def _vector(self, text: str) -> list[float]:
        draw = random.Random(text)
        kind = 1.0 if is_hard(text) else -1.0
        return [kind + draw.gauss(0, 0.3), *(draw.gauss(0, 0.3) for _ in range(WIDTH - 1))]
