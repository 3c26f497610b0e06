import math
from datetime import date
from enum import IntEnum
from typing import Any

import pytest

from secondhalf.experts.plain import DEEPEST, checked, plain
from secondhalf.graph.serialisation import RouteSerializer
from secondhalf.state.expert import Evidence, ExpertBundle, ExpertResult


class Port(IntEnum):
    HTTP = 80


class Mute:
    def __str__(self) -> str:
        raise ZeroDivisionError


def nested(depth: int) -> Any:
    """A list in a list, and so on."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def circular() -> Any:
    value: list[Any] = ["a"]
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, 2.5, True, None, "b"]}, {"a": [1, 2.5, True, None, "b"]}),
        ((1, (2,)), [1, [2]]),
        ({("a", 1): 2, date(2020, 1, 1): 3}, {"('a', 1)": 2, "2020-01-01": 3}),
        ([math.nan, math.inf], ["nan", "inf"]),
        (
            [2**64 - 1, 2**64, -(2**63), -(2**63) - 1],
            [2**64 - 1, str(2**64), -(2**63), str(-(2**63) - 1)],
        ),
        (10**5000, "(int without a text)"),
        (circular(), ["a", "…"]),
        ({"half\ud800": "char\udfff"}, {"half?": "char?"}),
        ([date(2020, 1, 1), b"x", Mute()], ["2020-01-01", "b'x'", "(Mute without a text)"]),
        (Port.HTTP, 80),
    ],
    ids=["json", "tuple", "keys", "not finite", "huge", "no text", "circle", "half", "odd", "enum"],
)
def test_anything_becomes_json_that_a_checkpoint_holds(value: object, expected: object) -> None:
    """Metadata is whatever a vector store kept; what is said of a passage must not end a route."""
    data = plain({"x": value})
    quote = Evidence(kind="quote", source="a", data=data)
    found = ExpertResult(call_id="c", expert="r", role="retriever", evidence=(quote,))
    serde = RouteSerializer()

    assert {"x": expected} == data
    assert found == serde.loads_typed(serde.dumps_typed(found))


def test_what_lies_too_deep_is_left_out() -> None:
    """A checkpoint is packed by recursion, which has an end."""
    data = plain({"x": nested(1000)})
    quote = Evidence(kind="quote", source="a", data=data)
    found = ExpertResult(call_id="c", expert="r", role="retriever", evidence=(quote,))
    bundle = ExpertBundle(node="n", retrieval=found)
    serde = RouteSerializer()

    assert "…" in str(data)
    assert [bundle] == serde.loads_typed(serde.dumps_typed([bundle]))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"a": [2**64]}, "beyond 64 bits"),
        (-(2**63) - 1, "beyond 64 bits"),
        ([math.nan], "not finite"),
        (nested(DEEPEST + 1), "more than 50 deep"),
        (circular(), "more than 50 deep"),
        ({"a": b"x"}, "a bytes, which is not JSON"),
    ],
    ids=["large", "small", "not finite", "deep", "circle", "no json"],
)
def test_what_must_not_be_changed_is_refused_with_the_reason(value: object, reason: str) -> None:
    """A tool called with other arguments than those the model chose would do something else."""
    with pytest.raises(ValueError, match=reason):
        checked(value)


def test_what_can_be_stored_stays_as_it_is() -> None:
    """But for half characters, which are mended everywhere."""
    value = {"a": [1, -(2**63), 2**64 - 1, 0.5, None, False, nested(40)], "b\ud800": "c"}

    assert {"a": value["a"], "b?": "c"} == checked(value)
