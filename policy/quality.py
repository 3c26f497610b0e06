"""Is the answer good? From the evidence of a path to a status and a quality."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from secondhalf.policy.opinions import ANSWERING
from secondhalf.policy.priors import log_odds, probability
from secondhalf.policy.rulings import Ruling
from secondhalf.state.estimate import Reliance
from secondhalf.state.expert import Evidence, ExpertBundle, ExpertResult
from secondhalf.state.policy import Thresholds
from secondhalf.state.result import Status
from secondhalf.state.strategy import RouteNode

FAILED_CHECK = 0.2
"""A failed executable check caps the quality here."""
REFUTED = 0.2
"""An answer that a judge gives at most this chance of being right closes its path."""


class Assessment(NamedTuple):
    """How good the answer of a path is, and why. ``verified`` is None if nobody looked."""

    status: Status
    quality: float
    reason: str
    verified: bool | None = None


class Aggregator(Protocol):
    """Judges what the experts of one path said: its status, from verification, and its quality.

    Pure and deterministic: every path is judged anew whenever another answer has come.
    """

    def __call__(
        self,
        bundle: ExpertBundle,
        node: RouteNode,
        expected: float,
        thresholds: Thresholds,
        agreeing: int = 0,
    ) -> Assessment:
        """See ``assess``, which is the one that holds where no other is given."""
        ...


def assess(
    bundle: ExpertBundle,
    node: RouteNode,
    expected: float,
    thresholds: Thresholds,
    agreeing: int = 0,
) -> Assessment:
    """Judge what the experts of ``node`` said, cheapest evidence first.

    ``expected`` is how probable it is that the answer is right, before anybody checked it: what is
    expected of who gave it, in view of what the other answers say; ``agreeing`` of them say the
    same. Success means quality above ``good_enough`` and nothing against it.
    """
    answer = answer_of(bundle)
    if answer is None:
        return Assessment("fail", 0.0, _why_no_answer(bundle))
    if answer.tool_requests:
        return Assessment("success", max(expected, thresholds.good_enough + 0.01), "asks for tools")
    evidence = [e for result in bundle.results for e in result.evidence]
    failed = [e for e in evidence if e.kind == "check" and e.passed is False]
    if failed:
        reason = f"check failed: {failed[0].source}: {failed[0].text}"
        return Assessment("fail", min(FAILED_CHECK, expected), reason, verified=False)
    return _weigh(bundle, node, answer, expected, thresholds, agreeing)


def assess_ruling(ruling: Ruling, trust: Reliance, owners: Mapping[str, str]) -> Assessment:
    """Judge a path that compared two answers of others: whether there is a verdict.

    ``owners`` say whose each answer is, by call. Its quality is how far the judge is to be
    believed: 0 without a verdict.
    """
    if not ruling.preferred:
        return Assessment("fail", 0.0, f"no verdict: {ruling.reason}")
    winner, loser = (owners.get(call, call) for call in (ruling.preferred, ruling.refused))
    why = f": {ruling.reason}" if ruling.reason else ""
    reason = f"{ruling.judge} prefers {winner!r} to {loser!r} in both orders{why}"
    return Assessment("success", trust.right, reason)


def answer_of(bundle: ExpertBundle) -> ExpertResult | None:
    """The result that holds the path's answer: the reasoner's, else the tool's."""
    candidates = (bundle.reasoning, bundle.tool, *bundle.others)
    return next((r for r in candidates if r and r.role in ANSWERING and r.answered), None)


def _weigh(
    bundle: ExpertBundle,
    node: RouteNode,
    answer: ExpertResult,
    expected: float,
    thresholds: Thresholds,
    agreeing: int,
) -> Assessment:
    own = not answer.model and any(e.kind in ("check", "quote") for e in answer.evidence)
    passed = any(e.kind == "check" and e.passed for r in bundle.results for e in r.evidence)
    base = answer.confidence if own else min(expected, _doubt(answer))
    logit, reasons = log_odds(base), [_basis(answer, passed, base)]
    verdict = _verdict(bundle.verification)
    if verdict is not None:
        logit += log_odds(_chance(verdict))
        says = "right" if verdict.passed else "wrong"
        who = "the verifier, which is the same model," if _is_own(verdict) else "the verifier"
        reasons.append(f"{who} says {says}: {_chance(verdict):.2f} {verdict.text}".strip())
    elif bundle.verification is not None and bundle.verification.error is not None:
        reasons.append("the verifier gave no verdict")
    if agreeing:
        others = "another expert says" if agreeing == 1 else f"{agreeing} other experts say"
        reasons.append(f"{others} the same")
    quality = probability(logit)
    verified = _is_verified(bundle, node, verdict, passed, thresholds)
    status = _status(node, quality, verdict, verified, thresholds)
    if node.verified and not verified:
        reasons.append("not verified")
    return Assessment(status, quality, "; ".join(reasons), verified)


def _status(
    node: RouteNode,
    quality: float,
    verdict: Evidence | None,
    verified: bool | None,
    thresholds: Thresholds,
) -> Status:
    if verdict is not None and not verdict.passed and _chance(verdict) <= REFUTED:
        return "fail"
    if verified is False or (node.verified and not verified):
        return "uncertain"
    return "success" if quality > thresholds.good_enough else "uncertain"


def _is_verified(
    bundle: ExpertBundle,
    node: RouteNode,
    verdict: Evidence | None,
    passed: bool,
    thresholds: Thresholds,
) -> bool | None:
    if verdict is not None and node.verified and _is_own(verdict):
        return True if passed else None
    if verdict is not None:
        return bool(verdict.passed) and _chance(verdict) >= thresholds.verified
    if bundle.verification is not None and bundle.verification.error is not None:
        return False
    return True if passed else None


def _verdict(verification: ExpertResult | None) -> Evidence | None:
    if verification is None or verification.error is not None:
        return None
    judged = [e for e in verification.evidence if e.kind == "judge" and e.passed is not None]
    return judged[-1] if judged else None


def _is_own(verdict: Evidence) -> bool:
    """Whether a judge speaks for its own answer: what must be verified is not, by that."""
    return verdict.data.get("own") is True


def _chance(verdict: Evidence) -> float:
    """How probable a judge thinks it that the answer is right."""
    return 0.5 if verdict.score is None else verdict.score


def _doubt(answer: ExpertResult) -> float:
    """An expert that doubts itself is believed; one that is sure of itself is not."""
    return answer.confidence if answer.confidence < 0.5 else 1.0


def _basis(answer: ExpertResult, passed: bool, base: float) -> str:
    if passed:
        return f"checked by {answer.expert}"
    return f"{answer.expert} is expected to be right ({base:.2f})"


def _why_no_answer(bundle: ExpertBundle) -> str:
    failed = [r for r in bundle.results if r.error]
    if len(bundle.results) == 1 and failed:
        return failed[0].error or ""
    return "; ".join(f"{r.expert}: {r.error}" for r in failed) or "no answer"
