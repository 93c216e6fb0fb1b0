"""One golden file per constraint family: the rows of that family on a small instance, in LP notation.

`make golden` rewrites them; the difference is read before it is committed.
"""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyomo.core.base.constraint import Constraint
from pyomo.repn import generate_standard_repn

from optimizer.model.build import SLICES, Built, build
from optimizer.model.derive import derive
from tests.hall_cases import BACKED
from tests.tiny import EVERYTHING, FACILITY, GENERATION, TWO_PHASES, WORKING, tiny

HERE = Path(__file__).parent / "lp"


PODS = {"accelerator": "frugal", "cooling": "warm_water"}
TWO_GROUPS = {
    "sites.paper.existing_pods": [
        {**PODS, "pods": 2, "commissioned": date(2025, 1, 1)},
        {**PODS, "pods": 1, "commissioned": date(2025, 6, 1)},
    ]
}
"""Existing pods of one type in two groups: the one named first is retired first."""


@cache
def everything() -> Built:
    return build(derive(tiny({**EVERYTHING, **TWO_GROUPS}), HERE))


RESTRICTED = {
    "sites.paper.place": "hong_kong",
    "export.supercomputer": "bind",
    "sites.paper.building.clear_height_m": 50.0,
    "accelerators.quick.fp64_tflops": 3000.0,
    "accelerators.quick.fp32_tflops": 0.0,
    "accelerators.frugal.fp64_vector_tflops": 30.0,
    "accelerators.frugal.fp32_tflops": 0.0,
}
"""A site that may not be a supercomputer by law."""
DISPATCHING = {
    **EVERYTHING,
    **RESTRICTED,
    "solve.hours": 168,
    "sites.paper.battery_dispatch": True,
    "sites.paper.backup": {**EVERYTHING["sites.paper.backup"], "peak_shaving_hours_per_year": 20.0},
    "workloads.training.deferrable_fraction": 0.2,
    "workloads.training.daily_profile": [1.0] * 12 + [0.5] * 12,
    "tariffs.flat.demand_per_kva_month": 10.0,
    "tariffs.flat.demand_block_kva": 20.0,
    "tariffs.flat.demand_above_block_per_kva_month": 15.0,
    "tariffs.flat.contracted_per_kw_month": 3.0,
    "tariffs.flat.uncontracted_per_kw_month": 7.0,
    "accelerators.quick.supply_by_quarter": {"2026Q2": 80, "2026Q4": 20},
}
RIGID = {
    key: value for key, value in DISPATCHING.items() if not key.startswith(("solve", "sites", "workloads.training.def"))
} | {
    "tariffs.flat.demand": [{"label": "day", "per_kva_month": 5.0, "from_hour": 9, "to_hour": 21}],
    "tariffs.flat.load_factor_rebates": [{"from_hours": 550.0, "per_kwh": 0.01}],
}
PAID_TO_IMPORT = {
    **DISPATCHING,
    "tariffs.flat.fuel_clause_per_kwh": -1.0,
}
IDLE_AT_TIMES = {
    **TWO_PHASES,
    "workloads.training.occupancy_by_phase": {"b": 0.75},
    "workloads.serving": {
        "kind": "throughput",
        "workload_class": "training",
        "precisions": ["bf16"],
        "job_accelerators": 1,
        "occupancy": 0.5,
    },
}
"""Two classes that are not at work all year, each in its own measure."""
SIMPLE = {
    **TWO_PHASES,
    "procurement.max_kinds": 1,
    "procurement.min_lot": 2,
    "procurement.one_cooling_per_accelerator": True,
    "coolings.air": tiny().coolings["warm_water"].model_dump(exclude_none=True),
    "sites.paper.coolings": ["warm_water", "air"],
    "accelerators.quick.coolings": ["warm_water", "air"],
}
"""One kind, lots of two at least, one cooling."""
OFFERED = {
    "accelerators.many": tiny().accelerators["quick"].model_dump(exclude_none=True) | {"price_usd": 15_000},
    "procurement.include": ["quick", "many", "frugal"],
    "offers.maker": {
        "supplier": "A maker",
        "tiers": [
            {"accelerator": "quick", "from_accelerators": 8, "to_accelerators": 79},
            {"accelerator": "many", "from_accelerators": 80, "to_accelerators": 400},
        ],
        "available": {"only": 160},
        "deliveries": {"only": 88},
    },
}
"""Two prices of one product, by quantity."""
WAITING = {
    **TWO_PHASES,
    **FACILITY,
    "facilities.hall": {
        **FACILITY["facilities.hall"],
        "connection": {**FACILITY["facilities.hall"]["connection"], "lead_time_weeks": 60.0},
    },
}
"""A connection that is not there in the first phase."""
REFRESHING = {
    **TWO_PHASES,
    **TWO_GROUPS,
    "procurement.refresh": True,
    "accelerators.quick.life_years": 1.0,
    "accelerators.quick.life_max_years": 2.0,
    "accelerators.quick.ageing": {"maintenance_fraction_per_year": 0.02, "failed_fraction_per_year": 0.1},
    "accelerators.quick.resale": [{"years": 0.0, "fraction": 0.8}, {"years": 2.0, "fraction": 0.4}],
    "accelerators.quick.removal_usd": 100.0,
    "accelerators.frugal.life_years": 2.0,
    "accelerators.frugal.life_max_years": 4.0,
    "accelerators.frugal.ageing": {"failed_fraction_per_year": 0.1},
    "accelerators.frugal.removal_usd": 50.0,
}
"""Pods that may leave early, and stay longer with failures."""
BASIC = {
    "tariffs.flat.demand": [
        {"label": "basic", "per_kva_month": 5.0, "per_kva_year": 20.0, "ratchet_fraction": 0.8, "minimum_fraction": 0.6}
    ],
}
"""A charge that looks beyond the month."""
BILLED = {**RIGID, **BASIC}
BILLED_AND_DISPATCHING = {**DISPATCHING, **BASIC}
STEPS = {
    "tariffs.flat.energy_blocks": [
        {"from_kwh": 20_000.0, "surcharge_per_kwh": 0.02},
        {"from_kwh": 40_000.0, "surcharge_per_kwh": 0.05},
    ],
    "tariffs.flat.load_factor_eligible_hours": 560.0,
}
"""Blocks of energy, and rebates that must be earned."""
IN_STEPS = {**RIGID, **STEPS, "transformers.ideal.load_loss_kw": 4.0}
IN_STEPS_AND_DISPATCHING = {**DISPATCHING, "tariffs.flat.energy_blocks": STEPS["tariffs.flat.energy_blocks"]}
GENERATING = {
    **IDLE_AT_TIMES,
    **GENERATION,
    "solve.hours": 168,
    "tariffs.flat.demand_per_kva_month": 10.0,
    "sites.paper.generation": [
        {"source": "engine", "fuel_usd_per_gj": 5.0, "spare_units": 1, "full_load_hours_per_year": 4000.0},
        {"source": "sun"},
    ],
    "sites.paper.generation_m2": 100.0,
}
"""An engine with a spare, and photovoltaics, beside classes that are not at work all year."""
EVENINGS = [{"label": "evening", "from_hour": 18, "to_hour": 20}]
CALLED_BACK = {
    **GENERATING,
    "tariffs.flat.energy": [
        {"label": "night", "price_per_kwh": 0.05, "to_hour": 8},
        {"label": "day", "price_per_kwh": 0.15, "from_hour": 8},
    ],
    "sites.paper.battery": "cell",
    "sites.paper.battery_dispatch": True,
    "batteries.cell": EVERYTHING["batteries.cell"],
    "workloads.training.deferrable_fraction": 0.2,
    "workloads.training.daily_profile": [1.0] * 12 + [0.5] * 12,
    "sites.paper.flexible_connection": {"firm_mw": 0.05, "windows": EVENINGS, "hours_per_year": 104.0},
    "sites.paper.export_price_per_kwh": 0.02,
    "sites.paper.export_max_mw": 0.5,
    "sites.paper.demand_response": {"usd_per_mw_year": 40_000.0, "max_mw": 0.03, "windows": EVENINGS},
    "sites.paper.carbon_t_per_year": 400.0,
}
"""All that a grid by the hour may have, but for series of files."""
OTHERS = (
    DISPATCHING,
    RIGID,
    PAID_TO_IMPORT,
    IDLE_AT_TIMES,
    SIMPLE,
    OFFERED,
    WAITING,
    REFRESHING,
    BILLED,
    BILLED_AND_DISPATCHING,
    GENERATING,
    CALLED_BACK,
    BACKED,
    IN_STEPS,
    IN_STEPS_AND_DISPATCHING,
)
"""Instances for the families EVERYTHING has no row of; of those the first three rows are kept."""
SHOWN = 3
EMPTY = ("substation.late", "procurement.ruling_quota", "tightening.residual", "tightening.stack")
"""Families without a row here on purpose."""


@cache
def other(number: int) -> Built:
    return build(derive(tiny(OTHERS[number]), HERE), hours=True)


@cache
def working() -> Built:
    return build(derive(tiny(WORKING), HERE))


@cache
def replicated() -> Built:
    """Replicas of twelve accelerators, on pods of eight."""
    return build(
        derive(tiny({**WORKING, "workloads.chat": {**WORKING["workloads.chat"], "replica_accelerators": 12}}), HERE)
    )


def families_of(built: Built) -> list[str]:
    return [
        f"{name}.{component.local_name}"
        for name in SLICES
        for component in getattr(built.model, name).component_objects(Constraint)
    ]


def families() -> list[str]:
    """Families of the instance that dispatches, and those that only the one with runs and services has."""
    numbered = (other(number) for number in (0, *map(OTHERS.index, (SIMPLE, OFFERED, REFRESHING, CALLED_BACK, BACKED))))
    models = (*numbered, working(), replicated())
    return list(dict.fromkeys(family for built in models for family in families_of(built)))


def rows_of(built: Built, family: str) -> list[Any]:
    slice_name, component = family.split(".")
    return list(getattr(getattr(built.model, slice_name), component, {}).values())


def lines_of(family: str) -> str:
    rows = rows_of(everything(), family)
    for number in range(0 if family in EMPTY else len(OTHERS)):
        rows = rows or rows_of(other(number), family)[:SHOWN]
    rows = rows or ([] if family in EMPTY else rows_of(working(), family))
    rows = rows or ([] if family in EMPTY else rows_of(replicated(), family))
    assert rows or family in EMPTY, f"no instance here has a row of {family}"
    return "".join(_row(row) for row in rows)


def _row(row: Any) -> str:
    repn = generate_standard_repn(row.body)
    terms = sorted(zip(repn.linear_vars, repn.linear_coefs, strict=True), key=lambda term: term[0].name)
    body = "".join(f"    {coefficient:+.10g} {variable.name}\n" for variable, coefficient in terms if coefficient)
    lower = "" if row.lower is None else f"{row.lower - repn.constant:.10g} <= "
    upper = "" if row.upper is None else f" <= {row.upper - repn.constant:.10g}"
    if row.equality:
        lower, upper = "", f" = {row.upper - repn.constant:.10g}"
    return f"{row.name}:\n{body}    {lower}body{upper}\n"


@pytest.mark.parametrize("family", families())
def test_family_matches_its_golden_file(family: str) -> None:
    path = HERE / f"{family}.lp"
    if os.environ.get("GOLDEN_WRITE"):
        HERE.mkdir(exist_ok=True)
        path.write_text(lines_of(family), encoding="utf-8")
    assert path.exists(), f"no golden file for {family}: run `make golden`"
    assert lines_of(family) == path.read_text(encoding="utf-8")


def test_no_golden_file_without_family() -> None:
    assert {path.stem for path in HERE.glob("*.lp")} == set(families())


CHOOSING: dict[str, Any] = {
    **WORKING,
    "fabrics.cheap": {
        "name": "Cheap",
        "tiers": [{"up_to_accelerators": 1024, "usd_per_accelerator": 500}],
        "kw_per_accelerator": 0.1,
        "exponent_factor": 2.0,
    },
    "fabrics.fast": {
        "name": "Fast",
        "tiers": [{"up_to_accelerators": 1024, "usd_per_accelerator": 900}],
        "kw_per_accelerator": 0.2,
    },
    "accelerators.quick.fabric_reference_accelerators": 8,
    "accelerators.frugal.fabric_reference_accelerators": 8,
    "sites.paper.fabrics": ["fast", "cheap"],
}
"""The working instance at a site that chooses its fabrics."""
BY_FABRIC = (
    "compute.work",
    "compute.port",
    "training.one",
    "training.drawn",
    "throughput.total",
    "tightening.fed_plant",
)
"""Families whose rows tell pods of one fabric from those of another, or add them up."""


def test_rows_of_a_site_that_chooses_fabrics() -> None:
    built = build(derive(tiny(CHOOSING), HERE))
    path = HERE.parent / "fabrics.lp"
    text = "".join(_row(row) for family in BY_FABRIC for row in rows_of(built, family))
    if os.environ.get("GOLDEN_WRITE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


OF_HALLS = ("compute.work", "ups.protect", "generators.spares", "generators.carry", "facility.serve")
"""Families whose rows tell pods of one hall from those of another, or weigh them."""


def test_rows_of_a_site_that_chooses_halls() -> None:
    built = other(OTHERS.index(BACKED))
    path = HERE.parent / "halls.lp"
    text = "".join(_row(row) for family in OF_HALLS for row in rows_of(built, family)[:8])
    if os.environ.get("GOLDEN_WRITE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_halls_that_no_site_names_are_absent() -> None:
    """The same rows and columns, with or without classes of hall in the instance."""
    named = {key: value for key, value in BACKED.items() if "careful" not in key and key != "sites.paper.halls"}
    base = {key: value for key, value in named.items() if not key.startswith("halls.")}
    assert list(_everything_of(base)) == list(_everything_of(named))


OF_REFRESH = ("compute.work", "compute.vintage", "compute.keep")
"""Families whose rows tell pods by age."""


def test_rows_of_pods_that_leave_early_and_stay_longer() -> None:
    built = other(OTHERS.index(REFRESHING))
    path = HERE.parent / "refresh.lp"
    text = "".join(_row(row) for family in OF_REFRESH for row in rows_of(built, family))
    if os.environ.get("GOLDEN_WRITE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_what_refresh_asks_for_is_absent_without_it() -> None:
    """The same rows and columns, with or without the facts of refresh."""
    facts = {key: value for key, value in REFRESHING.items() if key.endswith(("life_max_years", "ageing"))}
    base = {key: value for key, value in REFRESHING.items() if key not in facts and key != "procurement.refresh"}
    assert list(_everything_of(base)) == list(_everything_of({**base, **facts}))
    assert list(_everything_of(base)) != list(_everything_of({**base, "procurement.refresh": True}))


PART_LOAD = {
    **TWO_PHASES,
    **FACILITY,
    "tariffs.flat.demand_per_kva_month": 10.0,
    "coolings.warm_water.fan_pump_standing_fraction": 0.6,
    "coolings.warm_water.spare_modules": 2,
    "coolings.air": tiny().coolings["warm_water"].model_dump(exclude_none=True)
    | {"fan_pump_fraction": 0.2, "fan_pump_standing_fraction": 1.0, "module_mw": 0.05},
    "coolings.warm_water.capture_fraction": 0.8,
    "coolings.warm_water.residual": "air",
    "sites.paper.existing_cooling_modules": {"air": 3},
}
"""Fans and pumps that run on: of a plant that is bought, and of one that is there."""
AT_PART_LOAD = ("cooling.duty", "operations.highest")
"""Families whose rows hold the standing load."""


def test_rows_of_a_plant_whose_fans_run_on() -> None:
    built = build(derive(tiny(PART_LOAD), HERE))
    path = HERE.parent / "part_load.lp"
    text = "".join(_row(row) for family in AT_PART_LOAD for row in rows_of(built, family)[:2])
    if os.environ.get("GOLDEN_WRITE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def _everything_of(changes: dict[str, Any]) -> Iterator[str]:
    built = build(derive(tiny(changes), HERE))
    for family in families_of(built):
        yield from (_row(row) for row in rows_of(built, family))
    for form in built.forms.values():
        repn = generate_standard_repn(form)
        yield repr(sorted((v.name, c) for v, c in zip(repn.linear_vars, repn.linear_coefs, strict=True)))


POLICIES = (
    "throughput",
    "power",
    "site_caps",
    "procurement",
    "offers",
    "limits",
    "training",
    "serving",
    "porting",
    "supercomputer",
)


def room_of(slice_name: str) -> str:
    """The module that adds the constraints of a block of the model."""
    if slice_name in (
        "throughput",
        "power",
        "site_caps",
        "procurement",
        "offers",
        "limits",
        "training",
        "serving",
        "porting",
        "simple_purchase",
        "supercomputer",
    ):
        return f"optimizer.policies.{slice_name}"
    rooms = {
        "operations": "optimizer.operations.block",
        "hours": "optimizer.operations.year",
        "transformer_loss": "optimizer.operations.transformer_loss",
        "tightening": "optimizer.model.tightening",
    }
    return rooms.get(slice_name, f"optimizer.assets.{slice_name}.block")


@pytest.mark.parametrize("family", families())
def test_family_has_a_line_in_its_docstring(family: str) -> None:
    slice_name, component = family.split(".")
    text = importlib.import_module(room_of(slice_name)).__doc__ or ""
    given, _, rest = text.partition("Subject to")
    assert given
    assert re.search(rf"\b{component}\b", rest), f"{room_of(slice_name)} does not say what {component} is"
