"""A LangChain retriever over a folder of documents."""

import time
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import Field, PrivateAttr

from secondhalf.experts.documents.corpus import Corpus, load_documents
from secondhalf.experts.documents.files import Limits, check_folder, list_files
from secondhalf.experts.documents.index import Hit, PassageIndex


class _Loaded(NamedTuple):
    corpus: Corpus
    passages: PassageIndex
    stamp: object
    """What the folder's listing was: files with their sizes and times."""


class Library:
    """A folder's corpus and index: built when first needed, and again when a file changed.

    Safe to use from several threads; what they get does not change under them.
    """

    def __init__(self, folder: str | Path, limits: Limits, check_seconds: float) -> None:
        """Nothing is read yet."""
        self._folder = folder
        self._limits = limits
        self._check_seconds = check_seconds
        self._lock = Lock()
        self._loaded: _Loaded | None = None
        self._checked = 0.0

    def get(self) -> tuple[Corpus, PassageIndex]:
        """The corpus and its index.

        Raises:
            DocumentsError: the folder cannot be read, or nothing in it can.
        """
        loaded = self._loaded
        if loaded is None or time.monotonic() - self._checked > self._check_seconds:
            with self._lock:
                loaded = self._fresh()
        return loaded.corpus, loaded.passages

    def _fresh(self) -> _Loaded:
        loaded = self._loaded
        if loaded is not None and time.monotonic() - self._checked <= self._check_seconds:
            return loaded  # another thread has just looked
        stamp = list_files(check_folder(self._folder), self._limits)
        if loaded is None or stamp != loaded.stamp:
            before = loaded.corpus if loaded else None
            corpus = load_documents(self._folder, limits=self._limits, before=before)
            loaded = self._loaded = _Loaded(corpus, PassageIndex(corpus.passages), stamp)
        self._checked = time.monotonic()
        return loaded


class DocumentRetriever(BaseRetriever):
    """Finds passages in a folder of text, Markdown, HTML and PDF files, by BM25.

    Each `Document` is a passage; its metadata has ``source`` (path below the folder), ``start``
    and ``end`` (characters of the file's text), ``line`` and ``lines`` (of the file, for each line
    of the passage) or ``page``, ``section``, ``score`` (BM25) and ``weights`` (how telling each
    word of the query is in this folder).

    >>> DocumentRetriever(folder="docs").invoke("How long are logs kept?")  # doctest: +SKIP
    """

    folder: Path
    top_k: int = Field(default=5, ge=1)
    """How many passages are returned at most."""
    limits: Limits = Limits()
    check_seconds: float = Field(default=1.0, ge=0)
    """How long the folder is taken to be unchanged after a look at its files' times."""

    _library: Library = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Prepare the library, without reading anything."""
        self._library = Library(self.folder, self.limits, self.check_seconds)

    @property
    def corpus(self) -> Corpus:
        """What is searched, read now if it was not yet.

        Raises:
            DocumentsError: the folder cannot be read, or nothing in it can.
        """
        return self._library.get()[0]

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        _, index = self._library.get()
        weights = index.weights(query)
        return [_document(hit, weights) for hit in index.search(query, self.top_k)]


def _document(hit: Hit, weights: dict[str, float]) -> Document:
    passage = hit.passage
    return Document(
        id=f"{passage.source}#{passage.start}-{passage.end}",
        page_content=passage.text,
        metadata={
            "source": passage.source,
            "start": passage.start,
            "end": passage.end,
            "line": passage.lines[0] if passage.lines else None,
            "lines": list(passage.lines),
            "page": passage.page,
            "section": passage.section,
            "score": hit.score,
            "weights": dict(weights),
        },
    )
