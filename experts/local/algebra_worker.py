"""The process that does computer algebra: ``python -m secondhalf.experts.local.algebra_worker``.

It reads one JSON request per line and writes one JSON answer per line. Requests hold texts that
:mod:`algebra_tree` checks again here. It ends when its input ends, when it takes too much memory,
and, where the system has alarms, when one request takes too long although nobody kills it.
"""

import json
import signal
import sys
from typing import Any

from secondhalf.experts.local import algebra_calculus, algebra_solve
from secondhalf.experts.local.algebra_tree import AlgebraError

ALARM = 20
"""Seconds after which a request ends the process: more than whoever asked waits."""
MEMORY = 2 << 30
"""Bytes of address space."""


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """``{"answer", "explanation", "checks": [[text, passed], …]}``, or ``{}`` if it cannot say."""
    operation = request.get("operation")
    try:
        if operation == "solve":
            found = algebra_solve.solve(request["equations"], request["unknowns"])
        elif operation == "integer":
            found = algebra_calculus.integer(request["task"], int(request["number"]))
        else:
            found = algebra_calculus.transform(str(operation), request)
    except (AlgebraError, ArithmeticError, LookupError, NotImplementedError, RecursionError):
        return {}
    except (AttributeError, MemoryError, TypeError, ValueError):
        return {}  # what computer algebra raises where it has no method
    return found._asdict() if found else {}


def main() -> None:
    """Serve until the input ends."""
    _limit_memory()
    print("ready", flush=True)  # noqa: T201 - standard output is the protocol
    for line in sys.stdin:
        if hasattr(signal, "alarm"):
            signal.alarm(ALARM)
        found = answer(json.loads(line))
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        print(json.dumps(found), flush=True)  # noqa: T201


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, OSError, ValueError):
        pass  # a system without such limits still has the time limit


if __name__ == "__main__":
    main()
