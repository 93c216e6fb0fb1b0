"""Existing pods that will do no work are said to be left out, with the reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from optimizer.analysis.static_bounds import obstacles
from optimizer.model.derive import derive
from optimizer.reading.checks_life import existing_pods_serve
from tests.tiny import tiny

FRUGAL: dict[str, Any] = {"accelerator": "frugal", "cooling": "warm_water", "pods": 4}


def told(commissioned: date, **changes: Any) -> list[tuple[str, str]]:
    instance = tiny({"sites.paper.existing_pods": [{**FRUGAL, "commissioned": commissioned}], **changes})
    return [(finding.code, finding.message) for finding in existing_pods_serve(instance)]


def test_the_day_their_life_ended_is_named() -> None:
    ((code, message),) = told(date(2020, 1, 1))
    assert code == "W0625"
    assert "2020-12-31" in message
    assert told(date(2027, 1, 1)) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"accelerators.frugal.server_kw": 20.0}, "20 kW"),
        ({"accelerators.frugal.server_units": 9}, "9 units"),
        ({"accelerators.frugal.coolings": ["cold_air"]}, "not made for warm_water"),
    ],
)
def test_racks_that_cannot_be_run_are_named_and_nothing_crashes(changes: dict[str, Any], reason: str) -> None:
    ((code, message),) = told(date(2027, 1, 1), **changes)
    assert code == "W0626"
    assert reason in message
    there = {"sites.paper.existing_pods": [{**FRUGAL, "commissioned": date(2027, 1, 1)}], "sites.paper.grid_mw": 0.02}
    assert obstacles(derive(tiny({**there, **changes}), Path(__file__).parent))
