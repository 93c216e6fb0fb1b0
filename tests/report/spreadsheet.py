"""A real spreadsheet engine for tests: LibreOffice without a window. Without it, tests that need it are skipped."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_engine = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")

Changes = dict[tuple[str, str], Any]
"""New values by sheet and cell."""


def convert(sources: Sequence[Path], folder: Path, rules: tuple[str, ...] = ()) -> list[Path]:
    """Open files in the engine, recalculate them and save them as XLSX in `folder`."""
    assert SOFFICE is not None
    profile = (folder / "profile").resolve().as_uri()
    options = ["--headless", *rules, "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder)]
    command = [SOFFICE, f"-env:UserInstallation={profile}", *options, *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    made = [folder / f"{source.stem}.xlsx" for source in sources]
    assert all(path.exists() for path in made), done.stderr
    return made


def recalculated(content: bytes, folder: Path, *variants: Changes) -> list[Any]:
    """The workbook computed anew by the engine, once for each set of changed cells; as openpyxl reads its values.

    Saving with openpyxl drops every stored value, so nothing that comes back was computed by us.
    """
    import openpyxl

    (folder / "out").mkdir(parents=True)
    original = folder / "original.xlsx"
    original.write_bytes(content)
    sources = []
    for number, changes in enumerate(variants or ({},)):
        book = openpyxl.load_workbook(original)
        for (sheet, cell), value in changes.items():
            book[sheet][cell] = value
        sources.append(folder / f"book{number}.xlsx")
        book.save(sources[-1])
    return [openpyxl.load_workbook(path, data_only=True) for path in convert(sources, folder / "out")]


def opened(content: bytes, folder: Path, values: bool = False) -> Any:
    """The workbook as it was written: formulas, or the values stored with them."""
    import openpyxl

    path = folder / "stored.xlsx"
    path.write_bytes(content)
    return openpyxl.load_workbook(path, data_only=values)
