"""Ways of answering whose outcomes are counted together: arms, as bandits call them.

An arm is named by who answers and by what changes how well they do: what they were given to read,
whether they go on from a draft, and what they would have needed and did not have.
"""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

from secondhalf.policy.estimates.foresee import Prior
from secondhalf.policy.priors import expected_of
from secondhalf.state.analysis import TaskAnalysis
from secondhalf.state.config import GOES_ON_FROM
from secondhalf.state.strategy import RouteNode, Strategy

HELPERS = ("retriever", "tool")
"""Experts that give others something to go by."""
_MAKERS = {
    "chatgpt": "gpt",
    "codestral": "mistral",
    "davinci": "gpt",
    "meta": "llama",
    "ministral": "mistral",
    "mixtral": "mistral",
    "o": "gpt",
    "text": "gpt",
}
"""First words of models' names that stand for a family of another name."""
_WORD = re.compile(r"[a-z]+")


class Model(NamedTuple):
    """A chat model behind an expert."""

    name: str
    tier: str
    family: str


def family_of(name: str) -> str:
    """The family that a model's name tells, as far as it does: its first word, without a vendor."""
    found = _WORD.match(name.lower().rpartition("/")[2])
    return _MAKERS.get(found.group(), found.group()) if found else ""


def arm_of(
    node: RouteNode,
    expert: str,
    model: Model,
    analysis: TaskAnalysis,
    *,
    drafted: bool,
    at_hand: Collection[str] = (),
) -> str:
    """The arm of ``expert`` where it answers on the path ``node``.

    ``drafted``: it goes on from an earlier answer. ``at_hand``: the helpers that could be asked
    (``HELPERS``); to go without one that was needed makes another arm.
    """
    before: list[str] = []
    for stage in node.stages:
        if expert in stage:
            break
        before += [name for name in stage if name in HELPERS]
    name = GOES_ON_FROM.join([*(["draft"] if drafted else []), *before, model.name])
    needed = {"retriever": analysis.needs_retrieval, "tool": analysis.needs_tools}
    for helper in HELPERS:
        if needed[helper] and helper in at_hand and helper not in before:
            name += f" without {helper}"
    return name


def answering(node: RouteNode, models: Mapping[str, Model]) -> tuple[str, ...]:
    """The experts of ``node`` that are chat models and answer, stage by stage."""
    return tuple(name for name in node.experts if name in models)


def arms_of(
    strategy: Strategy,
    models: Mapping[str, Model],
    analysis: TaskAnalysis,
    *,
    has_tools: bool,
    at_hand: Collection[str] = (),
) -> dict[tuple[str, str], tuple[str, Prior]]:
    """The arm of each path and expert of ``strategy``, and what to expect of it untried.

    ``has_tools``: every model is offered the caller's tools. ``at_hand``: see ``arm_of``.
    """
    children = {child for node in strategy.nodes for child in node.children}
    found: dict[tuple[str, str], tuple[str, Prior]] = {}
    for node in strategy.nodes:
        drafted = node.id in children and not node.independent
        for expert in answering(node, models):
            model = models[expert]
            arm = arm_of(node, expert, model, analysis, drafted=drafted, at_hand=at_hand)
            mean = expected_of(model.tier, node, analysis, has_tools=has_tools)
            found[node.id, expert] = arm, Prior(mean, model.family)
    return found
