"""Cross-checking a model's analysis with the local one."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from secondhalf.policy.crosscheck import cross_check
from secondhalf.state.analysis import (
    LEVELS,
    Adversarial,
    AnalysisConfidence,
    AnswerKind,
    Intent,
    TaskAnalysis,
)


def test_agreement_raises_confidence() -> None:
    """Two that say the same are surer together, and leave no note."""
    one = TaskAnalysis(intent="code", confidence=AnalysisConfidence(intent=0.7))
    found = cross_check(one, one)

    assert "both" == found.source
    assert found.confidence.intent > 0.7
    assert () == found.notes


def test_the_model_wins_a_disagreement_and_doubt_remains() -> None:
    """The model's field is kept, its confidence lowered, the disagreement noted."""
    local = TaskAnalysis(intent="chat", confidence=AnalysisConfidence(intent=0.6))
    model = TaskAnalysis(intent="search", confidence=AnalysisConfidence(intent=0.8))
    found = cross_check(local, model)

    assert "search" == found.intent
    assert found.confidence.intent < 0.8
    assert ("intent: local chat, model search; kept the model one",) == found.notes


def test_a_much_surer_local_field_is_kept() -> None:
    """Where the model hesitates and the local analyzer does not, the local field stays."""
    local = TaskAnalysis(needs_tools=True, confidence=AnalysisConfidence(needs_tools=0.95))
    model = TaskAnalysis(needs_tools=False, confidence=AnalysisConfidence(needs_tools=0.5))

    assert cross_check(local, model).needs_tools


def test_risk_is_the_higher_of_the_two() -> None:
    """Neither side can talk the other into less caution, however sure it is."""
    for mine, theirs in product(LEVELS, LEVELS):
        local = TaskAnalysis(risk=mine, confidence=AnalysisConfidence(risk=0.1))
        model = TaskAnalysis(risk=theirs, confidence=AnalysisConfidence(risk=0.99))

        assert max(mine, theirs, key=LEVELS.index) == cross_check(local, model).risk


def test_attacks_are_pooled() -> None:
    """The higher score and the indicators of both."""
    local = TaskAnalysis(adversarial=Adversarial(score=0.8, indicators=("override",)))
    model = TaskAnalysis(adversarial=Adversarial(score=0.1, indicators=("roleplay",)))
    found = cross_check(local, model)

    assert Adversarial(score=0.8, indicators=("override", "roleplay")) == found.adversarial
    assert "adversarial: local 0.80, model 0.10; kept the local one" in found.notes


def test_a_clear_request_has_no_question() -> None:
    """The model's question goes first, else the local one; none if nothing is unclear."""
    vague = TaskAnalysis(ambiguity=0.9, question="Which file?")

    assert "Which file?" == cross_check(vague, TaskAnalysis(ambiguity=0.8)).question
    assert "" == cross_check(vague, TaskAnalysis(ambiguity=0.1)).question


intents = st.sampled_from(list[Intent](["chat", "code", "search"]))
kinds = st.sampled_from(list[AnswerKind](["text", "number"]))
shares = st.floats(0, 1)
analyses = st.builds(
    TaskAnalysis,
    intent=intents,
    difficulty=st.sampled_from(LEVELS),
    risk=st.sampled_from(LEVELS),
    needs_tools=st.booleans(),
    ambiguity=shares,
    adversarial=st.builds(Adversarial, score=shares),
    confidence=st.builds(AnalysisConfidence, intent=shares, risk=shares, ambiguity=shares),
    answer_kind=kinds,
    question=st.sampled_from(["", "Which?"]),
)


@given(analyses, analyses)
def test_any_two_analyses_combine(local: TaskAnalysis, model: TaskAnalysis) -> None:
    """The result is valid, and every field comes from one of the two."""
    found = cross_check(local, model)

    assert found == TaskAnalysis.model_validate(found.model_dump())
    assert found.intent in (local.intent, model.intent)
    assert found.ambiguity in (local.ambiguity, model.ambiguity)
    assert found.adversarial.score == max(local.adversarial.score, model.adversarial.score)
