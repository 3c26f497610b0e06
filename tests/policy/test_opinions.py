"""From what experts said to opinions, and a path's best answer."""

import pytest

from secondhalf.policy.opinions import answers_of, opinion_of, panel_of
from secondhalf.policy.standing import Opinion
from secondhalf.state.estimate import Prospect, Prospects
from secondhalf.state.expert import Evidence, ExpertBundle, ExpertResult, Role

PROSPECTS = Prospects(
    arms={
        "small": Prospect(right=(0.8, 0.5, 0.2), family="gpt"),
        "large": Prospect(right=(0.95, 0.8, 0.5), family="llama"),
    },
    paths={"s": {"slm": "small"}, "l": {"llm": "large"}, "both": {"slm": "small", "llm": "large"}},
)


def said(expert: str, output: str, role: Role = "reasoner", **fields: object) -> ExpertResult:
    given = {"call_id": f"{expert}/{output}", "expert": expert, "role": role, "output": output}
    return ExpertResult.model_validate(given | fields)


def bundle(node: str, *results: ExpertResult) -> ExpertBundle:
    first, *others = results
    return ExpertBundle(node=node, reasoning=first, others=tuple(others))


def test_a_model_is_as_good_as_its_arm_whatever_it_says_of_itself() -> None:
    """Stated confidence is no evidence; a tool that computes knows how sure it is."""
    modest, proud = (
        opinion_of(said("slm", "42", confidence=sure), "s", PROSPECTS) for sure in (0.1, 1.0)
    )
    tool = opinion_of(said("exact", "42", "tool", confidence=0.9), "x", PROSPECTS)

    assert modest == proud
    assert Opinion("small", 42.0, (0.8, 0.5, 0.2), "gpt") == modest
    assert Opinion("exact", 42.0, (0.9, 0.9, 0.9), "") == tool


def test_answers_across_paths_are_weighed_together() -> None:
    """A second path that says the same raises the first."""
    first, same, other = said("slm", "42"), said("llm", "It is 42"), said("llm", "43")
    alone = panel_of([bundle("s", first)], PROSPECTS)
    agreed = panel_of([bundle("s", first), bundle("l", same)], PROSPECTS)
    apart = panel_of([bundle("s", first), bundle("l", other)], PROSPECTS)

    qualities = [panel.quality(first) or 0.0 for panel in (apart, alone, agreed)]
    assert qualities == sorted(qualities)
    assert len({*qualities}) == 3
    assert (0, 1) == (apart.agreeing(first), agreed.agreeing(first))


def test_answers_that_differ_as_those_to_an_open_ended_prompt_do_are_said_to() -> None:
    """Where that is more probable than not; one answer differs from none."""
    first, second = said("slm", "42"), said("llm", "43")
    one, other = bundle("s", first), bundle("l", second)
    mostly_open = PROSPECTS.model_copy(update={"closed": 0.3})
    panel = panel_of([one, other], mostly_open)

    assert [] == panel_of([one, other], PROSPECTS).open_ended(first)
    assert [] == panel_of([one], mostly_open).open_ended(first)
    assert [] == panel.open_ended(said("x", "not weighed"))
    (told,) = panel.open_ended(first)
    assert "open-ended" in told


def test_what_was_not_weighed_has_no_quality() -> None:
    """A retriever's passages, an empty answer, an error."""
    found = said("retriever", "passage", "retriever")
    panel = panel_of([bundle("s", said("slm", " "))], PROSPECTS)

    assert panel.quality(found) is None
    assert 0 == panel.agreeing(found)
    assert [] == answers_of(bundle("s", said("slm", " ")))
    assert [] == answers_of(bundle("s", said("slm", "42", error="timeout")))


def test_a_refuted_answer_speaks_for_nothing() -> None:
    """An executable check that failed takes its vote, not that of the others."""
    no = Evidence(kind="check", source="checks", text="42 is not 6 * 8", passed=False)
    refuted = ExpertBundle(
        node="s",
        reasoning=said("slm", "42"),
        others=(said("checks", "", "verifier", evidence=(no,)),),
    )
    other = said("llm", "42")

    panel = panel_of([refuted, bundle("l", other)], PROSPECTS)

    assert panel.quality(refuted.reasoning) is None  # type: ignore[arg-type]
    alone = panel_of([bundle("l", other)], PROSPECTS)
    assert panel.quality(other) == alone.quality(other)


def test_the_most_probable_of_several_answers_is_the_path_s_own() -> None:
    """Not the first that came back."""
    weak, strong = said("slm", "41"), said("llm", "42")
    both = bundle("both", weak, strong)

    best = panel_of([both], PROSPECTS).best_first(both)

    assert (strong, (weak,)) == (best.reasoning, best.others)
    assert best == panel_of([best], PROSPECTS).best_first(best)
    alone = bundle("s", weak)
    assert alone is panel_of([alone], PROSPECTS).best_first(alone)


def test_what_is_stated_is_calibrated() -> None:
    """The line that outcomes have drawn is applied to what was computed."""
    answer = said("slm", "42")
    plain, doubtful = (
        panel_of([bundle("s", answer)], PROSPECTS.model_copy(update={"offset": offset}))
        for offset in (0.0, -1.0)
    )

    computed = sum(w * r for w, r in zip(PROSPECTS.difficulty, (0.8, 0.5, 0.2), strict=True))
    assert plain.quality(answer) == pytest.approx(computed)
    assert (doubtful.quality(answer) or 1.0) < computed - 0.1
