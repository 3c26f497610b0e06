"""Which files of a folder may be read, and reading one of them safely."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from secondhalf.state.errors import DocumentsError

SUFFIXES = frozenset({".txt", ".md", ".markdown", ".rst", ".html", ".htm", ".pdf"})
"""The kinds of files that are read; any other file is only counted."""

_O_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)  # a link put there after the listing is not followed
    | getattr(os, "O_NONBLOCK", 0)  # nor does a pipe put there block
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


class UnreadableError(DocumentsError):
    """One file cannot be used; its text is the reason, to be listed among the skipped."""


class Limits(NamedTuple):
    """How much is read at most."""

    file_bytes: int = 20_000_000
    total_bytes: int = 200_000_000
    files: int = 20_000
    pdf_pages: int = 2_000


class Skipped(NamedTuple):
    """A file that was not read, and why."""

    source: str
    reason: str


class FoundFile(NamedTuple):
    """A file that may be read, as it stood when the folder was listed."""

    source: str
    """Its path below the folder, with forward slashes."""
    path: Path
    size: int
    modified: int
    """Nanoseconds since the epoch."""


class Listing(NamedTuple):
    """What a folder holds."""

    files: tuple[FoundFile, ...]
    skipped: tuple[Skipped, ...]
    others: int
    """How many files are of a kind that is not read."""


def check_folder(folder: str | Path) -> Path:
    """The folder's real path.

    Raises:
        DocumentsError: it does not exist, is not a folder, or may not be read.
    """
    shown = f"documents folder {str(folder)!r}"
    try:
        path = Path(folder).expanduser().resolve(strict=True)
        if not path.is_dir():
            raise DocumentsError(f"{shown} is a file: name the folder that holds it")
        with os.scandir(path):
            return path
    except DocumentsError:
        raise
    except FileNotFoundError:
        raise DocumentsError(f"{shown} does not exist: check the path") from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentsError(f"{shown} cannot be read: {reason}") from None


def check_documents(folder: str | Path) -> Path:
    """The real path of a folder with documents in it; the folder is listed, nothing is read.

    Raises:
        DocumentsError: see ``check_folder``; or no file in it is of a kind that is read.
    """
    path = check_folder(folder)
    if not list_files(path, Limits()).files:
        raise DocumentsError(
            f"documents folder {str(folder)!r} holds no text, Markdown, HTML or PDF file that can "
            "be read: choose another folder"
        )
    return path


def list_files(folder: Path, limits: Limits) -> Listing:
    """Files below ``folder`` (a real path) by name, without opening any.

    Names with a leading dot are passed over in silence. A link is taken only if it names a file
    inside the folder that is neither hidden nor listed already, so nothing is read twice and no
    loop is entered.
    """
    files: list[FoundFile] = []
    skipped: list[Skipped] = []
    links: list[Path] = []
    others = 0
    total = 0
    for path in _walk(folder, skipped):
        if path.is_symlink():
            links.append(path)
        elif path.suffix.lower() not in SUFFIXES:
            others += 1
        else:
            total += _take(folder, path, path, limits, total, files, skipped)
    seen = {found.path for found in files}
    for path in links:
        target = _target(folder, path, skipped)
        if target is not None and target not in seen and path.suffix.lower() in SUFFIXES:
            seen.add(target)
            total += _take(folder, path, target, limits, total, files, skipped)
    return Listing(tuple(sorted(files)), tuple(sorted(skipped)), others)


def read_bytes(path: Path, limit: int) -> bytes:
    """A regular file's bytes.

    Raises:
        UnreadableError: it is something else, too large, or may not be read.
    """
    try:
        with os.fdopen(os.open(path, _O_FLAGS), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableError("not a regular file")
            data = file.read(limit + 1)
    except OSError as error:
        raise UnreadableError(f"cannot be opened: {error.strerror or error}") from None
    if len(data) > limit:
        raise UnreadableError(_too_large(limit))
    return data


def _walk(folder: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Every file and every link below ``folder`` that is not hidden."""

    def unreadable(error: OSError) -> None:
        path = Path(os.fsdecode(error.filename))
        skipped.append(Skipped(_source(folder, path), f"cannot be opened: {error.strerror}"))

    for root, folders, names in os.walk(folder, onerror=unreadable):
        here = Path(root)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (here / name for name in folders if (here / name).is_symlink())
        yield from (here / name for name in sorted(names) if not name.startswith("."))


def _target(folder: Path, link: Path, skipped: list[Skipped]) -> Path | None:
    """The file that ``link`` names, if it may be read."""
    try:
        target = link.resolve(strict=True)
    except (OSError, RuntimeError):
        skipped.append(Skipped(_source(folder, link), "a link that leads nowhere"))
        return None
    if not target.is_relative_to(folder):
        skipped.append(Skipped(_source(folder, link), "a link that leaves the folder"))
        return None
    if any(part.startswith(".") for part in target.relative_to(folder).parts):
        skipped.append(Skipped(_source(folder, link), "a link to a hidden file"))
        return None
    return None if target.is_dir() else target


def _take(
    folder: Path,
    path: Path,
    target: Path,
    limits: Limits,
    total: int,
    files: list[FoundFile],
    skipped: list[Skipped],
) -> int:
    """List ``path`` among the files or the skipped; the bytes it adds."""
    source = _source(folder, path)
    try:
        status = target.lstat()
        reason = _refusal(path, status, limits, total, len(files))
    except OSError as error:
        reason = f"cannot be opened: {error.strerror or error}"
    else:
        if reason is None:
            files.append(FoundFile(source, target, status.st_size, status.st_mtime_ns))
            return status.st_size
    skipped.append(Skipped(source, reason))
    return 0


def _refusal(
    path: Path, status: os.stat_result, limits: Limits, total: int, count: int
) -> str | None:
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if not path.name.isprintable():
        return "its name holds characters that cannot be shown"
    if status.st_size > limits.file_bytes:
        return _too_large(limits.file_bytes)
    if count >= limits.files:
        return f"over the limit of {limits.files:,} files"
    if total + status.st_size > limits.total_bytes:
        return f"over the limit of {_megabytes(limits.total_bytes)} for the whole folder"
    return None


def _source(folder: Path, path: Path) -> str:
    """The path below the folder; what could not be shown or stored is replaced."""
    relative = path.relative_to(folder).as_posix()
    return "".join(char if char.isprintable() else "\ufffd" for char in relative)


def _too_large(limit: int) -> str:
    return f"larger than {_megabytes(limit)}"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:g} MB"
