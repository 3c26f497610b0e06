"""Perturbations change a prompt, not what it means."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondhalf.evals.perturbations import PERTURBATIONS, paraphrase, typos, whitespace

ANY_TEXT = st.text(st.characters(exclude_categories=()))
LIKELY_TEXT = st.lists(
    st.sampled_from(
        ["If Ann buys 3 pens, how many has she?", "1,000", "3.5", "What is", "```", "code 12", "\n",
         "A. cannot 7", '"find 8"', "- ", "If it is 9 am, then 10 go.", "http://a.b/1", "x=2", "'"]
    )
).map(" ".join)  # fmt: skip
PROMPT = """If Janet bought 16 eggs, how many cakes does she bake for her children each day?
What is "what is" in `what is`? Does Many know it? Find the answer; they find it.

```python
def find(children):
    return what is
```

A. She bought because she cannot
(B) each day
Answer:"""


def disturb(name: str, prompt: str, seed: int = 0) -> str:
    """The result under a seed."""
    return PERTURBATIONS[name](prompt, np.random.default_rng(seed))


def numbers(text: str) -> list[str]:
    """All numbers, in order."""
    return re.findall(r"\d+(?:[.,]\d+)*", text)


def every(name: str, prompt: str) -> list[str]:
    """Results under many seeds."""
    return [disturb(name, prompt, seed) for seed in range(40)]


@pytest.mark.parametrize("name", PERTURBATIONS)
@given(prompt=ANY_TEXT | LIKELY_TEXT, seed=st.integers(0, 3))
def test_numbers_keep_their_values_and_order(name: str, prompt: str, seed: int) -> None:
    """Whatever the text is; nothing in it is an error."""
    assert numbers(prompt) == numbers(disturb(name, prompt, seed))


@pytest.mark.parametrize("name", PERTURBATIONS)
@given(prompt=ANY_TEXT | LIKELY_TEXT)
def test_the_same_seed_gives_the_same_text(name: str, prompt: str) -> None:
    """No other randomness."""
    assert disturb(name, prompt, 7) == disturb(name, prompt, 7)


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_an_ordinary_prompt_is_changed(name: str) -> None:
    """Under any seed, and in more than one way; a blank one is left alone."""
    assert all(result != PROMPT for result in every(name, PROMPT))
    assert len(set(every(name, PROMPT))) > 1
    assert ["", " \n"] == [disturb(name, ""), disturb(name, " \n")]


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_code_is_not_touched(name: str) -> None:
    """Neither a block of it nor a word of it."""
    block = PROMPT[PROMPT.index("```python") : PROMPT.index("A. She")].rstrip()

    assert all("`what is`" in result for result in every(name, PROMPT))
    assert all(block in result for result in every(name, PROMPT))


def test_a_paraphrase_leaves_names_quotes_and_options_alone() -> None:
    """Many is a name here, and what is quoted or offered for an answer is not the asker's."""
    for result in every("paraphrase", PROMPT):
        for kept in ('"what is"', "Does Many know", "A. She bought because she cannot",
                     "(B) each day\nAnswer:", "they find it"):  # fmt: skip
            assert kept in result


def test_a_paraphrase_says_the_same_in_other_words() -> None:
    """Synonyms, an order at the start of a sentence, a condition after its consequence."""
    results = every("paraphrase", PROMPT)

    for wanted in ("kids", "every day", "purchased", "What's", "Determine the answer"):
        assert any(wanted in result for result in results)
    assert all(re.search("does she bake for her .* if Janet", result) for result in results)


def test_a_condition_stays_in_front_where_numbers_would_change_places() -> None:
    """Their order is how a reader, or a checker, finds them."""
    kept = "If 3 pens cost 1,000 yen, what do 4 cost?"

    assert all(kept in result for result in every("paraphrase", f"{kept} Say."))


def test_shouted_words_are_not_swapped() -> None:
    """Capitals mean something."""
    assert all("DO NOT" in result for result in every("paraphrase", "DO NOT answer."))


def test_typos_are_few_and_keep_the_first_letter() -> None:
    """About 5 % of the words of four letters or more."""
    prompt = " ".join(["wonderful"] * 100)

    words = typos(prompt, np.random.default_rng(0)).split(" ")

    assert 5 == sum(word != "wonderful" for word in words)
    assert {"w"} == {word[0] for word in words}


@pytest.mark.parametrize("word", ["cat", "x1234", "snake_case", "user@example.org", "noon's"])
def test_a_text_without_plain_words_of_four_letters_has_no_typos(word: str) -> None:
    """Short words, names of variables and addresses."""
    found = {typos(f"A. {word}", np.random.default_rng(seed)) for seed in range(5)}

    assert word == "noon's" or {f"A. {word}"} == found


def test_a_word_of_one_letter_over_and_over_still_gets_a_typo() -> None:
    """Swapping equal letters would change nothing."""
    assert all("aaaa" != disturb("typos", "aaaa", seed) for seed in range(20))


@given(LIKELY_TEXT)
def test_whitespace_changes_nothing_else(prompt: str) -> None:
    """Without its blanks the text is the same."""
    changed = whitespace(prompt, np.random.default_rng(1))

    assert prompt.split() == changed.split()


def test_rerouting_prefixes_push_both_ways() -> None:
    """The prompt itself follows unchanged; some call it hard, some easy."""
    results = every("rerouting prefix", PROMPT)

    assert all(result.endswith(" " + PROMPT) for result in results)
    assert any("extremely difficult" in result for result in results)
    assert any("trivial" in result for result in results)


def test_a_question_may_end_with_thanks() -> None:
    """Only where the prompt ends in a sentence: not after "Answer:"."""
    ends = {paraphrase("Why is it so?", np.random.default_rng(seed))[-1] for seed in range(20)}

    assert {"?", "!", "."} == ends
    assert all(result.endswith("Answer:") for result in every("paraphrase", PROMPT))


def test_long_texts_without_a_break_are_no_trouble() -> None:
    """No rule looks at every pair of places."""
    for text in ("a" * 50_000, '"' * 50_000, "If " * 20_000, "1." * 20_000, "`'" * 20_000):
        for name in PERTURBATIONS:
            assert numbers(text) == numbers(disturb(name, text))
