"""Which files of a folder are read, and which are not."""

import os
import socket
from pathlib import Path

import pytest

from secondhalf.experts.documents.corpus import Corpus, load_documents
from secondhalf.experts.documents.files import Limits, UnreadableError, read_bytes
from secondhalf.state.errors import DocumentsError
from tests.support.pdf import pdf_bytes, write_pdf


def sources(corpus: Corpus) -> list[str]:
    return [file.source for file in corpus.files]


def test_every_kind_of_document_is_read(tmp_path: Path) -> None:
    """Text, Markdown, reStructuredText, HTML and PDF, in subfolders too; others are counted."""
    for name in ("a.txt", "b.md", "sub/c.rst", "sub/deep/d.html", "e.HTM", "f.markdown"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("<p>Some words.</p>")
    write_pdf(tmp_path / "g.pdf", [["Some words."]])
    (tmp_path / "table.csv").write_text("1,2")

    corpus = load_documents(tmp_path)

    assert [
        "a.txt", "b.md", "e.HTM", "f.markdown", "g.pdf", "sub/c.rst", "sub/deep/d.html",
    ] == sources(corpus)  # fmt: skip
    assert (1, ()) == (corpus.others, corpus.skipped)


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    """Nothing whose name begins with a dot is opened or even named."""
    (tmp_path / "seen.md").write_text("seen")
    (tmp_path / ".env.md").write_text("hidden")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "notes.md").write_text("hidden")

    corpus = load_documents(tmp_path)

    assert ["seen.md"] == sources(corpus)
    assert () == corpus.skipped


def test_links_that_leave_the_folder_are_skipped(tmp_path: Path) -> None:
    """Links to a file and to a folder outside are named as skipped and never followed."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "own.md").write_text("own")
    (inside / "file.md").symlink_to(outside / "secret.md")
    (inside / "folder").symlink_to(outside)
    (inside / "up").symlink_to("..")
    (inside / "gone.md").symlink_to("nowhere.md")

    corpus = load_documents(inside)

    assert ["own.md"] == sources(corpus)
    assert {
        "file.md": "a link that leaves the folder",
        "folder": "a link that leaves the folder",
        "gone.md": "a link that leads nowhere",
        "up": "a link that leaves the folder",
    } == dict(corpus.skipped)


def test_links_within_the_folder_add_nothing_twice_and_never_loop(tmp_path: Path) -> None:
    """A link to a listed file, or to a folder above it, is silent; one to an unlisted file counts;
    one to a hidden file is skipped."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.md").write_text("a")
    (tmp_path / "sub" / "again.md").symlink_to("a.md")
    (tmp_path / "sub" / "loop").symlink_to("..")
    (tmp_path / "sub" / "self.md").symlink_to("self.md")
    (tmp_path / "LICENCE").write_text("terms")
    (tmp_path / "licence.txt").symlink_to("LICENCE")
    (tmp_path / ".hidden").write_text("hidden")
    (tmp_path / "open.txt").symlink_to(".hidden")

    corpus = load_documents(tmp_path)

    assert ["licence.txt", "sub/a.md"] == sources(corpus)
    assert {
        "open.txt": "a link to a hidden file",
        "sub/self.md": "a link that leads nowhere",
    } == dict(corpus.skipped)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_what_is_not_a_regular_file_is_skipped(tmp_path: Path) -> None:
    """A pipe or socket does not block, a folder named like a file is walked."""
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "folder.md" / "a.md").write_text("a")
    os.mkfifo(tmp_path / "pipe.md")
    with socket.socket(socket.AF_UNIX) as end, pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        end.bind("socket.md")

        corpus = load_documents(tmp_path)

    assert ["folder.md/a.md"] == sources(corpus)
    reason = "not a regular file"
    assert {"pipe.md": reason, "socket.md": reason} == dict(corpus.skipped)
    with pytest.raises(UnreadableError, match="not a regular file"):
        read_bytes(tmp_path / "pipe.md", 10)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="needs O_NOFOLLOW")
def test_a_link_put_in_place_of_a_listed_file_is_not_followed(tmp_path: Path) -> None:
    """Between the listing and the reading a file may have been replaced."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "a.md").symlink_to("secret")

    with pytest.raises(UnreadableError, match="cannot be opened"):
        read_bytes(tmp_path / "a.md", 100)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_file_without_permission_is_skipped(tmp_path: Path) -> None:
    """The reason is the system's own."""
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "b.md").write_text("b")
    (tmp_path / "b.md").chmod(0)

    assert {"b.md": "cannot be opened: Permission denied"} == dict(load_documents(tmp_path).skipped)


def test_unusable_files_are_skipped_with_a_reason(tmp_path: Path) -> None:
    """Too large, binary, of unknown encoding, empty, broken, encrypted or without text."""
    (tmp_path / "good.md").write_text("good")
    (tmp_path / "large.txt").write_bytes(b"x" * 2001)
    (tmp_path / "binary.txt").write_bytes(b"MZ\0\1")
    (tmp_path / "latin.txt").write_bytes("Öl für Käse".encode("latin-1"))
    (tmp_path / "empty.md").write_bytes(b" \n")
    (tmp_path / "broken.pdf").write_bytes(pdf_bytes([["x"]])[:60])
    (tmp_path / "picture.pdf").write_bytes(pdf_bytes([[]]))
    write_pdf(tmp_path / "locked.pdf", [["x"]], password="opensesame")
    (tmp_path / "odd\nname.md").write_text("odd")

    corpus = load_documents(tmp_path, limits=Limits(file_bytes=2000))

    assert ["good.md"] == sources(corpus)
    reasons = dict(corpus.skipped)
    assert reasons.pop("broken.pdf").startswith("a PDF that cannot be read: ")
    assert {
        "binary.txt": "a binary file",
        "empty.md": "an empty file",
        "large.txt": "larger than 0.002 MB",
        "latin.txt": "not UTF-8 text: save it as UTF-8 to have it read",
        "locked.pdf": "encrypted: save it without a password",
        "odd\ufffdname.md": "its name holds characters that cannot be shown",
        "picture.pdf": "a PDF without text (scanned pages?)",
    } == reasons


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(files=2), "over the limit of 2 files"),
        (Limits(total_bytes=9), "over the limit of 9e-06 MB for the whole folder"),
    ],
)
def test_a_huge_folder_is_read_up_to_a_limit(tmp_path: Path, limits: Limits, reason: str) -> None:
    """What is left out is named."""
    for name in ("a.md", "b.md", "c.md"):
        (tmp_path / name).write_text("word")

    corpus = load_documents(tmp_path, limits=limits)

    assert ["a.md", "b.md"] == sources(corpus)
    assert [("c.md", reason)] == list(corpus.skipped)


def test_a_pdf_of_too_many_pages_is_skipped(tmp_path: Path) -> None:
    """Pages are counted before any is read."""
    write_pdf(tmp_path / "a.pdf", [["x"], ["y"]])

    with pytest.raises(DocumentsError, match="more than 1 pages"):
        load_documents(tmp_path, limits=Limits(pdf_pages=1))


def test_a_folder_that_cannot_be_read_is_refused_in_one_line(tmp_path: Path) -> None:
    """Missing, a file, impossible, or holding nothing readable: the message says which."""
    file = tmp_path / "file.md"
    file.write_text("words")
    empty = tmp_path / "empty"
    empty.mkdir()
    unreadable = tmp_path / "unreadable"
    unreadable.mkdir()
    (unreadable / "a.txt").write_bytes(b"\0")
    wrong = {
        str(tmp_path / "missing"): "does not exist",
        str(file): "is a file",
        "nul\0byte": "cannot be read",
        str(empty): "holds no text",
        str(unreadable): "nothing could be read, e.g. 'a.txt': a binary file",
    }

    for folder, expected in wrong.items():
        with pytest.raises(DocumentsError) as caught:
            load_documents(folder)

        assert f"documents folder {folder!r}" in str(caught.value)
        assert expected in str(caught.value)
        assert "\n" not in str(caught.value)
