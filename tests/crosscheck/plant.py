"""Substations through the phases, and the modules and generators that the pods ask for.

Modules and generators follow from the pods: the least number, bought as late as possible, because their price does not
change: what is bought later is discounted more, maintained for less and keeps more of its value.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.audit.case import Type
from optimizer.audit.cooling import captured_share
from optimizer.inputs.design import GeneratorRow, ModuleRow, SubstationRow
from tests.crosscheck.facility import Facility, Substation
from tests.crosscheck.pod_choices import ROUNDING
from tests.crosscheck.pricing import Effect

Installed = dict[tuple[Type, int], int]


@dataclass(frozen=True)
class Path:
    """The substation in every phase."""

    rows: tuple[SubstationRow, ...]
    phases: tuple[Substation, ...]
    effect: Effect


@dataclass(frozen=True)
class Plant:
    """Modules and generators, their space by phase, and what they add."""

    modules: tuple[ModuleRow, ...]
    generators: tuple[GeneratorRow, ...]
    m2: tuple[float, ...]
    effect: Effect


def substation_paths(f: Facility) -> Iterator[Path]:
    """Every way through the phases that the audit does not forbid."""
    existing = f.site.grid.existing
    options: list[tuple[str, int] | None] = [None]
    options += [(x, n + 1) for x in f.site.grid.transformers for n in range(f.instance.transformers[x].max_units)]
    if existing and (existing.transformer, existing.units) not in options:
        options.append((existing.transformer, existing.units))
    for path in itertools.product(options, repeat=len(f.phases)):
        rows = tuple(
            SubstationRow(**f.here(p), transformer=there[0], units=there[1])
            for p, there in enumerate(path)
            if there is not None
        )
        effect = f.pricing.effect(substations=rows)
        # Without a row the audit of the empty design has lost an existing substation already.
        if effect.allowed and not (existing and None in path):
            yield Path(rows, tuple(_substation(f, there) for there in path), effect)


def _substation(f: Facility, there: tuple[str, int] | None) -> Substation:
    if there is None:
        return Substation()
    grid, kind = f.site.grid, f.instance.transformers[there[0]]
    firm_mva = max(0, there[1] - grid.spare_units) * kind.unit_mva
    strength_mva = 1 / (1 / grid.short_circuit_mva + kind.reactance_pu / firm_mva) if firm_mva else 0.0
    return Substation(
        f.site.auxiliary_mw + there[1] * kind.no_load_loss_kw / 1000,
        grid.power_factor * firm_mva,
        grid.power_factor * grid.voltage_step_max_fraction * strength_mva,
        kind.m2_fixed + there[1] * kind.m2_per_unit,
    )


def plant_for(f: Facility, there: Installed, it_mw: tuple[float, ...]) -> Plant | None:
    """The least plant for these pods; None if it cannot be had."""
    modules: list[ModuleRow] = []
    m2, opened = [0.0 for _ in f.phases], [0 for _ in f.phases]
    for x in f.instance.coolings:
        rows = _modules(f, x, [_heat_mw(f, there, x, p) for p in f.phases], (m2, opened))
        if rows is None:
            return None
        modules += rows
    generators = _generators(f, it_mw, m2)
    if generators is None or (f.site.max_coolings is not None and max(opened) > f.site.max_coolings):
        return None
    return Plant(tuple(modules), tuple(generators), tuple(m2), _effect(f, modules, generators))


def _effect(f: Facility, modules: list[ModuleRow], generators: list[GeneratorRow]) -> Effect:
    total = f.pricing.base.times(0.0)
    for row in modules:
        total = total + _one_module(f, row).times(row.units)
        if row.opened:
            total = total + f.pricing.effect(cooling=(row.model_copy(update={"units": 0}),))
    for generator in generators:
        total = total + _one_set(f, generator).times(generator.units)
    return total


def _one_module(f: Facility, row: ModuleRow) -> Effect:
    return f.pricing.effect(cooling=(row.model_copy(update={"units": 1, "opened": False}),))


def _one_set(f: Facility, row: GeneratorRow) -> Effect:
    return f.pricing.effect(generators=(row.model_copy(update={"units": 1}),))


def _heat_mw(f: Facility, there: Installed, x: str, p: int) -> float:
    return sum(captured_share(f.instance, k[1], x) * n * f.pods[k].kw / 1000 for (k, q), n in there.items() if q == p)


def _modules(f: Facility, x: str, heat: list[float], sums: tuple[list[float], list[int]]) -> list[ModuleRow] | None:
    """Purchases of one technology; its space and whether it is open are added to the sums of each phase."""
    technology, existing = f.instance.coolings[x], f.site.existing_cooling_modules.get(x, 0)
    is_open, rows, bought = existing > 0, [], [0 for _ in f.phases]
    for p in f.phases:
        opens = heat[p] > 0 and not is_open
        is_open = is_open or opens
        need = math.ceil(heat[p] / technology.module_mw - ROUNDING) + (technology.spare_modules if is_open else 0)
        serving = existing + _serving(f, bought, p, technology.life_years)
        bought[p] = max(0, need - serving)
        if opens or bought[p]:
            row = ModuleRow(**f.here(p), cooling=x, units=bought[p], opened=opens)
            lasts = bought[p] == 0 or f.periods.in_service(p, p, technology.life_years)
            if not lasts or not _one_module(f, row).allowed:
                return None
            rows.append(row)
        if serving + bought[p] > technology.max_modules:
            return None
        sums[0][p] += (serving + bought[p]) * technology.m2_per_module
        sums[1][p] += int(is_open)
    return rows


def _generators(f: Facility, it_mw: tuple[float, ...], m2: list[float]) -> list[GeneratorRow] | None:
    backup = f.site.backup
    if backup is None:
        return []
    kind, rows, bought = f.instance.generators[backup.generator], [], [0 for _ in f.phases]
    for p in f.phases:
        critical = backup.critical_fraction * it_mw[p]
        need = math.ceil(critical / kind.unit_mw - ROUNDING) + backup.spare_units
        if p < f.periods.index(backup.from_phase):
            need = 0
        serving = backup.existing_units + _serving(f, bought, p, kind.life_years)
        bought[p] = max(0, need - serving)
        if bought[p]:
            row = GeneratorRow(**f.here(p), units=bought[p])
            if not f.periods.in_service(p, p, kind.life_years) or not _one_set(f, row).allowed:
                return None
            rows.append(row)
        if serving + bought[p] > kind.max_units:
            return None
        m2[p] += (serving + bought[p]) * kind.m2_per_unit
    return rows


def _serving(f: Facility, bought: list[int], p: int, life_years: float) -> int:
    return sum(n for q, n in enumerate(bought) if f.periods.in_service(q, p, life_years))
