"""What a route's serialiser stores, and what it will not load."""

import gc

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from secondhalf.graph.serialisation import RouteSerializer
from secondhalf.state.budget import Usage
from secondhalf.state.result import TraceEvent


def event(place: int) -> TraceEvent:
    return TraceEvent(kind="plan", at=float(place), data={"nodes": ["a", "ü"], "trial": False})


@pytest.mark.parametrize("length", [0, 1, 15, 16, 300])
def test_lists_of_nouns_are_stored_as_langgraph_would(length: int) -> None:
    """Whoever reads the database with LangGraph's own serialiser finds the same."""
    events = [event(place) for place in range(length)]
    ours = RouteSerializer()

    twice = [ours.dumps_typed(events), ours.dumps_typed(events)]

    assert [JsonPlusSerializer().dumps_typed(events)] * 2 == twice
    assert events == ours.loads_typed(twice[0])


def test_other_values_are_stored_as_langgraph_would() -> None:
    """Nouns among other things, and what is no noun at all."""
    ours, plain = RouteSerializer(), JsonPlusSerializer()

    for value in (None, 3, b"x", event(1), [event(1), 2], (event(1),), {"a": event(1)}):
        assert plain.dumps_typed(value) == ours.dumps_typed(value)


def test_a_changed_copy_is_stored_as_it_is() -> None:
    """What is remembered belongs to one value, not to those made from it or in its place."""
    ours = RouteSerializer()

    for calls in range(200):  # each takes the place in memory of one that is gone
        usage = Usage(calls=calls)
        ours.dumps_typed(usage)
        copied = usage.model_copy(update={"usd": 1.0})
        assert (usage, copied) == (
            ours.loads_typed(ours.dumps_typed(usage)),
            ours.loads_typed(ours.dumps_typed(copied)),
        )


def test_nothing_is_kept_of_a_noun_that_is_gone() -> None:
    """A server that routes for months must not grow by what it stored."""
    ours = RouteSerializer()
    ours.dumps_typed([event(place) for place in range(50)])
    gc.collect()

    assert 0 == len(ours._packed)  # pyright: ignore[reportPrivateUsage]
