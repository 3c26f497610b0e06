"""Signs that a prompt attacks the router or its models, and the prompt without its disguise.

Two families. *Injection* (override, orders to an assistant in a text beside the request, jailbreak,
exfiltration, spoofed delimiters, encoded payloads) adds up by noisy-or towards 1. *Rerouting*
(claims of difficulty, demands for a model, gibberish triggers, repeated tokens; see Shafran et
al., "Rerouting LLM Routers", 2025) is bounded by ``REROUTING_CAP``: sending such a prompt to a
dearer path is what its author wants. The defence is to route without it: ``Inspection.text``
leaves claims and triggers out.
"""

import base64
import binascii
import re
from itertools import pairwise
from typing import NamedTuple

from secondhalf.policy.attacks import INJECTION, REROUTING, TRIGGERS
from secondhalf.policy.features import fold, shorten

REROUTING_CAP = 0.5
QUOTED = 0.3
"""What remains of a score when the prompt asks about an attack that it quotes."""
LEAST_NOISE = 4
"""Tokens in a row that must look like noise before they are taken for a trigger."""
WINDOW, WINDOWS = 150, 4
"""Characters read on each side of a suspicious word in the unread middle of a long prompt, and
how many such words are looked at."""
HEAD, TAIL = 1_000, 500
"""Characters always read at the start and at the end of a message."""

_HIDDEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f"
_INVISIBLE = re.compile(f"[{_HIDDEN}]")
_IN_LATIN = re.compile(f"[A-Za-z][{_HIDDEN}]+(?=[A-Za-z ])|[\U000e0000-\U000e007f]")
_LOOKALIKES = str.maketrans(
    {
        **dict(zip("аеорсухіјѕԁһӏмтквн", "aeopcyxijsdhlmtkbh", strict=True)),
        **dict(zip("АВЕКМНОРСТХІЈЅ", "ABEKMHOPCTXIJS", strict=True)),
        **dict(zip("αορνικτυχ", "aopviktux", strict=True)),
    }
)
_MIXED = re.compile(r"\b(?=\w*[A-Za-z])(?=\w*[\u0370-\u03ff\u0400-\u04ff])\w{4,40}\b")
_SPACED = re.compile(r"(?<!\S)(?:[A-Za-z][ .\-_]){5,}[A-Za-z](?!\S)")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{24,400}={0,2}(?![A-Za-z0-9+/])")
_HEX = re.compile(r"\b(?:[0-9a-f]{2}[ ]?){16,200}\b", re.IGNORECASE)

_ABOUT = re.compile(
    r"\bwhat (?:does|do|is meant)\b|\bmean(?:s|ing)?\b|\bexplain\b|\bwhy (?:do|does|is|are)\b"
    r"|\bexample of\b|\bresearch\b|\bdefend|\bdetect|\bprevent|\bmitigat|\bprompt injection\b"
    r"|\battacks?\b|\bclassif|\btranslate\b|\bsuch as\b|\bphrase\b|\bsentence\b"
)
_QUOTE = re.compile(
    r"\"[^\"\n]{1,300}\"|“[^”\n]{1,300}”|(?<!\w)'[^'\n]{1,300}'(?!\w)|`[^`\n]{1,300}`"
    r"|```.{1,2000}?```",
    re.DOTALL,
)
_ANCHORS = tuple(
    spelled
    for anchor in (
        *("gnore ", "isregard ", "orget ", "ystem prompt", "nstructions", "ailbreak", "/system>"),
        *("<|im_", "[INST]", "estrictions", "ithout rules", "trongest model"),
        *("ssistant, ", "he above and "),
    )
    for spelled in (anchor, anchor.upper())
)
"""Looked for as they are, without a first letter that may be large or small: that is fast."""
_CONSONANTS = re.compile(
    r"[bcdfghjklmnpqrstvwxz]{4,}|[^aeiouyäöüáéíóúàèâêîôû\W\d]{3,}$|q(?!u)|([a-z])\1{2}"
)
_NOISE = re.compile(
    r"[^aeiouyAEIOUY\W\d_]{4}|[^\W\d_][!@#$%^&*=<>{}\[\]|~]|[!@#$^&*={}\[\]|~]{2}|q[^u]"
    r"|(?<!\S)::?\w"
    r"|([a-z])\1{2}"
)
_TECHNICAL = re.compile(r"\d|://|^[-+*/=<>_]+$|\.\w|\\|^\$|^[a-z]{1,3}$|^\W?\w\W?$")
"""Formulas, addresses, rules, abbreviations: odd, but nobody's trigger."""
_INSIDE = re.compile(r"[^\W_][!@#$%^&*=<>{}\[\]|~]{1,}[^\W_]?|[!@#$^&*={}\[\]|~]{2,}|^::?\w|^\W+$")


class Inspection(NamedTuple):
    """A score in [0, 1], the names of what was found, and the text to analyse instead."""

    score: float
    indicators: tuple[str, ...]
    text: str


def inspect(text: str) -> Inspection:
    """Look for attacks in one message of any length; what is found is read, never followed."""
    sample = _sample(text)
    found: dict[str, float] = {}
    shown = _undisguise(sample, found)
    folded = fold(shown)
    hits = _hits(INJECTION, folded)
    found |= {name: INJECTION[name][0] for name in hits}
    _decode(shown, found)
    injected = 1.0
    for weight in found.values():
        injected *= 1.0 - weight
    score = 1.0 - injected
    if hits and _only_quoted(folded):
        score *= QUOTED
        found["quoted"] = 0.0
    rerouted, shown = _without_rerouting(shown)
    score = max(score, min(REROUTING_CAP, sum(rerouted.values())))
    return Inspection(round(score, 4), tuple(sorted({**found, **rerouted})), shown)


def _hits(patterns: dict[str, tuple[float, re.Pattern[str]]], folded: str) -> list[str]:
    """The names of the patterns that match."""
    return [
        name
        for name, (_, pattern) in patterns.items()
        if any(trigger in folded for trigger in TRIGGERS[name]) and pattern.search(folded)
    ]


def _sample(text: str) -> str:
    """Head and tail, and the surroundings of suspicious words in the middle."""
    short = shorten(text, HEAD, TAIL)
    if short is text:
        return text
    middle = text[HEAD:-TAIL]
    windows: list[str] = []
    for anchor in _ANCHORS:
        at = middle.find(anchor)
        if at >= 0 and len(windows) < WINDOWS:
            windows.append(middle[max(0, at - WINDOW) : at + WINDOW])
    return "\n".join([text[:HEAD], *windows, text[-TAIL:]])


def _undisguise(text: str, found: dict[str, float]) -> str:
    if not text.isascii():
        if _IN_LATIN.search(text):
            found["zero_width"] = 0.45
        text = _INVISIBLE.sub("", text)
        mixed = _MIXED.findall(text)
        if mixed:
            found["homoglyphs"] = 0.4 if len(mixed) > 1 else 0.2
            text = _MIXED.sub(lambda match: match.group().translate(_LOOKALIKES), text)
            text = re.sub(r"(?<![\u0400-\u04ff])[аеосіу](?![\u0400-\u04ff])",
                          lambda match: match.group().translate(_LOOKALIKES), text)  # fmt: skip
    if _SPACED.search(text):
        found["spaced_letters"] = 0.3
        text = _SPACED.sub(lambda match: re.sub(r"[ .\-_]", "", match.group()), text)
    return text


def _decode(text: str, found: dict[str, float]) -> None:
    """Read base64 and hexadecimal runs as text, to look for attacks in them."""
    runs = _BASE64.findall(text)[:4] + _HEX.findall(text)[:2]
    for run in runs:
        plain = _plain(run)
        if plain is None:
            continue
        found.setdefault("encoded_text", 0.3)
        if _hits(INJECTION, fold(plain)):
            found["encoded_text"] = 0.85


def _plain(run: str) -> str | None:
    try:
        if _HEX.fullmatch(run):
            decoded = bytes.fromhex(run)
        else:
            decoded = base64.b64decode(run + "=" * (-len(run) % 4), validate=True)
        plain = decoded.decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return plain if plain.isprintable() and " " in plain else None


def _only_quoted(folded: str) -> bool:
    """Whether every attack stands in quotes or as a topic, and the rest asks about it."""
    outside = _QUOTE.sub(" ", folded)
    asks = _ABOUT.search(outside) is not None
    return asks and not set(_hits(INJECTION, outside)) - {"jailbreak"}


def _without_rerouting(text: str) -> tuple[dict[str, float], str]:
    found: dict[str, float] = {}
    for name in _hits(REROUTING, fold(text)):
        weight, pattern = REROUTING[name]
        found[name] = weight
        text = re.sub(pattern.pattern, " ", text, flags=re.IGNORECASE)
    if "```" in text:
        return found, text
    tokens = text.split()
    noisy = len(_NOISE.findall(text)) >= LEAST_NOISE
    kept = _without_triggers(tokens) if noisy else tokens
    if len(kept) < len(tokens):
        found["gibberish"] = 0.45
        text = " ".join(kept)
    repeated = _repeats(kept)
    if repeated:
        found["repeated_tokens"] = 0.45
    return found, text


def _odd(token: str) -> bool:
    if token.isalpha():
        return len(token) > 3 and token.isascii() and bool(_CONSONANTS.search(token.lower()))
    low = token.casefold()
    if not low.isascii() or len(low) < 2 or _TECHNICAL.search(low):
        return False
    bare = low.lstrip("\"'(").rstrip(".,;:!?\"')")
    return bool(_INSIDE.search(bare)) or (len(bare) > 3 and bool(_CONSONANTS.search(bare)))


def _without_triggers(tokens: list[str]) -> list[str]:
    """Drop runs of ``LEAST_NOISE`` or more tokens that look like noise, not like a language."""
    kept: list[str] = []
    run: list[str] = []
    for token in [*tokens, ""]:
        if token and _odd(token):
            run.append(token)
            continue
        if len(run) < LEAST_NOISE:
            kept.extend(run)
        run = []
        if token:
            kept.append(token)
    return kept or tokens


def _repeats(tokens: list[str]) -> bool:
    """Whether one token follows itself, eight times in a row."""
    longest = current = 1
    for a, b in pairwise(tokens):
        current = current + 1 if a and a == b else 1
        longest = max(longest, current)
    return longest >= 8
