"""What a study leaves in its folder: tables of its cells or one answer, its page, and the seal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optimizer.number_format import finite

if TYPE_CHECKING:
    from optimizer.runs.study_folder import StudyFolder
    from optimizer.runs.study_tables import StudyRow


def keep_rows(folder: StudyFolder, rows: Sequence[StudyRow], files: Mapping[str, str], page: bool = True) -> None:
    """Write the tables of a study and what it adds to them; then the page, and the seal last."""
    from optimizer.runs.study_tables import study_table, timing_table

    table = study_table(rows)
    folder.write("table.csv", table.csv())
    folder.write("table.parquet", table.parquet())
    folder.write("timing.csv", timing_table(rows).csv())
    for name, content in files.items():
        folder.write(name, content)
    if page:
        _write_page(folder)
    folder.seal()


def keep(folder: StudyFolder, command: str, pages: Mapping[str, Any]) -> None:
    """Write what a command found, the page that shows it, and the seal."""
    from optimizer.runs.strict_json import json_text

    folder.write(f"{command}.json", json_text(finite(dict(pages))))
    _write_page(folder)
    folder.seal()


def _write_page(folder: StudyFolder) -> None:
    """The page of a study, from the files that are in its folder by now."""
    from optimizer.report.html.study_page import render_study
    from optimizer.report.html.study_source import PAGE_NAME, from_study

    folder.write(PAGE_NAME, render_study(from_study(folder.path, at_work=True)))
