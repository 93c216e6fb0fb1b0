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


FACILITY = """extends = "base.toml"
name = "built"
[sites.paper]
facility = "hall"
[facilities.hall]
name = "Hall"
life_years = 20.0
fitout_weeks = 10
commissioning_weeks = 4
"""


def steps_of(invoke, tmp_path, text):
    (tmp_path / "base.toml").write_text(MINIMAL.read_text())
    (tmp_path / "built.toml").write_text(text)
    done = invoke("calendar", tmp_path / "built.toml", "--json")
    assert done.exit_code == 0, done.stderr
    return [(s["name"], s["begins"], s["ends"]) for s in json.loads(done.stdout)["result"]["steps"]]


def test_steps_on_site_lead_to_the_first_day_of_service(invoke, tmp_path):
    """Service on 1 January 2027: four weeks of commissioning before, of which the last nine days are three runs of 72
    hours, and ten weeks of fit-out before that. Without a facility acceptance begins with service."""
    assert steps_of(invoke, tmp_path, FACILITY) == [
        ("fit-out", "2026-09-25", "2026-12-04"),
        ("commissioning", "2026-12-04", "2027-01-01"),
        ("acceptance", "2026-12-23", "2027-01-01"),
    ]
    short = FACILITY.replace("fitout_weeks = 10\ncommissioning_weeks = 4", "commissioning_weeks = 1")
    assert steps_of(invoke, tmp_path, short) == [
        ("commissioning", "2026-12-25", "2027-01-01"),
        ("acceptance", "2027-01-01", "2027-01-10"),
    ]
    assert "ON SITE" in invoke("calendar", tmp_path / "built.toml").stdout
