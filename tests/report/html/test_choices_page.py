"""Studies on the page: shown if there, no empty frame if not, and names never read as markup."""

from __future__ import annotations

import dataclasses

from optimizer.report.alternatives import AlternativeRow, Choices
from optimizer.report.baselines import PlanRow, Plans
from optimizer.report.html.page import render_report
from optimizer.report.html.source import ReportSource
from optimizer.report.studies import Studies
from optimizer.study.comparison_figures import MERITS
from optimizer.study.entry_price import EntryKind, EntryPrice

HOSTILE = "<script>alert(1)</script>"
FIGURES = {merit.id: 1.0 for merit in MERITS} | {"lcoc_usd_per_eflop": 1.0}
SECTIONS = ("alternatives", "baselines", "entries", "marginals")


def studied(result) -> ReportSource:
    rows = (
        AlternativeRow(
            rank=0, objective=1.0, worse_by=0.0, proven=True, differs=(), buys=HOSTILE, better_at=(), figures=FIGURES
        ),
        AlternativeRow(
            rank=1,
            objective=1.02,
            worse_by=0.02,
            proven=True,
            differs=(HOSTILE,),
            buys="8 x",
            better_at=(f"power -3 % {HOSTILE}",),
            figures=FIGURES,
        ),
    )
    found = Choices(
        instance="minimal",
        instance_sha256="",
        objective="lcoc",
        within=0.05,
        differ=("chips",),
        replace=False,
        ending="beyond",
        next_worse_by=0.07,
        rows=rows,
    )
    plan = PlanRow(
        id="no_licences",
        name=HOSTILE,
        rule=HOSTILE,
        status="infeasible",
        objective=None,
        saving_fraction=None,
        saving_musd=None,
        buys="",
        reason=HOSTILE,
    )
    entry = EntryPrice(accelerator=HOSTILE, kind=EntryKind.EXCLUDED, price_usd=1.0, reason=HOSTILE)
    plans = Plans(instance="minimal", instance_sha256="", objective="lcoc", best=1.0, rows=(plan,))
    return ReportSource(result=result, studies=Studies(alternatives=found, baselines=plans, entries=(entry,)))


def test_no_empty_frames(minimal_page):
    assert not [name for name in SECTIONS if f'id="{name}"' in minimal_page]
    assert "What else is nearly" not in minimal_page


def test_every_study_has_its_table_and_nothing_is_markup(minimal_result):
    page = render_report(studied(minimal_result))
    for name in SECTIONS[:3]:
        assert f'<h3 id="{name}">' in page
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "no further design that differs in chips lies within 5.00 %: the next one costs at least 7.00 % more" in page
    assert "if every licence were refused: no design" in page


def test_without_a_design_no_study_is_shown(infeasible_result, minimal_result):
    page = render_report(dataclasses.replace(studied(minimal_result), result=infeasible_result))
    assert not [name for name in SECTIONS if f'id="{name}"' in page]
