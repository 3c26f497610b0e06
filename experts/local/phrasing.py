"""The polite wrapping of a request: taken off before a grammar looks at what is left."""

import re

MAX_REQUEST = 1_000
"""Characters a request may have; more is not a request that one computation answers."""

_SPELLINGS = str.maketrans(
    {
        "’": "'", "‘": "'", "“": '"', "”": '"', "×": "*", "·": "*", "⋅": "*", "∙": "*",
        "÷": "/", "−": "-", "–": "-", "—": "-", "\u00a0": " ", "\u2009": " ", "\u202f": " ",
        "½": " 1/2", "¼": " 1/4", "¾": " 3/4",
    }
)  # fmt: skip
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")

_GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|so|well|and|also|now|then|please|pls|kindly|quick question"
    r"|question|q|just curious|(?:good )?(?:morning|afternoon|evening)|hi there|hey there"
    r"|hello there)\b[\s,:;.!-]+)"
    r"|^(?:(?:can|could|would|will) you (?:please |kindly |just |quickly )?(?:help me )?"
    r"(?:to )?(?=(?:tell|give|calculate|compute|evaluate|convert|solve|find|work|figure|show"
    r"|determine|simplify|expand|factor|differentiate|integrate|check|lint|validate|express"
    r"|say|do|count|list)))"
    r"|^(?:(?:please )?(?:tell|show|give) me (?:the (?:answer to|result of|value of) )?,?)"
    r"|^(?:please )?help me (?:to )?(?=(?:calculate|compute|convert|solve|find|work|figure))"
    r"|^(?:do you know|i(?:'d| would) like to know|i (?:want|need) to know|i wonder|say)\b,? "
    r"|^i (?:want|need) (?:you )?to (?=(?:calculate|compute|convert|solve|find|work))",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"[\s,;]+(?:please|pls|thanks(?: a lot| so much| in advance)?|thank you(?: very much)?"
    r"|thx|cheers|for me|exactly|quickly|right now|mate)[\s.!]*$|(?<=[a-z\s])!+$",
    re.IGNORECASE,
)
_ENDS = " ?.…"
_QUESTION = re.compile(
    r"^(?:what (?:do|would|will) (?:you|i|we) get (?:if|when|from)(?: (?:you|i|we))?"
    r"|what(?:'s| is| are| does| do|s| was| will be)?|how much(?: is| are| does)?|calculate"
    r"|compute|evaluate|work out|figure out|determine|find|do|solve|answer|(?:the )?(?:result|value"
    r"|answer) (?:of|to)|give)\b[\s:,]*",
    re.IGNORECASE,
)
_EQUALS = re.compile(
    r"\s*(?:=+\s*(?:\?+|what)?|\b(?:equals?|equal to|is|come to|amount to|make|come out to)"
    r"(?: what)?)\s*$",
    re.IGNORECASE,
)


def plain(prompt: str) -> str | None:
    """The prompt on one line in plain characters, without greetings and thanks.

    None if it is empty or longer than ``MAX_REQUEST``.
    """
    if len(prompt) > MAX_REQUEST:
        return None
    text = _SUPERSCRIPT.sub(lambda m: "^" + m[0].translate(_SUPERSCRIPTS), prompt)
    return unwrap(" ".join(text.translate(_SPELLINGS).split())) or None


def unwrap(text: str) -> str:
    """``text`` without what people say before and after a request."""
    before = ""
    while text != before:
        before = text
        text = _FAREWELL.sub("", _GREETING.sub("", text).rstrip(_ENDS)).strip()
    return text


def without_question(text: str) -> str:
    """What is asked about: ``what is 2 + 2 =`` gives ``2 + 2``."""
    before = ""
    while text != before:
        before = text
        text = _EQUALS.sub("", _QUESTION.sub("", text)).strip()
    return text
