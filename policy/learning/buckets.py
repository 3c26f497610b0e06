"""Kinds of requests that are learned about together."""

from secondhalf.state.analysis import TaskAnalysis


def bucket_of(analysis: TaskAnalysis) -> str:
    """The bucket of a request: its intent and its difficulty, as ``code.high``.

    Coarse on purpose: what a finding rests on has to come together in one of 18 buckets.
    """
    return f"{analysis.intent}.{analysis.difficulty}"
