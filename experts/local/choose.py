"""The first path: the whole prompt is one request that a solver understands in full."""

from collections.abc import Sequence

from secondhalf.experts.local.solution import Solution, Solver


def solve_exact(prompt: str, solvers: Sequence[Solver]) -> Solution | None:
    """The solution of the first solver that has one; None if the prompt is for none of them.

    ``solvers`` stand in the order of :func:`exact_solvers`, the most specific first: where two
    could answer (``2024-03-01`` is a date before it is two subtractions), the one whose grammar
    asks for more wins.
    """
    for solver in solvers:
        solution = solver.solve(prompt)
        if solution is not None:
            return solution
    return None
