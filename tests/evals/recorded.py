"""A small data set of recorded answers, made here."""

from collections.abc import Sequence

from secondhalf.evals.data.dataset import Answer, DataSet, ListPrice

PRICES = {"small": (0.1, 0.4), "other": (0.15, 0.6), "middle": (1.0, 4.0), "large": (10.0, 30.0)}
"""US dollars per million tokens."""


def recorded(
    prompts: int = 6,
    models: Sequence[str] = ("small", "other", "middle", "large"),
    *,
    samples: int = 1,
    latency_s: float | None = None,
    priced: bool = True,
) -> DataSet:
    """Models answer ``prompts`` questions; the dearer is right more often, the rest is wrong alike.

    Answer ``i`` of a model is right where ``i`` is below its share of the prompts.
    """
    right = {"small": 0.4, "other": 0.5, "middle": 0.7, "large": 0.9}
    texts = tuple(
        f"Ann has {i} apples and buys {i + 2} more. How many apples?" for i in range(prompts)
    )

    def answer(place: int, name: str, sample: int) -> Answer:
        correct = place < right[name] * prompts
        value = 2 * place + 2 if correct else 100 + place
        cost = (
            sum(price * tokens for price, tokens in zip(PRICES[name], (20, 10), strict=True)) / 1e6
        )
        return Answer(
            text=f"Sample {sample}: she counts, and the answer is {value}",
            input_tokens=20,
            output_tokens=10,
            cost_usd=cost if priced else None,
            latency_s=latency_s,
            score=float(correct),
        )

    return DataSet(
        file="recorded.jsonl",
        name="apples",
        prompts=texts,
        ids=tuple(f"apples-{i}" for i in range(prompts)),
        models=tuple(models),
        answers=tuple(
            tuple(tuple(answer(i, name, s) for s in range(samples)) for name in models)
            for i in range(prompts)
        ),
        prices=tuple(ListPrice(*PRICES[name], "list") if priced else None for name in models),
    )
