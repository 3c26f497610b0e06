"""What the comparison of two runs found; its JSON form is ``content.to_json`` of it.

Differences are B less A, each with its 95 % interval.
"""

from typing import Literal

from secondhalf.evals.metrics.bootstrap import Interval
from secondhalf.evals.report.content import Content, Figure, Text

Verdict = Literal["better", "worse", "cheaper", "dearer", "no difference", "too few prompts"]
"""Of B; cheaper and dearer where neither utility nor accuracy differs by more than noise."""


class Difference(Content):
    """B less A, with its 95 % interval; None where it is not known."""

    low: Figure = None
    mean: Figure = None
    high: Figure = None

    @property
    def more_than_noise(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


class Versus(Content):
    """One policy of A against one of B, over the prompts that both runs have."""

    policy_a: Text
    policy_b: Text
    accuracy_a: float
    accuracy_b: float
    accuracy: Difference
    cost_usd_per_1k_a: Figure = None
    cost_usd_per_1k_b: Figure = None
    cost_usd_per_1k: Difference = Difference()
    cost_ratio: Difference = Difference()
    """Cost of B over cost of A, less 1."""
    utility: dict[str, Difference]
    """Of score − price · cost per prompt, by preset: each takes a dollar to be worth its price."""
    price: str
    """The preset whose price the verdict goes by."""
    p: float
    """Of that utility's difference being none, two-sided."""
    p_holm: float
    """The same, by Holm's correction for all policies that are compared."""
    p_cost: float = 1.0
    """Of the costs being equal, corrected likewise."""
    verdict: Verdict
    more_than_noise: bool
    sentence: Text


class Comparison(Content):
    """Two runs, or two policies of one run."""

    a: Text
    b: Text
    one_run: bool = False
    """Whether A and B are the same run, and two of its policies are compared."""
    prompts: int
    """That both have."""
    only_a: int = 0
    only_b: int = 0
    seed: int = 0
    warnings: tuple[Text, ...] = ()
    versus: tuple[Versus, ...]
    sentence: Text


def difference(interval: Interval) -> Difference:
    """An interval as a part of a comparison."""
    return Difference(low=interval.low, mean=interval.mean, high=interval.high)
