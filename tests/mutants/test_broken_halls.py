"""Designs that break what is said of halls, or misstate what follows, and the check of the audit that says so."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit
from optimizer.inputs.design import Design
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, run
from tests.hall_cases import BACKED, PLAIN
from tests.mutants.corrupted import Change, Plain, edit, put
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
CHOSEN: dict[str, Any] = {
    **BACKED,
    "procurement.include": ["quick"],
    "phases": {
        "a": {**TWO_PHASES["phases"]["a"], "target_pflops": 7.5},
        "b": {**TWO_PHASES["phases"]["b"], "target_pflops": 11.0, "demand_pflops": 11.0},
    },
    "halls.plain": {**PLAIN, "availability": 0.94},
    "upses.none.usd_per_mw": 2e6,
    "upses.none.m2_per_mw": 1.0,
    "upses.none.loss_fraction": 0.03,
}
"""Both halls are built: one pod in the firm one, all others in the plain one."""


@cache
def solved() -> tuple[Instance, Design]:
    instance = tiny(CHOSEN)
    result = run(instance, HERE, Options(isolated=False))
    assert result.verified, (result.status, result.audit and result.audit.findings)
    assert result.design is not None
    assert {row.hall for row in result.design.decisions.deliveries} == {"plain", "firm"}
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


def moved(to: str | None, **where: Any) -> Change:
    """The pods that match stand in another hall, and work there."""

    def change(instance: Plain, design: Plain) -> None:
        for table in ("deliveries", "assignments"):
            for row in design["decisions"][table]:
                if all(row[key] == value for key, value in where.items()):
                    row["hall"] = to

    return change


def put_hall(hall: str, **fields: Any) -> Change:
    """A class of hall with other figures."""

    def change(instance: Plain, design: Plain) -> None:
        instance["halls"][hall] |= fields

    return change


def test_the_design_itself_is_accepted() -> None:
    assert failed(reported=True) == set()


BROKEN: dict[str, tuple[str, Change]] = {
    "careful work in the plain hall": (
        "assignment.availability",
        edit("assignments", {"workload": "careful"}, hall="plain"),
    ),
    "no hall named": ("hall.named", moved(None, hall="firm")),
    "a hall that nobody knows": ("ids.unknown", moved("marble", hall="firm")),
    "a hall that the site does not list": ("hall.listed", put("sites.paper.halls", ["plain"])),
    "halls at a site that states none": ("hall.named", put("sites.paper.halls", None)),
    "asked for more than there is": ("assignment.availability", put_hall("firm", availability=0.949)),
    "less at work for its availability": ("assignment.installed", edit("deliveries", {"hall": "plain"}, pods=1)),
    "too little UPS": ("power.ups", put_hall("firm", ups_redundancy_fraction=1.5)),
    "too little UPS for what is protected": ("power.ups", put_hall("plain", protected_fraction=0.6)),
    "too little distribution": ("facility.capacity", put_hall("firm", distribution_redundancy_fraction=0.6)),
    "too few sets": ("generators.critical", put_hall("firm", generator_fraction=1.0)),
    "sets for a hall that had none": ("generators.critical", put_hall("plain", generator_fraction=1.0)),
    "no room for a wider hall": ("floor.white", put_hall("firm", space_factor=2.0)),
}


def with_small_sets(instance: Plain, design: Plain) -> None:
    """Sets of 5 kW: one and a spare one carry half of a pod, and not all of it."""
    instance["generators"]["set"]["unit_mw"] = 0.005


@pytest.mark.parametrize("what", BROKEN)
def test_a_hall_that_cannot_be_is_rejected(what: str) -> None:
    check, change = BROKEN[what]
    assert check in failed(with_small_sets, change)


FALSE: dict[str, tuple[str, Change]] = {
    "throughput of a hall that is up less": ("ledger.effective_pflops", put_hall("plain", availability=0.9)),
    "energy of a hall that loses more": ("ledger.energy", put_hall("firm", loss_fraction=0.05)),
    "energy of a UPS that protects less": ("ledger.energy", put_hall("plain", protected_fraction=0.4)),
    "floor of a wider hall": ("figures.white_m2_per_effective_pflops", put_hall("firm", space_factor=1.2)),
}


@pytest.mark.parametrize("what", FALSE)
def test_what_follows_from_a_hall_is_recomputed(what: str) -> None:
    check, change = FALSE[what]
    assert check in failed(change, reported=True)


def test_a_spare_set_is_kept_only_where_something_is_carried() -> None:
    """Without its generators the firm hall needs none, nor a spare one; with them two are there, one is too few."""

    def one_set(instance: Plain, design: Plain) -> None:
        design["decisions"]["generators"] = [row | {"units": 1} for row in design["decisions"]["generators"]]

    assert "generators.critical" in failed(one_set)
    assert "generators.critical" not in failed(one_set, put_hall("firm", generator_fraction=0.0))
