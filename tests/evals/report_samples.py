"""Reports to show: small ones made by hand, and one of many policies with every part filled."""

import math
from collections.abc import Callable
from typing import Any

from secondhalf.evals.report.content import (
    Band,
    Bin,
    Bucket,
    Calibration,
    Curves,
    Data,
    OffPolicyRow,
    Part,
    PolicyRow,
    Report,
    RobustnessRow,
    Summary,
)
from secondhalf.evals.track import Kind
from secondhalf.state.policy import PRESETS

SINGLE = "claude-3-5-sonnet"


def policy(name: str, kind: Kind, accuracy: float, cost: float | None, **more: Any) -> PolicyRow:
    """A policy whose interval is .01 to each side."""
    fields = {
        "accuracy_low": accuracy - 0.01,
        "accuracy_high": accuracy + 0.01,
        "cost_usd_per_1k": cost,
    } | more
    return PolicyRow.model_validate({"name": name, "kind": kind, "accuracy": accuracy} | fields)


def report(*policies: PolicyRow, **more: Any) -> Report:
    """A report of some policies over 1,319 prompts."""
    fields: dict[str, Any] = {
        "data": {
            "file": "answers.jsonl.gz",
            "name": "GSM8K",
            "prompts": 1319,
            "models": ["gemma-2-9b", SINGLE],
            "left_out": ["37 prompts were not answered by all models"],
        },
        "protocol": "prequential",
        "seeds": [0, 1],
        "order": "shuffled",
        "made_at": "2025-11-25T20:10:00Z",
        "secondhalf_version": "0.1.0",
        "policies": policies,
        "summary": {},
    }
    return Report.model_validate(fields | more)


def usual(**balanced: Any) -> Report:
    """One preset, one baseline, two models, the oracle; ``balanced`` changes the preset."""
    preset = {"accuracy": 0.958, "cost": 0.41} | balanced
    return report(
        policy("balanced", "router", **preset),
        policy("ridge/balanced", "baseline", 0.95, 0.6),
        policy("gemma-2-9b", "model", 0.87, 0.08),
        policy(SINGLE, "model", 0.967, 1.7),
        policy("oracle", "oracle", 0.99, 0.1),
    )


def full(named: Callable[[str], str] = lambda name: name, policies: int = 60) -> Report:
    """Every part filled, for many policies; ``named`` changes all that comes from data."""
    kinds: tuple[Kind, ...] = ("router", "baseline", "model", "model", "oracle")
    names = [
        named(PRESETS[at // 5] if at % 5 == 0 and at // 5 < len(PRESETS) else f"policy {at}")
        for at in range(policies)
    ]
    steps = [at / 249 for at in range(250)]
    curves = {
        name: [(x, min(1.0, x * (1 + at / 60))) for x in steps] for at, name in enumerate(names)
    }
    bins = [
        Bin(low=at / 10, high=(at + 1) / 10, count=at * 9, quality=at / 10 + 0.05, accuracy=at / 10)
        for at in range(10)
    ]
    rows = [
        policy(
            name,
            kinds[at % 5],
            0.5 + 0.4 * at / policies,
            0.02 * 1.1**at,
            strong_share=0.3,
            latency_s=1.5,
            opened=1.2,
            quality=0.9,
            ece=0.02,
            answered_by={named("gemma"): 0.6, named("gpt"): 0.4},
            paths={named(f"path {path}"): 0.1 for path in range(10)},
            violations=0.001,
            after_100=Part(accuracy=0.9, cost_usd_per_1k=0.4),
            arena=0.7,
            escalation_rate=0.2,
        )
        for at, name in enumerate(names)
    ]
    return Report(
        data=Data(
            file=named("answers.jsonl"),
            name=named("set"),
            prompts=1300,
            models=(named("gemma"), named("gpt")),
            left_out=(named("some prompts"),),
        ),
        protocol=named("prequential"),
        seeds=(0,),
        order=named("shuffled"),
        made_at=named("today"),
        secondhalf_version=named("0.1.0"),
        settings={named("file"): named("value"), "nested": {named("a"): [named("b"), math.inf]}},
        policies=tuple(rows),
        summary=Summary(**dict.fromkeys(Summary.model_fields, 0.5)),
        summary_after_100=Summary(aiq=0.6),
        buckets=tuple(
            Bucket(
                bucket=named(f"topic {at}"),
                prompts=100,
                policies={name: Part(accuracy=0.9, cost_usd_per_1k=0.2) for name in names},
            )
            for at in range(15)
        ),
        robustness=tuple(
            RobustnessRow(
                perturbation=named(f"change {at}"), policy=name, matched=90, flips=9, robustness=0.9
            )
            for at in range(4)
            for name in names
        ),
        calibration=tuple(
            Calibration(policy=name, bins=tuple(bins), ece=0.02, brier=0.1, aurc=0.1, auc=0.8)
            for name in names
        ),
        curves=Curves.model_validate(
            {
                "frontier": curves,
                "regret": {
                    name: Band(
                        at=tuple(steps), mean=tuple(steps), low=tuple(steps), high=tuple(steps)
                    )
                    for name in names
                },
                "pgr": curves,
                "risk_coverage": curves,
                "roc": curves,
            }
        ),
        off_policy=tuple(
            OffPolicyRow(
                policy=name,
                truth=0.9,
                estimator=named("SNIPS"),
                value=0.91,
                low=0.8,
                high=0.95,
                ess=40,
                covered=True,
                warning=named("little overlap"),
            )
            for name in names
        ),
        extra={named("gain_random"): 0.1, "text": named("text")},
    )
