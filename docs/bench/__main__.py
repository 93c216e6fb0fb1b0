"""make bench, or: python -m docs.bench [--rows 1,3] [--quick] [--before FOLDER] [--out FOLDER].

Ends with 1 if answers disagree.
"""

from __future__ import annotations

import argparse
import compileall
import sys
import tempfile
import time
from pathlib import Path

from docs.bench import table
from docs.bench.answers import Scope
from docs.bench.cases import ROOT
from docs.bench.measure import FailedError
from docs.bench.rows import ROWS
from docs.bench.versions import versions


def main() -> int:
    """Measure the rows asked for, and write the table after each of them."""
    told = argparse.ArgumentParser(prog="python -m docs.bench", description=__doc__)
    told.add_argument("--rows", default="", help="numbers of rows, such as 1,3 [all]")
    told.add_argument("--quick", action="store_true", help="tiny sizes: a test that everything works")
    told.add_argument("--out", type=Path, help="folder of the table [docs; with --quick build/bench]")
    told.add_argument("--before", type=Path, help="folder of another version's package, for row 7; without it none")
    asked = told.parse_args()
    compared = [number for number, measured in ROWS.items() if measured is not versions or asked.before]
    try:
        numbers = [int(part) for part in asked.rows.split(",") if part] or compared
        rows = {number: ROWS[number] for number in numbers}
    except (KeyError, ValueError):
        told.error(f"rows are {', '.join(map(str, ROWS))}")
    if not set(numbers) <= set(compared):
        told.error("row 7 compares with another version: --before says where it lies")
    out = asked.out or (ROOT / "build" / "bench" if asked.quick else ROOT / "docs")
    began = table.start()
    if table.busy(began["load"]):
        _say(f"warning: load average {began['load'][0]} on {table.machine()['cores']} cores; figures will suffer")
    for version in (ROOT, *([asked.before] if asked.before else [])):
        # As where it is installed: whoever forbids Python to keep bytecode would measure the compiling each time.
        compileall.compile_dir(version / "optimizer", quiet=1)
    failed = False
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        for number, measured in rows.items():
            now = began if number == numbers[0] else table.start()
            since = time.monotonic()
            _say(f"row {number}: {(measured.__doc__ or '').strip()}")
            folder = Path(scratch) / str(number)
            folder.mkdir()
            try:
                row = measured(Scope(folder, asked.quick, asked.before))
            except FailedError as problem:
                _say(f"row {number} failed: {problem}")
                failed = True
                continue
            took_s = time.monotonic() - since
            # The load that the benchmark itself leaves behind is none of its surroundings.
            now = {**now, "load": began["load"]}
            path = table.save(out, {number: table.record(row, now, took_s, asked.quick)})
            disagree = [case for case, _, agrees in row.agreements if not agrees]
            failed = failed or bool(disagree)
            _say(f"row {number}: {took_s:.0f} s, {path}" + (f"; DISAGREE: {', '.join(disagree)}" if disagree else ""))
    return int(failed)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
