"""What attacks on a router and its models look like: patterns on folded text, with weights.

The two tables are data for :mod:`secondhalf.policy.adversarial`; add a pattern together with words
of which at least one must occur in whatever it matches.
"""

import re

_PRIOR = (
    r"(?:previous|prior|earlier|preceding|above|former|original|initial|existing|system|safety)"
)
_ORDERS = (
    r"(?:instruction|direction|prompt|rule|guideline|command|order|constraint|message|polic)\w*"
)
_SECRETS = (
    r"(?:system|hidden|secret|initial|original|developer|internal) (?:prompt|instruction|message)s?"
)
TRIGGERS: dict[str, tuple[str, ...]] = {
    "override": (
        *("ignor", "disregard", "forget", "override", "bypass", "skip", "discard", "neglect"),
        *("follow", "from now on", "vergiss", "忽略"),
    ),
    "jailbreak": (
        *(
            "dan",
            "jailbr",
            "anything",
            "without",
            "no ",
            "mode",
            "filter",
            "evil",
            "pretend",
            "act as",
        ),
        *("roleplay", "you are now"),
    ),
    "exfiltration": (
        "prompt",
        "instruction",
        "message",
        "everything",
        "above",
        "before",
        "key",
        "env",
    ),
    "secrets_sent_away": (
        *("contact", "password", "key", "credential", "secret", "cookie", "conversation", "token"),
    ),
    "spoofed_delimiter": ("<", "[", "##", "system", "end of"),
    "encoded": ("decode", "decrypt", "rot13", "base64", "hex", "escape"),
    "rerouting_demand": (
        *(
            "model",
            "llm",
            "engine",
            "tier",
            "expert",
            "path",
            "difficulty",
            "complexity",
            "as ",
            "risk",
        ),
    ),
    "difficulty_claim": ("problem", "question", "task", "query", "prompt", "one", "reasoning"),
}
"""One of these must occur before a pattern is tried at all: patterns are slow, this is not."""
INJECTION: dict[str, tuple[float, re.Pattern[str]]] = {
    "override": (
        0.8,
        re.compile(
            r"\b(?:ignore|disregard|forget|override|bypass|skip|discard|neglect|do not follow"
            r"|don't follow)"
            rf" (?:\w+ ){{0,3}}?(?:{_PRIOR} (?:\w+ )?{_ORDERS}|your (?:\w+ )?{_ORDERS}"
            rf"|(?:all|any|these|the) {_ORDERS}|everything (?:you|above|before|that))"
            rf"|\bvergiss (?:\w+ ){{0,3}}anweisungen|\bignoriere (?:\w+ ){{0,3}}anweisungen"
            rf"|\bignore[zs]? (?:\w+ ){{0,3}}instructions\b|\bignora (?:\w+ ){{0,3}}instrucciones"
            r"|忽略.{0,8}(?:指令|指示|提示)|from now on,? you (?:answer|must|will|are|have|obey)"
        ),
    ),
    "jailbreak": (
        0.75,
        re.compile(
            r"\bdan\b.{0,60}\b(?:anything|restrictions?|jailbr)|\bjailbreak|\bdo anything now\b"
            r"|\b(?:no|without(?: any)?) (?:rules|restrictions|filter(?:s|ing)?|limits|limitations"
            r"|censorship|ethic\w*|safety)\b|\bdeveloper mode\b|\bunfiltered\b|\bevil (?:twin|ai)\b"
            r"|\b(?:pretend|act as|roleplay|you are now)\b.{0,80}\b(?:no (?:rules|restrictions"
            r"|limits)"
            r"|unrestricted|uncensored|evil|dan|hacker|grandmother|amoral)\b"
        ),
    ),
    "exfiltration": (
        0.7,
        re.compile(
            r"\b(?:print|reveal|show|repeat|output|disclose|tell me|give me|leak|display"
            r"|what (?:is|are)"
            rf"|summari[sz]e|recite|quote|dump)\b.{{0,40}}\b(?:your|the|my)? ?{_SECRETS}"
            r"|\byour (?:\w+ )?(?:instructions?|system message|prompt) (?:verbatim|word for word)"
            r"|\brepeat (?:everything|all|the (?:text|words)) (?:\w+ )?(?:above|before)"
            r"|\b(?:secret|api) keys? in your\b|\b(?:print|show|list|dump) (?:all )?(?:your )?"
            r"env(?:ironment)? variables"
        ),
    ),
    "secrets_sent_away": (
        0.7,
        re.compile(
            r"\b(?:send|forward|post|upload|exfiltrate|email|transmit)\b.{0,60}\b(?:contacts"
            r"|passwords?"
            r"|api keys?|credentials|secrets|cookies|conversation|tokens)\b.{0,60}(?:https?://|@"
            r"|\bto\b)"
        ),
    ),
    "spoofed_delimiter": (
        0.7,
        re.compile(
            r"</?(?:system|user|assistant|instructions?)>|<\|(?:im_start|im_end|system"
            r"|endoftext)\|?>"
            r"|\[/?inst\]|<<sys>>|^#{2,} ?(?:system|instruction)s?\b|\bsystem ?: ?(?:you"
            r"|disregard|ignore)"
            r"|\bend of (?:user|system) (?:prompt|message|input)\b",
            re.MULTILINE,
        ),
    ),
    "encoded": (
        0.6,
        re.compile(
            r"\b(?:decode|decrypt|rot13|base64|hex|un-?escape)\b.{0,60}\b(?:follow|execute|obey"
            r"|do what"
            r"|carry out|run it|act on)\b"
        ),
    ),
}
_MODEL = r"(?:model|llm|engine|tier|expert|path)s?"
_BEST = (
    r"(?:strong|power|capab|expensiv|larg|big|smart|advanced|best|premium|gpt-?[45]|opus|top)\w*"
)
REROUTING: dict[str, tuple[float, re.Pattern[str]]] = {
    "rerouting_demand": (
        0.45,
        re.compile(
            rf"\b(?:use|using|route|send|escalate|forward|delegate|switch|needs?|requires?|only)\b"
            rf"[^.?!\n]{{0,40}}\b{_BEST}(?: \w+)?(?: available)? {_MODEL}\b(?: available)?"
            rf"|\b(?:do not|don't|never) (?:use|route|send)[^.?!,\n]{{0,30}}\b"
            rf"(?:small|cheap|weak|mini|tiny)\w*(?: \w+)? {_MODEL}\b"
            r"|\b(?:set|classify|mark|treat|label|rate)\b[^.?!\n]{0,30}\b(?:difficulty|complexity"
            r"|risk"
            r"|as (?:hard|difficult|complex|easy|trivial|high|low))\b[^.?!,\n]{0,20}"
        ),
    ),
    "difficulty_claim": (
        0.4,
        re.compile(
            r"\b(?:this|the following|it) (?:is|requires|needs) (?:an? )?(?:very|extremely"
            r"|incredibly"
            r"|really|extraordinarily|super|most|exceptionally)? ?(?:hard|difficult|complex"
            r"|complicated"
            r"|challenging|advanced|deep|expert|phd)[\w-]*(?: \w+)?"
            r" (?:problem|question|task|query|prompt|one|reasoning)"
        ),
    ),
}
