"""Answers cut short by a limit of tokens, as they would have been live."""


def cut(text: str, tokens: int, limit: int | None) -> tuple[str, int, str]:
    """Text, tokens and finish reason of an answer under a limit of tokens, cut in proportion."""
    if limit is None or tokens <= limit:
        return text, tokens, "stop"
    return text[: len(text) * limit // max(1, tokens)], limit, "length"
