"""What a word on one answer tells of the others, which nobody scored."""

from collections.abc import Sequence

from secondhalf.policy.agreement import same
from secondhalf.policy.estimates.lesson import Lesson
from secondhalf.policy.estimates.prior import averaged
from secondhalf.state.estimate import Answered, Prospects, Triple

Scored = tuple[Answered, float]
_RIGHT = 0.95
"""An answer that scores as much is taken to be right, and not only good."""


def inferred(
    lesson: Lesson, before: Prospects, belief: Triple, known: Sequence[Scored]
) -> list[Scored]:
    """Those of the ``unscored`` answers that ``known`` ones tell of, each with its score.

    Who says the same is as good. Who says something else than a right answer is wrong, unless the
    prompt is open-ended: how probable that is, follows from how often prompts are (``before``) and
    how often this arm is wrong. Beside a wrong answer nothing is known of what differs from it.
    """
    told = [(answer, score) for answer, score in known if answer.gist is not None]
    found: list[Scored] = []
    for place in lesson.unscored:
        answer = lesson.answers[place]
        if answer.gist is None:
            continue
        alike = [s for one, s in told if one.gist is not None and same(one.gist, answer.gist)]
        if alike:
            found.append((answer, alike[0]))
        elif any(score >= _RIGHT for _, score in told):
            right = averaged(before.arms[answer.arm].right, belief)
            found.append((answer, _right_otherwise(right, before.closed)))
    return found


def _right_otherwise(right: float, closed: float) -> float:
    """How probably an answer is right that says something else than a right one."""
    otherwise = 1.0 - closed  # open-ended: two answers mostly differ, whether right or wrong
    total = otherwise + closed * (1.0 - right)
    return otherwise * right / total if total > 0.0 else 0.0
