"""The router's own features of prompts, fitted and asked again and again."""

from collections.abc import Sequence

from secondhalf.policy.estimates.features import STRUCTURE_WEIGHT, Features, Rows, Seen

LIKENESS_WEIGHT = 0.15
"""The weight of structure where prompts are compared with each other, by their cosine."""


class PromptFeatures:
    """Features as deviations from what is usual among training prompts.

    ``seen`` can be shared, so that texts are read once for all folds; the features themselves by
    predictors that learn from the same prompts, so that rows are made once for all of them.
    """

    def __init__(self, seen: Seen | None = None, weight: float = STRUCTURE_WEIGHT) -> None:
        self._seen: Seen = {} if seen is None else seen
        self._weight = weight
        self._features: Features | None = None
        self._fitted: list[str] | None = None
        self._asked: dict[bool, tuple[list[str], Rows]] = {}

    def fit(self, prompts: Sequence[str]) -> Rows:
        """Learn what is usual among ``prompts``; their own rows."""
        if self._fitted != list(prompts):
            self._asked = {}
            self._features = Features.of(prompts, self._seen, self._weight)
            self._fitted = list(prompts)
        return self.rows(prompts)

    def rows(self, prompts: Sequence[str]) -> Rows:
        """Features of the shape (prompts, columns). Shared: not to be changed."""
        assert self._features is not None, "features are fitted before they are asked"
        wanted, learned = list(prompts), self._fitted == list(prompts)
        if learned not in self._asked or self._asked[learned][0] != wanted:
            self._asked[learned] = wanted, self._features.rows(wanted, self._seen)
        return self._asked[learned][1]
