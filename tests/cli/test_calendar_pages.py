"""The calendar on the command line: quarters, and how long orders can wait."""

from __future__ import annotations

import json

from .conftest import MINIMAL

QUARTERS = """extends = "base.toml"
name = "quarters"
[accelerators.quick]
supply_by_quarter = { "2026Q3" = 30, "2026Q4" = 40 }
"""


def _written(folder):
    (folder / "base.toml").write_text(MINIMAL.read_text())
    (folder / "quarters.toml").write_text(QUARTERS)
    return folder / "quarters.toml"


def test_how_many_must_be_made_by_quarter(invoke, tmp_path):
    path = _written(tmp_path)
    done = invoke("calendar", path)
    assert done.exit_code == 0, done.stderr
    assert "TO BE MADE BY QUARTER" in done.stdout
    lines = json.loads(invoke("calendar", path, "--json").stdout)["result"]["quarters"]
    assert [(line["quarter"], line["made"], line["by_then"]) for line in lines] == [
        ("2026Q3", 24, 24),
        ("2026Q4", 40, 64),
    ]
    assert "TO BE MADE BY QUARTER" not in invoke("calendar", MINIMAL).stdout


def test_latest_safe_orders_say_what_is_proven(invoke, tmp_path):
    done = invoke("calendar", _written(tmp_path), "--latest-safe", "--only", "warm_water")
    assert done.exit_code == 0, done.stderr
    assert "every requirement can still be met" in " ".join(done.stdout.split())
    assert "not delivered at all: no design meets the targets" in " ".join(done.stdout.split())
    assert "1 of 1: warm_water" in done.stderr
    assert "1 search in" in done.stderr


def test_what_belongs_to_latest_safe_is_refused_without_it(invoke):
    done = invoke("calendar", MINIMAL, "--no-worse")
    assert done.exit_code == 2
    assert "add --latest-safe" in done.stderr
