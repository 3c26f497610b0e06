"""A folder of documents as a small company keeps them, with questions about it."""

import json
import shutil
from pathlib import Path

import pytest

from secondhalf.experts.documents.retriever import DocumentRetriever
from tests.experts.documents.asked import Asked, Questions
from tests.support.pdf import write_pdf

DATA = Path(__file__).resolve().parents[2] / "data" / "documents"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eleven text files and one PDF of two pages; not to be changed."""
    copy = tmp_path_factory.mktemp("documents") / "folder"
    shutil.copytree(DATA / "folder", copy)
    pages = (DATA / "contract.txt").read_text(encoding="utf-8").split("|\n")
    write_pdf(copy / "contract.pdf", [page.splitlines() for page in pages])
    return copy


@pytest.fixture(scope="session")
def retriever(folder: Path) -> DocumentRetriever:
    return DocumentRetriever(folder=folder)


@pytest.fixture(scope="session")
def questions() -> Questions:
    """Questions that the folder answers, with where and with what words, and ones it does not."""
    read = json.loads((DATA / "questions.json").read_text(encoding="utf-8"))
    return Questions(tuple(Asked(*row) for row in read["answerable"]), tuple(read["unanswerable"]))
