"""Which policies of a report are spoken of: the presets, the best single model, the rivals."""

from collections.abc import Collection, Mapping, Sequence

from secondhalf.evals.report.content import PolicyRow, Report
from secondhalf.evals.track import Kind
from secondhalf.policy.defaults import PRICES

KINDS: tuple[Kind, ...] = ("router", "baseline", "model", "oracle")
"""In the order a report lists them."""
USD_PRICES: Mapping[str, float] = {preset: price.usd for preset, price in PRICES.items()}
"""Quality that a US dollar is taken to be worth, by preset."""
MAIN_PRESET = "balanced"


def preset_of(name: str) -> str:
    """The preset a policy's name ends with (``ridge/balanced``); the main one if with none."""
    last = name.rpartition("/")[2]
    return last if last in USD_PRICES else MAIN_PRESET


def utility(row: PolicyRow, usd_price: float) -> float:
    """Accuracy less what a prompt costs at ``usd_price``; an unknown cost counts as none."""
    return row.accuracy - usd_price * (row.cost_usd_per_1k or 0.0) / 1000


def of_kind(report: Report, *kinds: Kind) -> list[PolicyRow]:
    """Policies of some kinds, as the report lists them."""
    return [row for row in report.policies if row.kind in kinds]


def preset_labels(report: Report) -> dict[str, str]:
    """Short names of the presets: what is left without what all of them begin with."""
    names = [row.name for row in of_kind(report, "router")]
    families = {name.rpartition("/")[0] for name in names}
    shorter = len(families) == 1
    return {name: name.rpartition("/")[2] if shorter else name for name in names}


def is_ours(report: Report, name: str) -> bool:
    """Whether a curve is the router's: of a preset, or of all of them together."""
    routers = {row.name for row in of_kind(report, "router")}
    together = {router.rpartition("/")[0] for router in routers} - {""}
    return name in routers | together or "router" in name.casefold()


def in_order(rows: Sequence[PolicyRow]) -> list[PolicyRow]:
    """By kind, then by cost; what has no price comes last, the more accurate first."""
    return sorted(
        rows,
        key=lambda row: (
            KINDS.index(row.kind),
            row.cost_usd_per_1k is None,
            row.cost_usd_per_1k or 0.0,
            -row.accuracy,
        ),
    )


def main_preset(report: Report) -> PolicyRow | None:
    """The router's balanced preset; where there is none, the preset of the most utility."""
    routers = of_kind(report, "router")
    named = [row for row in routers if row.name.rpartition("/")[2] == MAIN_PRESET]
    price = USD_PRICES[MAIN_PRESET]
    return max(named or routers, key=lambda row: utility(row, price), default=None)


def best_single(report: Report) -> PolicyRow | None:
    """The single model that proved the most accurate; the cheaper of equals."""
    return max(
        of_kind(report, "model"),
        key=lambda row: (row.accuracy, -(row.cost_usd_per_1k or 0.0)),
        default=None,
    )


def dominating(report: Report, row: PolicyRow) -> PolicyRow | None:
    """A baseline or model no worse and no dearer than ``row``, and better in one of the two."""
    if row.cost_usd_per_1k is None:
        return None
    better = [
        other
        for other in of_kind(report, "baseline", "model")
        if other.cost_usd_per_1k is not None
        and other.accuracy >= row.accuracy
        and other.cost_usd_per_1k <= row.cost_usd_per_1k
        and (other.accuracy, -other.cost_usd_per_1k) != (row.accuracy, -row.cost_usd_per_1k)
    ]
    return max(
        better, key=lambda other: utility(other, USD_PRICES[preset_of(row.name)]), default=None
    )


def shown(report: Report, names: Collection[str], most: int) -> list[str]:
    """At most ``most`` of ``names``: the router's, then what it is to be measured against."""
    known = [name for name in ranking(report) if name in names]
    others = [name for name in names if name not in known]
    ours = [name for name in others if is_ours(report, name)]
    return list(dict.fromkeys([*ours, *known, *others]))[:most]


def ranking(report: Report) -> list[str]:
    """All names, the ones a reader looks for first in front.

    Presets, the best single model, the oracle, baselines by utility at the main preset's price,
    then the other models.
    """
    price = USD_PRICES[MAIN_PRESET]

    def by_utility(*kinds: Kind) -> list[PolicyRow]:
        return sorted(of_kind(report, *kinds), key=lambda row: -utility(row, price))

    single = best_single(report)
    first = [row.name for row in in_order(of_kind(report, "router"))]
    rest = [*by_utility("oracle"), *by_utility("baseline"), *by_utility("model")]
    return list(
        dict.fromkeys([*first, *([single.name] if single else []), *(row.name for row in rest)])
    )
