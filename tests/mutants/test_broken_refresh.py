"""Designs that break what is said of pods that leave early or stay longer, and the check of the audit that says so."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit
from optimizer.inputs.design import Design
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, run
from tests.mutants.corrupted import Change, add, edit, put, report
from tests.tiny import tiny

HERE = Path(__file__).parent
PODS = {"site": "paper", "accelerator": "quick", "cooling": "warm_water"}
RESALE = [{"years": 1.0, "fraction": 0.8}, {"years": 2.0, "fraction": 0.6}, {"years": 3.0, "fraction": 0.58}]
REFRESHED: dict[str, Any] = {
    "phases": {
        "a": {"start": date(2027, 1, 1), "years": 1.0, "target_pflops": 8.0},
        "b": {"start": date(2028, 1, 1), "years": 1.0, "target_pflops": 12.0},
        "c": {"start": date(2029, 1, 1), "years": 1.0, "target_pflops": 3.5},
    },
    "procurement.include": ["quick"],
    "procurement.refresh": True,
    "finance.insurance_fraction": 0.01,
    "accelerators.quick.life_years": 1.5,
    "accelerators.quick.life_max_years": 3.0,
    "accelerators.quick.ageing": {"maintenance_fraction_per_year": 0.02, "failed_fraction_per_year": 0.1},
    "accelerators.quick.maintenance_fraction": 0.05,
    "accelerators.quick.resale": RESALE,
    "accelerators.quick.removal_usd": 500.0,
    "coolings.warm_water.usd_per_rack": 20_000,
    "network.storage_usd_per_accelerator": 1_000.0,
}
"""Pods come in a and b; in c an old one stays, and the young one goes, which fetches more."""


@cache
def solved() -> tuple[Instance, Design]:
    instance = tiny(REFRESHED)
    result = run(instance, HERE, Options(isolated=False))
    assert result.verified, (result.status, result.audit and result.audit.findings)
    assert result.design is not None
    assert any(row.bought == "b" for row in result.design.decisions.retirements)
    return instance, result.design


def failed(*changes: Change, reported: bool = False) -> set[str]:
    """Checks that fail after the changes; of what is reported only where that is looked at."""
    instance, design = solved()
    plain_instance, plain_design = instance.model_dump(), design.model_dump()
    plain_design["solve"] = None
    if not reported:
        plain_design["reported"] = None
    for change in changes:
        change(plain_instance, plain_design)
    found = audit(Instance.model_validate(plain_instance), Design.model_validate(plain_design), HERE)
    return {finding.check for finding in found.findings}


def test_the_design_itself_is_accepted() -> None:
    assert failed(reported=True) == set()


BROKEN: dict[str, tuple[str, Change]] = {
    "more than came": ("retirement.bought", edit("retirements", {"bought": "b"}, pods=50)),
    "of a delivery that never was": ("retirement.bought", add("retirements", **PODS, bought="c", phase="c", pods=1)),
    "in the phase of its delivery": ("retirement.in_time", edit("retirements", {"bought": "b"}, phase="b")),
    "before its delivery": ("retirement.in_time", edit("retirements", {"bought": "b"}, phase="a")),
    "after the end of its time": ("retirement.in_time", put("accelerators.quick.life_max_years", 1.5)),
    "without refresh": ("retirement.refresh", put("procurement.refresh", False)),
    "as if it had been there before": ("retirement.existing", edit("retirements", {"bought": "b"}, bought=None)),
    "bought in no phase": ("ids.unknown", edit("retirements", {"bought": "b"}, bought="z")),
    "too early for the work of its phase": (
        "assignment.installed",
        add("retirements", **PODS, bought="a", phase="b", pods=1),
    ),
    "more failed than the work can spare": (
        "assignment.installed",
        put("accelerators.quick.ageing.failed_fraction_per_year", 0.5),
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_retirement_that_cannot_be_is_rejected(what: str) -> None:
    check, change = BROKEN[what]
    assert check in failed(change)


FALSE: dict[str, tuple[str, Change]] = {
    "value by age": ("ledger.salvage", put("accelerators.quick.resale", [{"years": 0.0, "fraction": 0.3}])),
    "price of removal": ("ledger.salvage", put("accelerators.quick.removal_usd", 600.0)),
    "dearer upkeep beyond the life": (
        "ledger.maintenance",
        put("accelerators.quick.ageing.maintenance_fraction_per_year", 0.03),
    ),
    "upkeep of what has gone": ("ledger.maintenance", report("maintenance", 1.5, phase="c")),
    "insurance of racks that have gone": ("ledger.insurance", report("insurance", 1.5, phase="c")),
    "end value of what has gone": ("ledger.residual_value", report("residual_value", 1.5, phase="c")),
    "proceeds": ("ledger.salvage", report("salvage", 1.5, phase="c")),
    "space of what has gone": ("ledger.racks", report("racks", 2.0, phase="c")),
    "a longer life, after which it ages": ("ledger.maintenance", put("accelerators.quick.life_years", 2.9)),
}


@pytest.mark.parametrize("what", FALSE)
def test_false_money_is_found(what: str) -> None:
    check, change = FALSE[what]
    assert check in failed(change, reported=True)
