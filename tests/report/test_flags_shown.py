"""Legal flags stand beside the chip in every place where a plan is read, and a machine's own flag with its numbers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from optimizer import pipeline
from optimizer.analysis.comparison import compare
from optimizer.analysis.legal_flags import raised_flags
from optimizer.analysis.orders import procurement
from optimizer.analysis.sides import Side
from optimizer.pipeline import Result
from optimizer.regimes.flags import FLAGS
from optimizer.report.annex import annex_markdown
from optimizer.report.end_use_page import end_use_blocks, flags_json
from optimizer.report.html.page import render_report
from optimizer.report.html.parts import design_grids, order_grid
from optimizer.report.html.source import ReportSource
from optimizer.report.html.view import View
from optimizer.report.plan import order_header, order_rows
from optimizer.report.run_tables import PROCUREMENT_COLUMNS, procurement_rows
from optimizer.report.summary import summary_markdown, summary_text
from tests.tiny import tiny

CHINESE = {
    "export.regime": "may_2026",
    "export.parent": "hong_kong",
    "sites.paper.place": "hong_kong",
    "accelerators.quick.origin": "CN",
    "accelerators.quick.entity_listed": True,
    "accelerators.quick.fp64_tflops": 3000.0,
    "accelerators.quick.fp64_vector_tflops": 1500.0,
    "accelerators.quick.fp32_tflops": 0.0,
    "procurement.include": ["quick"],
}
"""Ten quick pods: 80 chips of Chinese design with TPP 192,000, 240 PFLOPS in FP64 on 105 m3."""
LABELS = ("GP10", "Entity List", "HBM supply", "import licence")
MACHINE = "supercomputer end use"


@pytest.fixture(scope="module")
def flagged() -> Result:
    result = pipeline.run(tiny(CHINESE), Path(), pipeline.Options(isolated=False))
    assert result.verified
    return result


@pytest.fixture(scope="module")
def plain() -> Result:
    return pipeline.run(tiny(), Path(), pipeline.Options(isolated=False))


def holds_all(text: str) -> bool:
    return all(label in text for label in (*LABELS, MACHINE))


def test_the_flags_of_a_design(flagged: Result) -> None:
    found = raised_flags(flagged.problem, flagged.decisions)
    assert [raised.flag.label for raised in found] == [MACHINE, *LABELS]
    assert {raised.count for raised in found[1:]} == {80}
    assert "240 PFLOPS in FP64 (120 by vector units)" in found[0].detail


def test_terminal_and_first_page(flagged: Result) -> None:
    for text in (summary_text(flagged, width=200), summary_markdown(flagged)):
        assert holds_all(text)
        assert "General Prohibition 10" in text
        assert "13 May 2025" in text


def test_the_buy_list_of_the_plan(flagged: Result) -> None:
    header, _ = order_header(flagged)
    (row,) = [dict(zip(header, cells, strict=True)) for cells in order_rows(flagged)]
    assert row["Flags"] == ", ".join(LABELS)


def test_the_report(flagged: Result) -> None:
    page = render_report(ReportSource(result=flagged))
    assert holds_all(page)
    assert page.count("GP10") >= 3, "tile, buy list, explanation"


def test_the_purchase_file(flagged: Result) -> None:
    lines = procurement(flagged.problem, flagged.decisions)
    rows = [dict(zip(PROCUREMENT_COLUMNS, row, strict=True)) for row in procurement_rows(lines)]
    assert {row["flags"] for row in rows if row["what"] == "accelerator pods"} == {"; ".join((MACHINE, *LABELS))}
    assert {row["flags"] for row in rows if row["what"] == "racks"} == {MACHINE}


def test_the_workbook(flagged: Result) -> None:
    from optimizer.report.workbook.book import workbook

    book = openpyxl.load_workbook(io.BytesIO(workbook(flagged)))
    cells = [str(cell.value) for row in book["Procurement"].iter_rows() for cell in row]
    assert any(holds_all(text) for text in cells)


def test_the_annex(flagged: Result) -> None:
    text = annex_markdown(flagged)
    row = next(line for line in text.splitlines() if "accelerator pods" in line and line.startswith("|"))
    assert holds_all(row)


def test_the_comparison(flagged: Result, plain: Result) -> None:
    rows = {
        row.what: row.values
        for row in compare((Side(name="a", result=flagged), Side(name="b", result=plain))).decisions
    }
    assert rows["legal flags: GP10"] == (80, None)
    assert rows[f"legal flags: {MACHINE}"] == (1, None)


def test_json(flagged: Result) -> None:
    found = {row["flag"]: row for row in flags_json(raised_flags(flagged.problem, flagged.decisions))}
    assert found["gp10"]["clause"].startswith("15 CFR 736.2(b)(10)")
    assert found["gp10"]["accelerators"] == ["quick"]


def test_no_flag_no_column(plain: Result) -> None:
    assert "Flags" not in order_header(plain)[0]
    assert re.search(r"Legal flags +none", summary_text(plain))
    assert "LEGAL FLAGS" not in summary_text(plain)


def test_sites_elsewhere_are_told_that_the_rule_does_not_apply() -> None:
    assert "does not apply" in str(end_use_blocks(()))


def test_the_calendar(flagged: Result) -> None:
    from optimizer.cli.calendar import _calendar

    blocks, lines = _calendar(flagged)
    assert holds_all(str(blocks))
    assert any(holds_all("; ".join(flag.label for flag in line.flags)) for line in lines)


@pytest.fixture(scope="module")
def every_flag(flagged: Result) -> Result:
    """The same design, as if its one ruling raised every flag there is."""
    ids = tuple(flag.id for flag in FLAGS)
    compute = flagged.problem.compute
    types = {
        key: replace(pod, rulings={p: replace(ruling, flags=ids) for p, ruling in pod.rulings.items()})
        for key, pod in compute.types.items()
    }
    return replace(flagged, problem=replace(flagged.problem, compute=replace(compute, types=types)))


def _workbook_text(result: Result) -> str:
    from optimizer.report.workbook.book import workbook

    book = openpyxl.load_workbook(io.BytesIO(workbook(result)))
    return " ".join(str(cell.value) for row in book["Procurement"].iter_rows() for cell in row)


def _calendar_text(result: Result) -> str:
    from optimizer.cli.calendar import _calendar

    return str(_calendar(result)[0])


PLACES: dict[str, Callable[[Result], str]] = {
    "terminal": lambda result: summary_text(result, width=200),
    "first screen": lambda result: summary_markdown(result).split("## Legal flags")[0],
    "report's buy list": lambda result: str(design_grids(View(result))[0]),
    "report's orders": lambda result: str(order_grid(View(result))),
    "procurement.csv": lambda result: str(procurement_rows(procurement(result.problem, result.decisions))),
    "workbook": _workbook_text,
    "annex": lambda result: annex_markdown(result).split("Annex A")[1].split("Annex B")[0],
    "calendar": _calendar_text,
    "compare": lambda result: str(
        [row.what for row in compare((Side(name="a", result=result), Side(name="b", result=result))).decisions]
    ),
    "json": lambda result: str(flags_json(raised_flags(result.problem, result.decisions))),
}


@pytest.mark.parametrize("place", PLACES)
def test_every_flag_is_in_every_place(place: str, every_flag: Result) -> None:
    shown = PLACES[place](every_flag)
    assert [flag.label for flag in FLAGS if flag.label not in shown] == []
