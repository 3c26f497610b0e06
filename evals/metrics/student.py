"""Student's t, for intervals from few observations."""

from statistics import NormalDist

_FEWEST = 3.0


def student_t(freedom: float, level: float = 0.95) -> float:
    """The two-sided quantile of Student's t, within .03 of it from 3 degrees of freedom on.

    Fisher and Cornish (1960). ``freedom`` may be fractional; below 3 it is taken for 3.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    n = max(freedom, _FEWEST)
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )
