"""What prompts tell is fitted when that is due, and not anew by every process."""

from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest

from secondhalf.experts.breaker import Breaker
from secondhalf.memory import Example, Memory, learning, vectors
from secondhalf.memory import embedder as embedder_module
from secondhalf.memory.embedder import Embedder
from secondhalf.memory.learning import Learner
from secondhalf.state.errors import StorageError
from secondhalf.state.estimate import Answered
from tests.memory.test_learning import execute, explored, routed
from tests.support.kinds import Kinds, is_hard, prompts

TOLD = prompts(400)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'm.db'}"


def examples(chosen: list[str], *, turned: bool = False) -> list[Example]:
    """``small`` is right on the easy kind alone, or ``turned`` around."""
    return [
        Example(one, [(Answered(arm="small", prior=0.6), float(is_hard(one) == turned))])
        for one in chosen
    ]


def embeds(memory: Memory) -> bool:
    """Whether what prompts tell is read off vectors."""
    told = memory.estimates().prompts
    assert told is not None
    return told.embedded


def dump(memory: Memory) -> bytes:
    told = memory.estimates().prompts
    assert told is not None
    return told.dump()


class Meddled(Kinds):
    """Does something else each time it is asked, and fails if it is told to."""

    def __init__(self, meddle: Callable[[], object], *, fails: bool = False) -> None:
        super().__init__()
        self.meddle, self.fails = meddle, fails

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        found = super().embed_documents(texts)
        self.meddle()
        if self.fails:
            raise ConnectionError("gone")
        return found


def test_whoever_learns_anew_without_an_embedder_leaves_what_it_learned(url: str) -> None:
    """Nobody else can fit it; its own process does so as soon as it learns again."""
    made = Kinds()
    with Memory.from_url(url) as memory, Memory.from_url(url) as plain:
        memory.embed_with(Embedder(made))
        memory.teach(examples(TOLD[:100]))
        before = dump(memory)

        plain.teach(examples(TOLD[:1], turned=True))
        kept = dump(memory)
        memory.teach(examples(TOLD[100:101]))

        assert (before, True, False) == (kept, embeds(memory), embeds(plain))
        assert before != dump(memory)
    assert TOLD[:101] == sorted(made.asked, key=TOLD.index)


def test_n_grams_are_left_and_fitted_anew_in_the_same_way(url: str) -> None:
    """By those who use them."""
    with Memory.from_url(url) as memory, Memory.from_url(url) as plain:
        plain.teach(examples(TOLD[:100]))
        before = dump(plain)
        memory.embed_with(Embedder(Kinds()))

        memory.teach(examples(TOLD[:1], turned=True))
        kept = dump(plain)
        plain.teach(examples(TOLD[100:101]))

        assert (before, True) == (kept, embeds(memory))
        assert before != dump(plain)


def test_nothing_learned_of_what_was_forgotten_is_left(url: str) -> None:
    """Where there is no embedder to fit it anew with, it goes; those who have one fit it again."""
    with Memory.from_url(url) as memory, Memory.from_url(url) as plain:
        routed(plain, "mine", explored("small", 1.0, checked=True), thread_id="mine")
        memory.embed_with(Embedder(Kinds()))
        memory.teach(examples(TOLD[:100]))
        before = dump(memory)

        plain.forget(thread_id="mine")
        at_once = embeds(memory)
        rows = execute(url, "SELECT name FROM secondhalf_estimates WHERE name LIKE 'prompts%'")
        memory.teach(examples(TOLD[100:101]))

        assert (False, [("prompts",)]) == (at_once, rows)
        assert embeds(memory)
        assert before != dump(memory)


@pytest.mark.parametrize("corrected_first", [True, False])
def test_what_is_corrected_and_forgotten_is_forgotten(
    url: str, corrected_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever came first, where a process ended before it learned anew."""
    with Memory.from_url(url) as memory, Memory.from_url(url) as plain:
        routed(plain, "mine", explored("small", 1.0, checked=True), thread_id="mine")
        memory.embed_with(Embedder(Kinds()))
        memory.teach(examples(TOLD[:100]))
        with monkeypatch.context() as patch:
            patch.setattr(Learner, "refresh", Mock())
            for corrects in (corrected_first, not corrected_first):
                if corrects:
                    plain.teach(examples(TOLD[:1], turned=True))
                else:
                    plain.forget(thread_id="mine")

        plain.teach(examples(TOLD[100:101]))

        rows = execute(url, "SELECT name FROM secondhalf_estimates WHERE name LIKE 'prompts%'")
        assert [("prompts",)] == rows


def test_a_fit_during_which_something_is_forgotten_is_not_stored(url: str) -> None:
    """It was made of what is gone; the next word has it done again."""
    with Memory.from_url(url) as memory, Memory.from_url(url) as other:
        routed(other, "mine", explored("small", 1.0, checked=True), thread_id="mine")
        made = Meddled(lambda: other.forget(thread_id="mine"))
        memory.embed_with(Embedder(made))

        memory.teach(examples(TOLD[:100]))
        rows = execute(url, "SELECT name FROM secondhalf_estimates WHERE name LIKE 'prompts%'")
        made.meddle = lambda: None
        memory.teach(examples(TOLD[100:101]))

        assert [("prompts",)] == rows
        assert embeds(memory)


def test_a_new_process_asks_for_nothing_that_was_learned(url: str) -> None:
    """Until labels have grown by a quarter since the last fit, whoever made it."""
    asked: list[int] = []
    for start, end in ((0, 100), (100, 101), (101, 124), (124, 125)):
        made = Kinds()
        with Memory.from_url(url) as memory:
            memory.embed_with(Embedder(made))
            memory.teach(examples(TOLD[start:end]))
            assert embeds(memory)
        asked.append(len(made.asked))

    assert [100, 0, 0, 125] == asked


def test_what_was_stored_without_the_number_of_labels_is_read(url: str) -> None:
    """And fitted once more, which stores it."""
    with Memory.from_url(url) as memory:
        memory.embed_with(Embedder(Kinds()))
        memory.teach(examples(TOLD[:100]))
        before = dump(memory)
    change = "UPDATE secondhalf_estimates SET body = substr(body, 5) WHERE name LIKE 'prompts:%'"
    assert [] == execute(url, change)

    asked: list[int] = []
    for n in (100, 101):
        made = Kinds()
        with Memory.from_url(url) as memory:
            memory.embed_with(Embedder(made))
            assert embeds(memory)
            assert (before == dump(memory)) == (n == 100)
            memory.teach(examples(TOLD[n : n + 1]))
        asked.append(len(made.asked))

    assert [101, 0] == asked


@pytest.mark.parametrize("fails", [True, False])
def test_nobody_is_asked_while_others_wait(
    url: str, fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where others keep learning meanwhile, all is learned anew in a transaction: without asking.

    Also where more vectors were asked for than are kept.
    """
    monkeypatch.setattr(vectors, "_MOST_BYTES", 3_000)
    wrote: list[str] = []
    with Memory.from_url(url) as memory, Memory.from_url(url, busy_seconds=0.5) as other:

        def meddle() -> None:
            try:
                routed(other, f"route-{len(wrote)}")
                wrote.append("written")
            except StorageError as error:
                wrote.append(str(error))

        memory.teach(examples(TOLD[:200]))
        memory.embed_with(Embedder(Meddled(meddle, fails=fails)))

        memory.teach(examples(TOLD[:1], turned=True))

        assert {"written"} == set(wrote)
        assert (1 if fails else 4) == len(wrote)
        assert embeds(memory) is not fails


def test_embeddings_that_failed_are_tried_again_with_the_next_label(url: str) -> None:
    """Not with the same labels: nothing has changed since."""
    made = Kinds(ConnectionError("gone"))
    with Memory.from_url(url) as memory:
        memory.embed_with(Embedder(made))
        memory.teach(examples(TOLD[:80]))
        made.blocking = None
        memory.teach(examples(TOLD[:80]))
        same = embeds(memory), list(made.asked)
        memory.teach(examples(TOLD[80:81]))

        assert (False, []) == same
        assert embeds(memory)


def test_while_embeddings_are_set_aside_n_grams_are_read_and_fitted(url: str) -> None:
    """They are not waited for; then what was learned of them is read again."""
    now, made = 0.0, Kinds()
    embedder = Embedder(made)
    embedder.breaker = Breaker(clock=lambda: now)
    with Memory.from_url(url) as memory:
        memory.embed_with(embedder)
        memory.teach(examples(TOLD[:100]))
        embedder.breaker.set_aside(20.0)
        nothing = memory.estimates().prompts
        memory.teach(examples(TOLD[100:200]))
        aside = embeds(memory), len(made.asked)
        now = 21.0

        assert (None, (False, 100), True) == (nothing, aside, embeds(memory))


def test_what_was_asked_for_before_a_failure_is_not_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A provider is paid for what it made."""
    monkeypatch.setattr(embedder_module, "_BATCH", 10)
    asked: list[int] = []

    class Tiring(Kinds):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            asked.append(len(texts))
            if len(asked) == 3:
                raise ConnectionError("tired")
            return super().embed_documents(texts)

    embedder = Embedder(Tiring())
    with pytest.raises(ConnectionError):
        embedder.fetch(TOLD[:25])

    assert (25, 8) == embedder.fetch(TOLD[:25]).shape
    assert [10, 10, 5, 5] == asked


def test_vectors_that_are_kept_serve_within_a_transaction(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to be asked for them."""
    made = Kinds()
    monkeypatch.setattr(learning, "_put", Mock(return_value=False))
    with Memory.from_url(url) as memory:
        memory.embed_with(Embedder(made))
        memory.teach(examples(TOLD[:100]))
        before = dump(memory)

        memory.teach(examples(TOLD[:1], turned=True))

        assert (True, 100) == (embeds(memory), len(made.asked))
        assert before != dump(memory)
