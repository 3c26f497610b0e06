"""Numbers and dates in one way of writing."""

import pytest

from secondhalf.policy.quantities import written_alike


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("−5", "-5"),
        (r"12{,}345 and 1,\!000", "12,345 and 1,000"),
        (r"\dfrac{-3}{4}, 2\frac12", "-3/4, 2 1/2"),
        (r"\frac{\pi}{2}", r"\frac{\pi}{2}"),
        (r"3 × 10^8, 3\times 10^{-8}, 1.5*10**3", "3e8, 3e-8, 1.5e3"),
        ("5 million and 1.5-billion", "5e6 and 1.5e9"),
        ("minus 5, 10 minus 5", "-5, 10 minus 5"),
        ("15 January 2024, Jan. 15th, 2024", "2024-01-15, 2024-01-15"),
        ("March 2020, 3 May", "2020-03, 05-03"),
        ("They may 5 times; Mark 5; May", "They may 5 times; Mark 5; May"),
        ("99 May 2020", "99 May 2020"),
        ("May 5:30", "May 5:30"),
    ],
)
def test_what_means_the_same_is_written_alike(text: str, expected: str) -> None:
    """Two models seldom write a date or a large number in the same way."""
    assert expected == written_alike(text)
