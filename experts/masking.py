"""Finding private data in texts: addresses, numbers that check out, credentials, own patterns."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import regex

from secondhalf.experts.redaction import redact
from secondhalf.policy.masking import Mask
from secondhalf.state.errors import ConfigError
from secondhalf.state.redaction import RedactConfig

SECONDS = 0.25
"""How long an own pattern may take for one text; a text it takes longer for is masked whole."""
_UNSURE = "[redacted]"
"""In the place of a text of which it cannot be said what is private in it."""
_log = logging.getLogger(__name__)


class _Finder(NamedTuple):
    """What has the look of it, and whether it is."""

    pattern: re.Pattern[str]
    mask: str
    is_one: Callable[[str], bool] = bool


def masker(config: RedactConfig, own: Mask | None = None) -> Mask | None:
    """What masks the texts that are stored, or None if nothing is to be masked.

    ``own`` comes first. A text for which it, or a pattern, fails is masked whole.

    Raises:
        ConfigError: ``own`` is no function.
    """
    if own is not None and not callable(own):  # pyright: ignore[reportUnnecessaryComparison]
        raise ConfigError(f"redact must be a function from text to text, not {own!r:.60}")
    steps: list[Mask] = [] if own is None else [_safely(own)]
    steps += [_KINDS[kind] for kind in config.kinds]
    steps += [_by_pattern(name, pattern) for name, pattern in config.patterns.items()]
    if not steps:
        return None

    def mask(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return mask


def _safely(own: Mask) -> Mask:
    def mask(text: str) -> str:
        try:
            found: Any = own(text)
        except Exception as error:  # noqa: BLE001 - it is the caller's code: whatever it raises
            _log.warning("redact() failed (%s): the text is masked whole", type(error).__name__)
            return _UNSURE
        return found if isinstance(found, str) else _UNSURE

    return mask


def _by_pattern(name: str, pattern: str) -> Mask:
    compiled, place = regex.compile(pattern), f"[{name}]"

    def mask(text: str) -> str:
        try:
            return str(compiled.sub(lambda _: place, text, timeout=SECONDS))
        except TimeoutError:
            _log.warning("redaction pattern %r took too long: the text is masked whole", name)
            return _UNSURE

    return mask


def _by_finder(finder: _Finder) -> Mask:
    def replaced(match: re.Match[str]) -> str:
        return finder.mask if finder.is_one(match[0]) else match[0]

    return lambda text: finder.pattern.sub(replaced, text)


def _digits(text: str) -> list[int]:
    return [int(char) for char in text if char.isdecimal()]


def _is_phone(text: str) -> bool:
    return 8 <= len(_digits(text)) <= 15


def _is_card(text: str) -> bool:
    """ISO/IEC 7812: 13 to 19 digits, the last of which makes the weighted sum a multiple of ten."""
    digits = _digits(text)[::-1]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return 13 <= len(digits) <= 19 and any(digits) and not (sum(digits[::2]) + sum(doubled)) % 10


def _is_iban(text: str) -> bool:
    """ISO 13616: with letters counted from 10, and the first four at the end, it is 1 modulo 97."""
    plain = text.replace(" ", "")
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


# Everything is bounded, so that no text takes more than a few passes.
_EMAIL = r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}"
_PHONE = (
    r"(?<![\w.,+-])(?:"
    r"(?:\+|00)[1-9](?:[ ()./-]{0,2}[0-9]){6,13}"  # international
    r"|\(?0[1-9][0-9]{0,4}\)?(?:[ /-]{1,3}[0-9]{2,8}){1,4}"  # with a trunk prefix
    r"|\(?[2-9][0-9]{2}\)?[ .-]{1,2}[0-9]{3}[ .-][0-9]{4}"  # North America
    r")(?![\w-])"
)
_CARD = r"(?<![\w.,-])[0-9](?:[ -]?[0-9]){12,18}(?![\w-])"
_IBAN = r"(?<!\w)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?!\w)"
_KINDS: Mapping[str, Mask] = {
    "emails": _by_finder(_Finder(re.compile(_EMAIL), "[email]")),
    "phones": _by_finder(_Finder(re.compile(_PHONE), "[phone]", _is_phone)),
    "cards": _by_finder(_Finder(re.compile(_CARD), "[card]", _is_card)),
    "ibans": _by_finder(_Finder(re.compile(_IBAN), "[iban]", _is_iban)),
    "keys": redact,
}
