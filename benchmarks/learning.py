"""Whether what is learned can be trusted: gate, drift, poisoned feedback, regret, recorded answers.

    python benchmarks/learning.py [--quick] [--json FILE] [--data DIR] [--prompts N] [--only PART]

Most of it is simulated worlds whose truth is known; each ``learning_*.py`` says which parts are
simulated and which are the router's own. Recorded answers are in ``$SECONDHALF_DATA``, else in
``../shared/data``; without them that part is left out.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import learning_drift
import learning_gate
import learning_poison
import learning_recorded
import learning_regret

ROOT = Path(__file__).resolve().parent.parent
MOST_FALSE, LEAST_ADOPTED, MOST_OUTCOMES = 0.05, 0.90, 60.0
LEAST_REGRET = 1.0
"""Wrong answers that not learning counts as at the least, where what was expected was right."""
DEMANDED = 0.30
"""Up to this share of poisoned feedback the active policy has to stay as it is."""

Figures = dict[str, float]
Targets = dict[str, dict[str, float | bool]]


@dataclass(frozen=True)
class Part:
    """Figures, and those of them that have a target."""

    figures: Figures
    at_most: Figures = field(default_factory=Figures)
    at_least: Figures = field(default_factory=Figures)


def _print(name: str, values: Iterable[float], form: str = ">9.3f") -> None:
    print(f"  {name:<46}" + "".join(f"{value:{form}}" for value in values))


def _head(name: str, columns: Iterable[str], width: int = 9) -> None:
    print(f"\n{name}\n  {'':<46}" + "".join(f"{column:>{width}}" for column in columns))


def gate(quick: bool) -> Part:
    """Harmful and equal changes, a real improvement, and taking back what does harm."""
    runs, families, improvements = (400, 60, 60) if quick else (1000, 1000, 500)
    _head(f"Adopted that should not be, of {runs} runs, α = {learning_gate.ALPHA}", ["share"])
    rates: dict[str, float] = {}
    for kind in learning_gate.KINDS:
        rates[kind.name] = learning_gate.false_promotions(kind, runs)
        _print(kind.name, [rates[kind.name]])
    worst = max(learning_gate.KINDS, key=lambda kind: rates[kind.name])
    together = learning_gate.false_promotions_of_many(worst, families)
    many = f"any of {learning_gate.PROPOSALS} proposals, {worst.name}, {families} runs"
    _print(many, [together])
    columns = ("differing", "any", "median")
    _head(f"Adopted of .70 → .80, of {improvements} runs, within 400 pairs", columns, 10)
    found = [learning_gate.adoption(share, improvements) for share in (0.0, 0.5, 1.0)]
    for name, *values in found:
        _print(name, values, ">10.3f")
    _head(f"Taken back in use, within {learning_gate.SERVED} pairs", ("share", "median"))
    for name, old, new in (("equal", 0.7, 0.7), ("worse by .10", 0.8, 0.7), (".20", 0.8, 0.6)):
        back = learning_gate.rollback(name, old, new, min(runs, 200))
        _print(name, [back.taken_back, back.median_pairs])
    false, adopted = max(*rates.values(), together), found[1].within_differing
    figures = {
        "false_promotion_rate": false,
        "false_promotion_rate_of_10": together,
        "adoption_rate_at_400": adopted,
    }
    for one, paired in zip(found, (0, 50, 100), strict=True):
        figures[f"adoption_rate_at_400_any_{paired}"] = one.within_any
    most, least = {"false_promotion_rate": MOST_FALSE}, {"adoption_rate_at_400": LEAST_ADOPTED}
    return Part(figures, most, least)


def drift(quick: bool) -> Part:
    """From .8 to .5, beside a path that stays at .7."""
    seeds, streams = (12, 40) if quick else (60, 400)
    title = f"Outcomes of a path that falls from .8 to .5 until another is first, {seeds} worlds"
    _head(title, ("median", "90 %"))
    found = [learning_drift.moved(before, seeds) for before in learning_drift.BEFORE]
    slow = learning_drift.moved(200, seeds // 2, slow=True)
    for one in (*found, slow):
        name = f"after {one.before} outcomes" + (", over 100 outcomes" if one.slow else "")
        _print(name, [one.median, one.high], ">9.1f")
    alarms = {m: learning_drift.false_alarms(m, streams) for m in (0.5, 0.7, 0.8, 0.9)}
    text = ", ".join(f"{rate:.3f} at {mean:.1f}" for mean, rate in alarms.items())
    print(f"  false alarms per {learning_drift.WATCHED} outcomes: {text}")
    figures = {
        "median_outcomes_to_move_away": max(one.median for one in found),
        "median_outcomes_to_move_away_slow": slow.median,
        "false_alarms_per_500": max(alarms.values()),
    }
    return Part(figures, {"median_outcomes_to_move_away": MOST_OUTCOMES})


def poison(quick: bool) -> Part:
    """Few people who lie, and verifiers that do."""
    runs, misled, lied = (10, 3, 100) if quick else (100, 10, 500)
    title = (
        f"Made worse by 3 of 33 people, share of {runs} runs: policies, and ({misled}) estimates"
    )
    _head(title, ("gated", "no gate", "no caps", "forced", "misled"))
    figures: Figures = {}
    changed = 0.0
    for share in learning_poison.SHARES:
        one = learning_poison.poisoned(share, runs, misled)
        rates = (one.gated, one.ungated, one.open, one.forced, one.misled)
        _print(f"{share:.0%} of feedback poisoned", rates)
        figures[f"poisoned_policy_changed_rate_{share:.0%}".rstrip("%")] = one.gated
        figures[f"poisoned_estimates_misled_rate_{share:.0%}".rstrip("%")] = one.misled
        if share <= DEMANDED:
            changed = max(changed, one.gated, one.forced)
    _head(f"Harmful changes adopted because a verifier lies, of {lied} runs", ["share"])
    lies = {name: learning_poison.lying(told, lied) for name, told in learning_poison.LIES.items()}
    for name, rate in lies.items():
        _print(name, [rate])
    figures |= {
        "poisoned_policy_changed_rate": changed,
        "lying_verifier_adoption_rate": max(lies.values()),
    }
    most = {"poisoned_policy_changed_rate": 0.0, "lying_verifier_adoption_rate": MOST_FALSE}
    return Part(figures, most)


def regret(quick: bool) -> Part:
    """Worlds with known truth, beside no learning, a plain bandit and no gate."""
    seeds = 2 if quick else 12
    title = f"Wrong answers for want of the best path, of {learning_regret.ROUNDS}; {seeds} worlds"
    _head(title, learning_regret.ROUTERS, 12)
    figures: Figures = {}
    for world in learning_regret.WORLDS:
        found = learning_regret.regrets(world, seeds)
        _print(world.name, found.values(), ">12.1f")
        none = max(found.pop("no_learning"), LEAST_REGRET)
        figures[f"regret_ratio_{world.name}"] = found.pop("ours") / none
        figures |= {f"regret_ratio_{world.name}_{name}": r / none for name, r in found.items()}
    return Part(figures)


def recorded(quick: bool, folder: Path, prompts: int | None) -> Part:
    """Learning on against learning off, through the real router."""
    if not folder.is_dir():
        print(f"\nNo recorded answers at {folder}: left out (set SECONDHALF_DATA, or give --data)")
        return Part({})
    most = prompts or (150 if quick else 500)
    sets = [one for one in learning_recorded.SETS if one.name == "mmlupro" or not quick]
    columns = ("prompts", "low", "gain", "high", "score", "→", "USD/1,000", "→")
    _head("Utility with learning less without, 95 % interval; score and cost off → on", columns, 10)
    figures, at_least = Figures(), Figures()
    for one in sets:
        found = learning_recorded.measure(folder, one, most)
        gain, usd = found.gain, [1000 * each for each in found.usd]
        values = (found.prompts, gain.low, gain.mean, gain.high, *found.score, *usd)
        _print(one.name, values, ">10.4g")
        figures[f"learning_gain_{one.name}"] = gain.mean
        figures[f"learning_gain_low_{one.name}"] = gain.low
        at_least[f"learning_gain_{one.name}"] = learning_recorded.MOST_LOST
        if not one.small:
            at_least[f"learning_gain_low_{one.name}"] = 0.0
    return Part(figures, at_least=at_least)


def report(parts: Sequence[Part]) -> dict[str, Figures | Targets]:
    """Figures and targets, as every benchmark writes them."""
    figures: Figures = {}
    targets: Targets = {}
    for part in parts:
        figures |= part.figures
        for name, most in part.at_most.items():
            value = part.figures[name]
            targets[name] = {"at_most": most, "value": value, "met": value <= most}
        for name, least in part.at_least.items():
            value = part.figures[name]
            targets[name] = {"at_least": least, "value": value, "met": value >= least}
    return {"figures": figures, "targets": targets}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print tables, and write the figures."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--quick", action="store_true", help="fewer runs: about a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write figures and targets")
    default = Path(os.environ.get("SECONDHALF_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=default, help="folder of recorded answers")
    parser.add_argument("--prompts", type=int, help="how many of a set are routed at the most")
    names = ("gate", "drift", "poison", "regret", "recorded")
    parser.add_argument("--only", choices=names, help="one part of it")
    given = parser.parse_args(arguments)
    quick: bool = given.quick
    parts: dict[str, Callable[[], Part]] = {
        "gate": lambda: gate(quick),
        "drift": lambda: drift(quick),
        "poison": lambda: poison(quick),
        "regret": lambda: regret(quick),
        "recorded": lambda: recorded(quick, given.data, given.prompts),
    }
    done = report([part() for name, part in parts.items() if given.only in (None, name)])
    for name, target in done["targets"].items():
        print(f"{'met' if target['met'] else 'MISSED':<8}{name}: {target}")  # type: ignore[index]
    if given.json is not None:
        given.json.write_text(json.dumps(done, indent=2) + "\n")


if __name__ == "__main__":
    main()
