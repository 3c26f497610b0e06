"""What a request takes over from the conversation before it."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from secondhalf.policy import adversarial, evidence, weights
from secondhalf.policy.ambiguity import affirmative
from secondhalf.policy.evidence import Belief, Reading
from secondhalf.policy.features import fold
from secondhalf.state.conversation import Turn

REMEMBERED = 3
"""Requests before the last one that are read."""
RECENT = 24
"""Turns before the last request that are looked at."""
DECAY = 0.6
"""What each step back into the conversation leaves of a belief."""
CODE_SHOWN = 1.2
"""What code in the conversation adds to the intent code of a follow-up."""
CONTEXT_CHARACTERS = 400

_OFFER = re.compile(
    r"\b(?:shall|should|do you want|would you like|may|can) (?:i|me|us|we)?\b[^?]{3,200}\?|"
    r"\b(?:soll|darf) ich\b[^?]{3,200}\?|\bdois-je\b[^?]{3,200}\?"
)


class Past(NamedTuple):
    """The belief on what was asked before, and whether code was shown."""

    belief: Belief | None
    code: bool


def before(conversation: Sequence[Turn]) -> list[Turn]:
    """What was said before the last request; instructions of the system are not part of it."""
    last = max((i for i, turn in enumerate(conversation) if turn.speaker == "user"), default=0)
    spoken = conversation[max(0, last - RECENT) : last]
    return [turn for turn in spoken if turn.speaker != "system" and turn.text.strip()]


def past_of(earlier: Sequence[Turn]) -> Past:
    """What was asked before, the newest last, and what the assistant offered to do."""
    asked = [turn.text for turn in earlier if turn.speaker == "user"]
    texts = [text[:CONTEXT_CHARACTERS] for text in asked[-REMEMBERED:]]
    offer = _offer(earlier)
    if offer:
        texts.append(offer)
    belief: Belief | None = None
    for text in texts:
        read = evidence.read(adversarial.inspect(text).text)
        belief = read.belief if belief is None else _merge(read.belief, _faded(belief))
    code = any("```" in turn.text for turn in earlier[-6:])
    return Past(belief, code)


def _offer(earlier: Sequence[Turn]) -> str:
    """What the assistant's last turn offers to do, as a request; empty if nothing."""
    if not earlier or earlier[-1].speaker != "assistant":
        return ""
    offers = _OFFER.findall(fold(earlier[-1].text[-CONTEXT_CHARACTERS:]))
    return re.sub(r"^.*?\b(?:i|me to|ich|je)\b", "", offers[-1]).strip(" ?") if offers else ""


def _faded(belief: Belief) -> Belief:
    return belief._replace(
        intent={label: DECAY * score for label, score in belief.intent.items()},
        domain={label: DECAY * score for label, score in belief.domain.items()},
        difficulty=belief.difficulty - 0.3,
        risk=DECAY * belief.risk,
        retrieval=belief.retrieval - 0.3,
        tools=belief.tools - 0.3,
    )


def _merge(new: Belief, old: Belief, share: float = 1.0) -> Belief:
    """The newer belief, with ``share`` of the older one added (labels) or as a floor (the rest)."""

    def floor(a: float, b: float) -> float:
        return max(a, share * b + (1 - share) * a)

    return Belief(
        intent={label: new.intent[label] + share * old.intent[label] for label in new.intent},
        domain={label: new.domain[label] + share * old.domain[label] for label in new.domain},
        difficulty=floor(new.difficulty, old.difficulty),
        risk=floor(new.risk, old.risk),
        retrieval=floor(new.retrieval, old.retrieval),
        tools=floor(new.tools, old.tools),
        known=max(new.known, old.known),
    )


def inherit(reading: Reading, past: Past, lean: float) -> Belief:
    """The belief on the last request, with what it takes over from the conversation."""
    own = reading.belief
    if past.belief is None:
        return own
    merged = _merge(_muted(own, lean), past.belief, lean)
    if not affirmative(reading.folded):
        merged = merged._replace(tools=own.tools)
        if own.tools > weights.TOOLS:
            merged = merged._replace(
                retrieval=own.retrieval, intent=_mostly(own.intent, past, lean)
            )
    elif past.belief.tools > weights.TOOLS:
        merged = merged._replace(tools=past.belief.tools, retrieval=own.retrieval)
    coding = past.code or max(past.belief.intent, key=past.belief.intent.__getitem__) == "code"
    if coding:
        floor = weights.DIFFICULTY[0] + 0.3
        intent = merged.intent | {"code": merged.intent["code"] + CODE_SHOWN * past.code * lean}
        merged = merged._replace(difficulty=max(merged.difficulty, floor), intent=intent)
    return merged


def _muted(own: Belief, lean: float) -> Belief:
    """A fragment says little about what it is about: its own labels count for less."""
    share = 1.0 - 0.9 * lean
    return own._replace(
        intent={label: share * score for label, score in own.intent.items()},
        domain={label: share * score for label, score in own.domain.items()},
    )


def _mostly(own: dict[str, float], past: Past, lean: float) -> dict[str, float]:
    """An action keeps its own intent; what was talked about only colours it."""
    old = past.belief.intent if past.belief else {}
    return {label: score + 0.3 * lean * old.get(label, 0.0) for label, score in own.items()}
