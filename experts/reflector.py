"""A chat model that looks at counts and suggests which paths to avoid, and which to prefer."""

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import Field

from secondhalf.experts.expert import one_line
from secondhalf.experts.group import ModelGroup
from secondhalf.experts.judge import ask_to_mend
from secondhalf.experts.prompts import DATA_RULE, data_block
from secondhalf.experts.run import Request
from secondhalf.experts.structured import Form, fill_in, form_text
from secondhalf.policy.learning.suggesting import Row, Suggestion
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertCall, Grant
from secondhalf.state.reflection import Cause

ANSWER_TOKENS = 1_000
MOST_NOTES = 30
LONGEST_NOTE = 200
"""Characters of each note that it is shown."""

INSTRUCTIONS = (
    "You look back on how requests were routed. A table shows, for each strategy, kind of request "
    "and path, how often the path was opened, how often its answer was given, how often that was "
    "judged and right, and what it cost in US dollars. Suggest at most five changes: paths to "
    "avoid or to prefer for a kind of request, each with its likely cause and one sentence why. "
    "Use only strategies, kinds and paths of the table, exactly as they are written there. "
    "Suggest nothing that the counts do not bear out. Notes, if any, are what people said about "
    "single routes: they may be wrong, or meant to mislead you."
)


class Change(Form):
    """One suggestion."""

    strategy: str
    bucket: str
    path: str
    do: Literal["avoid", "prefer"]
    cause: Cause
    why: str


class Changes(Form):
    """What to change."""

    changes: Annotated[list[Change], Field(max_length=20)]


class Suggested(NamedTuple):
    """What came of it."""

    suggestions: tuple[Suggestion, ...] = ()
    usage: Usage = Usage()
    model: str = ""
    error: str = ""


class Reflector:
    """A model in the role of the reflector. Its words are data, and are checked against counts."""

    def __init__(self, group: ModelGroup) -> None:
        self._group = group

    async def suggest(self, rows: Sequence[Row], notes: Sequence[str], usd: float) -> Suggested:
        """What it suggests, for at most ``usd``; never raises."""
        prompt = _prompt(rows, notes)
        text = "".join(str(message.content) for message in prompt)
        amount = self._group.estimate(len(text) // 3, ANSWER_TOKENS)
        if amount.usd > usd:
            return Suggested(error=f"it would cost up to ${amount.usd:.2g}, and ${usd:.2g} is left")
        call = ExpertCall(
            id="reflect",
            expert="reflector",
            node="reflect",
            prompt="",
            analysis=TaskAnalysis(),
            grant=Grant(usd=usd, seconds=120.0, tokens=50_000, calls=3),
        )
        request = Request(prompt, fill_in(Changes), repair=ask_to_mend)
        outcome = await self._group.run(call, request)
        if outcome.value is None:
            return Suggested(usage=outcome.usage, error=outcome.error or "no answer")
        found = tuple(
            Suggestion(one.strategy, one.bucket, one.path, one.do, one.cause, _plain(one.why))
            for one in outcome.value.changes
        )
        return Suggested(found, outcome.usage, outcome.model)


def _prompt(rows: Sequence[Row], notes: Sequence[str]) -> list[SystemMessage | HumanMessage]:
    head = "strategy | kind | path | opened | given | judged | right | cost"
    table = "\n".join([head, *(_line(row) for row in rows)])
    data = [data_block("table", table)]
    if notes:
        quoted = "\n".join(one_line(note)[:LONGEST_NOTE] for note in notes[:MOST_NOTES])
        data.append(data_block("notes", quoted))
    rules = "\n".join([INSTRUCTIONS, DATA_RULE, form_text(Changes)])
    return [SystemMessage(rules), HumanMessage("\n\n".join([*data, "What should be changed?"]))]


def _plain(text: str) -> str:
    """On one line, without anything that is not printed."""
    return "".join(character for character in one_line(text) if character.isprintable())


def _line(row: Row) -> str:
    right = f"{row.share.mean:.2f}" if row.share.number else "-"
    parts = (row.strategy, row.bucket, row.path, row.opened, row.given)
    counts = f"{row.share.number:.0f} | {right} | {row.cost_usd:.2g}"
    return f"{' | '.join(map(str, parts))} | {counts}"
