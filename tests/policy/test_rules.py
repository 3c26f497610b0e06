"""Ordered rules choose a strategy."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from secondhalf.policy.defaults import default_policy, versioned
from secondhalf.policy.rules import holds, pick
from secondhalf.policy.trees import STRATEGIES, with_model
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.policy import Condition, Rule, Thresholds

ATTACK: dict[str, Any] = {"adversarial": {"score": 0.9, "indicators": ("injection",)}}


@pytest.mark.parametrize(
    ("fields", "strategy"),
    [
        ({"risk": "high", "difficulty": "low"}, "LLM_REASONING_WITH_VERIFIER"),
        ({**ATTACK, "difficulty": "low"}, "LLM_REASONING_WITH_VERIFIER"),
        ({"difficulty": "low"}, "SLM_DIRECT"),
        ({"difficulty": "low", "needs_retrieval": True}, "MID_RAG"),
        ({"difficulty": "high", "needs_retrieval": True}, "MID_RAG"),
        ({"difficulty": "high"}, "LLM_REASONING"),
        ({"difficulty": "medium"}, "CLARIFY_THEN_DECIDE"),
    ],
)
def test_the_default_rules_are_tried_in_order(fields: dict[str, Any], strategy: str) -> None:
    """Risk before ease, ease before retrieval, retrieval before difficulty, else clarify."""
    rule = pick(default_policy(), TypeAdapter(TaskAnalysis).validate_python(fields))

    assert strategy == rule.strategy


@pytest.mark.parametrize("fields", [{"risk": "high"}, ATTACK])
def test_risky_prompts_get_no_tools_with_side_effects(fields: dict[str, Any]) -> None:
    """The two rules that lead to the verifier forbid side effects."""
    analysis = TypeAdapter(TaskAnalysis).validate_python(fields)

    assert pick(default_policy(), analysis).side_effects is False


def test_levels_compare_in_their_own_order() -> None:
    """``high`` is above ``medium`` although it comes before it in the alphabet."""
    condition = Condition(field="difficulty", op="ge", value="medium")

    assert holds(condition, TaskAnalysis(difficulty="high"), Thresholds())
    assert not holds(condition, TaskAnalysis(difficulty="low"), Thresholds())


def test_a_condition_that_makes_no_sense_does_not_hold() -> None:
    """Comparing words with a number by order is false, not an error."""
    condition = Condition(field="difficulty", op="gt", threshold="verified")

    assert not holds(condition, TaskAnalysis(difficulty="high"), Thresholds())


def test_a_policy_without_a_rule_that_fits_says_so() -> None:
    """The mistake is named together with its mend."""
    policy = default_policy().model_copy(
        update={
            "rules": (
                Rule(name="r", when=(Condition(field="risk", value="high"),), strategy="MID_RAG"),
            )
        }
    )

    with pytest.raises(ValueError, match="end the policy's rules"):
        pick(policy, TaskAnalysis())


def test_a_version_names_the_content() -> None:
    """The same policy has the same version; another threshold makes another version."""
    policy = default_policy()
    other = versioned(policy.model_copy(update={"thresholds": Thresholds(verified=0.6)}))

    assert policy.version == versioned(policy).version
    assert policy.version != other.version


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_can_be_cut_down_to_one_model(name: str) -> None:
    """With a model given by the caller, every path left asks it and no other model."""
    cut = with_model(STRATEGIES[name], "mine")

    assert all("mine" in node.experts for node in cut.nodes)
    assert not {"slm", "mid", "llm", "exact"} & {e for n in cut.nodes for e in n.experts}
