"""A chat model as the judge between two answers; asked twice, it sees them in both orders."""

from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import BaseMessage

from secondhalf.experts.expert import failed, one_line
from secondhalf.experts.group import ModelGroup
from secondhalf.experts.judge import ask_to_mend
from secondhalf.experts.model_expert import ModelExpert, result_of_failure, sent_away
from secondhalf.experts.prompts import DATA_RULE, conversation, data_block, numbered, sources_of
from secondhalf.experts.run import Request
from secondhalf.experts.structured import Degree, Form, fill_in, form_text
from secondhalf.state.expert import Evidence, ExpertCall, ExpertResult, Role
from secondhalf.state.strategy import JUDGE

ANSWER_TOKENS = 512
DOUBT = 0.5
"""A judge that is less sure than this of its preference has none."""

INSTRUCTIONS = (
    "Two answers to the user's last request contradict each other. You say which of them is "
    "right. Work out the answer yourself first; then compare each of the two with it, by this "
    "rubric: (1) facts, figures and units are right; (2) the reasoning holds; (3) every part of "
    "the request is answered; (4) with sources, every statement is borne out by them. Length, "
    "style, sureness, and which answer stands first do not matter. `preferred` is 'first' or "
    "'second' if just that one is right, or is clearly nearer to it; 'neither' if both are "
    "equally right or wrong, or if you cannot tell. `confidence` is how sure you are of it; "
    "`reason` says in one short sentence what decided."
)


class Preference(Form):
    """Which of two answers is right."""

    preferred: Literal["first", "second", "neither"]
    confidence: Degree
    reason: str


class ComparingExpert(ModelExpert):
    """A model that says which of two answers is right: evidence of kind ``preference``.

    The answers are the two last usable ones among ``call.prior``; a call with an odd seed shows
    them the other way round. What one such call prefers says little: models tend to prefer a place.
    """

    role: Role = "verifier"

    def __init__(self, group: ModelGroup, *, name: str = JUDGE) -> None:
        """``name`` is what strategies call it."""
        super().__init__(group, name)

    def answer_tokens(self, call: ExpertCall) -> int:
        """The same for every request."""
        return ANSWER_TOKENS

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """Which answer it prefers, if either."""
        pair = answers_to_compare(call.prior)
        if pair is None:
            return failed(call, self.role, "there are no two answers to compare", attempts=0)
        shown = pair if call.seed % 2 == 0 else pair[::-1]
        request = Request(_prompt(call, messages, shown), fill_in(Preference), repair=ask_to_mend)
        outcome = await self.group.run(call, request)
        if outcome.value is None:
            return result_of_failure(call, self.role, outcome)
        told = outcome.value
        preferred, reason = _preferred(told, shown), one_line(told.reason)
        return ExpertResult(
            call_id=call.id,
            expert=self.name,
            role=self.role,
            output=_said(preferred, shown, reason),
            confidence=told.confidence,
            usage=outcome.usage,
            evidence=(
                Evidence(
                    kind="preference",
                    source=outcome.model,
                    text=reason,
                    score=told.confidence,
                    data={
                        "judge": self.group.name,
                        "shown": [answer.call_id for answer in shown],
                        "preferred": "" if preferred is None else preferred.call_id,
                    },
                ),
            ),
            attempts=outcome.attempts,
            model=outcome.model,
            notes=outcome.notes + sent_away(self.group, call),
        )


Pair = tuple[ExpertResult, ...]


def answers_to_compare(results: Sequence[ExpertResult]) -> Pair | None:
    """The two last usable answers among earlier results; None if there are fewer."""
    answers = [r for r in results if r.role in ("reasoner", "tool") and r.answered]
    given = tuple(r for r in answers if r.output.strip())[-2:]
    return given if len(given) == 2 else None


def _prompt(call: ExpertCall, messages: Sequence[BaseMessage], shown: Pair) -> list[BaseMessage]:
    sources = sources_of(call.prior)
    data = [numbered(sources)] if sources else []
    data.append(data_block("request", call.prompt))
    places = ("first answer", "second answer")
    data += [data_block(place, r.output) for place, r in zip(places, shown, strict=True)]
    rules = f"{INSTRUCTIONS}\n{DATA_RULE}\n{form_text(Preference)}"
    return conversation(messages, rules, "\n\n".join([*data, "Which of the two is right?"]))


def _preferred(told: Preference, shown: Pair) -> ExpertResult | None:
    if told.preferred == "neither" or told.confidence < DOUBT:
        return None
    return shown[told.preferred == "second"]


def _said(preferred: ExpertResult | None, shown: Pair, reason: str) -> str:
    order = f"shown {shown[0].expert} first, {shown[1].expert} second"
    what = "prefers neither"
    if preferred is not None:
        place = "first" if preferred is shown[0] else "second"
        what = f"prefers the {place}, {preferred.expert}"
    return f"{order}: {what}" + (f": {reason}" if reason else "")
