"""The shipped instance of refresh: chips give way where new ones do more per MW, and stay where none come."""

from __future__ import annotations

import pytest

from optimizer.inputs.design import PodRow
from optimizer.pipeline import Options, Result, run
from optimizer.reading.read import ReadOptions, read_instance
from tests.tiny import ROOT

FILE = ROOT / "instances" / "refresh_power_limited.toml"
pytestmark = pytest.mark.long


def _solved(scenario: str | None) -> Result:
    reading = read_instance(FILE, ReadOptions(scenario=scenario))
    result = run(reading.instance, reading.folder, Options(gap=0.01, isolated=False))
    assert result.verified
    return result


def _lcoc(result: Result) -> float:
    assert result.audit is not None
    return result.audit.lcoc_usd_per_eflop


def _chips(result: Result, rows: tuple[PodRow, ...], name: str, phase: str) -> int:
    types = result.problem.compute.types
    here = [row for row in rows if (row.accelerator, row.phase) == (name, phase)]
    return sum(row.pods * types[row.type_key].size.accelerators for row in here)


def test_a_new_generation_takes_the_place_of_the_old_one() -> None:
    """The verdict at the head of the file: refresh is worth 8 %, and nearly all B300 go in 2031."""
    refreshed, without = _solved(None), _solved("no_refresh")
    assert 1.06 < _lcoc(without) / _lcoc(refreshed) < 1.11
    assert refreshed.design is not None
    made = refreshed.design.decisions
    bought = sum(_chips(refreshed, made.deliveries, "b300_hgx", phase) for phase in ("y2027", "y2029"))
    assert _chips(refreshed, made.retirements, "b300_hgx", "y2031") > 0.9 * bought


def test_they_stay_eight_years_where_nothing_better_comes() -> None:
    kept = _solved("nothing_new")
    assert kept.design is not None
    made = kept.design.decisions
    assert not [row for row in made.retirements if row.bought]
    bought = _chips(kept, made.deliveries, "b300_hgx", "y2027")
    assert sum(_chips(kept, made.deliveries, "b300_hgx", phase) for phase in ("y2029", "y2031", "y2033")) < 0.2 * bought
