"""The caller's embeddings behind what estimates need: vectors of prompts, kept in this process."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from secondhalf.experts.breaker import Breaker
from secondhalf.experts.failure import classify
from secondhalf.memory.embedder_name import name_of, underlying
from secondhalf.memory.vectors import Vectors
from secondhalf.state.errors import ConfigError

if TYPE_CHECKING:
    from secondhalf.policy.estimates.features import Rows

_DEAREST = 1e6
"""US dollars per million tokens: nobody takes a dollar a token."""
_BATCH = 1_000
"""Texts that are asked for at once: what was made before a failure is not paid for again."""
_THREADS = 4
"""For embeddings that block. Where they hang, nobody else's thread hangs with them."""


class Embedder:
    """Vectors of texts. Safe for several threads.

    Every text is embedded as a document, since prompts are compared with prompts. Whoever asks for
    one text tells the ``breaker`` how it went; embeddings that keep failing are set aside.
    """

    def __init__(
        self, embeddings: Embeddings, usd_per_million: float = 0.0, *, name: str = ""
    ) -> None:
        """Behind ``embeddings``, of any class of LangChain's.

        Args:
            embeddings: what makes the vectors.
            usd_per_million: what so many tokens cost; 0 where nothing is paid, or not known.
            name: tells them from others, in the place of what can be read off them. Give one to
                wrappers of your own, and another whenever the same text gets another vector.

        Raises:
            ConfigError: these are no embeddings, or that is no price.
        """
        if not isinstance(embeddings, Embeddings):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigError(f"embeddings must be LangChain's, not {type(embeddings).__name__}")
        self.usd_per_million = _price(usd_per_million)
        self.name = name or name_of(embeddings)
        """Whose vectors they are: what was learned on them says nothing of others'."""
        self.breaker = Breaker()
        self._embeddings = embeddings
        self._blocks = any(
            type(one).aembed_documents is Embeddings.aembed_documents
            for one in underlying(embeddings)
        )
        self._pool = ThreadPoolExecutor(_THREADS, "secondhalf-embedder")
        self._vectors = Vectors()

    def share(self, other: "Embedder") -> None:
        """From now on keep vectors, and set aside, together with ``other``, who is called alike."""
        self._vectors, self.breaker = other._vectors, other.breaker

    def fetch(self, texts: Sequence[str]) -> "Rows":
        """Vectors of ``texts``, (texts, dimension); asks for those that are not kept, and blocks.

        Raises whatever the embeddings raise, or ``ConnectionError`` while they are set aside.
        """
        import numpy as np

        found = {text: self._vectors.look(text) for text in texts}
        missing = [text for text, vector in found.items() if vector is None]
        for start in range(0, len(missing), _BATCH):
            found.update(self._ask(missing[start : start + _BATCH]))
        return np.stack([_there(found[text]) for text in texts])

    def known(self, texts: Sequence[str]) -> "Rows":
        """The same of texts that are kept; asks nobody.

        Raises:
            ValueError: one is not kept.
        """
        import numpy as np

        return np.stack([_there(self._vectors.look(text)) for text in texts])

    def knows(self, text: str) -> bool:
        """Whether its vector is kept."""
        return self._vectors.look(text) is not None

    def forget(self) -> None:
        """Keep none of them any longer."""
        self._vectors.clear()

    async def learn(self, text: str) -> None:
        """Keep the vector of ``text``, for ``known``.

        Raises whatever the embeddings raise.
        """
        if self._blocks:
            loop = asyncio.get_running_loop()
            made = await loop.run_in_executor(self._pool, self._embeddings.embed_documents, [text])
        else:
            made = await self._embeddings.aembed_documents([text])
        await asyncio.to_thread(self._vectors.keep, text, made[0])  # numpy may have to be loaded

    def failed(self, error: Exception) -> None:
        """Tell the breaker of an error, if it says something about more than one request."""
        failure = classify(error)
        if failure.blames_deployment:
            self.breaker.fail(failure.retry_after)
        else:
            self.breaker.release()

    def _ask(self, texts: list[str]) -> "dict[str, Rows]":
        if not self.breaker.acquire():
            raise ConnectionError(set_aside(self.breaker))
        try:
            made = self._embeddings.embed_documents(texts)
            found = {
                text: self._vectors.keep(text, vector)
                for text, vector in zip(texts, made, strict=True)
            }
        except Exception as error:
            self.failed(error)
            raise
        except BaseException:
            self.breaker.release()
            raise
        self.breaker.succeed()
        return found


def set_aside(breaker: Breaker) -> str:
    """In words, that embeddings are not asked now."""
    return f"the embeddings keep failing: set aside for {breaker.remaining():.0f} s"


def _price(given: object) -> float:
    if isinstance(given, int | float) and not isinstance(given, bool) and 0.0 <= given <= _DEAREST:
        return float(given)
    raise ConfigError(
        f"a price of embeddings cannot be {given!r}: give the US dollars per million tokens, "
        f"a number from 0 to {_DEAREST:.0f}"
    )


def _there(vector: "Rows | None") -> "Rows":
    if vector is None:
        raise ValueError("the vector of a prompt is not known")
    return vector
