"""What an answer finally says, and whether two say the same."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondhalf.policy.agreement import agree, gist, same

ODD = st.text(
    st.sampled_from(
        list('\\{}[]()"#:.,-/$%*=<>^_0123456789 \n\tanswerisboxedfracxyzt€٣²√π\x00\ud800')
    )
)
PIECES = st.lists(
    st.sampled_from(
        [
            "the answer is ",
            "\\boxed{",
            "}",
            '"answer": ',
            "#### ",
            "\\frac{1}{0}",
            "9" * 400,
            "1/",
            "(B)",
            "\n",
            ". ",
            "-",
            "because ",
        ]
    )
).map("".join)

REASONED = "First we add the two, and then we take away what was eaten, which leaves them with it. "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"reasoning": "6 and 7 are 13", "answer": "42"}', 42.0),
        ('{"answer": 42, "confidence": 0.9}', 42.0),
        ('{"final_answer": "Paris"}', "paris"),
        (REASONED + r"Thus $\boxed{17}$ is left.", 17.0),
        (REASONED + r"\boxed{\frac{3}{4}}", 0.75),
        (REASONED + r"\boxed{\text{no}}", "no"),
        (REASONED + "\n#### 1,234", 1234.0),
        (REASONED + "The answer is (B).", "B"),
        (REASONED + "The answer is B) the second one", "B"),
        ("**Answer:** C", "C"),
        ("(D)", "D"),
        ("b", "B"),
        (REASONED + "So the answer is $18.50.", 18.5),
        (REASONED + "The answer is €18.50", 18.5),
        (REASONED + "The final answer is: -3/4", -0.75),
        (REASONED + "The answer is 12 km.", 12.0),
        (REASONED + "The answer is 3 + 4 = 7", 7.0),
        (REASONED + "In the end she has 3 apples and 5 pears.", 5.0),
        (REASONED + "They cost 1,000,000 dollars", 1_000_000.0),
        ("The answer is 1,00,000", 100_000.0),
        ("The answer is −5", -5.0),
        (r"\boxed{-\tfrac{3}{4}}", -0.75),
        (r"\boxed{90^\circ}", 90.0),
        ("x = 5", 5.0),
        ("The answer is 63 - 8 - 40 = 15 cakes.", 15.0),
        ("The answer is 5*2=<<5*2=10>>10.", 10.0),
        ("25(.20)=5\nA: 5", 5.0),
        ("Because of that.\nA: Paris", "A"),
        ("(1, -2)", "1 -2"),
        ("between 3-4", "between 3 4"),
        ("A, C", "a c"),
        ("B, a city", "b a city"),
        ("[c]", "C"),
        ("the Eiffel Tower", "eiffel tower"),
        ("Paris is the capital [1][12].", "paris is the capital"),
        ("The answer is [3]", 3.0),
        (r"\boxed{2\sqrt{3}}", r"2\sqrt3"),
        ("y = 2x + 3", "2x+3"),
        ("x = 2 or x = 3", "x=2orx=3"),
        ("0.5", 0.5),
        (".5", 0.5),
        ("Paris", "paris"),
        ("It is  PARIS!", "it is paris"),
        ("", None),
        ("   \n ", None),
        (REASONED * 3, None),
        ("The answer is 1/0", None),
        ("The answer is Option C", "C"),
        ("The correct option is (C).", "C"),
        ("La respuesta es B.", "B"),
        ("Die Antwort lautet: **42**", 42.0),
        ("经过计算，答案是 B", "B"),
        ("<answer>\nB\n</answer>", "B"),
        ("### Final Answer\n42", 42.0),
        ("```\n3\n```", 3.0),
        ("5*2=10\n10+3=13", 13.0),
        (r"\boxed{\frac12}", 0.5),
        (r"\boxed{1\frac{3}{4}}", 1.75),
        ("The answer is 24 2/3", 24 + 2 / 3),
        (r"\boxed{12{,}345}", 12345.0),
        (r"The answer is $3 \times 10^{8}$", 3e8),
        ("It costs 5 million dollars", 5e6),
        ("The answer is negative 5", -5.0),
        ("It was on the 15th of January 2024.", "2024-01-15"),
        ("Rs.500", 500.0),
        ("1.5e-3", 0.0015),
        (r"\boxed{3 \times 10^{-8} \text{ m}}", 3e-8),
        ("5 m/s", 5.0),
        ("Day 20", 20.0),
        (REASONED + "The result is −5.", -5.0),
        (REASONED + "That makes 3/4.", 0.75),
        (REASONED + "It was on January 15, 2024.", "2024-01-15"),
        (REASONED + "They meet at 10:30 am.", "10 30 am"),
        (REASONED + "So it takes 10–20 days [1, 2].", "10 20"),
        (REASONED + "So it takes 30 days.\n\nSources:\n[1] a.md\n[2] b.md", 30.0),
    ],
)
def test_what_an_answer_finally_says(text: str, expected: object) -> None:
    """Fields, boxes, marks, letters, money, fractions, units and last numbers; prose says none."""
    assert expected == gist(text)


def test_of_several_marks_the_last_counts() -> None:
    """Who corrects themselves means what they say last."""
    text = r"I first thought \boxed{3}, but no: \boxed{4}." + "\nThe answer is 5, surely not."

    assert gist(text) == 4.0
    assert gist("The answer is 5. No, wait: the answer is 6.") == 6.0


@pytest.mark.parametrize(
    ("first", "second", "agreed"),
    [
        ("The answer is 0.75", r"\boxed{\frac{3}{4}}", True),
        ("#### 1,000", '{"answer": "1000"}', True),
        ("The answer is (b)", "B", True),
        ("Paris.", "paris", True),
        ("It costs $5", "It costs $6", False),
        ("A", "B", False),
        ("7", "seven", False),
        (REASONED * 3, REASONED * 3, False),
        (r"\boxed{\sqrt{3}}", r"\boxed{3}", False),
        (r"\boxed{3\pi}", r"\boxed{3}", False),
        (r"\boxed{\frac{\sqrt{3}}{2}}", r"$\dfrac{\sqrt3}{2}$", True),
        (r"\boxed{\left(3, \frac{\pi}{2}\right)}", r"The answer is (3, \frac{\pi}{2})", True),
        ("y = 2x + 3", "y = 5x + 3", False),
        ("y = 2n - 1", "y = 2n + 1", False),
        ("x >= 5", "x <= 5", False),
        ("x = 2, y = 3", "x = 1, y = 3", False),
        ("(1, 2)", "(-1, 2)", False),
        ("(1,2)", "12", False),
        ("1.5, 2", "1.7, 2", False),
        ("- apple\n- pear", "- plum\n- pear", False),
        ("x = 5\ny = 3", "x = 4\ny = 3", False),
        ("Paris.\n\nHope this helps!", "Lyon.\n\nHope this helps!", False),
        ("May 2020", "June 2020", False),
        ("The answer is Apollo 11", "The answer is Soyuz 11", False),
        ("CO2", "NO2", False),
        ("Q2 2024", "Q3 2024", False),
        ("COVID-19", "Boeing-19", False),
        ("5 million", "5 billion", False),
        ("at least 3", "at most 3", False),
        ("300 BC", "300 AD", False),
        ("https://a.example/5", "https://b.example/5", False),
        ("The answer is 1 1/2", "The answer is 1/2", False),
        (r"\boxed{[0, 1)}", r"\boxed{(0, 1)}", False),
        ("a + b", "a - b", False),
        ("C++", "C#", False),
        ("x ≥ √2", r"x \geq \sqrt{2}", True),
        ("SELECT a FROM t WHERE id = 5;", "SELECT b FROM t WHERE id = 5;", False),
        ("```python\nx = [1]\n```", "```python\ny = [1]\n```", False),
        ("```sql\nSELECT a\nFROM t;\n```", "```sql\nSELECT a FROM t\n```", True),
        (REASONED + "It runs on 3.11.4.", REASONED + "It runs on 3.12.4.", False),
        ("It takes 30 days (source: a.md:12).", "It takes 45 days (source: a.md:12).", False),
    ],
)
def test_answers_agree_by_what_they_say(first: str, second: str, agreed: bool) -> None:
    """However each is written; what cannot be compared agrees with nothing, not even itself."""
    assert agreed == agree(first, second)
    assert agreed == agree(second, first)


SOLVED = '{"reasoning": "He is. {x}", "solution": {"House 1": {"Name": "Ann", "Age": 3}}}'


@pytest.mark.parametrize(
    ("first", "second", "agreed"),
    [
        (
            SOLVED,
            'So:\n```json\n{"solution": {"house_1": {"age": "3.0", "name": "ann"}}}\n```',
            True,
        ),
        (SOLVED, SOLVED.replace("Ann", "Bob"), False),
        ('{"answer": [1, 2]}', "[1.0, 2]", True),
        ('{"answer": [1, 2]}', '{"answer": [1, 3]}', False),
        ('{"answer": [1, 2]}', '{"answer": [1, 2], "note": "a \n", "reasoning": \'bad\'}', True),
        ('{"name": "Ann", "age": 3}', 'Here: {"age": 3, "name": "Ann "}', True),
        ('{"name": "Ann", "age": 3}', '{"name": "Bob", "age": 3}', False),
        ('{"label": "spam", "confidence": 0.9}', "spam", True),
        ('{"verdict": "Yes.", "confidence": 0.9}', "yes", True),
        ('{"answer": true}', "True", True),
        (r'{"answer": "\frac{3}{4}"}', "0.75", True),
        (r'{"answer": "\\frac{3}{4}"}', "0.75", True),
        ('{"confidence": 0.9}', '{"confidence": 0.9}', True),
        ("{}", "[]", False),
        (str([*range(500)]), str([*range(500)]), True),
        (str([*range(500)]), str([*range(501)]), False),
        ("[" * 100_000 + "]" * 100_000, "[]", False),
        ('{"result": "paid", "total": 5}', '{"result": "paid", "total": 6}', False),
        ('{"due": "March 1, 2024", "sum": "5 million"}', '{"due": "2024-03-01", "sum": 5e6}', True),
        ('{"-1": "a", "1": "b"}', '{"-1": "c", "1": "b"}', False),
        ('```json\n{"a": 1, "b": 2}\n```\nI hope this helps!', '{"a": 1, "b": 2}', True),
        ('```python\nf = {"a": 1}\n```', '```python\ng = {"a": 1}\n```', False),
        ("[3]", "The answer is [3]", True),
        ("[1, 2]", "The answer is [1, 2]", True),
    ],
)
def test_structured_answers_agree_by_what_they_hold(first: str, second: str, agreed: bool) -> None:
    """Whatever the order of their fields, how they are written, and what is said around them."""
    assert agreed == agree(first, second)
    assert agreed == agree(second, first)


def test_a_long_structure_is_compared_by_its_digest() -> None:
    """What is kept of a route stays short."""
    said = gist(str([*range(5_000)]))

    assert isinstance(said, str)
    assert len(said) < 100


@given(ODD | PIECES | st.text(), ODD | PIECES | st.text())
@settings(deadline=None, max_examples=400)
def test_no_text_is_too_odd(first: str, second: str) -> None:
    """Whatever a model says: a number is finite, words are words, and agreement is symmetric."""
    said = gist(first)

    assert said is None or isinstance(said, str) or math.isfinite(said)
    assert "" != said
    assert said is None or same(said, said)
    assert agree(first, second) == agree(second, first)


def test_a_number_too_big_to_be_stored_is_none() -> None:
    """Infinity could not be kept with the route, and would agree with any other."""
    assert gist("9" * 400) is None
    assert gist(f"the answer is {'9' * 400}/3") is None
    assert agree("9" * 400, "8" * 400) is False


HUGE = {
    "braces": "{",
    "parentheses": "(",
    "digits": "7",
    "boxes": r"\boxed{",
    "nested": r"\boxed{{}{",
    "fields": '"answer": "',
    "escapes": '"answer": "\\',
    "marks": "#### ",
    "answers": "answer to ",
    "texts": r"\text{",
    "fractions": "1/",
    "groups": "1,",
    "minus": "-",
    "dollars": "$",
    "reasons": " because",
    "equations": "x = 2 or ",
    "lists": '"answer": [',
    "objects": '"answer": {',
    "sources": "[1]",
    "brackets": "[",
    "fences": "```",
    "roots": r"\\sqrt{",
    "letters": "x - ",
    "steps": "<<",
    "spaces": " ",
    "thousands": "12,",
    "cited": "[1] ",
    "items": "- x\n",
    "tags": "<answer>",
    "months": "1 May ",
    "mixed": "1 1/",
    "choices": "correct option ",
    "lines": "\n",
}


@pytest.mark.parametrize("piece", HUGE.values(), ids=HUGE)
def test_hostile_text_takes_time_in_proportion(piece: str) -> None:
    """No pattern looks at the same text again and again; where one did, this would not end."""
    size = 100_000 // len(piece)
    for text in (piece * size, "answer" + piece * size + "x", piece * size + "\nThe answer is 3"):
        said = gist(text)

        assert said is None or isinstance(said, str | float)
    assert 3.0 == gist("#" * 100_000 + "\nThe answer is 3")
