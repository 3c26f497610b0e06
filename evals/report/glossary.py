"""The summary figures: what each is called, what it says in one line, how it is written."""

from collections.abc import Callable
from typing import NamedTuple

from secondhalf.evals.report.content import Report, Summary
from secondhalf.evals.report.text import fraction, share, signed


class Term(NamedTuple):
    """One figure of a ``Summary``."""

    field: str
    label: str
    meaning: str
    write: Callable[[float | None], str]


TERMS = (
    Term(
        "aiq",
        "AIQ",
        "accuracy of the presets averaged over every budget up to the dearest single model's",
        fraction,
    ),
    Term("aiq_single_models", "AIQ of single models", "the same without a router", fraction),
    Term(
        "aiq_gain_low",
        "AIQ gain, lower bound",
        "of the 95 % interval of the router's AIQ less the single models'; above 0 is a gain "
        "that is more than noise",
        signed,
    ),
    Term(
        "perf_gain",
        "Accuracy gain",
        "the best preset's accuracy less the best single model's",
        signed,
    ),
    Term(
        "cost_save",
        "Cost saved",
        "by the cheapest preset within .01 of the best single model's accuracy",
        share,
    ),
    Term(
        "apgr",
        "APGR",
        "part of the gap between the weak and the strong model that is recovered, averaged over "
        "every share of strong calls; random is .5",
        fraction,
    ),
    Term(
        "apgr_low",
        "APGR, noise allowed for",
        "beside prompt length: the router is better than that where this is the greater",
        fraction,
    ),
    Term("apgr_length", "APGR of prompt length", "a router that sends long prompts up", fraction),
    Term("apgr_ridge", "APGR of ridge", "ridge regression on n-grams of the prompt", fraction),
    Term("cpt50", "CPT(50 %)", "share of strong calls that recovers half of the gap", share),
    Term("cpt80", "CPT(80 %)", "share of strong calls that recovers 80 % of the gap", share),
    Term(
        "robustness",
        "Robustness",
        "share of the choices that stay when a prompt is changed and its meaning is not",
        fraction,
    ),
    Term(
        "budget_violations", "Budget violations", "share of prompts that exceeded a budget", share
    ),
    Term(
        "ece",
        "ECE",
        "how far the stated quality is from the accuracy, on average; 0 is calibrated",
        fraction,
    ),
)


class Entry(NamedTuple):
    """A term with its figures; ``later`` is without the first 100 prompts, empty if unknown."""

    term: Term
    value: str
    later: str


def entries(report: Report) -> tuple[Entry, ...]:
    """The summary figures that apply to this report, in the order they are read."""
    return tuple(
        Entry(term, term.write(value), _later(term, report.summary_after_100))
        for term in TERMS
        if (value := getattr(report.summary, term.field)) is not None
    )


def _later(term: Term, summary: Summary | None) -> str:
    value = None if summary is None else getattr(summary, term.field)
    return "" if value is None else term.write(value)
