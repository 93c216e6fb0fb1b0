"""The workbook: the design with live formulas that recompute net present value and levelised cost.

Nothing in it is run or followed: names are texts, never formulas or links. Equal results give equal bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.pipeline import Result
from optimizer.report.workbook.board import write_board
from optimizer.report.workbook.cash import name_cells, write_cash_flow
from optimizer.report.workbook.checks import all_hold, checks_of, write_checks
from optimizer.report.workbook.end_values import write_end_values
from optimizer.report.workbook.front import write_assumptions, write_front, write_no_design
from optimizer.report.workbook.inputs import INPUT_NAMES, write_inputs
from optimizer.report.workbook.layout import SHEETS, Content, content_of
from optimizer.report.workbook.lines import write_hourly, write_ledger, write_procurement, write_quantities
from optimizer.report.workbook.page import Page, Styles
from optimizer.report.workbook.work import write_work
from optimizer.version import __version__

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

    from optimizer.reading.layers import Origin

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def workbook(result: Result, origins: Mapping[str, Origin] | None = None, folder: Path | None = None) -> bytes:
    """The workbook of a result as an XLSX file. `origins` says where values come from, if that is known, and `folder`
    where series of the instance lie.

    Without a verified design there are two sheets: the verdict with its reasons, and the assumptions.
    """
    from xlsxwriter import Workbook

    target = io.BytesIO()
    book = Workbook(target, OPTIONS)
    instance = result.problem.instance
    planned = instance.planning_date
    # The time of writing would make equal results differ.
    created = datetime(planned.year, planned.month, planned.day)
    book.set_properties({"created": created, "comments": f"facility-optimizer {__version__}"})
    if result.verified:
        _write_design(book, content_of(result, folder or Path()), origins)
    else:
        pages = _pages(book, ("Design", "Assumptions"))
        write_no_design(pages["Design"], result)
        write_assumptions(pages["Assumptions"], instance, origins)
    book.close()
    return target.getvalue()


def _pages(book: Workbook, names: tuple[str, ...]) -> dict[str, Page]:
    styles = Styles(book)
    return {name: Page(book.add_worksheet(name), styles) for name in names}


def _write_design(book: Workbook, content: Content, origins: Mapping[str, Origin] | None) -> None:
    checks = checks_of(content)
    pages = _pages(book, SHEETS)
    for name, address in (name_cells(content) | INPUT_NAMES).items():
        book.define_name(name, address)
    write_front(pages["Design"], content, all_hold(checks))
    write_board(book, pages["Board"], content)
    write_inputs(pages["Inputs"], content)
    write_procurement(pages["Procurement"], content)
    write_ledger(pages["Ledger"], content)
    write_cash_flow(pages["Cash flow"], content)
    write_end_values(pages["End values"], content)
    write_assumptions(pages["Assumptions"], content.result.problem.instance, origins)
    write_hourly(pages["Hourly summary"], content)
    write_work(pages["Work"], content)
    write_quantities(pages["Quantities"], content)
    write_checks(pages["Checks"], checks)
