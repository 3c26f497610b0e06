"""What is taken out of texts before they are stored."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from secondhalf.state.base import Noun

RedactionKind = Literal["emails", "phones", "cards", "ibans", "keys"]


class RedactConfig(Noun):
    """Kinds of private data to mask, and patterns of your own; nothing by default."""

    kinds: tuple[RedactionKind, ...] = ()
    patterns: dict[
        Annotated[str, Field(pattern=r"^[\w-]{1,40}$")],
        Annotated[str, Field(min_length=1, max_length=1000)],
    ] = {}
    """Regular expressions by the name that stands in the place of what they match."""

    @model_validator(mode="after")
    def _patterns_can_be_used(self) -> "RedactConfig":
        import regex

        for name, pattern in self.patterns.items():
            try:
                empty = regex.compile(pattern).search("", timeout=1.0) is not None
            except (regex.error, TimeoutError) as error:
                raise ValueError(f"pattern {name!r} cannot be used: {error}") from None
            if empty:
                raise ValueError(f"pattern {name!r} matches where there is nothing: make it longer")
        return self
