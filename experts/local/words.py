"""Numbers written as words: ``twenty-five``, ``three hundred and two``, ``1.5 million``."""

import re

_UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
NUMBER_WORDS = frozenset({*_UNITS, *_TENS, *_SCALES, "hundred"})

_WORD = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_RUN = re.compile(
    rf"(?<!\d-)\b(?:{_WORD})(?:(?:[\s-]+(?:and[\s-]+)?)(?:{_WORD}))*\b", re.IGNORECASE
)
_SCALED = re.compile(
    r"(?<![\d,.])(\d[\d,]*(?:\.\d+)?)\s*(hundred|thousand|million|billion)\b", re.IGNORECASE
)


def read_number(words: list[str]) -> int | None:
    """The number that ``words`` (lower case, ``and`` allowed inside) spell; None if they do not."""
    total = group = 0
    last_scale: float = float("inf")
    room = 1000  # what may still be added to the group is below this
    for place, word in enumerate(words):
        if word == "and":
            if place == 0 or words[place - 1] not in {"hundred", *_SCALES}:
                return None
        elif word in _UNITS or word in _TENS:
            value = _UNITS.get(word, _TENS.get(word, 0))
            if value >= room or (value == 0 and len(words) > 1):
                return None
            group, room = group + value, 10 if word in _TENS else 1
        elif word == "hundred":
            if not 0 < group < 20:
                return None
            group, room = group * 100, 100
        else:
            if not group or _SCALES[word] >= last_scale:
                return None
            total, last_scale = total + group * _SCALES[word], _SCALES[word]
            group, room = 0, 1000
    return total + group


def with_digits(text: str) -> str:
    """``text`` with every number in words written in digits; words that are no number stay.

    ``and`` joins only after *hundred* or a scale, so ``two and three`` stays two numbers.
    """
    scaled = _SCALED.sub(_scale, _SCALED.sub(_scale, text))
    return _RUN.sub(lambda run: _digits(run[0]), scaled)


def _scale(match: re.Match[str]) -> str:
    whole, _, fraction = match[1].replace(",", "").partition(".")
    scale = {"hundred": 100, **_SCALES}[match[2].lower()]
    width = len(str(scale)) - 1
    if len(fraction) > width:
        return match[0]
    return str(int(whole + fraction.ljust(width, "0")))


def _digits(run: str) -> str:
    """A run of number words as digits: the longest number first, then the next."""
    words = re.split(r"[\s-]+", run.lower())
    out: list[str] = []
    while words:
        end = len(words)
        while end and (words[end - 1] == "and" or read_number(words[:end]) is None):
            end -= 1
        out.append(str(read_number(words[:end])) if end else words[0])
        words = words[max(end, 1) :]
    return " ".join(out)
