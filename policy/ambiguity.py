"""Whether a request can be understood as it stands, and what to ask when it cannot.

Each fault (a pronoun that points nowhere, a definite noun nobody introduced, a missing detail of
an action, a bare adjective, too few words) adds to the score by noisy-or; what was said before
resolves references.
"""

import re
from typing import NamedTuple

from secondhalf.policy.lexicon import ACTIONS, WEAK_ACTIONS, stem

_REFERENCE = re.compile(
    r"\b(?:it|this|that|them|these|those|they|the (?:above|former|latter)|the (?:same"
    r"|other)(?: thing| one|(?=\W*$)))\b"
    r"|\b(?:das da|ça|cela|eso|esto|它)\b"
)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|does|will|would|if|because|that|when|while|has|can) it"
    r"(?= (?:a |an |the )?(?:possible|true|safe|wise|legal|rain\w*|snow\w*|take|late|ok|okay|bad"
    r"|good|normal|better|worth|cancer|dangerous|necessary|correct to|called))"
    r"|\bit (?:is|was|takes|seems|would be|'s) \w+ (?:to|that)\b|\b(?:what|which) time is it\b"
    r"|\bhow (?:is|'s) it going\b|\bit's\b(?= (?:raining|snowing|late|time|\w+ to))"
    r"|\b(?:this|that|these|those) (?!(?:one|and|or|to|in|is|was|please|for|right|so|as|by|with"
    r"|again|now|better|work|more|faster|correct|true|out)\b)\w+"
    r"|\b(?:so|such|said|see|know|think|believe|sure|show|prove|note|means?|says?|shows?|fact)"
    r" that(?= \w+)|\b\w{1,20} that(?= (?:is|are|was|were|has|had|have|can|will|does|do|the|an?"
    r"|every|it|he|she|they|we|you|i|there|all|no|return\w*|pars\w+|match\w*|find\w*|check\w*"
    r"|\w+s)\b)|\bthat's (?:all|great|fine|ok)\b"
    r"|\b(?:is|was) it (?=(?:that|who|about|not true)\b|\d|from \w[\w ]* to\b|to \w)"
    r"|\bit (?:is|was|will be) (?=(?:rain|snow|hail|pour)ing\b)|\bdo(?:es)? it (?=take|cost \w+ to)"
    r"|\b(?:this|these|that|those) ?(?=: ?\S)"
)
"""Pronouns that stand for nothing, introduce a clause or what follows, or stand before a noun."""
_QUOTED = re.compile(r"(?<!\w)['\"‘“«][^'\"’”»]{2,80}['\"’”»](?!\w)")
"""Words that are spoken of, not spoken."""
_BARE = frozenset(
    """report meeting file document email mail article letter code function bug error issue text
    data contract invoice essay image list table spreadsheet slides presentation paragraph
    story poem script program problem question answer thing stuff message event task ticket
    project page chapter book paper attachment draft version results number app model
    dokument bericht text
    """.split()
)
_COMPLEMENT = re.compile(
    r"^(?: \w+){0,2} ?(?::|of\b|on\b|about\b|from\b|with\b|that\b|which\b|for\b|titled\b|called\b"
    r"|named\b|in\b"
    r"|by\b|at\b|to\b|say\b|between\b|below\b|above\b|\")"
)
_NOUN = re.compile(r"\b(?:the|this|that|der|die|das|le|la|el) ((?:\w+ )?)(\w+)")
_CONTENT = re.compile(r"\b\w{3,}\b")
_BREAK = re.compile(r"[.,;:!?\n]|\b(?:and|if|when|until|but|or)\b")
_CHIT_CHAT = frozenset(
    """hi hello hey thanks thank bye goodbye cheers ok okay cool great perfect nice yes no sure good
    morning evening night lol haha welcome hallo danke bonjour merci hola gracias you so much there
    much very a lot how are doing today it's what's up see later friend again that's fine done
    awesome
    """.split()
)
_ELLIPTIC = re.compile(
    r"^(?:and|but|or|also|then|now|what about|how about|why|again|more|another|same|instead|yes"
    r"|no|yep"
    r"|nope|ok|okay|sure|go ahead|do it|please do|shorter|longer|in \w+|without|only|as well"
    r"|exactly"
    r"|und|aber|auch|et|mais|aussi|y|pero|también|ja|nein|oui|non|sí|continue|go on|next"
    r"|try again)\b"
)
_AFFIRMATIVE = re.compile(
    r"^(?:yes|yep|yeah|sure|ok(?:ay)?|please do|do it|go ahead|go for it|confirmed?|proceed"
    r"|agreed|ja"
    r"|oui|sí|si|continue|do that|sounds good|absolutely|是|好)\b[\s,.!]*(?:please|do it|go ahead"
    r"|do)?[\s.!]*$"
)
_VAGUE = re.compile(
    r"\b(?:better|improve|optimi[sz]e|nicer|something|somehow|stuff|things|somewhere|that thing"
    r"|the usual|the thing|do the same|do something|whatever|best one|which one|verbessere"
    r"|améliore|mejora)\b"
)
_SUBJECTLESS = re.compile(
    r"^(?:how much|how long|how many|when|where|who|why|which one|what) (?:does|do|did|is|was|are"
    r"|will) (?:it|that|this|they|he|she)\b"
    r"(?! (?:takes? \w|costs? \w+ to|that \w|who \w|from \w[\w ]* to)).{0,24}$"
    r"|^(?:who won|when does|which (?:one )?is better)\W*$"
)
_TIME = (
    r"\b\d{1,2}(?::\d\d)? ?(?:am|pm|h|o'clock)?\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"|\b(?:to|this )?(?:morrow|morning|evening|night|noon|afternoon|today|tonight|now|next"
    r"|every)\b"
    r"|\b(?:minutes?|hours?|days?|weeks?)\b|\btomorrow\b"
)
_PERSON = r"\b(?:to|with|for|at) \w+|@\w|\b(?:him|her|them|everyone|team)\b|#\w"
_WHERE = r"\b(?:in|at|to|from|on) \w+"
_TEXT = r"\"|:|'|\b(?:\w+ ){4,}"
_DETAILS: dict[str, dict[str, str]] = {
    "schedule": {"when": _TIME, "with whom": r"\b(?:with|for) \w+|\bteam\b"},
    "book": {"when": _TIME, "from or to where": rf"{_WHERE}|\bfor \w+|'s\b"},
    "reserve": {"when": _TIME, "where": _WHERE},
    "send": {
        "to whom": rf"{_PERSON}|^send \w+ an? ",
        "what": r"\b(?:saying|that|about|with|a|an)\b|:|\"|'",
    },
    "email": {"to whom": rf"{_PERSON}|^e-?mail (?!it\b)\w+", "what": r"\w+ \w+ \w+ \w+"},
    "remind": {"of what": r"\b(?:to|about|of|that) \w+", "when": _TIME},
    "deploy": {
        "what": r"\b(?:the|version|branch|service|app|it|\w+\.\w+)\b",
        "to which environment": r"\b(?:to|on|in) \w+",
    },
    "transfer": {"how much": r"\d", "to whom": r"\bto \w+"},
    "order": {"what": r"\b(?:\w+ ){2,}"},
    "translate": {"into which language": r"\b(?:in|into|to) \w+", "what text": _TEXT},
}
"""What must be known before an action is taken, and how a request that says it looks."""

LONG = 60
"""A request of more words than this explains itself, or its faults are of another kind."""


class Ambiguity(NamedTuple):
    """A score in [0, 1], its reasons, and a clarifying question (empty if none is needed)."""

    score: float
    reasons: tuple[str, ...]
    question: str


class Situation(NamedTuple):
    """What the judgement needs to know besides the request itself.

    ``heads`` are the verbs the request's clauses start with, ``context`` whether something was
    said before that a reference can point to, ``attached`` whether text or code comes with the
    request, ``internal`` whether it speaks of the user's own documents, of which there is one.
    """

    heads: tuple[str, ...]
    context: bool
    attached: bool
    internal: bool


def chit_chat(words: list[str]) -> bool:
    """Whether a request is nothing but greetings, thanks and the like."""
    spoken = [word for word in words if word[0].isalpha()]
    if not spoken or len(spoken) > 8 or "?" in words[:-1]:
        return False
    if spoken[0] in ("thanks", "thank", "danke", "merci", "gracias") and "?" not in words:
        return not {"but", "now", "and", "can", "please", "could"} & set(spoken)
    return all(word in _CHIT_CHAT for word in spoken)


def affirmative(folded: str) -> bool:
    """Whether a request only says yes to what was offered."""
    return _AFFIRMATIVE.match(folded) is not None


def dangling(folded: str) -> str:
    """The first pronoun without an antecedent in the same request; empty if there is none."""
    cleaned = folded
    for nothing_meant in (_QUOTED, _EXPLETIVE):
        cleaned = nothing_meant.sub(lambda match: " " * len(match.group()), cleaned)
    for match in _REFERENCE.finditer(cleaned):
        if not _introduced(folded[: match.start()]):
            return match.group()
    return ""


def _introduced(before: str) -> bool:
    """Whether enough was said earlier in the same request for a reference to point to."""
    return len(_CONTENT.findall(before)) >= 3 and _BREAK.search(before) is not None


def follow_up(folded: str, words: list[str]) -> float:
    """How much a request leans on what was said before, in [0, 1]."""
    spoken = [word for word in words if word[0].isalnum()]
    if not 0 < len(spoken) <= LONG or (chit_chat(words) and not affirmative(folded)):
        return 0.0
    if affirmative(folded):
        return 1.0
    score = 0.0
    if _ELLIPTIC.match(folded):
        score = 0.75
    if dangling(folded) or _bare_noun(folded):
        score = max(score, 0.8)
    if len(spoken) <= 3 and "?" not in folded:
        score = max(score, 0.6)
    return score * min(1.0, 14 / len(spoken))


def _bare_noun(folded: str) -> str:
    for match in _NOUN.finditer(folded):
        if _introduced(folded[: match.start()]):
            continue
        middle, noun = match.group(1).strip(), match.group(2)
        if noun in _BARE and not middle and not _COMPLEMENT.match(folded[match.end() :]):
            return noun
        if middle in _BARE and not _COMPLEMENT.match(f" {noun}{folded[match.end() :]}"):
            return middle
    return ""


def _missing(folded: str, heads: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    for verb, details in _DETAILS.items():
        if heads and heads[0] == stem(verb):
            absent = (name for name, pattern in details.items() if not re.search(pattern, folded))
            return verb, tuple(absent)
    return "", ()


def ambiguity(folded: str, words: list[str], situation: Situation) -> Ambiguity:
    """Judge a folded request of any language; the patterns know mostly English."""
    spoken = [word for word in words if word[0].isalnum()]
    if not spoken:
        return Ambiguity(0.9, ("empty",), "What would you like to know or have done?")
    if len(spoken) > LONG or chit_chat(words) or (affirmative(folded) and situation.context):
        return Ambiguity(0.05, (), "")
    found: dict[str, float] = {}
    known = situation.context or situation.attached
    pronoun = dangling(folded)
    if pronoun and not known:
        found["reference"] = 0.75 * min(1.0, 12 / len(spoken))
    noun = _bare_noun(folded)
    if noun and not known and not situation.internal:
        found["noun"] = 0.65 * min(1.0, 12 / len(spoken))
    verb, absent = _missing(folded, situation.heads)
    if absent and not situation.context:
        found["details"] = min(0.85, 0.45 * len(absent))
    found |= _thin(folded, spoken, situation)
    clear = 1.0
    for weight in found.values():
        clear *= 1.0 - weight
    score = round(1.0 - clear * 0.95, 4)
    question = _question(found, pronoun, noun, verb, absent) if score >= 0.5 else ""
    return Ambiguity(score, tuple(sorted(found)), question)


def _thin(folded: str, spoken: list[str], situation: Situation) -> dict[str, float]:
    """Faults of requests that say too little."""
    found: dict[str, float] = {}
    known = situation.context or situation.attached
    acts = any(head in ACTIONS or head in WEAK_ACTIONS for head in situation.heads)
    cjk = bool(re.search("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", folded))
    if not known and len(spoken) <= 2 and not cjk and not re.search(r"\d", folded):
        found["short"] = 0.35 if "?" in folded or acts else 0.65
    if _VAGUE.search(folded) and len(spoken) <= 8:
        found["vague"] = 0.2 if known else 0.45
    if _SUBJECTLESS.match(folded) and not known:
        found["subject"] = 0.6
    return found


def _question(
    found: dict[str, float], pronoun: str, noun: str, verb: str, absent: tuple[str, ...]
) -> str:
    """One question on the worst fault, made of fixed text and of words of the request."""
    if "details" in found and ("reference" not in found or len(absent) > 1):
        return f"To {verb} that I need to know: {' and '.join(absent)}?"
    if "noun" in found:
        return f"Which {noun} do you mean? Please paste it or say where it is."
    if "reference" in found:
        goal = " And what should be better about it?" if "vague" in found else ""
        return f"What does “{pronoun}” refer to?{goal}"
    if "subject" in found:
        return "What is your question about? Please name the thing or person you mean."
    if "vague" in found:
        return "What exactly should be changed or compared, and by which measure?"
    return "Could you say more about what you would like to know or have done?"
