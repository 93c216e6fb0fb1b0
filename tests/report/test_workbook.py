"""The workbook in a real spreadsheet engine: its formulas give the design's figures, and follow a changed rate."""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.analysis.achieved import STEPS
from optimizer.inputs.design import Status, Timing
from optimizer.report.workbook.book import workbook
from optimizer.report.workbook.layout import SHEETS
from optimizer.study.input_values import TARIFF, with_value
from tests.report.spreadsheet import SOFFICE, needs_engine, opened, recalculated
from tests.report.test_names_shown import identifiers, shown
from tests.tiny import EVERYTHING, WORKING, tiny

OPTIONS = pipeline.Options(isolated=False)


@pytest.fixture(scope="module")
def minimal():
    return pipeline.run(tiny(), Path(), OPTIONS)


@pytest.fixture(scope="module")
def everything():
    return pipeline.run(tiny(EVERYTHING), Path(), OPTIONS)


SINGAPORE = {"currency": "SGD", "exchange_rates.SGD": {"per_usd": 1.29, "quoted": date(2026, 11, 1)}}


@pytest.fixture(scope="module")
def in_dollars_of_singapore():
    return pipeline.run(tiny({**EVERYTHING, **SINGAPORE}), Path(), OPTIONS)


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


@pytest.fixture(scope="module", params=["minimal", "everything", "in_dollars_of_singapore"])
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
    books = recalculated(workbook(everything), tmp_path, *({("Inputs", "C5"): rate} for rate in rates))
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
    assert (ledger["A5"].value, ledger["J5"].value) == ("Accelerators and servers", "capex_accelerators")
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
    total = sum(row[10] for row in book["Procurement"].iter_rows(min_row=5, values_only=True) if row[0])
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
    row = next(one for one in rows if one[12].value == "quick")
    price, age, share = row[5], row[7].value, row[9].value
    assert share == pytest.approx(0.9 - (age - 1) / 2 * 0.2)
    dearer = {("End values", price.coordinate): 2 * price.value}
    (book,) = recalculated(content, tmp_path / "engine", dearer)
    weight = result.problem.calendar.weight(Timing.END, result.problem.calendar.last)
    npv = result.design.reported.npv_cost_musd
    assert value(book, "npv_musd") == pytest.approx(npv - price.value * share * weight, rel=1e-12)


RATE, TARIFF_LEVEL, TIMES = 0.11, 1.4, 1.37
PAID_EARLY = {
    "procurement.payment": [
        {"at": "order", "after_weeks": 0.0, "fraction": 0.3},
        {"at": "delivery", "after_weeks": 0.0, "fraction": 0.7},
    ],
    "accelerators.quick.lead_time_weeks": 26.0,
    "accelerators.frugal.lead_time_weeks": 26.0,
}


@needs_engine
def test_changed_inputs_move_cost_as_the_design_at_those_inputs(tmp_path):
    """Every price times 1.37, tariffs at 1.4, another rate, one by one and all at once: what the audit makes of it."""
    result = pipeline.run(tiny({**EVERYTHING, **PAID_EARLY}), Path(), OPTIONS)
    assert any(entry.account == "prepayment" for entry in result.design.reported.ledger)
    content = workbook(result)
    rows = [row for row in opened(content, tmp_path)["Inputs"].iter_rows(min_row=5, max_col=5) if row[0].value]
    changes, wanted = [], []
    everything_at_once: dict = {}
    for row in rows:
        path, cell = row[4].value, ("Inputs", row[2].coordinate)
        if path == "end values":
            continue
        times = RATE / row[1].value if path == "finance.discount_rate" else TARIFF_LEVEL if path == TARIFF else TIMES
        changes.append({cell: times * row[1].value})
        wanted.append([(path, times * row[1].value)])
        everything_at_once[cell] = times * row[1].value
    assert len(wanted) >= 8
    assert {"accelerators.quick.price_usd", TARIFF, "finance.discount_rate"} <= {path for ((path, _),) in wanted}
    changes.append(everything_at_once)
    wanted.append([change for (change,) in wanted])
    books = recalculated(content, tmp_path / "engine", *changes)
    before = result.design.reported.npv_cost_musd
    for changed, book in zip(wanted, books, strict=True):
        instance = result.problem.instance
        for path, number in changed:
            instance = with_value(instance, path, number)
        again = pipeline.check(instance, bare(result), Path())
        assert abs(again.npv_cost_musd / before - 1) > 1e-6, f"{changed} moves something"
        assert value(book, "npv_musd") == pytest.approx(again.npv_cost_musd, rel=1e-9), changed
        assert value(book, "lcoc") == pytest.approx(again.lcoc_usd_per_eflop, rel=1e-9), changed


@needs_engine
def test_what_is_left_at_the_end_moves_with_its_level(everything, tmp_path):
    (book,) = recalculated(workbook(everything), tmp_path, {("Inputs", "C6"): 0.25})
    entries = [e for e in everything.design.reported.ledger if e.account == "residual_value"]
    left = sum(e.amount * everything.problem.calendar.weight(Timing.END, e.phase) for e in entries)
    npv = everything.design.reported.npv_cost_musd
    assert left < 0
    assert value(book, "npv_musd") == pytest.approx(npv - 0.75 * left, rel=1e-12)


def bare(result):
    """The design without what it reports: the audit's own figures are asked for."""
    return result.design.model_copy(update={"reported": None, "solve": None})


def test_no_identifier_outside_the_columns_of_ids(everything, tmp_path):
    """Sheets a reader meets say names; ids stand in columns that say so, and input keys on the sheets of inputs."""
    known = identifiers(everything.problem.instance)
    book = opened(workbook(everything), tmp_path, values=True)
    for sheet in book:
        if sheet.title in ("Assumptions",):
            continue
        ids: set[int] = set()
        for row in sheet.iter_rows():
            ids |= {cell.column for cell in row if str(cell.value).lower().endswith((" id", "input key"))}
            ids |= {cell.column for cell in row if cell.value == "Id"}
            text = " \n".join(str(cell.value) for cell in row if cell.data_type == "s" and cell.column not in ids)
            if sheet.title == "Cash flow":
                text = re.sub(r"\b(discount_rate|base_date|log_rate|days_per_year|eflop_per_pflops_year)\b", "", text)
            assert shown(text, known) == set(), sheet.title


def test_procurement_prints_what_a_buyer_needs_on_a4(everything, tmp_path):
    sheet = opened(workbook(everything), tmp_path)["Procurement"]
    header = [cell.value for cell in sheet[4]]
    printed = sheet.print_area.replace("$", "").rpartition("!")[2]
    assert printed.startswith("A1:N")
    assert {"Order by", "Lead time, weeks", "Licence", "Payments", "Total, USD"} <= set(header[:14])
    assert sheet.page_setup.fitToHeight == 0
    assert all(isinstance(row[4].value, datetime) for row in sheet.iter_rows(min_row=5) if row[0].value)


def test_the_board_has_one_page_with_charts(everything, tmp_path):
    sheet = opened(workbook(everything), tmp_path)["Board"]
    assert len(sheet._charts) == 3
    assert sheet.page_setup.fitToHeight != 0
    words = {row[0].value for row in sheet.iter_rows(min_row=5)}
    assert {"Whole-life cost", "Levelised cost (LCOC)", "Legal flags"} <= words


def test_fiscal_years_hold_every_payment_once(everything, tmp_path):
    """April to March: starts by their day, yearly ones by days, what is left on the last day; all add up."""
    sheet = opened(workbook(everything), tmp_path, values=True)["Cash flow"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    at = next(number for number, line in enumerate(lines) if line[0] == "Fiscal year")
    years = [line for line in lines[at + 1 :] if line[0] and line[0][4:5] == "/"]
    assert [line[1].month for line in years] == [4] * len(years)
    total = sum(line[6] for line in years)
    problem, paid = everything.problem, 0.0
    for entry in everything.design.reported.ledger:
        if entry.unit == "MUSD":
            times = problem.instance.phases[entry.phase].years if entry.timing == "yearly" else 1.0
            paid += entry.amount * times
    assert total == pytest.approx(paid, rel=1e-9)
    first = min(problem.calendar.starts.values())
    assert years[0][1].date() <= first < years[0][2].date()


def test_amounts_are_told_in_the_readers_currency_too(in_dollars_of_singapore, tmp_path):
    """The rate stands on the sheet of inputs, and every column in the own currency is so many times that in dollars."""
    reported = in_dollars_of_singapore.design.reported
    content = workbook(in_dollars_of_singapore)
    stored, live = opened(content, tmp_path, values=True), formulas(opened(content, tmp_path))
    assert value(stored, "per_usd") == 1.29
    inputs = stored["Inputs"]
    assert [inputs[f"G{row}"].value for row in (6, 7, 8)] == [
        "SGD per US dollar",
        "NPV of all costs, MSGD",
        "LCOC, SGD/EFLOP",
    ]
    assert inputs["H7"].value == pytest.approx(1.29 * reported.npv_cost_musd, rel=1e-12)
    assert inputs["H8"].value == pytest.approx(1.29 * reported.lcoc_usd_per_eflop, rel=1e-12)
    told = [(sheet, cell, text) for (sheet, cell), text in live.items() if text.endswith("*per_usd")]
    assert {sheet for sheet, *_ in told} == {"Inputs", "Design", "Cash flow", "Procurement", "Ledger", "End values"}
    for sheet, cell, text in told:
        source = text[1:].removesuffix("*per_usd")
        usd = value(stored, source) if source in ("npv_musd", "lcoc") else stored[sheet][source].value
        assert stored[sheet][cell].value == pytest.approx(1.29 * usd, rel=1e-12, abs=1e-12), (sheet, cell)


def test_every_line_of_ledger_and_end_values_is_told_in_the_readers_currency(in_dollars_of_singapore, tmp_path):
    """Amount, worth and what is left in MSGD on every row, with sums that are 1.29 times those in dollars."""
    stored = opened(workbook(in_dollars_of_singapore), tmp_path, values=True)
    reported = in_dollars_of_singapore.design.reported
    left = -sum(entry.amount for entry in reported.ledger if entry.account == "residual_value")
    assert left > 0
    for title, heads, total in (
        ("Ledger", ("Amount, MSGD", "Present value, MSGD"), reported.npv_cost_musd),
        ("End values", ("Price paid, MSGD", "Left at the end, MSGD"), left),
    ):
        sheet = stored[title]
        dollars, own = [], []
        for head in heads:
            own.append([cell.value for cell in sheet[4]].index(head) + 1)
            dollars.append([cell.value for cell in sheet[4]].index(head.replace("MSGD", "MUSD")) + 1)
        rows = [row for row in range(5, sheet.max_row + 1) if sheet.cell(row, 1).value]
        assert len(rows) > 3
        for row in rows:
            for mine, usd in zip(own, dollars, strict=True):
                paid = sheet.cell(row, usd).value
                assert sheet.cell(row, mine).value == (
                    pytest.approx(1.29 * paid, abs=1e-12) if paid is not None else None
                )
        assert sum(sheet.cell(row, own[1]).value for row in rows) == pytest.approx(1.29 * total, rel=1e-9)
        assert sheet.cell(3, own[1]).value == pytest.approx(1.29 * total, rel=1e-9)


def test_a_workbook_in_dollars_has_no_rate(everything, tmp_path):
    book = opened(workbook(everything), tmp_path)
    assert "per_usd" not in book.defined_names
    assert not [text for text in formulas(book).values() if "per_usd" in str(text)]
