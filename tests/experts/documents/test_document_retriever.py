"""Passages found in a folder."""

import asyncio
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from langchain_core.retrievers import BaseRetriever
from pydantic import ValidationError

from secondhalf.experts.documents.corpus import load_documents
from secondhalf.experts.documents.retriever import DocumentRetriever
from secondhalf.state.errors import DocumentsError
from tests.experts.documents.asked import Questions


def test_the_right_file_is_found(retriever: DocumentRetriever, questions: Questions) -> None:
    """Among the first five always, first for at least 19 questions in 20."""
    ranks: list[int] = []
    for asked in questions.answerable:
        found = [document.metadata["source"] for document in retriever.invoke(asked.question)]
        assert asked.source in found, asked.question
        ranks.append(found.index(asked.source))

    assert ranks.count(0) / len(ranks) >= 0.95


def test_a_passage_says_where_it_stands(retriever: DocumentRetriever, folder: Path) -> None:
    """Source, characters, line and section; a PDF has a page in place of lines."""
    first = retriever.invoke("How long are logs retained?")[0]
    in_pdf = retriever.invoke("Which court settles disputes?")[0]

    where = first.metadata
    text = (folder / where["source"]).read_text(encoding="utf-8")
    assert text[where["start"] : where["end"]] == first.page_content
    assert ("guides/configuration.md", 15) == (where["source"], where["line"])
    assert ("Configuration › Logging", None) == (where["section"], where["page"])
    assert where["score"] > 0
    assert {"retain", "log", "long"} == set(where["weights"])
    assert ("contract.pdf", 2, None, []) == tuple(
        in_pdf.metadata[key] for key in ("source", "page", "line", "lines")
    )


def test_results_are_best_first_and_no_more_than_asked_for(folder: Path) -> None:
    """And the same every time."""
    retriever = DocumentRetriever(folder=folder, top_k=3)

    found = retriever.invoke("harbour server parcel backup")

    scores = [document.metadata["score"] for document in found]
    assert 3 == len(scores)
    assert sorted(scores, reverse=True) == scores
    assert found == retriever.invoke("harbour server parcel backup")


@pytest.mark.parametrize("query", ["", "   ", "?!", "what is the of", "xylophone zeppelin", "\0"])
def test_nothing_in_common_finds_nothing(retriever: DocumentRetriever, query: str) -> None:
    """Not even the least bad passage."""
    assert [] == retriever.invoke(query)


def test_it_is_a_langchain_retriever(retriever: DocumentRetriever) -> None:
    """It runs wherever LangChain takes one, batches included."""
    assert isinstance(retriever, BaseRetriever)

    one, other = retriever.batch(["webhook retries", "hotel rooms in London"])

    assert "guides/webhooks.html" == one[0].metadata["source"]
    assert "policies/expenses.md" == other[0].metadata["source"]


async def test_the_event_loop_runs_on_while_the_folder_is_read(folder: Path) -> None:
    """Reading, indexing and searching happen in a thread."""
    retriever = DocumentRetriever(folder=folder)
    loop_thread_ran = 0

    async def tick() -> None:
        nonlocal loop_thread_ran
        while True:
            loop_thread_ran += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    found = await retriever.ainvoke("parental leave")
    ticking.cancel()

    assert "policies/leave.txt" == found[0].metadata["source"]
    assert loop_thread_ran > 10


async def test_many_may_ask_at_once(
    folder: Path, questions: Questions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Threads and tasks share one index, built once."""
    loads: list[int] = []

    def counting(*args: object, **kwargs: object) -> object:
        loads.append(1)
        time.sleep(0.05)
        return load_documents(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("secondhalf.experts.documents.retriever.load_documents", counting)
    retriever = DocumentRetriever(folder=folder)
    texts = [asked.question for asked in questions.answerable]

    with ThreadPoolExecutor(8) as pool:
        threads = [pool.submit(retriever.invoke, text) for text in texts]
        tasks = await asyncio.gather(*(retriever.ainvoke(text) for text in texts))

    assert [1] == loads
    assert tasks == [thread.result() for thread in threads]


def test_changes_are_seen_and_only_changed_files_read_again(tmp_path: Path) -> None:
    """A file that is new, changed or gone counts at the next question."""
    (tmp_path / "a.md").write_text("The zebra eats grass.")
    (tmp_path / "b.md").write_text("The lion sleeps.")
    retriever = DocumentRetriever(folder=tmp_path, check_seconds=0)
    before = retriever.corpus
    (tmp_path / "b.md").write_text("The lion eats zebras.")
    (tmp_path / "c.md").write_text("A zebra has stripes.")

    found = retriever.invoke("zebra")
    (tmp_path / "c.md").unlink()
    found_after = retriever.invoke("zebra")

    assert {"a.md", "b.md", "c.md"} == {document.metadata["source"] for document in found}
    assert {"a.md", "b.md"} == {document.metadata["source"] for document in found_after}
    assert before.files[0] is retriever.corpus.files[0]
    assert before.files[1] is not retriever.corpus.files[1]


def test_an_unchanged_folder_is_not_read_again(tmp_path: Path) -> None:
    """The corpus stays the same object; within `check_seconds` not even times are looked at."""
    (tmp_path / "a.md").write_text("one")
    watchful = DocumentRetriever(folder=tmp_path, check_seconds=0)
    trusting = DocumentRetriever(folder=tmp_path, check_seconds=3600)
    first = trusting.corpus

    assert watchful.corpus is watchful.corpus
    os.utime(tmp_path / "a.md", ns=(1, 1))
    (tmp_path / "a.md").unlink()
    assert first is trusting.corpus
    with pytest.raises(DocumentsError, match="holds no text"):
        watchful.invoke("one")


def test_nothing_is_read_until_it_is_needed(tmp_path: Path) -> None:
    """A missing folder is an error when it is asked for, as one clear line."""
    retriever = DocumentRetriever(folder=tmp_path / "later")

    with pytest.raises(DocumentsError, match="does not exist"):
        retriever.invoke("x")
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.md").write_text("a new zebra")

    assert 1 == len(retriever.invoke("zebra"))
    assert 1 == len(retriever.corpus.files)


def test_a_count_below_one_is_refused(tmp_path: Path) -> None:
    """As any LangChain setting is."""
    with pytest.raises(ValidationError, match="top_k"):
        DocumentRetriever(folder=tmp_path, top_k=0)


def test_nothing_is_printed_or_logged(
    folder: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """No progress bars, no chatter of the libraries beneath."""
    with caplog.at_level(logging.DEBUG, logger=""):
        DocumentRetriever(folder=folder).invoke("logs")

    assert ("", "") == tuple(capfd.readouterr())
    assert [] == [record for record in caplog.records if record.name.startswith(("bm25s", "pypdf"))]


def test_words_that_say_nothing_are_no_trouble(tmp_path: Path) -> None:
    """A folder of function words only can be indexed; it holds nothing to find."""
    (tmp_path / "a.md").write_text("this is it")

    assert [] == DocumentRetriever(folder=tmp_path).invoke("what is it")
