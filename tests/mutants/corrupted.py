"""Solved once, corrupted many times: the designs the mutants are made of, and small ways to change them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from optimizer.audit.audit import audit
from optimizer.design import Design
from optimizer.instance.schema import Instance
from optimizer.pipeline import Options, run
from tests.tiny import EVERYTHING, tiny

HERE = Path(__file__).parent
Plain = dict[str, Any]
Change = Callable[[Plain, Plain], None]
"""Changes the plain instance and the plain design in place."""


def _second_site() -> Plain:
    """A site like the one of EVERYTHING, without pods in it."""
    site = tiny(EVERYTHING).sites["paper"].model_dump(exclude_none=True)
    return site | {"name": "Another site", "existing_pods": ()}


TWO_SITES: Plain = {
    **EVERYTHING,
    "sites.paper.grid_mw": 0.02,
    "sites.there": _second_site() | {"grid_mw": 0.03},
    "phases.a.target_pflops": 10.0,
}
"""The first site feeds 19 kW of pods, so the second is needed from the first phase on."""

RICH: Plain = {
    **EVERYTHING,
    "export.regime": "jan_2026",
    "export.parent": "hong_kong",
    "sites.paper.place": "hong_kong",
    "accelerators.frugal.origin": "CN",
    "accelerators.frugal.price_usd": 16_000,
    "accelerators.quick.maintenance_fraction": 0.05,
    "procurement.payment": [{"at": "order", "fraction": 0.3}, {"at": "delivery", "fraction": 0.7}],
    "sites.paper.existing_pods": [
        {**EVERYTHING["sites.paper.existing_pods"][0], "pods": 4, "salvage_usd_per_pod": 90_000.0},
    ],
    "sites.paper.carbon_price_usd_per_t": 100.0,
    "sites.paper.water_usd_per_m3": 20.0,
    "sites.paper.building.rent_usd_per_m2_year": 500.0,
    "sites.paper.grid.existing": None,
    "transformers.ideal.usd_per_unit": 50_000,
    "upses.none.usd_per_mw": 1_000_000,
    "coolings.warm_water.usd_per_module": 20_000,
    "coolings.warm_water.usd_per_rack": 5_000,
    "coolings.warm_water.water_l_per_kwh": 1.0,
    "generators.set.usd_per_unit": 50_000,
    "generators.set.fuel_usd_per_mwh": 1_000_000.0,
    "batteries.cell.usd_fixed": 20_000,
    "network.storage_usd_per_accelerator": 1_000.0,
    "fabrics.none.tiers": [{"up_to_accelerators": 1_000, "usd_per_accelerator": 2_000}],
    "stacks.mature.porting_usd": 50_000,
    "staff.engineers_per_site": 1,
    "staff.usd_per_engineer_year": 20_000,
    "tariffs.flat.demand_per_kva_month": 1_000.0,
    "procurement.shares": {"some_quick": {"match": {"accelerator": "quick"}, "min_fraction": 0.3}},
    "limits": {},
}
"""Every account is in use, with amounts of which a thousandth is more than the audit's tolerance."""

KINDS: dict[str, Plain] = {"one": EVERYTHING, "two": TWO_SITES, "rich": RICH}


@cache
def solved(kind: str) -> tuple[Instance, Design]:
    """An instance with its best design, which the audit accepts."""
    instance = tiny(KINDS[kind])
    result = run(instance, HERE, Options(isolated=False))
    assert result.verified, (result.status, result.audit and result.audit.findings)
    assert result.design is not None
    return instance, result.design


def failed(kind: str, *changes: Change, report: bool = False) -> set[str]:
    """Ids of the checks that fail after the changes. What was reported is left out unless `report`."""
    instance, design = solved(kind)
    plain_instance, plain_design = instance.model_dump(), design.model_dump()
    if not report:
        plain_design["reported"] = None
    for change in changes:
        change(plain_instance, plain_design)
    mutant = Design.model_validate(plain_design)
    report = audit(Instance.model_validate(plain_instance), mutant, HERE)
    return {finding.check for finding in report.findings}


def put(path: str, value: Any) -> Change:
    """Set one entry of the instance."""

    def change(instance: Plain, design: Plain) -> None:
        *folders, last = path.split(".")
        table = instance
        for folder in folders:
            table = table[folder]
        table[last] = value

    return change


def _matching(design: Plain, table: str, where: Plain) -> list[Plain]:
    rows = [row for row in design["decisions"][table] if all(row[key] == value for key, value in where.items())]
    assert rows, f"the design has no row {where} in {table}"
    return rows


def scale(table: str, field: str, factor: float, **where: Any) -> Change:
    """Multiply a number of the first row that matches."""

    def change(instance: Plain, design: Plain) -> None:
        _matching(design, table, where)[0][field] *= factor

    return change


def edit(table: str, where: Plain, **values: Any) -> Change:
    """Overwrite entries of the first row that matches."""

    def change(instance: Plain, design: Plain) -> None:
        _matching(design, table, where)[0].update(values)

    return change


def add(table: str, **row: Any) -> Change:
    """A further row."""

    def change(instance: Plain, design: Plain) -> None:
        design["decisions"][table] = (*design["decisions"][table], row)

    return change


def drop(table: str, **where: Any) -> Change:
    """Leave out the rows that match."""

    def change(instance: Plain, design: Plain) -> None:
        gone = _matching(design, table, where)
        design["decisions"][table] = tuple(row for row in design["decisions"][table] if row not in gone)

    return change
