"""Names that would be formulas, links, codes or trouble: in the workbook they are texts, in a real engine too."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.reading.layers import Origin
from optimizer.report.export import Order, export
from optimizer.report.workbook.book import workbook
from optimizer.report.workbook.page import LONGEST_TEXT, cell_text
from tests.report.spreadsheet import convert, needs_engine, opened, recalculated
from tests.tiny import EVERYTHING, tiny

HOSTILE = (
    '=HYPERLINK("http://127.0.0.1/","here")',
    "+1+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1,1)",
    "http://127.0.0.1/",
    "{=1+1}",
    "_x0041_",
    "internal:'Ledger'!A1",
    "1e5",
    "\uffff]]><x/>",
)
NAMED = (
    "title",
    "sites.paper.name",
    "accelerators.quick.name",
    "accelerators.frugal.name",
    "accelerators.quick.vendor",
    "coolings.warm_water.name",
    "transformers.ideal.name",
    "batteries.cell.name",
    "stacks.mature.name",
    "tariffs.flat.name",
)
LONG_SITE = "a_site_whose_name_is_longer_than_the_thirty_one_characters_of_tab"


def changes():
    hostile = dict(EVERYTHING)
    base = tiny(EVERYTHING)
    for number, path in enumerate(NAMED):
        table, *rest = path.split(".")
        if rest and rest[0] not in getattr(base, table):
            path = f"{table}.{next(iter(getattr(base, table)))}.name"
        hostile[path] = HOSTILE[number % len(HOSTILE)]
    # What is inside a whole table of EVERYTHING is changed there.
    hostile["batteries.cell"] = {**EVERYTHING["batteries.cell"], "name": hostile.pop("batteries.cell.name")}
    return hostile


@pytest.fixture(scope="module")
def hostile():
    result = pipeline.run(tiny(changes()), Path(), pipeline.Options(isolated=False))
    assert result.verified
    return result


def texts(book):
    return {cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}


def origins():
    """A source field that is an attack on every one of its cells."""
    source = Origin(
        kind="catalogue",
        file='=HYPERLINK("http://127.0.0.1/","x")',
        line=3,
        source=("=1+1", "@SUM(1)"),
        grade="+A",
        price_year=2026,
    )
    return {"finance.discount_rate": source, "title": source}


@needs_engine
def test_the_engine_sees_no_formula_that_is_not_ours(hostile, tmp_path):
    content = workbook(hostile, origins())
    ours = opened(workbook(pipeline.run(tiny(EVERYTHING), Path(), pipeline.Options(isolated=False))), tmp_path)
    book = opened(content, tmp_path)
    count = {name: sum(c.data_type == "f" for r in ours[name].iter_rows() for c in r) for name in ours.sheetnames}
    assert count == {name: sum(c.data_type == "f" for r in book[name].iter_rows() for c in r) for name in count}
    assert not any(cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row)
    computed = recalculated(content, tmp_path)[0]
    shown = texts(computed)
    for name in HOSTILE[:-1]:
        assert any(name in text for text in shown), name
    assert not any(cell.hyperlink for sheet in computed for row in sheet.iter_rows() for cell in row)
    assert computed["Design"]["B5"].value is True


@needs_engine
@pytest.mark.parametrize("dialect", ["standard", "excel-eu"])
def test_csv_in_the_engine_has_no_formula(dialect, hostile, tmp_path):
    import openpyxl

    separator = {"standard": ",", "excel-eu": ";"}[dialect]
    orders, control = tmp_path / "orders.csv", tmp_path / "control.csv"
    orders.write_bytes(export(hostile, Order("csv", "procurement", dialect)))
    control.write_text(f"a{separator}b\n=1+1{separator}x\n", encoding="utf-8")
    (tmp_path / "out").mkdir()
    # Separator, quote, UTF-8, from row 1.
    rules = (f"--infilter=CSV:{ord(separator)},34,76,1",)
    sheets = [
        openpyxl.load_workbook(path).worksheets[0] for path in convert([orders, control], tmp_path / "out", rules)
    ]
    found = [[cell for row in sheet.iter_rows() for cell in row] for sheet in sheets]
    # The engine does take a formula for one, so that finding none means something.
    assert [cell.value for cell in found[1] if cell.data_type == "f"] == ["=1+1"]
    assert not [cell.value for cell in found[0] if cell.data_type == "f"]
    assert any("-1+cmd" in str(cell.value) for cell in found[0])


def test_texts_keep_the_quote_prefix_when_edited(hostile, tmp_path):
    book = opened(workbook(hostile, origins()), tmp_path)
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "s"]
    risky = [c for c in cells if str(c.value).startswith(("=", "+", "-", "@"))]
    assert len(risky) > 5
    assert all(cell.quotePrefix for cell in risky)


def test_sheet_names_are_ours_whatever_the_ids(tmp_path):
    from tests.tiny import tiny as make

    base = make(EVERYTHING)
    moved = base.model_copy(update={"sites": {LONG_SITE[:64]: base.sites["paper"]}})
    result = pipeline.run(moved, Path(), pipeline.Options(isolated=False))
    book = opened(workbook(result), tmp_path)
    assert all(len(name) <= 31 for name in book.sheetnames)
    assert len({name.casefold() for name in book.sheetnames}) == len(book.sheetnames)
    assert LONG_SITE[:64] in texts(book)


def test_cells_hold_what_xml_can():
    assert cell_text("a\x00b\ufffec\x1b") == "a?b?c?"
    assert len(cell_text("x" * 40_000)) == LONGEST_TEXT
    assert cell_text("x" * 40_000).endswith("(cut)")
