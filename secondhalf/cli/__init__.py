"""The command line. Its modules import what is heavy only inside a command that needs it."""

import os
import sys
from collections.abc import Sequence


def main(args: Sequence[str] | None = None) -> None:
    """Runs the command line on ``args`` (by default the process's own) and exits."""
    # What a database holds is data: no type but a route's own is made from it. langgraph reads
    # this when it is imported.
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
    from secondhalf.cli.app import run

    sys.exit(run(args))
