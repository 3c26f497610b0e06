"""Who judges: by preference a model of another family than those that answered."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from secondhalf.experts.comparing import ComparingExpert, answers_to_compare
from secondhalf.experts.expert import failed
from secondhalf.experts.group import ModelGroup
from secondhalf.experts.judge import VerifierExpert, answer_to_check
from secondhalf.state.base import Json
from secondhalf.state.budget import Usage
from secondhalf.state.expert import ExpertCall, ExpertResult, Role
from secondhalf.state.strategy import JUDGE

Seat = tuple[ModelGroup, VerifierExpert | ComparingExpert]
OWN: dict[str, Json] = {"own": True}
"""What a verdict holds that a model gave on its own answer."""


class Judges(ABC):
    """Models that may judge; whom a call asks depends on who answered."""

    name: str
    role: Role = "verifier"

    def __init__(self, seats: Sequence[Seat], groups: Sequence[ModelGroup]) -> None:
        """``seats``: at least one, the first choice first; ``groups``: every configured model."""
        self._seats = tuple(seats)
        self._groups = tuple(groups)
        self.models = tuple(group.name for group, _ in seats)
        """Their names."""
        self.remote = any(group.remote for group, _ in seats)
        self.free = all(group.free for group, _ in seats)

    def available(self, now: float | None = None) -> bool:
        """Whether any judge may be asked at ``now``."""
        return any(group.available(now) for group, _ in self._seats)

    def estimate(self, call: ExpertCall, messages: Sequence[BaseMessage] = ()) -> Usage:
        """The dearest judge's estimate: who judges depends on who will have answered."""
        estimates = [judge.estimate(call, messages) for _, judge in self._seats]
        return max(estimates, key=lambda usage: (usage.usd, usage.seconds))

    def most(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> Usage:
        """That of the dearest judge, and the most tokens of any."""
        each = [judge.most(call, messages) for _, judge in self._seats]
        return Usage(usd=max(u.usd for u in each), output_tokens=max(u.tokens for u in each))

    @abstractmethod
    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """See ``Expert.ask``."""

    def _at_hand(self) -> list[Seat]:
        """Who is not set aside."""
        return [seat for seat in self._seats if seat[0].available()]

    def _author(self, answer: ExpertResult) -> ModelGroup | None:
        """Who answered: by the expert's name, else by the model's (providers add a date to it)."""
        named = [g for g in self._groups if answer.expert == g.name]
        named += [g for g in self._groups if answer.expert == g.tier]
        models = [
            g for g in self._groups for d in g.deployments if answer.model.startswith(d.model_name)
        ]
        return next(iter(named + models), None)


class AnotherJudge(Judges):
    """Judges by a model of another family than the one that answered, where there is one."""

    name = "verifier"

    def __init__(self, judges: Sequence[ModelGroup], groups: Sequence[ModelGroup] = ()) -> None:
        """``groups``: every configured model, if there are others than ``judges``."""
        super().__init__([(g, VerifierExpert(g)) for g in judges], groups or judges)

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """The chosen judge's verdict; says so if nobody else is there than who answered."""
        answer = answer_to_check(call.prior)
        author = self._author(answer) if answer else None
        group, judge = self._seat_for(author)
        result = await judge.ask(call, messages)
        if author is None or group.name != author.name:
            return result
        own = tuple(e.model_copy(update={"data": e.data | OWN}) for e in result.evidence)
        return result.model_copy(update={"evidence": own})

    def others_than(self, name: str) -> bool:
        """Whether somebody may be asked who is not the model ``name``."""
        return any(group.name != name for group, _ in self._at_hand() or self._seats)

    def _seat_for(self, author: ModelGroup | None) -> Seat:
        judges = self._at_hand() or list(self._seats)
        others = [seat for seat in judges if author is not None and _unrelated(seat[0], author)]
        strangers = [seat for seat in judges if author is None or seat[0].name != author.name]
        return (others + strangers + judges)[0]


class JudgeBetween(Judges):
    """Says which of two answers is right, by a model that gave neither.

    One of another family than both is preferred. A model is never asked about its own answer.
    """

    name = JUDGE

    def __init__(self, judges: Sequence[ModelGroup], groups: Sequence[ModelGroup] = ()) -> None:
        """``groups``: every configured model, if there are others than ``judges``."""
        super().__init__([(g, ComparingExpert(g)) for g in judges], groups or judges)

    def model_for(self, answers: Sequence[ExpertResult]) -> str:
        """The name of the model that would judge between ``answers``; empty if there is none."""
        seat = self._seat_for(answers)
        return "" if seat is None else seat[0].name

    async def ask(self, call: ExpertCall, messages: Sequence[BaseMessage]) -> ExpertResult:
        """The chosen judge's preference."""
        seat = self._seat_for(answers_to_compare(call.prior) or ())
        if seat is None:
            why = "no model is left to judge but those that answered"
            return failed(call, self.role, why, attempts=0)
        return await seat[1].ask(call, messages)

    def _seat_for(self, answers: Sequence[ExpertResult]) -> Seat | None:
        authors = [found for answer in answers if (found := self._author(answer)) is not None]
        names = {author.name for author in authors}
        able = [seat for seat in self._at_hand() if seat[0].name not in names]
        others = [seat for seat in able if all(_unrelated(seat[0], a) for a in authors)]
        return next(iter(others + able), None)


def _unrelated(group: ModelGroup, author: ModelGroup) -> bool:
    """Another family; where families are not named, another model that is not a small one."""
    if group.family and author.family:
        return group.family != author.family
    return group.name != author.name and group.tier != "slm"
