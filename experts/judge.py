"""A chat model as the judge of another's answer."""

from collections.abc import Sequence
from typing import Annotated, Literal

from langchain_core.messages import BaseMessage
from pydantic import Field

from secondhalf.experts.expert import failed, one_line
from secondhalf.experts.group import ModelGroup
from secondhalf.experts.model_expert import ModelExpert, result_of_failure, sent_away
from secondhalf.experts.prompts import DATA_RULE, conversation, data_block, numbered, sources_of
from secondhalf.experts.run import Request
from secondhalf.experts.structured import Degree, Form, fill_in, form_text
from secondhalf.state.expert import Evidence, ExpertCall, ExpertResult, Role

ANSWER_TOKENS = 512

INSTRUCTIONS = (
    "You check whether an answer to the user's last request is correct. Work out the answer "
    "yourself first, then compare: facts, figures, units, reasoning, and whether every part of "
    "the request is answered. Length and style do not matter. With sources, every statement of "
    "the answer must be borne out by them and every quotation must stand in them word for word. "
    "'unsure' means that you cannot tell. `confidence` is how sure you are of your verdict; "
    "`problems` lists what is wrong, one short sentence each."
)


class Verdict(Form):
    """The verdict on an answer."""

    verdict: Literal["correct", "incorrect", "unsure"]
    confidence: Degree
    problems: Annotated[list[str], Field(max_length=20)]


class VerifierExpert(ModelExpert):
    """A judge model. What it passes or fails is one piece of evidence, of kind ``judge``.

    The result's ``confidence`` and the evidence's ``score`` are the probability, in the judge's
    eyes, that the answer is right; ``passed`` is None if it is unsure.
    """

    role: Role = "verifier"

    def __init__(self, group: ModelGroup, *, name: str = "verifier") -> None:
        """``name`` is what strategies call it."""
        super().__init__(group, name)

    def answer_tokens(self, call: ExpertCall) -> int:
        """The same for every request."""
        return ANSWER_TOKENS

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """The verdict on the last answer among ``call.prior``."""
        answer = answer_to_check(call.prior)
        if answer is None:
            return failed(call, self.role, "there is no answer to check", attempts=0)
        request = Request(_prompt(call, messages, answer), fill_in(Verdict), repair=ask_to_mend)
        outcome = await self.group.run(call, request)
        if outcome.value is None:
            return result_of_failure(call, self.role, outcome)
        verdict = outcome.value
        problems = "; ".join(one_line(problem) for problem in verdict.problems)
        score, passed = _score(verdict)
        return ExpertResult(
            call_id=call.id,
            expert=self.name,
            role=self.role,
            output=f"{verdict.verdict}: {problems}" if problems else verdict.verdict,
            confidence=score,
            usage=outcome.usage,
            evidence=(
                Evidence(
                    kind="judge", source=outcome.model, text=problems, passed=passed, score=score
                ),
            ),
            attempts=outcome.attempts,
            model=outcome.model,
            notes=outcome.notes + sent_away(self.group, call),
        )


def answer_to_check(results: Sequence[ExpertResult]) -> ExpertResult | None:
    """The last usable answer among earlier results."""
    answers = [r for r in results if r.role in ("reasoner", "tool") and r.output.strip()]
    return next((r for r in reversed(answers) if r.answered), None)


def ask_to_mend(problem: str) -> str:
    """The request to mend an answer that does not fit its form."""
    return f"That cannot be used: {problem}. Answer again, with nothing but the JSON object."


def _prompt(
    call: ExpertCall, messages: Sequence[BaseMessage], answer: ExpertResult
) -> list[BaseMessage]:
    sources = sources_of(call.prior)
    data = [data_block("request", call.prompt), data_block("answer to check", answer.output)]
    if sources:
        data.insert(0, numbered(sources))
    rules = f"{INSTRUCTIONS}\n{DATA_RULE}\n{form_text(Verdict)}"
    return conversation(messages, rules, "\n\n".join([*data, "Is the answer correct?"]))


def _score(verdict: Verdict) -> tuple[float, bool | None]:
    if verdict.verdict == "unsure":
        return 0.5, None
    right = verdict.verdict == "correct"
    return (verdict.confidence if right else 1.0 - verdict.confidence), right
