"""The text of a PDF file, page by page."""

import logging
from io import BytesIO

from secondhalf.experts.documents.files import UnreadableError


def pdf_pages_of(data: bytes, limit: int) -> list[str]:
    """One text per page.

    Raises:
        UnreadableError: encrypted, broken, too many pages, or pages that hold pictures only.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logger = logging.getLogger("pypdf")
    if logger.level == logging.NOTSET:  # it reports each oddity of a file that it can still read
        logger.setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableError("encrypted: save it without a password")
        if len(reader.pages) > limit:
            raise UnreadableError(f"more than {limit:,} pages")
        pages = [page.extract_text() for page in reader.pages]
    except UnreadableError:
        raise
    except (PyPdfError, ImportError) as error:  # ImportError: a cipher that needs another package
        raise UnreadableError(f"a PDF that cannot be read: {_line(error)}") from None
    except Exception as error:  # noqa: BLE001 - a broken file surfaces as almost any error
        raise UnreadableError(f"a broken PDF: {_line(error)}") from None
    if not any(page.strip() for page in pages):
        raise UnreadableError("a PDF without text (scanned pages?)")
    return pages


def _line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:120]
