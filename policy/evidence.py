"""Weighs structure, cues and exemplars into one belief per field, for one request.

Every field is a sum of weighted signals: for intent and domain one sum per label (a softmax turns
them into probabilities), for the rest one number, which is compared with cut points. Signals are
counts that saturate (``1 - 2**-n``),
votes are shares. Weights are in :mod:`~secondhalf.policy.weights`.
"""

import math
import re
from typing import NamedTuple, get_args

from secondhalf.policy import puzzles
from secondhalf.policy.ambiguity import chit_chat
from secondhalf.policy.features import Features, Parts, count, fold, shorten, take_apart, words
from secondhalf.policy.lexicon import ACTIONS, FILLERS, WEAK_ACTIONS, cues, stem
from secondhalf.policy.neighbours import Votes, stems, votes
from secondhalf.policy.spelling import respell
from secondhalf.policy.weights import RETRIEVAL, SIGNALS, VOTE
from secondhalf.state.analysis import Domain, Intent

INTENTS: tuple[Intent, ...] = get_args(Intent)
DOMAINS: tuple[Domain, ...] = get_args(Domain)

_SUM = r"(\d[\d,.]{0,15})\s?(k|m|million|thousand)?"
_CURRENCY = r"(?:dollars?|euros?|pounds?|usd|eur|francs?)"
_AMOUNT = re.compile(rf"[$€£]\s?{_SUM}|(?<!\d){_SUM}\s?{_CURRENCY}|\b(\d{{1,9}})(k)\b")
_CLAUSE = re.compile(r"[.!?;:\n,]+|\band\b|\bthen\b|\bund\b|\bet\b|\by\b")
_ASKS_LEAVE = re.compile(r"(?:can|may|should|could|must|do) (?:i|one)\b")
_COURTESY = re.compile(
    r"^(?:(?:hi|hello|hey|please|bitte|hallo|bonjour|hola|dear \w+|good (?:morning"
    r"|evening))(?: there)?"
    r"[\s,:!.]+)+"
)
_COURTESY_AFTER = re.compile(r"(?<=\w)[\s,.!]{1,9}(?:please|thanks|thank you|bitte|merci)[\s.!]*$")
_CALCULATION = re.compile(r"\d\s*[-+*/^=×÷]\s*[\d(x]|\d\s?%\s?of\b|[x-z]\s*[-+=^]")


class Belief(NamedTuple):
    """What one request, or a whole conversation, makes one believe.

    ``intent`` and ``domain`` are scores per label, before the softmax; the rest are compared with
    the cut points there. ``known`` in [0, 1] says how much there was to go by.
    """

    intent: dict[str, float]
    domain: dict[str, float]
    difficulty: float
    risk: float
    retrieval: float
    tools: float
    known: float


class Reading(NamedTuple):
    """One request, read once: everything that the later steps look at."""

    folded: str
    words: list[str]
    heads: tuple[str, ...]
    features: Features
    parts: Parts
    cues: dict[str, int]
    puzzle: bool
    """Whether it looks like a famous puzzle."""
    belief: Belief


def read(text: str) -> Reading:
    """Read one request and form a belief on it alone."""
    short = shorten(text)
    parts = take_apart(short)
    whole = fold(parts.request)
    counted = count(text, parts, whole)
    folded = respell(without_courtesy(whole))
    spoken = words(folded)
    stemmed = stems(spoken)
    found = cues(stemmed)
    heads = clause_heads(folded)
    puzzle = puzzles.looks_like_one(respell(fold(short)))
    signals = _signals(folded, spoken, heads, counted, found) | {"puzzle": float(puzzle)}
    belief = _believe(signals, votes(stemmed))
    return Reading(folded, spoken, heads, counted, parts, found, puzzle, belief)


def without_courtesy(folded: str) -> str:
    """The request without a greeting before it and thanks after it, unless that is all there is."""
    start = _COURTESY.match(folded)
    bare = folded[start.end() :] if start else folded
    end = _COURTESY_AFTER.search(bare, max(0, len(bare) - 30))
    bare = (bare[: end.start()] if end else bare).strip()
    if len(bare) == len(folded) or not bare or chit_chat(words(folded)) or chit_chat(words(bare)):
        return folded
    return bare


def clause_heads(folded: str) -> tuple[str, ...]:
    """The first word, as a stem, of each of the first clauses, politeness left out."""
    heads: list[str] = []
    for clause in _CLAUSE.split(folded[:400])[:10]:
        rest = [word for word in words(clause) if word[0].isalpha()]
        while rest and rest[0] in FILLERS and not _ASKS_LEAVE.match(" ".join(rest[:2])):
            rest.pop(0)
        if rest:
            heads.append(stem(rest[0]))
    return tuple(heads)


def _much(count: int) -> float:
    return 1.0 - 0.5**count


def _amount(folded: str) -> float:
    """The largest sum of money in the text, in units of its currency."""
    scale = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6}
    best = 0.0
    for match in _AMOUNT.finditer(folded):
        digits = re.sub(r"\D", "", match.group(1) or match.group(3) or match.group(5) or "")[:15]
        word = match.group(2) or match.group(4) or match.group(6) or ""
        best = max(best, float(digits or 0) * scale.get(word, 1.0))
    return best


def _signals(
    folded: str, spoken: list[str], heads: tuple[str, ...], counted: Features, found: dict[str, int]
) -> dict[str, float]:
    """Signals in [0, 1]: cues, structure, and the conjunctions that matter."""
    signals = {name: _much(count) for name, count in found.items()}
    has = signals.get
    short = counted.words <= 16
    code = has("code", 0.0)
    act = float(any(head in ACTIONS for head in heads[:4]))
    weak = float(any(head in WEAK_ACTIONS for head in heads[:4]))
    made = float(any(head in MAKE for head in heads[:4]))
    calculation = float(short and _CALCULATION.search(folded) is not None)
    story = counted.numbers >= 3 and has("math_story", 0) > 0 and counted.words >= 18
    story = story and counted.fences == 0 and counted.options == 0
    mine = float(has("stakes", 0.0) > 0)
    fact = has("fact", 0.0) if not _PERSONAL.search(folded) else 0.0
    signals |= {
        "bias": 1.0,
        "unheard": float(counted.words <= 4 and not found and counted.language in ("", "en")),
        "fact": fact,
        "summarize_head": float(any(head in _SUMMARIZE for head in heads[:3])),
        "operate": has("operate", 0.0) * max(act, weak),
        "act": act,
        "weak_act": weak,
        "weak_act_object": weak
        * float(has("tool_object", 0.0) > 0)
        * float(made == 0 and code < 0.8),
        "act_precious": max(act, weak) * float(has("precious", 0.0) > 0),
        "fence": float(counted.fences > 0),
        "code_lines": min(1.0, counted.code_lines / 20),
        "code_make": made * float(code > 0),
        "code_work": float(counted.fences > 0 or has("fault", 0.0) > 0) * float(code > 0),
        "document": float(counted.documents > 0),
        "question": float(counted.questions > 0),
        "options": float(counted.options >= 3),
        "calculation": calculation,
        "story": float(story),
        "length": min(1.0, math.log1p(counted.words) / math.log(200)),
        "constraint": _much(max(0, counted.constraints - 1)),
        "plan_constraint": has("plan", 0.0) * float(counted.constraints > 0 or counted.numbers > 2),
        "plain_question": float(short and counted.sentences <= 1 and made == 0),
        "personal": mine * float(any(has(name, 0) for name in ("medical", "legal", "money_move"))),
        "private": float(has("own", 0.0) > 0 and counted.fences > 0),
        "own_lookup": float(has("own", 0.0) > 0) * float(has("lookup", 0.0) > 0 or "?" in folded),
        "wordless": float(not any(word[0].isalnum() for word in spoken)),
        "general_knowledge": float(fact > 0 and mine == 0.0),
        "creative": has("create", 0.0),
        "greeting": float(chit_chat(spoken)),
    }
    return signals | _stakes(folded, has("stakes", 0.0) > 0, found)


MAKE = frozenset(
    stem(w) for w in "write implement design build develop code program draft refactor add create "
    "schreibe escribe écris".split()
)  # fmt: skip
_SUMMARIZE = frozenset(
    stem(w)
    for w in "summarize summarise tldr tl;dr condense shorten recap fasse résume resume".split()
) | {"tl"}
_PERSONAL = re.compile(r"\b(?:i|my|me|we|our|should|ich|mein\w*|je|mon|ma|yo|mi)\b")
_PATIENT = re.compile(
    r"\b(?:i|i'm|my|me|we|child|baby|son|daughter|year old|adult|patient|kind|enfant|hijo|kg"
    r"|should)\b|孩子"
)


def _stakes(folded: str, mine: bool, found: dict[str, int]) -> dict[str, float]:
    """Conjunctions of a dangerous topic with somebody who is about to act on the answer."""
    has = dict.fromkeys(found, 1.0).get
    fact = has("fact", 0.0) and not _PERSONAL.search(folded)
    patient = float(not fact and _PATIENT.search(folded) is not None)
    amount = _amount(folded)
    personal = float(mine and _PERSONAL.search(folded) is not None)
    return {
        "dosing_drug": has("drug", 0.0) * has("dosing", 0.0),
        "drug_mine": has("drug", 0.0) * patient,
        "symptom_mine": has("symptom", 0.0) * patient,
        "medical_mine": has("medical", 0.0) * patient,
        "legal_mine": has("legal_action", 0.0) * personal,
        "money_mine": has("money_move", 0.0) * has("financial", 0.0) * personal,
        "money_large": float(amount >= 10_000) * has("money_move", 0.0),
        "money_wire": float(amount >= 1_000)
        * float(re.search(r"\b(?:transfer|wire|pay)\b", folded) is not None),
        "destroy_precious": has("destroy", 0.0) * has("precious", 0.0),
        "secret_asked": has("secret", 0.0) * has("hand_over", 0.0),
    }


def _sum(name: str, signals: dict[str, float]) -> float:
    return sum(weight * signals.get(signal, 0.0) for signal, weight in SIGNALS[name].items())


def _believe(signals: dict[str, float], near: Votes) -> Belief:
    retrieval = _sum("retrieval", signals) + VOTE["retrieval"] * near.retrieval
    signals = signals | {
        "need": float(retrieval > RETRIEVAL),
        "lookup_need": float(retrieval > RETRIEVAL),
        "strange": signals["unheard"] * float(near.nearest < 0.12),
    }
    return Belief(
        intent={
            label: _sum(f"intent.{label}", signals) + VOTE["intent"] * near.intent.get(label, 0.0)
            for label in INTENTS
        },
        domain={
            label: _sum(f"domain.{label}", signals) + VOTE["domain"] * near.domain.get(label, 0.0)
            for label in DOMAINS
        },
        difficulty=_sum("difficulty", signals) + VOTE["difficulty"] * near.difficulty,
        risk=_sum("risk", signals) + VOTE["risk"] * near.risk,
        retrieval=retrieval,
        tools=_sum("tools", signals) + VOTE["tools"] * near.tools,
        known=min(1.0, 0.4 + near.nearest),
    )
