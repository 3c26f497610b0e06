"""What prompts tell of who will be right; and what is refused as a dump of it."""

import io
import json
import pickle
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondhalf.evals.baselines.crossfit import folds_of
from secondhalf.evals.baselines.predictors import prompt_lengths
from secondhalf.evals.data.reading import load_dataset
from secondhalf.evals.metrics.two_models import apgr
from secondhalf.policy.estimates.prompt_model import LEAST, Labelled, PromptModel

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
def model() -> PromptModel:
    fitted = PromptModel.fit(labels())
    assert fitted is not None
    return fitted


def test_prompts_tell_who_will_be_right(model: PromptModel) -> None:
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

    assert PromptModel.fit([]) is None
    assert PromptModel.fit(few) is None
    assert PromptModel.fit(few * 3) is None
    known = PromptModel.fit([*few, *labels(LEAST, ("known",))])
    assert known is not None
    assert ("known",) == known.arms


def test_the_newest_word_on_a_prompt_counts() -> None:
    """And of very many labels the newest."""
    turned = [one._replace(score=1.0 - one.score) for one in labels(60, ("small",))]

    same = PromptModel.fit([*labels(60, ("small",)), *turned])
    newest = PromptModel.fit([*labels(160, ("small",)), *turned], most=60)

    for found in (same, newest):
        assert found is not None
        assert found.labels == {"small": 60}
        assert found.expect("a twisted question 9: what is 9 + 3?")["small"] > 0.6


def test_what_says_nothing_is_drawn_to_the_mean() -> None:
    """Where right and wrong are drawn by chance, all prompts are expected to be much the same."""
    rng = random.Random(0)
    noise = [one._replace(score=float(rng.random() < 0.6)) for one in labels(200, ("a",))]
    fitted = PromptModel.fit(noise)

    assert fitted is not None
    expected = [fitted.expect(one.prompt)["a"] for one in labels(40, ("a",))]
    assert max(expected) - min(expected) < 0.3
    assert 0.4 < sum(expected) / len(expected) < 0.8


@pytest.mark.parametrize("prompt", ODD, ids=range(len(ODD)))
def test_odd_prompts_are_expected_something_of(model: PromptModel, prompt: str) -> None:
    """A probability for every arm; nothing raises."""
    found = model.expect(prompt)

    assert {"small", "large"} == set(found)
    assert all(0.0 < chance < 1.0 for chance in found.values())


def test_odd_prompts_can_be_learned_from() -> None:
    """So can prompts that are all alike in length and numbers: others are no wonder to it."""
    odd = [Labelled(f"{prompt}{n}", "a", n % 2) for n in range(8) for prompt in ODD]
    alike = [Labelled(f"word {chr(97 + n % 26)}{chr(97 + n // 26)}", "a", n % 2) for n in range(99)]

    for told in (odd, alike):
        fitted = PromptModel.fit(told)
        assert fitted is not None
        assert 0.1 < fitted.expect("A much longer prompt. " * 40 + "12, 13 and 14")["a"] < 0.9


def test_a_dump_comes_back_as_it_was(model: PromptModel) -> None:
    """Expectations are the same to the last bit."""
    again = PromptModel.load(model.dump())

    for prompt in (*ODD, "an easy question"):
        assert model.expect(prompt) == again.expect(prompt)
    assert (model.labels, model.means) == (again.labels, again.means)
    assert model.dump() == again.dump()


def arrays(model: PromptModel) -> dict[str, Any]:
    with np.load(io.BytesIO(model.dump())) as file:
        return {name: file[name] for name in file.files}


def dumped(save: Any = np.savez, **held: Any) -> bytes:
    file = io.BytesIO()
    save(file, **held)
    return file.getvalue()


def test_a_dump_that_makes_no_sense_is_refused(model: PromptModel) -> None:
    """Wrong shapes and kinds, NaN, numbers that overflow, arms twice, too few or many arrays."""
    good = arrays(model)
    assert model.expect("x") == PromptModel.load(dumped(**good)).expect("x")
    changes: list[dict[str, Any]] = [
        {"weights": good["weights"][:-1]},
        {"weights": good["weights"].T},
        {"weights": np.full_like(good["weights"], np.nan)},
        {"weights": np.full_like(good["weights"], 3e38)},
        {"weights": good["weights"].astype(float) + 1e300},
        {"weights": good["weights"].astype(int)},
        {"weights": good["weights"].astype(str)},
        {"offsets": np.array(0.5)},
        {"offsets": np.array([np.inf, 0.0])},
        {"usual": np.zeros(3)},
        {"spread": np.zeros(4)},
        {"spread": np.full(4, 1e-300)},
        {"means": np.array([0.5, 1.5])},
        {"labels": np.array([1.5, 2.5])},
        {"arms": np.array(["one", "one"])},
        {"arms": np.array([], str)},
        {"arms": np.array([[1, 2]])},
        {"more": np.zeros(1)},
    ]
    for change in changes:
        with pytest.raises(ValueError, match=r"."):
            PromptModel.load(dumped(**good | change))
    for name in good:
        with pytest.raises(ValueError, match="missing"):
            PromptModel.load(dumped(**{k: v for k, v in good.items() if k != name}))


class Trap:
    """Does harm where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, ("raise SystemExit('a dump was executed')",)


def test_nothing_in_a_dump_is_executed_or_unpacked(model: PromptModel) -> None:
    """Pickles, alone or as arrays of objects, and what would unpack to more than it says."""
    trap = np.array([Trap()], dtype=object)
    single = io.BytesIO()
    np.save(single, np.zeros(3))
    for data in (
        pickle.dumps(Trap()),
        dumped(**arrays(model) | {"arms": trap}),
        dumped(np.savez_compressed, **arrays(model)),
        single.getvalue(),
        json.dumps({"arms": []}).encode(),
        b"",
        b"PK",
        b"x" * 1000,
    ):
        with pytest.raises(ValueError, match=r"."):
            PromptModel.load(data)


def test_a_damaged_dump_is_refused_or_still_one(model: PromptModel) -> None:
    """Bytes changed, cut off, put in: never anything but a ValueError, or a model that expects."""
    rng, good, refused = random.Random(0), model.dump(), 0
    heads = [place for place in range(len(good)) if good.startswith(b"PK", place)]
    for trial in range(600):
        data = bytearray(good)
        where = rng.choice(heads) + rng.randrange(200) if trial % 2 else rng.randrange(len(good))
        where = min(where, len(data) - 1)
        match trial % 5:
            case 0:
                del data[where:]
            case 1:
                data[where:where] = rng.randbytes(3)
            case _:
                data[where] ^= 1 + rng.randrange(255)
        try:
            found = PromptModel.load(bytes(data)).expect("What is 2 + 2?")
        except ValueError:
            refused += 1
        else:
            assert all(0.0 < chance < 1.0 for chance in found.values())
    assert refused > 300


def test_an_encrypted_dump_is_refused(model: PromptModel) -> None:
    """It asks for no password."""
    data = bytearray(model.dump())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as file:
        offset = file.infolist()[0].header_offset
    data[offset + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(ValueError, match="no dump"):
        PromptModel.load(bytes(data))


def test_on_recorded_answers_it_ranks_prompts_better_than_their_length(data_dir: Path) -> None:
    """Mixtral or GPT-4 on GSM8K, five folds, one seed."""
    file = data_dir / "routellm_mixtral_gpt4.jsonl.gz"
    data = load_dataset(file, dataset="gsm8k", needs_answers=False, needs_prices=False)
    scores, folds = data.scores(), folds_of(len(data), 5, 0)
    strong = data.models.index("gpt-4-1106-preview")
    need = np.zeros(len(data))
    for fold in range(5):
        fitted = PromptModel.fit(
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
