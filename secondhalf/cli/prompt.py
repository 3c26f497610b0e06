"""The prompt, from the command line or from standard input."""

import sys

from secondhalf.state.errors import PromptError

_MOST_BYTES = 4_000_000
"""What is read of standard input at most: far more than a prompt may have characters."""


def read_prompt(given: str) -> str:
    """``given`` itself, or all of standard input if it is ``-``.

    Raises:
        PromptError: it is not text in UTF-8, or endless.
    """
    if given != "-":
        return checked(given, "the prompt")
    data = sys.stdin.buffer.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise PromptError(f"standard input has more than {_MOST_BYTES:,} bytes: shorten the prompt")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PromptError(
            f"standard input is not UTF-8 text (byte {error.start}): convert it first"
        ) from None


def checked(text: str, what: str) -> str:
    """``text`` itself.

    Raises:
        PromptError: it holds bytes that are no text; ``what`` names it.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PromptError(f"{what} is not UTF-8 text: convert it first") from None
    return text
