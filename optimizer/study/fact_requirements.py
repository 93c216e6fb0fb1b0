"""Facts of time and data as requirements: lives, launch dates, lists, module counts, what fits what.

A planner bargains about targets and power first; these stand last, and only where they can matter. Without them an
instance that nothing but a fact makes impossible would have no named cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from optimizer.assets.compute.throughput import class_tflops, peak_tflops
from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.setting.calendar import LIFE_TOLERANCE_YEARS, calendar_of
from optimizer.setting.matching import matches
from optimizer.study.changes import in_building, in_procurement, in_table
from optimizer.study.requirement import AMPLE_FACTOR, AMPLE_MODULES, AMPLE_YEARS, Requirement

PLANT_TABLES: Mapping[str, str] = {table: about.noun for table, about in ASSET_TABLES.items() if about.ages}
"""Tables of plant that is replaced at the end of its life, with the word for one of their rows."""


def of_facts(instance: Instance) -> Iterator[Requirement]:
    """Every fact that can stand in the way of a design."""
    yield from _lives(instance)
    yield from _launches(instance)
    yield from _counts(instance)
    yield from _lists(instance)
    yield from _fits(instance)


def _lives(instance: Instance) -> Iterator[Requirement]:
    calendar = calendar_of(instance)
    horizon = max(calendar.t1.values()) - min(calendar.t0.values())
    chips = instance.accelerators.values()
    if any(chip.life_years + LIFE_TOLERANCE_YEARS < horizon for chip in chips):
        yield Requirement(
            path="accelerators.*.life_years",
            label="life of accelerators against the length of the phases",
            drop=partial(_live_longer, AMPLE_YEARS),
            unit="years",
            value=max(chip.life_years for chip in chips),
            move=lambda i, years: _live_longer(years, i),
        )
    for table, noun in PLANT_TABLES.items():
        for name, row in getattr(instance, table).items():
            if row.life_years + LIFE_TOLERANCE_YEARS < horizon:
                yield Requirement(
                    path=f"{table}.{name}.life_years",
                    label=f"life of {noun} {name} against the length of the phases",
                    drop=partial(_row_with, table, name, "life_years", AMPLE_YEARS),
                    unit="years",
                    value=row.life_years,
                    move=partial(_moved_row, table, name, "life_years"),
                )
    for name, site in instance.sites.items():
        if site.building.fitout_life_years + LIFE_TOLERANCE_YEARS < horizon:
            yield Requirement(
                path=f"sites.{name}.building.fitout_life_years",
                label=f"life of the fit-out at {site.name} against the length of the phases",
                drop=partial(_fitted, name, years=AMPLE_YEARS),
                unit="years",
                value=site.building.fitout_life_years,
                move=partial(_fitted, name),
            )


def _fitted(site: str, instance: Instance, years: float) -> Instance:
    return in_building(instance, site, {"fitout_life_years": years})


def _live_longer(years: float, instance: Instance) -> Instance:
    for name, chip in instance.accelerators.items():
        instance = in_table(instance, "accelerators", name, {"life_years": max(years, chip.life_years)})
    return instance


def _row_with(table: str, name: str, key: str, value: Any, instance: Instance) -> Instance:
    return in_table(instance, table, name, {key: value})


def _moved_row(table: str, name: str, key: str, instance: Instance, value: float) -> Instance:
    return in_table(instance, table, name, {key: value})


def _launches(instance: Instance) -> Iterator[Requirement]:
    first = min(phase.start for phase in instance.phases.values())
    if any(chip.launch > first for chip in instance.accelerators.values()):
        yield Requirement(path="accelerators.*.launch", label="launch dates of accelerators", drop=_launched)
    if any(chip.last_delivery is not None for chip in instance.accelerators.values()):
        label = "ends of sale of accelerators"
        yield Requirement(path="accelerators.*.last_delivery", label=label, drop=_on_sale_for_ever)


def _on_sale_for_ever(instance: Instance) -> Instance:
    for name in instance.accelerators:
        instance = in_table(instance, "accelerators", name, {"last_delivery": None})
    return instance


def _launched(instance: Instance) -> Instance:
    """Launched by the planning date; earlier launches stay, since what quarters supply counts from them."""
    for name, chip in instance.accelerators.items():
        launch = min(chip.launch, instance.planning_date)
        instance = in_table(instance, "accelerators", name, {"launch": launch})
    return instance


def _counts(instance: Instance) -> Iterator[Requirement]:
    most_mw = sum(max([site.grid_mw, *(stage.mw for stage in site.grid_stages)]) for site in instance.sites.values())
    for name, row in instance.coolings.items():
        if (row.max_modules - row.spare_modules) * row.module_mw < most_mw:
            yield Requirement(
                path=f"coolings.{name}.max_modules",
                label=f"modules of cooling {name}",
                drop=partial(_row_with, "coolings", name, "max_modules", AMPLE_MODULES),
            )
    for name in dict.fromkeys(site.battery for site in instance.sites.values() if site.battery):
        yield Requirement(path=f"batteries.{name}.max_mwh", label=f"size of battery {name}", drop=partial(_large, name))


def _large(battery: str, instance: Instance) -> Instance:
    row = instance.batteries[battery]
    ample = {"max_mw": AMPLE_FACTOR * row.max_mw, "max_mwh": AMPLE_FACTOR * row.max_mwh}
    return in_table(instance, "batteries", battery, ample)


def _lists(instance: Instance) -> Iterator[Requirement]:
    lists = instance.procurement
    if any(not matches(a, lists.include) or matches(a, lists.exclude) for a in instance.accelerators):
        yield Requirement(
            path="procurement.include",
            label="accelerators left out by procurement.include and procurement.exclude",
            drop=lambda i: in_procurement(i, {"include": ("*",), "exclude": ()}),
        )
    for name, load in instance.workloads.items():
        if load.residency is not None:
            yield Requirement(
                path=f"workloads.{name}.residency",
                label=f"residency of {name}",
                drop=partial(_row_with, "workloads", name, "residency", None),
            )
        if load.availability_min is not None:
            yield Requirement(
                path=f"workloads.{name}.availability_min",
                label=f"availability that {name} asks for",
                drop=partial(_row_with, "workloads", name, "availability_min", None),
            )


def _fits(instance: Instance) -> Iterator[Requirement]:
    """What accelerators, coolings, fabrics and workloads ask of each other."""
    if any(not _is_cooled(instance, a) for a in instance.accelerators):
        label = "coolings that accelerators are sold for, and what a rack of each carries"
        yield Requirement(path="accelerators.*.coolings", label=label, drop=_cooled)
    if any(row.origins or row.vendors or not row.spans_servers for row in instance.fabrics.values()):
        yield Requirement(path="fabrics", label="what the fabrics join", drop=_joined)
    for name, load in instance.workloads.items():
        if not any(_does(chip, load) for chip in instance.accelerators.values()):
            yield Requirement(
                path=f"workloads.{name}.precisions",
                label=f"class and precisions of {name}, which no accelerator offers",
                drop=partial(_any_precision, name),
            )


def _is_cooled(instance: Instance, accelerator: str) -> bool:
    chip = instance.accelerators[accelerator]
    kw = chip.rack_scale.densest_rack_kw if chip.rack_scale else chip.server_kw
    offered = {c for site in instance.sites.values() for c in site.coolings if c in chip.coolings}
    units = 0 if chip.rack_scale else chip.server_units
    return any(kw <= instance.coolings[c].rack_kw_max and units <= instance.coolings[c].rack_units for c in offered)


def _cooled(instance: Instance) -> Instance:
    chips = instance.accelerators.values()
    kw = max(chip.rack_scale.densest_rack_kw if chip.rack_scale else chip.server_kw for chip in chips)
    units = max(chip.server_units for chip in chips)
    for name, row in instance.coolings.items():
        racks = {"rack_kw_max": max(kw, row.rack_kw_max), "rack_units": max(units, row.rack_units)}
        instance = in_table(instance, "coolings", name, racks)
    for name in instance.accelerators:
        instance = in_table(instance, "accelerators", name, {"coolings": tuple(instance.coolings)})
    return instance


def _joined(instance: Instance) -> Instance:
    for name in instance.fabrics:
        instance = in_table(instance, "fabrics", name, {"origins": None, "vendors": None, "spans_servers": True})
    return instance


def _does(chip: Any, load: Any) -> bool:
    if not peak_tflops(chip, load):
        return False
    return not isinstance(load, Workload) or class_tflops(chip, load) > 0


def _any_precision(workload: str, instance: Instance) -> Instance:
    load = instance.workloads[workload]
    every = ("fp64", "tf32", "bf16", "fp8", "int8", "fp4")
    instance = in_table(instance, "workloads", workload, {"precisions": every})
    for name, chip in instance.accelerators.items():
        classes = {load.workload_class: max(chip.utilisation.values(), default=0.3), **chip.utilisation}
        instance = in_table(instance, "accelerators", name, {"utilisation": classes})
    return instance
