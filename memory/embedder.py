"""The caller's embeddings behind what estimates need: vectors of prompts, kept in this process."""

import asyncio
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from secondhalf.memory.embedder_name import name_of
from secondhalf.state.errors import ConfigError

if TYPE_CHECKING:
    from secondhalf.policy.estimates.features import Rows

_MOST_BYTES = 128_000_000
"""Of vectors that are kept: those of 20,000 prompts, 1,536 numbers long."""
_DEAREST = 1e6
"""US dollars per million tokens: nobody takes a dollar a token."""


class Embedder:
    """Vectors of texts. Safe for several threads.

    Every text is embedded as a document, since prompts are compared with prompts.
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
        self._embeddings = embeddings
        self._kept: OrderedDict[bytes, Rows] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def fetch(self, texts: Sequence[str]) -> "Rows":
        """Vectors of ``texts``, (texts, dimension); asks for those that are not kept, and blocks.

        Raises whatever the embeddings raise.
        """
        import numpy as np

        found = {text: self._look(text) for text in texts}
        missing = [text for text, vector in found.items() if vector is None]
        made = self._embeddings.embed_documents(missing) if missing else []
        for text, vector in zip(missing, made, strict=True):
            found[text] = self._keep(text, vector)
        return np.stack([_there(found[text]) for text in texts])

    def known(self, texts: Sequence[str]) -> "Rows":
        """The same of texts that are kept; asks nobody.

        Raises:
            ValueError: one is not kept.
        """
        import numpy as np

        return np.stack([_there(self._look(text)) for text in texts])

    def knows(self, text: str) -> bool:
        """Whether its vector is kept."""
        return self._look(text) is not None

    def forget(self) -> None:
        """Keep none of them any longer."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    async def learn(self, text: str) -> None:
        """Keep the vector of ``text``, for ``known``.

        Raises whatever the embeddings raise.
        """
        made = await self._embeddings.aembed_documents([text])
        await asyncio.to_thread(self._keep, text, made[0])  # numpy may have to be loaded

    def _look(self, text: str) -> "Rows | None":
        with self._lock:
            found = self._kept.get(_key(text))
            if found is not None:
                self._kept.move_to_end(_key(text))
            return found

    def _keep(self, text: str, vector: Sequence[float]) -> "Rows":
        import numpy as np

        row = np.asarray(vector, np.float32)
        if row.ndim != 1 or not row.size or not np.isfinite(row).all():
            raise ValueError("the embeddings made a vector that is none")
        with self._lock:
            before = self._kept.pop(_key(text), None)
            self._kept[_key(text)] = row
            self._bytes += row.nbytes - (0 if before is None else before.nbytes)
            while self._bytes > _MOST_BYTES and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return row


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


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
