"""The verdict on one page, and the blocks it is made of."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.analysis.cost import cost_lines
from optimizer.analysis.exclusions import exclusion_groups
from optimizer.analysis.static_bounds import obstacles
from optimizer.analysis.usage import Use, tightest, uses
from optimizer.analysis.verdict import verdict
from optimizer.inputs.design import Status
from optimizer.number_format import gap_percent, like, number, percent, target_percent
from optimizer.report.document import Bullets, Heading, Paragraph, Table, escaped, to_markdown, to_text
from optimizer.report.plan import chip_rows, order_rows
from optimizer.report.summary import About, summary_markdown, summary_text
from tests.tiny import EVERYTHING, tiny


@pytest.fixture(scope="module")
def minimal():
    return pipeline.run(tiny(), Path(), pipeline.Options(isolated=False))


@pytest.fixture(scope="module")
def everything():
    return pipeline.run(tiny(EVERYTHING), Path(), pipeline.Options(isolated=False))


def test_what_to_buy_comes_first_and_the_proof_is_there(minimal):
    lines = summary_text(minimal, About(files="results/x")).splitlines()
    assert lines[2].startswith("Buy 80 accelerators: 72 Quick and 8 Frugal")
    assert any("VERIFIED AND PROVEN" in line for line in lines[3:26])
    assert lines[-1] == "- all files: results/x"
    assert len(lines) < 80


def test_peak_beside_effective_at_the_precision_used(minimal):
    # 9 pods of 8 chips at 1,000 TFLOPS and utilisation 0.5; 1 pod of 8 at 0.25.
    assert chip_rows(minimal) == [
        ("quick", "training", "BF16", "72.00", "36.00", "50.0 %"),
        ("frugal", "training", "BF16", "8.000", "2.000", "25.0 %"),
    ]


def test_orders_carry_their_latest_date(minimal):
    # 20 weeks before 1 January 2027.
    assert order_rows(minimal)[0] == ("only", "paper", "buy", "quick", "warm_water", "9", "9", "72", "2026-08-14")


@pytest.mark.parametrize("which", ["minimal", "everything"])
def test_the_cost_adds_up_to_the_levelised_cost(which, request):
    result = request.getfixturevalue(which)
    total = sum(line.usd_per_eflop for line in cost_lines(result))
    assert total == pytest.approx(result.design.reported.lcoc_usd_per_eflop, rel=1e-9)


def test_every_rule_is_among_the_uses(everything):
    paths = {use.path for use in uses(everything.problem, everything.design)}
    assert {
        "phases.a.target_pflops",
        "workloads.training.floor_pflops.b",
        "sites.paper.grid_mw",
        "sites.paper.building.white_space_m2",
        "procurement.quotas.quick_total",
        "accelerators.quick.supply_per_year",
        "procurement.shares.some_frugal.min_fraction",
        "procurement.shares.not_all_quick.max_fraction",
        "limits.capex_musd",
        "limits.lcoc_usd_per_eflop",
        "limits.floor_area_m2",
    } <= paths


def test_a_verified_design_uses_no_more_than_there_is(everything):
    assert all(use.fraction <= 1 + 1e-6 for use in uses(everything.problem, everything.design))


def test_a_quota_binds_if_the_next_pod_does_not_fit():
    use = Use(
        requirement="quota x",
        where=("", ""),
        used=40.0,
        limit=47.0,
        unit="accelerators",
        path="procurement.quotas.x",
        step=8.0,
    )
    assert use.binds
    assert not dataclasses.replace(use, limit=48.0).binds


def test_tightest_gathers_phases():
    rows = tuple(
        Use(requirement="grid import", where=("s", p), used=used, limit=10.0, unit="MW", path="x")
        for p, used in (("b", 10.0), ("c", 10.0), ("a", 5.0))
    )
    assert [(use.where, phases) for use, phases in tightest(rows)] == [(("s", "b"), ("b", "c"))]


def test_every_page_shows_power_and_space(everything):
    page = summary_text(everything)
    assert all(words in page for words in ("grid import", "white space", "plant space", "PFLOPS/m2", "PFLOPS/MW"))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.INFEASIBLE, "INFEASIBLE"),
        (Status.NO_SOLUTION, "NO DESIGN YET"),
        (Status.UNBOUNDED, "UNSOUND"),
        (Status.UNSOUND, "UNSOUND"),
    ],
)
def test_verdicts_without_a_design(status, words, minimal):
    result = dataclasses.replace(minimal, status=status, design=None, audit=None)
    assert verdict(result).startswith(words)
    assert "USD/EFLOP" not in summary_text(result)


def test_a_rejected_design_shows_no_figures(minimal):
    result = dataclasses.replace(minimal, audit=dataclasses.replace(minimal.audit, passed=False))
    assert "WITHHELD" in verdict(result)
    assert "USD/EFLOP" not in summary_markdown(result)


@pytest.mark.parametrize("width", [20, 40, 80, 110])
def test_any_width(width, everything):
    page = summary_text(everything, About(warnings=("x" * 300,)), width)
    if width >= 80:
        assert max(map(len, page.splitlines())) <= width


def test_names_are_data():
    hostile = "</script>|[a](javascript:1) `x` *y* =1+1 {x.__class__}"
    blocks = [Heading(hostile), Paragraph(hostile), Bullets((hostile,)), Table(("A",), ((hostile,),))]
    assert hostile in to_text(blocks, 200)
    page = to_markdown(blocks)
    assert "<" not in page.replace("\\<", "")
    assert "](" not in page.replace("\\](", "")
    assert escaped("a\n# b") == "a \\# b"


def test_a_table_folds_its_last_column():
    text = to_text([Table(("Id", "What"), (("one", "alpha beta gamma delta epsilon zeta"),))], 30)
    assert text.splitlines() == ["Id   What", "one  alpha beta gamma delta", "     epsilon zeta"]


def test_exclusions_are_grouped_by_clause():
    denied = {"export.regime": "may_2026", "export.parent": "hong_kong", "sites.paper.place": "hong_kong"}
    strong = {"accelerators.quick.bf16_tflops": 2000.0, "accelerators.quick.die_mm2": 800.0}
    problem = pipeline.derive(tiny(denied | strong), Path())
    groups = exclusion_groups(problem)
    assert any("quick" in group.accelerators and group.kind == "export rule" for group in groups)
    assert all(group.detail for group in groups if group.kind == "export rule")


def test_obstacles_are_never_wrong_about_a_solved_instance(minimal, everything):
    assert obstacles(minimal.problem) == ()
    assert obstacles(everything.problem) == ()


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (number(12345.6), "12,346"),
        (number(0.012345), "0.01235"),
        (number(9.99996), "10.000"),
        (number(float("inf")), "n/a"),
        (percent(0.1234), "12.3 %"),
        (gap_percent(1e-12), "0.0001 %"),
        (gap_percent(0.0123), "1.2 %"),
        (target_percent(1e-4), "0.01 %"),
        (like(0.05, 1.4), "0.050"),
        (like(-64.234, 565.8), "-64.2"),
    ],
)
def test_numbers(shown, expected):
    assert shown == expected
