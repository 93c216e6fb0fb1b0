"""Generation beside the grid, rebuilt from the contract: docs/model.md section 8a."""

from __future__ import annotations

import numpy as np

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.handover import plant_weeks
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.weather import WeatherYear
from optimizer.inputs.generation import Generation, SiteGeneration

GHI_AT_NAMEPLATE = 1000.0


def stated(case: AuditCase, site: str, source: str) -> SiteGeneration | None:
    """What a site says of a source; None if it may not have it."""
    return next((row for row in case.instance.sites[site].generation if row.source == source), None)


def kind_of(case: AuditCase, source: str) -> Generation:
    """The plant behind a name."""
    return case.instance.generation[source]


def units_in_service(case: AuditCase, site: str, source: str, p: int) -> int:
    """Units bought and still in their life."""
    life = kind_of(case, source).life_years
    return sum(
        row.units
        for row in case.decisions.generation
        if (row.site, row.source) == (site, source) and case.periods.in_service(case.periods.index(row.phase), p, life)
    )


def at_work_mw(case: AuditCase, site: str, row: SiteGeneration, p: int) -> float:
    """Power beside the spare units."""
    units = units_in_service(case, site, row.source, p)
    return kind_of(case, row.source).unit_mw * max(0, units - row.spare_units)


def most_mw(case: AuditCase, site: str, p: int, weather: WeatherYear | None) -> dict[str, Hours]:
    """What every source of a site can give in every hour kept. Raises ValueError for a sun nobody measured."""
    most = {}
    for row in case.instance.sites[site].generation:
        kind, mw = kind_of(case, row.source), at_work_mw(case, site, row, p)
        share = np.ones(case.kept.hours)
        if kind.kind == "pv":
            if weather is None or weather.ghi_w_per_m2 is None:
                raise ValueError(f"{site}: photovoltaics without radiation")
            sun = weather.ghi_w_per_m2[case.kept.index] / GHI_AT_NAMEPLATE
            share = np.minimum(kind.performance_ratio * sun, 1.0)
        most[row.source] = mw * share
    return most


def usd_per_mwh(case: AuditCase, site: str, source: str, p: int) -> float:
    """Fuel and running cost of a phase; the sun costs nothing."""
    kind, row = kind_of(case, source), stated(case, site, source)
    if kind.kind == "pv" or row is None:
        return kind.running_usd_per_mwh
    fuel = (row.fuel_usd_per_gj or 0.0) * case.periods.trend(row.fuel_trend_fraction, p)
    return fuel * (kind.heat_rate_gj_per_mwh or 0.0) + kind.running_usd_per_mwh


def carbon_t_per_mwh(case: AuditCase, source: str) -> float:
    """Carbon of a MWh."""
    return kind_of(case, source).carbon_kg_per_mwh / 1000.0


def check_generation(case: AuditCase, recorder: Recorder) -> None:
    """Units within what a kind and a site allow, ordered in time."""
    for site, spec in case.instance.sites.items():
        for p, phase in enumerate(case.periods.phases):
            area_m2 = 0.0
            for row in spec.generation:
                kind, units = kind_of(case, row.source), units_in_service(case, site, row.source, p)
                area_m2 += units * kind.m2_per_unit
                where = joined(site, phase, row.source)
                recorder.at_most("generation.max_units", where, units, kind.max_units, "units of generation")
            if spec.generation_m2 is not None:
                recorder.at_most(
                    "generation.room", joined(site, phase), area_m2, spec.generation_m2, "m2 under generation"
                )
    for bought in case.decisions.generation:
        where = joined("generation", bought.site, bought.phase, bought.source)
        allowed = stated(case, bought.site, bought.source) is not None
        recorder.holds("generation.allowed", where, allowed, "the site may not build it")
        lead_weeks = kind_of(case, bought.source).lead_time_weeks + plant_weeks(case, bought.site)
        in_time = case.periods.order_in_time(case.periods.index(bought.phase), lead_weeks)
        recorder.holds("availability.lead_time", where, in_time, "ordered before the planning date")
