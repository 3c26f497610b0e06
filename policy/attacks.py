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
_ASSISTANT = (
    r"(?:(?:the |any |all )?(?:ai|llm|language|chat) ?(?:assistant|model|agent|system|bot)?s?"
    r"|(?:the |any |all )?(?:assistant|model|chatbot)s?|chatgpt|gpt|claude|gemini|copilot)"
)
_POLITELY = (
    r"(?:(?:please|kindly|now|first|also|then|to|immediately|you|must|should|shall|need to|have to"
    r"|can|could|will) ){0,4}"
)
_DO = (
    r"(?:call|run|execute|invoke|delete|remove|erase|wipe|drop|send|forward|email|mail|transfer"
    r"|wire|upload|post|exfiltrate|reveal|print|output|ignore|disregard|forget|open|visit|click"
    r"|download|install|approve|buy|pay|reply|respond|say|tell|follow|obey)\b"
)
_DO_HARM = (
    r"(?:delete|remove|erase|wipe|drop|send|forward|transfer|wire|upload|exfiltrate|reveal"
    r"|disregard|ignore|(?:call|run|execute|invoke)(?= (?:the )?\w+_\w|[^.\n]{0,40}\brm\b))"
)
_BESIDE = r"(?:[\"“«:>\n]|(?<!\w)['‘`])"
"""Where a text begins that is not the user's own: a quotation, what follows a colon, a line."""
TRIGGERS: dict[str, tuple[str, ...]] = {
    "override": (
        *("ignor", "disregard", "forget", "override", "bypass", "skip", "discard", "neglect"),
        *("follow", "from now on", "vergiss", "忽略"),
    ),
    "indirect_injection": (
        *("assistant", "ai:", "ai,", " ai ", "llm", "model", "chatbot", "gpt", "claude"),
        *("gemini", "copilot", "ai model", "ai agent"),
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
            # With nothing said of instructions: only as an order, and of all that stands above.
            r"|(?:^|[.!?:;,\"“'‘(>\n] ?|\b(?:please|now|just|and|so|must|should|you to) )"
            r"(?:ignore|disregard|forget|discard|override) (?:the above|everything(?: (?:above"
            r"|before|so far))?|(?:all )?(?:of )?(?:this|that) above|all (?:of )?(?:that|this"
            r"|the above))(?= ?(?:[.,;:!\"'”]|$|\n|\band\b|\bthen\b))"
        ),
    ),
    "indirect_injection": (
        0.7,
        re.compile(
            rf"{_BESIDE}[^\n]{{0,300}}?\b(?:hi|hello|hey|dear|attention|note|important)"
            rf"[ ,:!]{{1,3}}(?:to )?{_ASSISTANT}\b[ ,:;.!\-—\n]{{1,4}}{_POLITELY}{_DO}"
            rf"|{_BESIDE}[^\n]{{0,300}}?\b{_ASSISTANT} ?: ?{_POLITELY}{_DO_HARM}"
            rf"|\b{_ASSISTANT} (?:(?:that|who|which) is |currently )?(?:reading|processing"
            rf"|summari[sz]ing|parsing) (?:this|it)\b[^.?!\n]{{0,30}}?[ ,:;.!\-—\n]{{1,3}}"
            rf"{_POLITELY}{_DO}"
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
            r"|\[/?inst\]|<<sys>>|^#{2,} ?(?:system\b|(?:new|real|updated) instructions?\b)"
            r"|\bsystem ?: ?(?:you|disregard|ignore)"
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
