"""Who has how much of a say."""

from hypothesis import given
from hypothesis import strategies as st

from secondhalf.policy.learning.cases import CHECKS, held_out, share_of, wilson

SAID = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(0.0, 1.0)), max_size=80)


@given(SAID, st.integers(1, 10), st.integers(1, 5))
def test_nobody_has_more_than_their_part(
    said: list[tuple[str, float]], words: int, principals: int
) -> None:
    """Turning one principal's every word around moves the share by their part at the most."""
    honest = share_of(said, words, principals)
    for who in "abcdefgh":
        turned = [(w, 1.0 - v if w == who else v) for w, v in said]
        moved = abs(share_of(turned, words, principals).mean - honest.mean)
        assert moved <= 1.0 / principals + 1e-9
    assert 0.0 <= honest.low <= honest.high <= 1.0
    assert honest.number <= min(len(said), words * 8) + 1e-9


def test_many_words_of_one_count_as_a_few() -> None:
    """A hundred complaints of one person are the opinion of one person."""
    crowd = [(f"p{n}", 1.0) for n in range(10)]

    found = share_of([*crowd, *[("loud", 0.0)] * 100], words=5, principals=3)

    assert found.mean > 0.6
    assert 11 == found.principals


def test_fewer_than_are_needed_have_no_say() -> None:
    """Unless checks speak, which are nobody's opinion."""
    two = [("a", 1.0)] * 20 + [("b", 1.0)] * 20

    assert 0.0 == share_of(two, 5, 3).number
    assert 10.0 == share_of(two, 5, 2).number
    checked = share_of([(CHECKS, 1.0)] * 12, 5, 3)
    assert (12.0, 1.0) == (checked.number, checked.mean)
    assert checked.principals >= 3
    assert (0.0, 1.0) == (share_of([], 5, 3).low, share_of([], 5, 3).high)


def test_bounds_close_in_on_the_share() -> None:
    """Wilson's interval, on one side each."""
    few, many = wilson(7, 10), wilson(700, 1000)

    assert few[0] < many[0] < 0.7 < many[1] < few[1]


def test_a_third_of_the_routes_is_kept_for_the_gate() -> None:
    """Always the same ones."""
    kept = [held_out(f"route {n}") for n in range(3000)]

    assert 0.30 < sum(kept) / 3000 < 0.37
    assert kept == [held_out(f"route {n}") for n in range(3000)]
