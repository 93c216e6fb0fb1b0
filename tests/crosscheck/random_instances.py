"""Random small instances: minimal.toml with random prices, sizes, lives, rules and optional assets, by seed.

Every instance is small enough for all its designs to be listed (see designs.py): one site, one or two phases, two or
three chips, one or two cooling technologies, a handful of pods. Nearly every rule of docs/model.md is met by some seed:
maturity ramps, price trends, launch dates, licences with fees and quotas, residual heat, spare modules, existing pods
and plant, substations that grow, load steps and batteries, backup, quotas, shares, supply, staff, demand charges,
foreign currency, fit-out that expires, caps. Some instances are infeasible, on purpose.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from optimizer.audit.case import AuditCase, Type
from optimizer.audit.own_rules import Rulings
from optimizer.audit.periods import read_periods
from optimizer.audit.pods import obstacle
from optimizer.audit.throughput import effective_pflops
from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from tests.crosscheck import random_site
from tests.crosscheck.dice import SITE, Changes, Dice
from tests.tiny import tiny


def random_instance(seed: int) -> Instance:
    """The instance of a seed; the same for the same seed."""
    return tiny(random_changes(seed))


def random_changes(seed: int) -> Changes:
    """Changes to the minimal instance, by dotted path."""
    dice = Dice(seed)
    phases = ("a", "b") if dice.chance(0.5) else ("a",)
    years = dice.one_of((1.0, 1.0, 2.0))
    changes = _phases(phases, years) | _finance(dice)
    changes |= random_site.coolings(dice) | _chips(dice, len(phases), years) | _stacks(dice)
    changes |= _workloads(dice, phases) | _rules(dice, phases)
    changes |= random_site.tariff(dice) | random_site.climate(dice) | random_site.building(dice)
    changes |= random_site.staff(dice) | random_site.power(dice, phases)
    changes |= random_site.backup_and_battery(dice, phases)
    changes |= _targets(dice, changes)
    if dice.chance(0.4):
        changes |= _existing(dice, changes)
    changes = _lives(dice, changes, years) | _caps(dice)
    return changes | _use(dice, changes)


def _phases(phases: tuple[str, ...], years: float) -> Changes:
    starts = {"a": date(2027, 1, 1), "b": date(2028 if years == 1.0 else 2029, 1, 1)}
    return {"phases": {p: {"start": starts[p], "years": years, "target_pflops": 1.0} for p in phases}}


def _lives(dice: Dice, changes: Changes, years: float) -> Changes:
    """Some things last a single phase only, so that they are bought again."""
    plain = ("coolings.warm_water", "upses.none", f"sites.{SITE}.building")
    for table in plain:
        key = "fitout_life_years" if table.endswith("building") else "life_years"
        changes[f"{table}.{key}"] = years if dice.chance(0.2) else dice.one_of((4.0, 15.0))
    for table in ("coolings.cold_air", "batteries.cell", "generators.set"):
        if table in changes:
            changes[table]["life_years"] = years if dice.chance(0.2) else 10.0
    return changes


def _use(dice: Dice, changes: Changes) -> Changes:
    """Capability that is not at work all year, and chips that are worth something to somebody else."""
    found: Changes = {}
    if dice.chance(0.4):
        used, idle = dice.one_of((0.3, 0.6, 0.8)), dice.one_of((0.0, 0.3))
        found |= {"workloads.training.occupancy": used, "workloads.training.idle_fraction": idle}
        if "workloads.inference" in changes:
            found["workloads.inference"] = changes["workloads.inference"] | {"occupancy": used, "idle_fraction": 0.5}
    for name in changes["procurement.include"] if dice.chance(0.4) else ():
        resale = [{"years": 0.0, "fraction": dice.real(0.5, 1.0)}, {"years": 5.0, "fraction": dice.real(0.0, 0.4)}]
        if name == "third":
            found["accelerators.third"] = changes["accelerators.third"] | {"resale": resale}
        else:
            found[f"accelerators.{name}.resale"] = resale
    return found


def _finance(dice: Dice) -> Changes:
    return {
        "finance.discount_rate": dice.one_of((0.0, 0.03, 0.08)),
        "finance.insurance_fraction": dice.one_of((0.0, 0.01)),
        "finance.base_date": dice.one_of((None, date(2027, 1, 1), date(2026, 6, 1))),
    }


def _chips(dice: Dice, phases: int, years: float) -> Changes:
    """Two or three chips; in two phases fewer, to keep the list of designs short."""
    names = ["quick", "frugal"] + (["third"] if phases == 1 and dice.chance(0.5) else [])
    changes: Changes = {"procurement.include": names}
    for name in names:
        chip = _chip(dice, years)
        if phases == 2 and name == "frugal":
            chip["coolings"] = ["warm_water"]
        if name == "third":
            changes["accelerators.third"] = tiny().accelerators["quick"].model_dump(exclude_none=True) | chip
        else:
            changes |= {f"accelerators.{name}.{key}": value for key, value in chip.items()}
    return changes


def _chip(dice: Dice, years: float) -> Changes:
    """A leading chip (TPP 16,000), one cut down for export (TPP 2,368, four times as many), or a Chinese one."""
    kind = dice.one_of(("leading", "cut_down", "domestic"))
    per_server = 32 if kind == "cut_down" else 8
    late, rationed = dice.chance(0.15), dice.chance(0.2)
    return {
        "bf16_tflops": {"leading": 1000.0, "cut_down": 148.0, "domestic": 780.0}[kind],
        "origin": "CN" if kind == "domestic" else "US",
        "tier": {"leading": 1, "cut_down": 2, "domestic": 3}[kind],
        "die_mm2": 800.0,
        "memory_bandwidth_gbs": 4000.0,
        "stack": "young" if kind == "domestic" else "mature",
        "per_server": per_server,
        "price_usd": 8 * 1000 * dice.whole(5, 25) // per_server,
        "price_trend_fraction": dice.one_of((-0.2, 0.0, 0.05)),
        "server_kw": float(dice.whole(4, 12)),
        "server_units": dice.one_of((4, 8)),
        "server_rest_usd": 1000 * dice.whole(0, 40),
        "utilisation": {"training": dice.real(0.3, 0.6), "inference": dice.real(0.3, 0.6)},
        "coolings": dice.one_of((["warm_water"], ["warm_water", "cold_air"], ["cold_air", "warm_water"])),
        "repair_hours": dice.one_of((0.0, 5.0)),
        "life_years": dice.one_of((years, 4.0, 5.0)),
        "maintenance_fraction": dice.one_of((0.0, 0.05)),
        "power_smoothing_fraction": dice.one_of((0.0, 0.5)),
        "lead_time_weeks": dice.one_of((45.0, 60.0)) if late else 20.0,
        "launch": date(2027, 6, 1) if dice.chance(0.1) else date(2025, 1, 1),
        "supply_per_year": per_server * dice.whole(2, 7) if rationed else None,
    }


def _stacks(dice: Dice) -> Changes:
    young = {
        "name": "Young software",
        "initial_maturity_fraction": dice.real(0.5, 0.9),
        "ramp_months": dice.one_of((12.0, 30.0)),
        "porting_usd": 1000 * dice.whole(0, 60),
    }
    if dice.chance(0.3):
        young["adopted"] = date(2026, 4, 1)
    return {"stacks.young": young}


def _workloads(dice: Dice, phases: tuple[str, ...]) -> Changes:
    night_rest = [1.0] * 12 + [0.7] * 12
    changes: Changes = {
        "workloads.training.load_fraction": dice.one_of((1.0, 0.9)),
        "workloads.training.step_fraction": dice.one_of((0.0, 0.5)),
        "workloads.training.job_accelerators": dice.one_of((1, 64, 4096)),
    }
    if dice.chance(0.3):
        changes["workloads.inference"] = {
            "kind": "throughput",
            "workload_class": "inference",
            "precisions": ["bf16"],
            "job_accelerators": 8,
            "load_fraction": 0.8,
            "daily_profile": dice.one_of((night_rest, [1.0] * 24)),
            "floor_pflops": {phases[-1]: dice.real(0.5, 2.0)},
        }
    return changes


def _rules(dice: Dice, phases: tuple[str, ...]) -> Changes:
    dated = ("oct_2023", "aug_2025", "jan_2026", "may_2026", "domestic_only")
    regime = dice.one_of(dated) if dice.chance(0.5) else "open_market"
    place = dice.one_of(("singapore", "hong_kong"))
    changes: Changes = {
        "export.regime": regime,
        "export.parent": dice.one_of(("singapore", place)),
        "export.licences": "avoid" if dice.chance(0.15) else "use",
        f"sites.{SITE}.place": place,
    }
    if dice.chance(0.3):
        match = dice.one_of(({"accelerator": "quick"}, {"tier": 1}, {"origin": "US"}, {"status": "licence"}))
        quota: Changes = {"match": match, "max_accelerators": dice.one_of((32, 64, 128))}
        if dice.chance(0.3):
            quota["phases"] = [phases[-1]]
        changes["procurement.quotas"] = {"few": quota}
    if dice.chance(0.35):
        share: Changes = {"match": dice.one_of(({"accelerator": "frugal"}, {"origin": "CN"}, {"tier": 1}))}
        share[dice.one_of(("min_fraction", "max_fraction"))] = dice.real(0.2, 0.7)
        if dice.chance(0.3):
            share["from_phase"] = phases[-1]
        changes["procurement.shares"] = {"some": share}
    return changes


def _targets(dice: Dice, changes: Changes) -> Changes:
    """Floors of two to four pods of a middling type, and a demand that may lie above them."""
    instance = tiny(changes)
    yields = _pflops_per_pod(instance)
    middling = float(np.median(yields)) if yields else 1.0
    rows = {name: dict(row) for name, row in changes["phases"].items()}
    most = 2.4 if len(rows) == 2 else 3.6
    for row in rows.values():
        row["target_pflops"] = round(middling * dice.real(1.2, most), 2)
        if dice.chance(0.6):
            row["demand_pflops"] = round(row["target_pflops"] * dice.real(1.0, 1.9), 2)
    return {"phases": rows}


def _pflops_per_pod(instance: Instance) -> list[float]:
    case = AuditCase(instance, Decisions(), read_periods(instance), Rulings(instance))
    last = len(instance.phases) - 1
    found = []
    for name in instance.procurement.include:
        chip = instance.accelerators[name]
        for cooling in chip.coolings:
            if cooling in instance.coolings and obstacle(instance, SITE, name, cooling) is None:
                kind = Type(name, cooling)
                found.append(case.pod(SITE, kind).accelerators * effective_pflops(case, SITE, kind, "training", last))
    return found


def _existing(dice: Dice, changes: Changes) -> Changes:
    """Pods, modules or a substation that are there already."""
    instance = tiny(changes)
    found: Changes = {}
    names = instance.sites[SITE].coolings
    fitting = [
        (name, c)
        for name in instance.procurement.include
        for c in instance.accelerators[name].coolings
        if c in names and obstacle(instance, SITE, name, c) is None
    ]
    if fitting and dice.chance(0.6):
        name, cooling = dice.one_of(fitting)
        pods = {"accelerator": name, "cooling": cooling, "pods": dice.whole(1, 2), "commissioned": date(2025, 1, 1)}
        salvage = 1000 * dice.whole(0, 60)
        found[f"sites.{SITE}.existing_pods"] = [pods | {"salvage_usd_per_pod": salvage}]
        found[f"sites.{SITE}.existing_cooling_modules"] = {cooling: dice.whole(2, 6)}
    if dice.chance(0.5):
        transformer = dice.one_of(("ideal", "small"))
        found[f"sites.{SITE}.grid.existing"] = {"transformer": transformer, "units": dice.whole(1, 2)}
    return found


def _caps(dice: Dice) -> Changes:
    caps = {
        "capex_musd": dice.one_of((0.5, 1.0, 2.0)),
        "total_cost_musd": dice.one_of((0.7, 2.0)),
        "energy_mwh_per_year": dice.one_of((200.0, 500.0)),
        "carbon_t_per_year": dice.one_of((100.0, 250.0)),
        "water_m3_per_year": dice.one_of((150.0, 600.0)),
        "floor_area_m2": dice.one_of((30.0, 60.0)),
        "lcoc_usd_per_eflop": dice.one_of((1.5, 4.0)),
        "accelerators": dice.one_of((24.0, 40.0)),
    }
    return {f"limits.{name}": cap for name, cap in caps.items() if dice.chance(0.08)}
