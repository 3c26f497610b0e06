"""What prompts tell of who will be right; and what is refused as a dump of it."""

import io
import json
import pickle
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from secondhalf.evals.baselines.crossfit import folds_of
from secondhalf.evals.baselines.predictors import prompt_lengths
from secondhalf.evals.data.reading import load_dataset
from secondhalf.evals.metrics.two_models import apgr
from secondhalf.policy.estimates.features import Rows
from secondhalf.policy.estimates.text_model import LEAST, Labelled, TextModel

ODD = ["", " ", "\x00", "\ud800" * 9, "😀" * 50, "a" * 100_000, "1" * 30_000, "\n" * 5_000, "東京"]


def labels(number: int = 80, arms: tuple[str, ...] = ("small", "large")) -> list[Labelled]:
    """The large arm is always right, the small one where the prompt is easy."""
    return [
        Labelled(f"{kind} question {n}: what is {n} + {n % 7}?", arm, score)
        for n, kind in ((n, ("an easy", "a twisted")[n % 2]) for n in range(number))
        for arm in arms
        for score in (float(arm == "large" or kind == "an easy"),)
    ]


@pytest.fixture(scope="module")
def model() -> TextModel:
    fitted = TextModel.fit(labels())
    assert fitted is not None
    return fitted


def test_prompts_tell_who_will_be_right(model: TextModel) -> None:
    """On prompts it has not seen; of who is always right it expects nothing else."""
    easy, twisted = (
        model.expect(f"{kind} question 999: what is 5 + 9?") for kind in ("an easy", "a twisted")
    )

    assert easy["small"] > 0.7 > 0.3 > twisted["small"]
    assert min(easy["large"], twisted["large"]) > 0.9
    assert {"small": 80, "large": 80} == model.labels
    assert {"small": 0.5, "large": 1.0} == model.means


def test_too_few_labels_tell_nothing() -> None:
    """An arm needs so many different prompts; the same one again is no more."""
    few = labels(LEAST - 1)

    assert TextModel.fit([]) is None
    assert TextModel.fit(few) is None
    assert TextModel.fit(few * 3) is None
    known = TextModel.fit([*few, *labels(LEAST, ("known",))])
    assert known is not None
    assert ("known",) == known.arms


def test_the_newest_word_on_a_prompt_counts() -> None:
    """And of very many labels the newest."""
    turned = [one._replace(score=1.0 - one.score) for one in labels(60, ("small",))]

    same = TextModel.fit([*labels(60, ("small",)), *turned])
    newest = TextModel.fit([*labels(160, ("small",)), *turned], most=60)

    for found in (same, newest):
        assert found is not None
        assert found.labels == {"small": 60}
        assert found.expect("a twisted question 9: what is 9 + 3?")["small"] > 0.6


def test_what_says_nothing_is_drawn_to_the_mean() -> None:
    """Where right and wrong are drawn by chance, all prompts are expected to be much the same."""
    rng = random.Random(0)
    noise = [one._replace(score=float(rng.random() < 0.6)) for one in labels(200, ("a",))]
    fitted = TextModel.fit(noise)

    assert fitted is not None
    expected = [fitted.expect(one.prompt)["a"] for one in labels(40, ("a",))]
    assert max(expected) - min(expected) < 0.3
    assert 0.4 < sum(expected) / len(expected) < 0.8


@pytest.mark.parametrize("prompt", ODD, ids=range(len(ODD)))
def test_odd_prompts_are_expected_something_of(model: TextModel, prompt: str) -> None:
    """A probability for every arm; nothing raises."""
    found = model.expect(prompt)

    assert {"small", "large"} == set(found)
    assert all(0.0 < chance < 1.0 for chance in found.values())


def test_odd_prompts_can_be_learned_from() -> None:
    """So can prompts that are all alike in length and numbers: others are no wonder to it."""
    odd = [Labelled(f"{prompt}{n}", "a", n % 2) for n in range(8) for prompt in ODD]
    alike = [Labelled(f"word {chr(97 + n % 26)}{chr(97 + n // 26)}", "a", n % 2) for n in range(99)]

    for told in (odd, alike):
        fitted = TextModel.fit(told)
        assert fitted is not None
        assert 0.1 < fitted.expect("A much longer prompt. " * 40 + "12, 13 and 14")["a"] < 0.9


def test_a_dump_comes_back_as_it_was(model: TextModel) -> None:
    """Expectations are the same to the last bit."""
    again = TextModel.load(model.dump())

    for prompt in (*ODD, "an easy question"):
        assert model.expect(prompt) == again.expect(prompt)
    assert (model.labels, model.means) == (again.labels, again.means)
    assert model.dump() == again.dump()


def taken_apart(data: bytes) -> tuple[dict[str, Any], Any]:
    """The head of a dump and its numbers."""
    body = data[data.index(b"\n") + 1 + 16 :]
    line, _, numbers = body.partition(b"\n")
    return json.loads(line), np.frombuffer(numbers, "<f4").copy()


def sealed(head: object, numbers: Any) -> bytes:
    """A dump of what may make no sense, with the digest that belongs to it."""
    line = head if isinstance(head, bytes) else json.dumps(head).encode()
    body = line + b"\n" + np.asarray(numbers, "<f4").tobytes()
    return b"secondhalf prompt model 1\n" + blake2b(body, digest_size=16).digest() + body


def test_a_dump_of_numbers_that_make_no_sense_is_refused(model: TextModel) -> None:
    """NaN, what would overflow, means beyond [0, 1], no spread, too few or too many."""
    head, numbers = taken_apart(model.dump())
    assert model.expect("x") == TextModel.load(sealed(head, numbers)).expect("x")
    changes = [(0, 1.5), (1, -0.5), (2, np.nan), (3, np.inf), (8, 0.0), (9, -1.0), (-1, 3e38)]
    for place, number in changes:
        wrong = numbers.copy()
        wrong[place] = number
        with pytest.raises(ValueError, match=r"within|holds what is no number"):
            TextModel.load(sealed(head, wrong))
    for wrong in (numbers[:-1], numbers[:0], np.append(numbers, 0.0)):
        with pytest.raises(ValueError, match="too few numbers"):
            TextModel.load(sealed(head, wrong))


HEADS: list[Callable[[dict[str, Any]], object]] = [
    lambda head: {},
    lambda head: {**head, "more": 1},
    lambda head: {**head, "arms": ["one", "one"]},
    lambda head: {**head, "arms": []},
    lambda head: {**head, "arms": [1, 2]},
    lambda head: {**head, "arms": "ab"},
    lambda head: {**head, "labels": [80]},
    lambda head: {**head, "labels": [80, 0]},
    lambda head: {**head, "labels": [80, 80.5]},
    lambda head: {**head, "labels": [80, True]},
    lambda head: {**head, "columns": head["columns"] - 1},
    lambda head: {**head, "columns": -3},
    lambda head: {**head, "columns": 10**30, "embedded": True},
    lambda head: {**head, "embedded": 1},
    lambda head: [head],
    lambda head: None,
    lambda head: b"\xff\xfe",
    lambda head: b"[" * 100_000,
    lambda head: b"1" * 10_000,
]


@pytest.mark.parametrize("change", HEADS, ids=range(len(HEADS)))
def test_a_dump_whose_head_makes_no_sense_is_refused(
    model: TextModel, change: Callable[[dict[str, Any]], object]
) -> None:
    """Whoever wrote it knew the digest; it is still only data."""
    head, numbers = taken_apart(model.dump())

    with pytest.raises(ValueError, match="the head of a prompt model"):
        TextModel.load(sealed(change(head), numbers))


class Trap:
    """Does harm where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('a dump was executed')",)


def test_nothing_in_a_dump_is_executed(model: TextModel) -> None:
    """Pickles, files of arrays, other formats: alone or where the head should be."""
    saved = io.BytesIO()
    np.save(saved, np.array([Trap()], dtype=object))
    trap = pickle.dumps(Trap())
    for data in (trap, saved.getvalue(), b"", b"PK", b"x" * 1000, b"{}", sealed(trap, [])):
        with pytest.raises(ValueError, match="fit anew"):
            TextModel.load(data)


@given(st.data())
def test_a_damaged_dump_is_refused(model: TextModel, data: st.DataObject) -> None:
    """Bytes changed, cut off, put in: a half-written model is never believed."""
    good = model.dump()
    where = data.draw(st.integers(0, len(good) - 1))
    cut = data.draw(st.integers(0, 3))
    put = data.draw(st.binary(max_size=3))
    damaged = good[:where] + put + good[where + cut :]
    assume(damaged != good)

    with pytest.raises(ValueError, match="cut short or changed"):
        TextModel.load(damaged)
    with pytest.raises(ValueError, match="cut short or changed"):
        TextModel.load(good[:where])


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_random_bytes_are_refused(line: bytes, rest: bytes) -> None:
    """With the digest of a dump or without."""
    for data in (line + rest, sealed(line, np.frombuffer(rest[: len(rest) // 4 * 4], "<f4"))):
        with pytest.raises(ValueError, match="fit anew"):
            TextModel.load(data)


def test_a_dump_takes_sixteen_kilobytes_per_arm(model: TextModel) -> None:
    """It is a row in a database."""
    assert len(model.dump()) < 17_000 * len(model.arms)


def vowels(texts: Sequence[str]) -> Rows:
    """An embedder: how often each vowel occurs."""
    return np.array([[text.count(vowel) for vowel in "aeiou"] for text in texts], np.float32)


def test_an_embedder_stands_in_for_the_n_grams() -> None:
    """It is asked once for all prompts of a fit, and is not part of a dump."""
    asked: list[int] = []

    def counting(texts: Sequence[str]) -> Rows:
        asked.append(len(texts))
        return vowels(texts)

    told = [Labelled("b" * n + "aeiou"[n % 2] * 9, "one", n % 2) for n in range(120)]
    fitted = TextModel.fit(told, embed=counting)
    assert fitted is not None
    assert [120] == asked

    again = TextModel.load(fitted.dump(), vowels)

    assert again.expect("eeee ee") == fitted.expect("eeee ee")
    assert again.expect("xx eeee xx")["one"] > 0.6 > 0.4 > again.expect("xx aaaa xx")["one"]


def test_another_embedder_than_that_of_the_fit_is_refused(model: TextModel) -> None:
    """One of another dimension, or none; a model of n-grams uses none."""
    fitted = TextModel.fit(labels(), embed=vowels)
    assert fitted is not None
    data = fitted.dump()

    with pytest.raises(ValueError, match="give the embedder to load"):
        TextModel.load(data).expect("x")
    with pytest.raises(ValueError, match=r"shape \(1, 3\) and not \(1, 5\)"):
        TextModel.load(data, lambda texts: vowels(texts)[:, :3]).expect("x")
    assert model.expect("x") == TextModel.load(model.dump(), vowels).expect("x")


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_score_beyond_its_bounds_is_refused(score: float) -> None:
    """It would be learned from."""
    with pytest.raises(ValueError, match=r"give one within \[0, 1\]"):
        TextModel.fit([Labelled("x", "a", score)])


def test_arms_with_the_same_prompts_are_fitted_as_each_alone() -> None:
    """Jointly is faster, and no different."""
    told = labels(120, ("small", "large"))
    alone = TextModel.fit([one for one in told if one.arm == "small"])
    both = TextModel.fit(told)
    assert alone is not None
    assert both is not None

    for prompt in ("an easy question 1", "a twisted question 2: what is 2 + 2?"):
        assert alone.expect(prompt)["small"] == pytest.approx(
            both.expect(prompt)["small"], abs=0.01
        )


def test_who_was_asked_hard_prompts_only_is_better_on_easy_ones() -> None:
    """A dear arm never met what the cheap one is sure of: that it is easy, the cheap one tells."""
    cheap = labels(200, ("cheap",))
    hard = [one._replace(arm="dear") for one in cheap if one.score == 0.0]
    dear = [one._replace(score=float(place % 2)) for place, one in enumerate(hard)]

    alone, together = TextModel.fit(dear), TextModel.fit([*cheap, *dear])
    assert alone is not None
    assert together is not None

    easy, twisted = (f"{kind} question 7: what is 7 + 3?" for kind in ("an easy", "a twisted"))
    usual = together.usual("dear")
    assert together.expect(easy)["dear"] > usual + 0.15
    assert usual + 0.05 > alone.expect(easy)["dear"]
    assert usual == pytest.approx(together.expect(twisted)["dear"], abs=0.1)
    assert together.expect(easy)["cheap"] > together.expect(easy)["dear"]


def test_who_was_always_right_is_usually_right(model: TextModel) -> None:
    """What is usual of an arm is what is expected where a prompt tells nothing."""
    assert 81 / 82 == pytest.approx(model.usual("large"))
    assert 0.5 == model.usual("small")
    assert model.usual("large") == pytest.approx(model.expect("Hm.")["large"], abs=0.01)


@pytest.mark.parametrize("number", [60, 120])
def test_few_labels_foretell_no_worse_than_the_mean(data_dir: Path, number: int) -> None:
    """Log loss of 14 models on held-out prompts of GSM8K, against the mean of the same labels."""
    file = data_dir / "zeroeval_gsm_14models.jsonl.gz"
    data = load_dataset(file, needs_answers=False, needs_prices=False)
    scores, losses = data.scores(), np.zeros(2)
    for seed in range(2):
        order: list[int] = np.random.default_rng(seed).permutation(len(data)).tolist()
        fitted = TextModel.fit(
            [
                Labelled(data.prompts[place], name, float(scores[place, column]))
                for place in order[:number]
                for column, name in enumerate(data.models)
            ]
        )
        assert fitted is not None
        usual = [fitted.usual(name) for name in data.models]
        for place in order[-300:]:
            found = fitted.expect(data.prompts[place])
            told = [found[name] for name in data.models]
            losses += [log_loss(scores[place], one) for one in (told, usual)]

    assert losses[0] < losses[1]


def log_loss(right: Any, expected: Sequence[float]) -> float:
    chances = np.array(expected)
    return float(-np.log(np.where(right > 0.5, chances, 1 - chances)).sum())


def test_numpy_is_loaded_when_it_is_needed() -> None:
    """It takes longer to import than the router."""
    modules = "secondhalf, secondhalf.policy.estimates.text_model, secondhalf.nodes.pick_strategy"
    script = f"import sys, {modules}; sys.exit('numpy' in sys.modules)"

    assert 0 == subprocess.run([sys.executable, "-c", script], check=False).returncode


def test_on_recorded_answers_it_ranks_prompts_better_than_their_length(data_dir: Path) -> None:
    """Mixtral or GPT-4 on GSM8K, five folds, one seed."""
    file = data_dir / "routellm_mixtral_gpt4.jsonl.gz"
    data = load_dataset(file, dataset="gsm8k", needs_answers=False, needs_prices=False)
    scores, folds = data.scores(), folds_of(len(data), 5, 0)
    strong = data.models.index("gpt-4-1106-preview")
    need = np.zeros(len(data))
    for fold in range(5):
        fitted = TextModel.fit(
            [
                Labelled(data.prompts[place], name, float(scores[place, column]))
                for place in np.flatnonzero(folds != fold)
                for column, name in enumerate(data.models)
            ]
        )
        assert fitted is not None
        for place in np.flatnonzero(folds == fold):
            found = fitted.expect(data.prompts[place])
            need[place] = found[data.models[strong]] - found[data.models[1 - strong]]
    weak_scores, strong_scores = scores[:, 1 - strong], scores[:, strong]
    length = prompt_lengths(data.prompts)

    ours = apgr(need, weak_scores, strong_scores)
    assert ours > apgr(length, weak_scores, strong_scores) > 0.5
