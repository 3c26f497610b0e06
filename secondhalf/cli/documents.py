"""A folder given with ``--docs``, looked at before a route begins."""

from pathlib import Path


def refuse_empty(docs: Path) -> None:
    """Lists the folder without reading it; what its files hold is the retriever's business.

    Raises:
        DocumentsError: it is no folder, or no file in it is of a kind that is read.
    """
    from secondhalf.experts.documents.files import Limits, check_folder, list_files
    from secondhalf.state.errors import DocumentsError

    if not list_files(check_folder(docs), Limits()).files:
        raise DocumentsError(
            f"documents folder {str(docs)!r} holds no text, Markdown, HTML or PDF file that can "
            "be read: choose another folder"
        )
