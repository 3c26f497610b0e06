"""The imports of a file, read without running it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Import(NamedTuple):
    """One imported module and where it is imported."""

    module: str
    where: str
    level: int = 0
    """The number of leading dots."""

    @property
    def top(self) -> str:
        """The first part of its name."""
        return self.module.partition(".")[0]


def imports(path: Path, root: Path) -> Iterator[Import]:
    """All imports of a file, those inside functions and `if TYPE_CHECKING` too."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, f"{path.relative_to(root)}:{node.lineno}")
        elif isinstance(node, ast.ImportFrom):
            yield Import(node.module or "", f"{path.relative_to(root)}:{node.lineno}", node.level)
