"""The workbook in a real spreadsheet engine: its formulas give the design's figures, and follow a changed rate."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.analysis.achieved import STEPS
from optimizer.inputs.design import Status, Timing
from optimizer.report.workbook.book import workbook
from optimizer.report.workbook.layout import SHEETS
from tests.report.spreadsheet import SOFFICE, needs_engine, opened, recalculated
from tests.tiny import EVERYTHING, WORKING, tiny

OPTIONS = pipeline.Options(isolated=False)


@pytest.fixture(scope="module")
def minimal():
    return pipeline.run(tiny(), Path(), OPTIONS)


@pytest.fixture(scope="module")
def everything():
    return pipeline.run(tiny(EVERYTHING), Path(), OPTIONS)


def formulas(book):
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def value(book, name):
    sheet, cell = book.defined_names[name].attr_text.rsplit("!", 1)
    return book[sheet.strip("'")][cell].value


@pytest.fixture(scope="module", params=["minimal", "everything"])
def recomputed(request, tmp_path_factory):
    """A result, its workbook, and the workbook as the engine computes it."""
    if SOFFICE is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    result = request.getfixturevalue(request.param)
    content = workbook(result)
    return result, content, recalculated(content, tmp_path_factory.mktemp("engine"))[0]


def test_every_formula_recalculates_to_what_is_stored(recomputed, tmp_path):
    _, content, computed = recomputed
    stored, live = opened(content, tmp_path, values=True), formulas(opened(content, tmp_path))
    assert len(live) > 80
    for sheet, cell in live:
        want, got = stored[sheet][cell].value, computed[sheet][cell].value
        if isinstance(want, int | float):
            assert got == pytest.approx(want, rel=1e-9, abs=1e-12), (sheet, cell)
        else:
            assert got == want, (sheet, cell)


def test_the_engine_finds_the_design_within_a_cent(recomputed):
    result, _, book = recomputed
    reported = result.design.reported
    assert abs(value(book, "npv_musd") - reported.npv_cost_musd) * 1e6 < 0.01
    assert value(book, "lcoc") == pytest.approx(reported.lcoc_usd_per_eflop, rel=1e-11)
    assert book["Design"]["B5"].value is True
    assert all(row[5] is True for row in book["Checks"].iter_rows(min_row=5, values_only=True) if row[0])


def npv_at(result, rate):
    """Net present value in MUSD and EFLOP of the same lines at another rate."""
    calendar = replace(result.problem.calendar, log_rate=math.log1p(rate))
    entries = [e for e in result.design.reported.ledger if e.unit == "MUSD"]
    cost = sum(entry.amount * calendar.weight(Timing(entry.timing), entry.phase) for entry in entries)
    from optimizer.model.figures import Figures

    problem = replace(result.problem, calendar=calendar)
    return cost, Figures(problem, result.design.decisions, result.design.reported.ledger).npv_eflop()


@needs_engine
def test_formulas_survive_a_changed_discount_rate(everything, tmp_path):
    rates = (0.0, 1e-7, 0.0007, 0.09, -0.02)
    books = recalculated(workbook(everything), tmp_path, *({("Cash flow", "B5"): rate} for rate in rates))
    for rate, book in zip(rates, books, strict=True):
        cost, eflop = npv_at(everything, rate)
        assert abs(cost - everything.design.reported.npv_cost_musd) > 1e-4
        assert abs(value(book, "npv_musd") - cost) * 1e6 < 0.01
        assert value(book, "npv_eflop") == pytest.approx(eflop, rel=1e-11)
        assert value(book, "lcoc") == pytest.approx(cost * 1e6 / eflop, rel=1e-10)
        # The design reports its own rate, and the checks do not pretend otherwise.
        assert book["Design"]["B5"].value is False


@needs_engine
def test_a_false_figure_shows_in_the_checks(everything, tmp_path):
    content = workbook(everything)
    ledger = opened(content, tmp_path)["Ledger"]
    assert ledger["A5"].value == "capex_accelerators"
    book = recalculated(content, tmp_path, {("Ledger", "G5"): ledger["G5"].value + 1e-6})[0]
    holds = {row[0]: row[5] for row in book["Checks"].iter_rows(min_row=5, values_only=True) if row[0]}
    assert holds["NPV of the ledger's lines, USD, within a cent"] is False
    assert holds["Capital, MUSD"] is False
    assert holds["Racks installed, last phase"] is True


def test_sheets_and_set_up(everything, tmp_path):
    book = opened(workbook(everything), tmp_path)
    assert tuple(book.sheetnames) == SHEETS
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert str(sheet.page_setup.paperSize) == "9"
        assert sheet.freeze_panes
    assert {"discount_rate", "base_date", "npv_musd", "lcoc"} <= set(book.defined_names)


def test_the_verdict_is_the_first_cell(everything, tmp_path):
    def first(result):
        return opened(workbook(result), tmp_path)["Design"]["A1"].value

    assert first(everything).startswith("VERIFIED AND PROVEN")
    assert first(replace(everything, status=Status.FEASIBLE)).startswith("VERIFIED, NOT PROVEN BEST")


def test_procurement_adds_up_to_the_ledger(everything, tmp_path):
    book = opened(workbook(everything), tmp_path, values=True)
    total = sum(row[13] for row in book["Procurement"].iter_rows(min_row=5, values_only=True) if row[0])
    assert total / 1e6 == pytest.approx(everything.design.reported.kpis["capex_musd"], rel=1e-9)


def test_equal_results_give_equal_bytes(everything):
    assert workbook(everything) == workbook(everything)


def test_a_design_without_battery(minimal, tmp_path):
    book = opened(workbook(minimal), tmp_path, values=True)
    checks = {row[0]: row[1:] for row in book["Checks"].iter_rows(min_row=5, values_only=True) if row[0]}
    assert checks["Battery, MWh, last phase"][0] == 0
    assert checks["Battery, MWh, last phase"][4] is True


@pytest.mark.parametrize("status", [Status.INFEASIBLE, Status.NO_SOLUTION])
def test_without_a_design_there_is_the_verdict_and_nothing_to_misread(status, minimal, tmp_path):
    ended = replace(minimal, status=status, design=None, audit=None)
    book = opened(workbook(ended), tmp_path)
    assert book.sheetnames == ["Design", "Assumptions"]
    assert book["Design"]["A1"].value.split()[0] in ("INFEASIBLE:", "NO")
    assert not formulas(book)


def test_a_rejected_design_is_withheld(minimal, tmp_path):
    bad = replace(minimal, audit=dataclasses.replace(minimal.audit, passed=False))
    book = opened(workbook(bad), tmp_path)
    assert book["Design"]["A1"].value.startswith("WITHHELD")
    assert "Ledger" not in book.sheetnames


def test_the_sheet_about_work(minimal, tmp_path):
    """Peak to effective for every design; runs and services only where there are any."""
    working = pipeline.run(tiny(WORKING), Path(), OPTIONS)
    sheets = {}
    for name, result in (("minimal", minimal), ("working", working)):
        sheet = opened(workbook(result), tmp_path, values=True)["Work"]
        sheets[name] = {row[0]: row for row in sheet.iter_rows(values_only=True) if row[0]}
        effective = sheets[name]["effective"][1]
        assert effective == pytest.approx(result.design.reported.kpis["effective_pflops"], rel=1e-9)
        product = math.prod(sheets[name][step][2] for step, _ in STEPS[1:])
        assert sheets[name]["peak"][1] * product == pytest.approx(effective, rel=1e-9)
    assert {"Training runs", "Serving", "run"} <= set(sheets["working"])
    assert not {"Training runs", "Serving"} & set(sheets["minimal"])


@needs_engine
def test_end_values_follow_price_age_and_resale(tmp_path):
    """Of pods nine tenths are left at an age of one year and seven at three; the first are two years old at the end."""
    resale = [{"years": 1.0, "fraction": 0.9}, {"years": 3.0, "fraction": 0.7}]
    result = pipeline.run(tiny({**EVERYTHING, "accelerators.quick.resale": resale}), Path(), OPTIONS)
    content = workbook(result)
    stored = opened(content, tmp_path, values=True)
    rows = [row for row in stored["End values"].iter_rows(min_row=5) if row[11].value == "resale"]
    assert rows, "no pods with a resale are left"
    row = next(one for one in rows if one[0].value == "quick")
    price, age, share = row[5], row[7].value, row[9].value
    assert share == pytest.approx(0.9 - (age - 1) / 2 * 0.2)
    dearer = {("End values", price.coordinate): 2 * price.value}
    (book,) = recalculated(content, tmp_path / "engine", dearer)
    weight = result.problem.calendar.weight(Timing.END, result.problem.calendar.last)
    npv = result.design.reported.npv_cost_musd
    assert value(book, "npv_musd") == pytest.approx(npv - price.value * share * weight, rel=1e-12)
