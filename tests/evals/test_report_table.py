"""A report in a terminal."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console, RenderableType

from secondhalf.evals.report.content import Summary
from secondhalf.evals.report.table import policy_table, report_screen
from tests.evals.report_samples import full, policy, report, usual


def shown(what: RenderableType, width: int = 80, **settings: Any) -> str:
    out = StringIO()
    Console(file=out, width=width, **settings).print(what)
    return out.getvalue()


def test_policies_are_listed_by_kind_and_cost() -> None:
    """What has no price comes last among its kind."""
    rows = [
        policy("dear", "model", 0.9, 2.0),
        policy("balanced", "router", 0.9, 1.0),
        policy("unpriced", "model", 0.9, None),
        policy("cheap", "model", 0.9, 0.1),
        policy("ridge", "baseline", 0.9, 1.0),
    ]

    out = shown(policy_table(rows)).splitlines()
    names = [line.split()[0] for line in out if "." in line]
    assert ["balanced", "ridge", "cheap", "dear", "unpriced"] == names


def test_a_row_gives_accuracy_cost_share_and_ece() -> None:
    """A figure that is not known is a dash."""
    rows = [
        policy("balanced", "router", 0.942, 0.41, strong_share=0.24, ece=0.02),
        policy("m", "model", 0.942, None),
    ]

    out = shown(policy_table(rows))
    assert [["policy", "accuracy", "USD/1,000", "strong", "ECE"]] == [out.splitlines()[1].split()]
    assert "balanced  .942 [.932, .952]      0.410    24 %  .020" in " ".join(out.split("\n"))
    assert "m         .942 [.932, .952]          –       –     –" in out


@pytest.mark.parametrize("width", [80, 100])
def test_everything_fits(width: int) -> None:
    """Names of 45 letters and more are shortened, and stay apart."""
    found = full(lambda name: f"organisation/a-rather-long-name-of-a-model-{name}", policies=30)

    out = shown(report_screen(found, width), width)
    assert max(map(len, out.splitlines())) <= width
    assert all(f"policy {at}" in out for at in range(21, 25))


def test_a_file_gets_no_colours() -> None:
    """Only a terminal does."""
    assert "\x1b" not in shown(report_screen(usual()))
    assert "\x1b[1m" in shown(report_screen(usual()), force_terminal=True)


def test_text_from_data_is_only_shown() -> None:
    """Neither markup, whatever the console makes of it, nor what steers a terminal."""
    hostile = "[red]x[/red]\x1b[2J\x9b\u202e\ud800[link=https://x.example]"
    found = full(lambda name: hostile + name, policies=5)

    out = shown(report_screen(found), force_terminal=True, width=100)
    assert "[red]x[/red][2J" in out
    assert "\x1b[2J" not in out
    assert "\x1b]8" not in out
    assert not set(out) & {"\x9b", "\u202e", "\ud800"}


def test_the_summary_follows_with_the_later_figures() -> None:
    """Only the figures that apply."""
    found = report(
        policy("balanced", "router", 0.9, 1.0),
        summary={"aiq": 0.95},
        summary_after_100=Summary(aiq=0.96),
    )

    out = shown(report_screen(found))
    assert "AIQ" in out
    assert ".950       .960" in out
    assert "APGR" not in out


def test_what_was_left_out_is_said() -> None:
    """Line by line, at the end."""
    end = shown(report_screen(usual())).splitlines()[-2:]

    assert ["left out:", "· 37 prompts were not answered by all models"] == end
