"""What a report holds: the contents of ``report.json``.

All figures are fractions; costs are US dollars per 1,000 prompts, times are seconds. A figure
that does not apply, or that came as nan or infinity, is None: the file is strict JSON.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from secondhalf.evals.errors import DataSetError
from secondhalf.evals.track import Kind
from secondhalf.state.base import Json
from secondhalf.state.plaintext import one_line, whole


def _finite(value: object) -> object:
    """``value``, or None in place of a number that is none."""
    number = value if isinstance(value, float) else 0.0
    return value if math.isfinite(number) else None


def _plain(value: Any) -> Any:
    """Arrays and numbers of numpy as JSON's, nan and infinity as None, at any depth."""
    text = json.dumps(value, ensure_ascii=False, default=_of_numpy)
    return json.loads(whole(text), parse_constant=lambda _: None)


def _of_numpy(value: NDArray[Any]) -> Any:
    return value.tolist()


FILE_NAME = "report.json"

Text = Annotated[str, AfterValidator(whole)]
"""A string that a file can hold: from data, not to be trusted with a terminal or a page."""
Figure = Annotated[float | None, BeforeValidator(_finite)]
Figures = tuple[Figure, ...]
Curve = tuple[tuple[Figure, Figure], ...]
"""Points (x, y)."""
Settings = Annotated[dict[str, Json], BeforeValidator(_plain)]


class Content(BaseModel):
    """A frozen part of a report; keys that it does not know are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Data(Content):
    """Which recorded answers were replayed."""

    file: Text
    name: Text
    prompts: int
    models: tuple[Text, ...]
    left_out: tuple[Text, ...] = ()
    """What the file held besides and why it was not used: one line each."""


class Part(Content):
    """The main figures of a policy over a part of the prompts."""

    accuracy: Figure = None
    accuracy_low: Figure = None
    accuracy_high: Figure = None
    cost_usd_per_1k: Figure = None


class PolicyRow(Content):
    """The figures of one policy, over all prompts and runs."""

    name: Text
    kind: Kind
    accuracy: float
    accuracy_low: Figure = None
    accuracy_high: Figure = None
    gain_low: Figure = None
    """Accuracy less the best single model's on the same prompts: its 95 % interval."""
    gain_high: Figure = None
    cost_usd_per_1k: Figure = None
    strong_share: Figure = None
    latency_s: Figure = None
    """Seconds per prompt."""
    opened: Figure = None
    """Answers opened per prompt."""
    quality: Figure = None
    """What the policy itself said of its answers, on average."""
    ece: Figure = None
    answered_by: Mapping[Text, Figure] = {}
    """Share of the answers given, by model."""
    paths: Mapping[Text, Figure] = {}
    """Share of the answers given, by path of the router."""
    violations: Figure = None
    """Share of the prompts where a budget was exceeded."""
    after_100: Part | None = None
    """Without the first 100 prompts that each run met."""
    arena: Figure = None
    """RouterArena's score S."""
    escalation_rate: Figure = None


class Summary(Content):
    """The router's figures over its presets; ``glossary.py`` says what each one is."""

    aiq: Figure = None
    aiq_single_models: Figure = None
    aiq_gain_low: Figure = None
    apgr: Figure = None
    apgr_low: Figure = None
    apgr_length: Figure = None
    apgr_ridge: Figure = None
    cpt50: Figure = None
    cpt80: Figure = None
    cost_save: Figure = None
    perf_gain: Figure = None
    robustness: Figure = None
    budget_violations: Figure = None
    ece: Figure = None


class Bucket(Content):
    """The prompts of one category or topic."""

    bucket: Text
    prompts: int
    policies: Mapping[Text, Part] = {}


class RobustnessRow(Content):
    """How often a policy chose otherwise when a prompt was changed and its meaning was not."""

    perturbation: Text
    policy: Text
    matched: float
    """Prompts that were put both ways."""
    flips: float
    robustness: Figure = None


class Bin(Content):
    """Answers whose stated quality lies between ``low`` and ``high``."""

    low: float
    high: float
    count: float
    quality: Figure = None
    accuracy: Figure = None


class Calibration(Content):
    """How far what a policy says of its answers can be believed."""

    policy: Text
    bins: tuple[Bin, ...] = ()
    ece: Figure = None
    brier: Figure = None
    aurc: Figure = None
    auc: Figure = None


class Band(Content):
    """A curve with its band, all of one length; ``at`` counts prompts."""

    at: Figures
    mean: Figures
    low: Figures = ()
    high: Figures = ()


class Curves(Content):
    """Curves by the name of the policy they belong to."""

    frontier: Mapping[Text, Curve] = {}
    """Hulls: (US dollars per 1,000 prompts, accuracy)."""
    regret: Mapping[Text, Band] = {}
    """Utility lost so far against the best fixed model."""
    pgr: Mapping[Text, Curve] = {}
    """(share sent to the strong model, share of the gap recovered)."""
    risk_coverage: Mapping[Text, Curve] = {}
    """(share of the prompts answered, the surest first; share of wrong answers among them)."""
    roc: Mapping[Text, Curve] = {}
    """(false positive rate, true positive rate) of the quality a policy states."""


class OffPolicyRow(Content):
    """What an estimator makes of a log of another policy, beside the truth."""

    policy: Text
    truth: Figure = None
    estimator: Text
    value: Figure = None
    low: Figure = None
    high: Figure = None
    ess: Figure = None
    """Effective sample size."""
    covered: bool | None = None
    """Whether the interval holds the truth."""
    warning: Text = ""


class Report(Content):
    """All that an evaluation found."""

    data: Data
    protocol: Text
    seeds: tuple[int, ...]
    order: Text
    made_at: Text
    secondhalf_version: Text
    settings: Settings = {}
    policies: tuple[PolicyRow, ...]
    summary: Summary
    summary_after_100: Summary | None = None
    buckets: tuple[Bucket, ...] = ()
    robustness: tuple[RobustnessRow, ...] = ()
    calibration: tuple[Calibration, ...] = ()
    curves: Curves = Curves()
    off_policy: tuple[OffPolicyRow, ...] = ()
    extra: Settings = {}


def to_json(content: Content) -> str:
    """Strict JSON in plain ASCII, indented, the keys in the order of the fields."""
    return json.dumps(content.model_dump(), allow_nan=False, indent=1) + "\n"


def read_report(path: Path | str) -> Report:
    """The report in a file, or in the folder of a run.

    Raises:
        DataSetError: there is none, or it is no report; names the file and the field.
    """
    place = Path(path)
    file = place / FILE_NAME if place.is_dir() else place
    try:
        return Report.model_validate_json(file.read_bytes())
    except OSError as error:
        what = error.strerror or str(error)
        raise DataSetError(
            f"cannot read {str(file)!r}: {what}: name a folder that an evaluation has written"
        ) from error
    except ValidationError as error:
        raise DataSetError(
            f"{str(file)!r} is no report of an evaluation: {_first(error)}"
        ) from error


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in found["loc"])
    return one_line(f"{where}: {found['msg']}" if where else found["msg"])
