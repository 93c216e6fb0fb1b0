"""Solved once, corrupted many times: the designs the mutants are made of, and small ways to change them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from optimizer.audit.audit import audit
from optimizer.inputs.design import Design
from optimizer.inputs.hourly import pack_hours, unpack_hours
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, run
from tests.operations.dispatching_cases import ALL
from tests.tiny import ENGINE, EVERYTHING, GENERATION, TWO_PHASES, WORKING, tiny

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
    # In a band of the tariff, so that the licence has a fee.
    "accelerators.quick.memory_bandwidth_gbs": 4_800.0,
    "procurement.payment": [{"at": "order", "fraction": 0.3}, {"at": "delivery", "fraction": 0.7}],
    "sites.paper.existing_pods": [
        {**EVERYTHING["sites.paper.existing_pods"][0], "pods": 4, "salvage_usd_per_pod": 90_000.0},
    ],
    "sites.paper.carbon_price_usd_per_t": 100.0,
    "sites.paper.water_usd_per_m3": 20.0,
    "sites.paper.building.rent_usd_per_m2_year": 500.0,
    "sites.paper.grid.existing": None,
    "transformers.ideal.usd_per_unit": 50_000,
    "transformers.ideal.load_loss_kw": 4_000.0,
    "facilities.hall": {
        **EVERYTHING["facilities.hall"],
        **{
            name: {**item, "usd_per_mw": 50 * item.get("usd_per_mw", 0), "maintenance_fraction": 0.05}
            for name, item in EVERYTHING["facilities.hall"].items()
            if isinstance(item, dict)
        },
    },
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

DISPATCHING: Plain = {
    **ALL,
    "generators.set": {**EVERYTHING["generators.set"], "fuel_usd_per_mwh": 100.0},
    "batteries.cell": {
        **EVERYTHING["batteries.cell"],
        "degradation_usd_per_mwh": 30.0,
        "usd_fixed": 10,
        "usd_per_mw": 500,
        "usd_per_mwh": 1_000,
    },
    "tariffs.flat.energy": [
        {"label": "night", "price_per_kwh": 0.05, "from_hour": 0, "to_hour": 8},
        {"label": "day", "price_per_kwh": 0.6, "from_hour": 8},
    ],
    "tariffs.flat.demand": [
        *ALL["tariffs.flat.demand"],
        {
            "label": "basic",
            "per_kva_month": 4.0,
            "per_kva_year": 60.0,
            "ratchet_fraction": 0.9,
            "minimum_fraction": 0.1,
        },
    ],
    "tariffs.flat.demand_per_kva_month": 30.0,
    "tariffs.flat.demand_above_block_per_kva_month": 45.0,
    "tariffs.flat.energy_blocks": [
        {"from_kwh": 5_000.0, "surcharge_per_kwh": 0.01},
        {"from_kwh": 10_000.0, "surcharge_per_kwh": 0.03},
    ],
    "workloads.training.daily_profile": [0.5] * 8 + [0.7] * 4 + [1.0] * 4 + [0.6] * 8,
}
"""Battery, generators and work that can wait, all in use in the last phase; a week of hours."""

CHARGED: Plain = {
    **TWO_PHASES,
    "tariffs.flat.demand_per_kva_month": 10.0,
    "tariffs.flat.demand_block_kva": 20.0,
    "tariffs.flat.demand_above_block_per_kva_month": 15.0,
    "tariffs.flat.demand": [
        {"label": "day", "per_kva_month": 5.0, "from_hour": 9, "to_hour": 21},
        {
            "label": "basic",
            "per_kva_month": 4.0,
            "per_kva_year": 60.0,
            "ratchet_fraction": 0.9,
            "minimum_fraction": 0.6,
        },
    ],
    "tariffs.flat.contracted_per_kw_month": 3.0,
    "tariffs.flat.uncontracted_per_kw_month": 7.0,
    "tariffs.flat.load_factor_rebates": [{"from_hours": 550.0, "per_kwh": 0.01}],
    "tariffs.flat.load_factor_eligible_hours": 600.0,
    "tariffs.flat.energy_blocks": [{"from_kwh": 5_000.0, "surcharge_per_kwh": 0.05}],
    "workloads.training.daily_profile": [1.0] * 12 + [0.9] * 12,
    "sites.paper.grid_mw": 0.2,
}
"""Every kind of charge on demand, and a rebate; nothing is dispatched."""

GENERATING: Plain = {
    **GENERATION,
    "solve.hours": 168,
    "phases.only.target_pflops": 40.0,
    "procurement.include": ["quick"],
    "workloads.training.occupancy": 0.8,
    "generation.engine": {**ENGINE, "unit_mw": 0.02, "max_units": 3, "maintenance_fraction": 0.1},
    "sites.paper.carbon_price_usd_per_t": 20.0,
    "sites.paper.grid_mw": 0.08,
    "sites.paper.generation_m2": 100.0,
    "sites.paper.generation": [
        {"source": "engine", "fuel_usd_per_gj": 4.0, "spare_units": 1, "full_load_hours_per_year": 6000.0},
        {"source": "sun"},
    ],
}
"""Three engines, one of them spare, with limited hours, and photovoltaics beside a grid that carries four fifths."""

CONNECTED: Plain = {
    **GENERATING,
    "generation.sun": {**GENERATION["generation.sun"], "unit_mw": 0.1},
    "sites.paper.grid_mw": 0.2,
    "sites.paper.carbon_kg_per_kwh": 0.5,
    "sites.paper.carbon_t_per_year": 400.0,
    "sites.paper.flexible_connection": {
        "firm_mw": 0.08,
        "windows": [{"label": "evening", "from_hour": 18, "to_hour": 20}],
    },
    "sites.paper.export_price_per_kwh": 0.05,
    "sites.paper.export_max_mw": 0.06,
    "sites.paper.demand_response": {
        "usd_per_mw_year": 200_000.0,
        "max_mw": 0.01,
        "windows": [{"label": "evening", "from_hour": 18, "to_hour": 20}],
    },
}
"""The same with more sun than is used, a connection that is called back, and a programme for load that is dropped."""

IDLING: Plain = {
    **TWO_PHASES,
    "phases.b.target_pflops": 11.0,
    "phases.b.demand_pflops": 11.0,
    "workloads.training.occupancy": 0.8,
    "staff.engineers_per_1000_accelerators": 100.0,
    "staff.max_engineers": 8.0,
}
"""Eleven PFLOPS from pods of four: a quarter of a pod idles, the rest a fifth of the year, and engineers are scarce."""


def _fabric(name: str, usd: int, kw: float, **more: Any) -> Plain:
    tiers = [{"up_to_accelerators": 8, "usd_per_accelerator": usd}]
    return {"name": name, "tiers": tiers, "kw_per_accelerator": kw, **more}


WIRED: Plain = {
    **WORKING,
    "network.fabric": None,
    "network.fabrics": ["fast", "slow", "dear", "hungry", "inside", "east", "maker"],
    "fabrics.fast": _fabric("Fast", 2_000, 0.1),
    "fabrics.slow": _fabric("Slow", 1_000, 0.05, exponent_factor=6.0),
    "fabrics.dear": _fabric("As fast, and dearer", 3_000, 0.1),
    "fabrics.hungry": _fabric("As fast, and draws more", 2_000, 0.2),
    "fabrics.inside": _fabric("Nothing between servers", 0, 0.0, spans_servers=False),
    "fabrics.east": _fabric("For Chinese designs", 1_500, 0.08, origins=["CN"]),
    "fabrics.maker": _fabric("For another maker's designs", 1_500, 0.08, vendors=["Another"]),
    "workloads.training.job_accelerators": 16,
    "accelerators.quick.fabric_reference_accelerators": 12,
    "accelerators.quick.fabric_exponent": 0.1,
    "accelerators.frugal.fabric_reference_accelerators": 12,
    "accelerators.frugal.fabric_exponent": 0.04,
    "staff.max_engineers": None,
    "sites.paper.existing_pods": [
        {
            "accelerator": "frugal",
            "cooling": "warm_water",
            "fabric": "slow",
            "pods": 2,
            "commissioned": date(2025, 1, 1),
        },
    ],
}
"""Fabrics are chosen pod by pod: the run is on frugal pods on a slow one in a, on quick pods on a fast one in b."""


REPLICATED: Plain = {**WORKING, "workloads.chat": {**WORKING["workloads.chat"], "replica_accelerators": 32}}
"""A replica of four pods, of which the tokens keep fewer busy."""

LAWFUL: Plain = {
    **TWO_PHASES,
    "phases.a.target_pflops": 10.0,
    "phases.b.target_pflops": 14.0,
    "phases.b.demand_pflops": 14.0,
    "export": {"regime": "jul_2026", "parent": "hong_kong", "volume_cap_accelerators": 24},
    "sites.paper.place": "hong_kong",
    "sites.paper.import_licence_weeks": 4.0,
    "accelerators.quick.memory_bandwidth_gbs": 4_800.0,
    "accelerators.quick.life_years": 2.0,
    "accelerators.frugal.life_years": 2.0,
    "accelerators.frugal.origin": "CN",
    "accelerators.frugal.price_usd": 16_000,
    "fabrics.none.origins": ["US", "CN"],
}
"""Two quick pods under licence in a and one in b, of three that the cap allows; a frugal one of Chinese design in a."""

BOUND: Plain = {
    "sites.paper.place": "hong_kong",
    "export.supercomputer": "bind",
    "accelerators.quick.fp64_tflops": 3000.0,
    "accelerators.quick.fp32_tflops": 6000.0,
    "accelerators.frugal.fp64_vector_tflops": 0.0,
    "accelerators.frugal.fp32_tflops": 0.0,
}
"""Four quick pods of 24 PFLOPS in FP64 and 48 in FP32, so that the site is no supercomputer by law."""

KINDS: dict[str, Plain] = {
    "one": EVERYTHING,
    "two": TWO_SITES,
    "rich": RICH,
    "dispatch": DISPATCHING,
    "charged": CHARGED,
    "generating": GENERATING,
    "connected": CONNECTED,
    "work": WORKING,
    "replica": REPLICATED,
    "idle": IDLING,
    "wired": WIRED,
    "lawful": LAWFUL,
    "bound": BOUND,
    "spread": {**BOUND, "sites.paper.building.clear_height_m": 50.0},
}


class Mutant(NamedTuple):
    """A corruption, the check that must fail, and what cannot but fail beside it."""

    check: str
    changes: tuple[Change, ...]
    beside: tuple[str, ...] = ()
    kind: str = "one"
    report: bool = False


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
    # Another design has another value than the search found; forged solve blocks have tests of their own.
    plain_design["solve"] = None
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


def shift(series: str, phase: str, by_hour: dict[int, float]) -> Change:
    """Add to some hours of a series of dispatch; `moved_mw` is that of the first load."""

    def change(instance: Plain, design: Plain) -> None:
        row = _matching(design, "dispatch", {"phase": phase})[0]
        row = row["moved"][0] if series == "moved_mw" else row
        values = unpack_hours(row[series], instance["solve"]["hours"])
        for hour, mw in by_hour.items():
            values[hour] += mw
        row[series] = pack_hours(values)

    return change


def report(account: str, factor: float, label: str = "", phase: str = "b") -> Change:
    """Multiply the reported lines of an account in a phase whose label ends so."""

    def change(instance: Plain, design: Plain) -> None:
        lines = [
            line
            for line in design["reported"]["ledger"]
            if (line["account"], line["phase"]) == (account, phase) and line["label"].endswith(label) and line["amount"]
        ]
        assert lines, f"no {account} is reported for {label}"
        for line in lines:
            line["amount"] *= factor

    return change
