"""Solved instances and their pages, made once."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.inputs.design import Status
from optimizer.report.html.page import render_report
from optimizer.report.html.source import ReportSource
from tests.report.html.hostile import hostile_instance, hostile_origins
from tests.tiny import EVERYTHING, tiny


def _solved(instance):
    return pipeline.run(instance, Path(), pipeline.Options(isolated=False))


@pytest.fixture(scope="session")
def minimal_result():
    return _solved(tiny())


@pytest.fixture(scope="session")
def everything_result():
    return _solved(tiny(EVERYTHING))


@pytest.fixture(scope="session")
def minimal_page(minimal_result):
    return render_report(ReportSource(result=minimal_result))


@pytest.fixture(scope="session")
def everything_page(everything_result):
    return render_report(ReportSource(result=everything_result))


@pytest.fixture(scope="session")
def infeasible_result():
    return _solved(tiny({"phases.only.target_pflops": 100_000.0}))


@pytest.fixture(scope="session")
def hostile_page():
    result = _solved(hostile_instance())
    assert result.status is Status.OPTIMAL
    origins = hostile_origins(result.problem.instance)
    source = ReportSource(
        result=result,
        instance_file="x",
        warnings=("<script>alert(2)</script>",),
        origins=origins,
        provenance={"command": ["<b onclick=alert(3)>"]},
    )
    return render_report(dataclasses.replace(source, stale=("<img src=x onerror=alert(4)>",)))


@pytest.fixture(scope="session")
def large_result():
    """500 racks, 20 phases, 8,760 hours: the minimal instance, larger and longer."""
    phases = {
        f"y{number:02d}": {"start": date(2027 + number, 1, 1), "years": 1.0, "target_pflops": 1000.0 + 50 * number}
        for number in range(20)
    }
    chips = ("quick", "frugal")
    changes = {f"accelerators.{chip}.life_years": 5.0 for chip in chips}
    changes |= {"sites.paper.grid_mw": 500.0, "sites.paper.building.white_space_m2": 50_000.0}
    changes |= {
        "sites.paper.building.plant_m2": 50_000.0,
        "sites.paper.grid.spare_bays": 12,
    }
    changes |= {"transformers.ideal.unit_mva": 100.0, "transformers.ideal.max_units": 12}
    changes |= {"coolings.warm_water.max_modules": 10_000, "phases": phases, "solve.gap": 0.05}
    return _solved(tiny(changes))
