"""Strategies that users add: each kind of bad tree is refused, from a file and from Python."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from secondhalf.graph.router import build_router
from secondhalf.state.config import PolicyConfig, RouterConfig
from secondhalf.state.errors import ConfigError
from secondhalf.state.policy import Rule
from secondhalf.state.strategy import MOST_PATHS, Strategy
from tests.cli.conftest import Run

Tree = dict[str, Any]


def node(id: str, *children: str, stages: Any = (("exact",),), **fields: Any) -> Tree:
    listed = [list(stage) for stage in stages]
    return {"id": id, "stages": listed, "children": list(children), **fields}


def tree(*nodes: Tree, roots: Any = ("a",), name: str = "MINE") -> Tree:
    return {"name": name, "roots": list(roots), "nodes": list(nodes)}


BAD: dict[str, tuple[Tree, str]] = {
    "a cycle": (tree(node("a", "b"), node("b", "c"), node("c", "b")), "a cycle: b → c → b"),
    "its own child": (tree(node("a", "a")), "a cycle: a → a"),
    "a cycle through a root": (tree(node("a", "b"), node("b", "a")), "a cycle: a → b → a"),
    "a cycle nobody reaches": (
        tree(node("a"), node("b", "c"), node("c", "b")),
        "path 'b': no root leads to it",
    ),
    "two parents": (
        tree(node("a", "c"), node("b", "c"), node("c"), roots=("a", "b")),
        "path 'c': it has two parents, 'a' and 'b'",
    ),
    "a root twice": (tree(node("a"), roots=("a", "a")), "it has two parents, 'roots' and 'roots'"),
    "a root that is a child": (
        tree(node("a", "b"), node("b"), roots=("a", "b")),
        "path 'b': it has two parents, 'a' and 'roots'",
    ),
    "an unreachable path": (tree(node("a"), node("b")), "path 'b': no root leads to it"),
    "no roots": (tree(node("a"), roots=()), "path 'a': no root leads to it"),
    "an id twice": (tree(node("a"), node("a")), "path 'a': defined twice"),
    "a blank id": (tree(node(" "), roots=(" ",)), "an id must not be blank"),
    "a blank name": (tree(node("a"), name=" "), "has no name"),
    "a misspelt child": (
        tree(node("a", "finall"), node("final")),
        "path 'finall': named by 'a' but not defined: did you mean 'final'?",
    ),
    "an unknown child": (tree(node("a", "xyz")), "path 'xyz': named by 'a' but not defined"),
    "a misspelt root": (
        tree(node("draft"), roots=("drafd",)),
        "named by 'roots' but not defined: did you mean 'draft'?",
    ),
    "no paths": (tree(roots=()), "has no paths"),
    "an empty path": (tree(node("a", stages=())), "path 'a': it asks nobody"),
    "an empty stage": (tree(node("a", stages=(("exact",), ()))), "path 'a': a stage is empty"),
    "nobody who answers": (
        tree(node("a", stages=(("classifier", "retriever"), ("verifier",)))),
        "path 'a': nobody on it answers: classifier, retriever, verifier only help others",
    ),
    "a fallback below another path": (
        tree(node("a", "b"), node("b", guard={"fallback": True})),
        "path 'b': only a root can be a fallback",
    ),
    "the user beside others": (
        tree(node("a", stages=(("user", "exact"),))),
        "path 'a': a path that asks the user asks nobody else",
    ),
    "a judge in one order": (
        tree(node("a", stages=(("judge",),))),
        "path 'a': a judge is asked in both orders, by itself: [[judge, judge]]",
    ),
    "a judge after others": (
        tree(node("a", stages=(("exact",), ("judge", "judge")))),
        "path 'a': a judge is asked in both orders, by itself: [[judge, judge]]",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_tree_that_could_not_be_searched_is_refused(run: Run, tmp_path: Path, case: str) -> None:
    """By one line, which names file, line, strategy and path; by Python with the same reason."""
    bad, reason = BAD[case]
    file = tmp_path / "router.yaml"
    file.write_text(yaml.safe_dump({"strategies": [bad]}, sort_keys=False, allow_unicode=True))

    done = run("route", "2 + 2", "--config", str(file))
    with pytest.raises(ValidationError) as refused:
        Strategy.model_validate(bad)

    assert (2, "") == (done.code, done.out)
    assert 1 == done.err.count("\n")
    assert done.err.startswith("secondhalf: router.yaml:")
    assert reason in done.err
    assert reason in str(refused.value)
    assert reason.partition(":")[0] in run("check", "--config", str(file)).err


@pytest.mark.parametrize(
    ("expert", "reason"),
    [
        ("exakt", "strategy 'MINE', path 'a': no expert is called 'exakt'; did you mean 'exact'?"),
        ("gpt-9000", "strategy 'MINE', path 'a': no expert is called 'gpt-9000'"),
        ("Judge", "no expert is called 'Judge'; did you mean 'judge'?"),
    ],
)
def test_an_expert_that_nobody_is_called_is_refused(
    run: Run, tmp_path: Path, expert: str, reason: str
) -> None:
    """Who could be meant is suggested, and all that are known are named."""
    bad = tree(node("a", stages=((expert,),)))
    file = tmp_path / "router.yaml"
    file.write_text(yaml.safe_dump({"strategies": [bad]}))

    done = run("route", "2 + 2", "--config", str(file))
    with pytest.raises(ConfigError) as refused:
        build_router(RouterConfig(strategies=(Strategy.model_validate(bad),)))

    assert (2, "", 1) == (done.code, done.out, done.err.count("\n"))
    assert reason in done.err
    assert reason in str(refused.value)


RULES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "misspelt": (
        [{"name": "r", "strategy": "MID_RAK"}],
        "rule 'r': unknown strategy 'MID_RAK'; did you mean 'MID_RAG'?",
    ),
    "none for the rest": (
        [{"name": "r", "strategy": "MID_RAG", "when": [{"field": "risk", "value": "high"}]}],
        "rule 'r': the last rule must have no `when`",
    ),
}


@pytest.mark.parametrize("case", RULES)
def test_a_rule_that_leads_nowhere_is_refused(run: Run, tmp_path: Path, case: str) -> None:
    """Before a prompt comes that it would fit."""
    rules, reason = RULES[case]
    file = tmp_path / "router.yaml"
    file.write_text(yaml.safe_dump({"policy": {"rules": rules}}))

    done = run("route", "2 + 2", "--config", str(file))
    policy = PolicyConfig(rules=tuple(Rule.model_validate(rule) for rule in rules))
    with pytest.raises(ConfigError) as refused:
        build_router(RouterConfig(policy=policy))

    assert (2, "", 1) == (done.code, done.out, done.err.count("\n"))
    assert reason in done.err
    assert reason in str(refused.value)


def test_a_strategy_twice_is_refused(run: Run, tmp_path: Path) -> None:
    """Which one was meant nobody knows."""
    file = tmp_path / "router.yaml"
    file.write_text(yaml.safe_dump({"strategies": [tree(node("a"))] * 2}))

    done = run("route", "2 + 2", "--config", str(file))

    assert (2, "", 1) == (done.code, done.out, done.err.count("\n"))
    assert "a strategy is defined twice" in done.err


def test_a_huge_tree_is_refused_where_nobody_can_have_written_it(run: Run, tmp_path: Path) -> None:
    """In a file 10,000 paths are too much; in Python, they are the most."""
    names = [f"n{place}" for place in range(MOST_PATHS + 1)]
    lines = [f"      - {{id: {name}, stages: [[exact]]}}" for name in names[:-1]]
    head = f"strategies:\n  - name: HUGE\n    roots: [{', '.join(names[:-1])}]\n    nodes:\n"
    file = tmp_path / "router.yaml"
    file.write_text(head + "\n".join(lines) + "\n")
    nodes = [node(name) for name in names]

    done = run("route", "2 + 2", "--config", str(file))
    most = Strategy.model_validate(tree(*nodes[:-1], roots=names[:-1]))
    with pytest.raises(ValidationError, match="has 10,001 paths; 10,000 is the most"):
        Strategy.model_validate(tree(*nodes, roots=names))

    assert (2, "", 1) == (done.code, done.out, done.err.count("\n"))
    assert "20,000 values and 40 levels are the most" in done.err
    assert MOST_PATHS == len(most.nodes)


def test_a_chain_of_ten_thousand_paths_is_no_matter() -> None:
    """However deep: nothing here calls itself."""
    names = [f"n{place}" for place in range(MOST_PATHS)]
    nodes = [node(name, child) for name, child in pairwise(names)]

    chain = Strategy.model_validate(tree(*nodes, node(names[-1]), roots=names[:1]))

    assert MOST_PATHS == len(chain.path_to(names[-1]))
    nodes.append(node(names[-1], names[0]))
    with pytest.raises(ValidationError, match="a cycle: n0 → n1 → n2 → n3 → n4 → … → n0"):
        Strategy.model_validate(tree(*nodes, roots=names[:1]))


def test_a_good_tree_routes(run: Run, tmp_path: Path) -> None:
    """One that users added, through the command line."""
    file = tmp_path / "router.yaml"
    good = tree(node("a", "b"), node("b", independent=True, stages=(("extract",),)))
    file.write_text(yaml.safe_dump({"strategies": [good]}))

    done = run("route", "What is 2 + 2?", "--config", str(file), "--strategy", "MINE")

    assert 0 == done.code
    assert done.out.startswith("4\n")
