"""Vectors of prompts: kept for a while, asked for once, and never while the loop waits."""

from typing import Any

import pytest

from secondhalf.memory import Example, Memory
from secondhalf.memory.embedder import Embedder
from secondhalf.policy.estimates.foresee import Prior, prospects
from secondhalf.policy.estimates.prior import averaged
from secondhalf.state.budget import DEFAULT_BUDGET
from secondhalf.state.errors import ConfigError
from secondhalf.state.estimate import Answered
from secondhalf.state.request import RouteRequest
from tests.support.kinds import WIDTH, Kinds, is_hard, prompts

TOLD = prompts(300)


def examples() -> list[Example]:
    """``small`` is right on the easy kind alone."""
    return [
        Example(prompt, [(Answered(arm="small", prior=0.6), float(not is_hard(prompt)))])
        for prompt in TOLD
    ]


def expected(memory: Memory, prompt: str) -> float:
    """How probable it is that ``small`` is right."""
    found = prospects(memory.estimates(), "medium", prompt, {"small": Prior(0.6)})
    return averaged(found.arms["small"].right, found.difficulty)


async def test_a_text_is_embedded_once() -> None:
    """Whoever asks, in whatever order, as often as they like."""
    made = Kinds()
    embedder = Embedder(made)

    await embedder.learn("a")
    vectors = embedder.fetch(["b", "a", "b"])

    assert ["a", "b"] == made.asked
    assert (3, WIDTH) == vectors.shape
    assert vectors[0].tolist() == vectors[2].tolist() == embedder.known(["b"])[0].tolist()
    assert (True, False) == (embedder.knows("a"), embedder.knows("c"))
    with pytest.raises(ValueError, match="not known"):
        embedder.known(["c"])


async def test_vectors_go_with_what_is_forgotten() -> None:
    """A vector tells of its text."""
    embedder = Embedder(Kinds())
    request = RouteRequest(
        route_id="r", thread_id="t", started_at=0.0, budget=DEFAULT_BUDGET, preset="balanced"
    )
    with Memory.from_url("sqlite://") as memory:
        memory.embed_with(embedder)
        memory.record_start(request, "a secret")
        await embedder.learn("a secret")

        memory.forget(thread_id="t")

    assert not embedder.knows("a secret")


async def test_a_vector_that_is_none_is_refused() -> None:
    """No number may come from what is no vector."""
    made = Kinds()
    made._vector = lambda text: [float("nan")] * WIDTH  # type: ignore[method-assign]

    with pytest.raises(ValueError, match="a vector that is none"):
        await Embedder(made).learn("a")


@pytest.mark.parametrize(
    "price", [-1.0, float("nan"), float("inf"), 1e308, 10**400, True, None, "0.02"]
)
def test_what_is_no_price_and_what_are_no_embeddings_are_refused(price: Any) -> None:
    """With the reason, in one line."""
    nothing: Any = object()

    with pytest.raises(ConfigError, match=r"a price of embeddings cannot be .*: give .*$"):
        Embedder(Kinds(), price)
    with pytest.raises(ConfigError, match="must be LangChain's, not object"):
        Embedder(nothing)


def test_embeddings_tell_what_n_grams_cannot() -> None:
    """Of prompts that nobody has seen, once their vectors are known; else nothing is told."""
    embedder = Embedder(Kinds())
    new = prompts(40, seed=1)
    with Memory.from_url("sqlite://") as plain, Memory.from_url("sqlite://") as memory:
        memory.embed_with(embedder)
        for each in (plain, memory):
            each.teach(examples())
        unknown = {expected(memory, prompt) for prompt in new}
        embedder.fetch(new)

        told = [expected(memory, prompt) for prompt in new]
        plain_told = [expected(plain, prompt) for prompt in new]

    kinds = [is_hard(prompt) for prompt in new]
    assert 1 == len(unknown)
    assert max(p for p, hard in zip(told, kinds, strict=True) if hard) < 0.4
    assert min(p for p, hard in zip(told, kinds, strict=True) if not hard) > 0.6
    assert max(plain_told) - min(plain_told) < 0.3


def test_what_was_learned_on_one_embedder_is_not_read_with_another(tmp_path: Any) -> None:
    """Each has its own, and n-grams stand in; coming back finds what was learned."""
    url, embedder = f"sqlite:///{tmp_path / 'm.db'}", Embedder(Kinds())
    other = Embedder(Kinds(), name="others")
    with Memory.from_url(url) as memory:
        memory.teach(examples()[:100])
        memory.embed_with(embedder)
        before = memory.estimates().prompts
        memory.teach(examples()[100:])
        after = memory.estimates().prompts
    with Memory.from_url(url) as memory:
        plain = memory.estimates().prompts
        memory.embed_with(other)
        strange = memory.estimates().prompts
    with Memory.from_url(url) as memory:
        memory.embed_with(embedder)
        again = memory.estimates().prompts

    found = (before, after, plain, strange, again)
    assert [False, True, False, False, True] == [p is not None and p.embedded for p in found]
    assert None not in found


def test_embeddings_that_fail_keep_nothing_from_being_learned(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """N-grams stand in, and it is said."""
    with Memory.from_url("sqlite://") as memory:
        memory.embed_with(Embedder(Kinds(ConnectionError("gone"))))
        memory.teach(examples()[:80])
        learned = memory.estimates()

    assert sum(learned.skills["small"].right) + sum(learned.skills["small"].wrong) > 60
    assert learned.prompts is not None
    assert not learned.prompts.embedded
    assert "n-grams stand in" in caplog.text


async def test_embedders_of_one_memory_share_what_they_know() -> None:
    """What is learned on the vectors of one has to be read with those that another asked for."""
    first, second = Embedder(Kinds()), Embedder(Kinds())
    with Memory.from_url("sqlite://") as memory:
        memory.embed_with(first)
        memory.embed_with(second)
        memory.teach(examples())
        new = prompts(1, seed=1)[0]
        before = expected(memory, new)
        await first.learn(new)

        assert second.knows(new)
        assert before != expected(memory, new)
    assert first.breaker is second.breaker


def test_a_memory_learns_by_one_kind_of_embeddings() -> None:
    """Others would be paid for vectors that nobody reads."""
    with Memory.from_url("sqlite://") as memory:
        memory.embed_with(Embedder(Kinds()))

        with pytest.raises(ConfigError, match="learns by the embeddings 'Kinds:kinds' already"):
            memory.embed_with(Embedder(Kinds(), name="others"))
        memory.embed_with(Embedder(Kinds(), name="Kinds:kinds"))
