"""What a site asks for, as requirements."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from optimizer.inputs.schema import Instance
from optimizer.model.build import Built
from optimizer.study.changes import at_site, in_building
from optimizer.study.requirement import AMPLE_FACTOR, AMPLE_M2, AMPLE_MW, AMPLE_UNITS, Requirement, by_phase


def of_site(instance: Instance, s: str) -> Iterator[Requirement]:
    """Connection, space, substation, backup and cooling limits of a site."""
    site = instance.sites[s]
    staged = bool(site.grid_stages)
    yield Requirement(
        path=f"sites.{s}.grid_mw, and every row of its grid_stages by as many MW" if staged else f"sites.{s}.grid_mw",
        label=f"grid import at {site.name}{', first stage and all later ones' if staged else ''}",
        drop=lambda i: _grid(i, s, AMPLE_MW + (AMPLE_FACTOR - 1) * i.sites[s].grid_mw),
        unit="MW",
        value=site.grid_mw,
        more_is_easier=True,
        move=lambda i, value: _grid(i, s, value - i.sites[s].grid_mw),
        amounts=lambda built: _import_beyond_stages(built, s),
    )
    yield from _building(instance, s)
    if site.max_coolings is not None:
        path = f"sites.{s}.max_coolings"
        yield Requirement(
            path=path,
            label=f"number of cooling technologies at {site.name}",
            drop=lambda i: at_site(i, s, {"max_coolings": None}),
        )
    yield Requirement(
        path=f"sites.{s}.grid.transformers",
        label=f"substations that fit at {site.name}",
        drop=lambda i: _ample_substation(i, s),
    )
    step = {"voltage_step_max_fraction": 1.0, "ramp_mw_per_minute": None}
    yield Requirement(
        path=f"sites.{s}.grid.voltage_step_max_fraction",
        label=f"load steps the grid accepts at {site.name}",
        drop=lambda i: at_site(i, s, {"grid": i.sites[s].grid.model_copy(update=step)}),
    )
    yield from _backup(instance, s)


def _building(instance: Instance, s: str) -> Iterator[Requirement]:
    site = instance.sites[s]
    for key, account, label in (
        ("white_space_m2", "white_m2", f"white space at {site.name}"),
        ("plant_m2", "plant_m2", f"plant space at {site.name}"),
    ):
        yield Requirement(
            path=f"sites.{s}.building.{key}",
            label=label,
            drop=partial(_ample_space, s, key),
            unit="m2",
            value=getattr(site.building, key),
            more_is_easier=True,
            move=partial(_space, s, key),
            amounts=partial(by_phase, account, s),
        )
    if site.building.floor_loading_kpa is not None:
        path = f"sites.{s}.building.floor_loading_kpa"
        yield Requirement(
            path=path,
            label=f"floor loading at {site.name}",
            drop=lambda i: in_building(i, s, {"floor_loading_kpa": None}),
            unit="kPa",
            value=site.building.floor_loading_kpa,
            move=partial(_space, s, "floor_loading_kpa"),
        )


def _backup(instance: Instance, s: str) -> Iterator[Requirement]:
    site = instance.sites[s]
    if site.backup is not None:
        yield Requirement(
            path=f"sites.{s}.backup",
            label=f"backup of the critical load at {site.name}",
            drop=lambda i: at_site(i, s, {"backup": None}),
        )
        if site.backup.ride_through_minutes:
            lacking = "" if site.battery else ", where no battery may be built"
            yield Requirement(
                path=f"sites.{s}.backup.ride_through_minutes",
                label=f"ride-through at {site.name}{lacking}",
                drop=partial(_ride_through, s, minutes=0.0),
                unit="minutes",
                value=site.backup.ride_through_minutes,
                more_is_easier=False,
                move=partial(_ride_through, s),
            )


def _ride_through(site: str, instance: Instance, minutes: float) -> Instance:
    backup = instance.sites[site].backup
    if backup is None:  # The whole backup is a requirement too, and may have been dropped before.
        return instance
    return at_site(instance, site, {"backup": backup.model_copy(update={"ride_through_minutes": minutes})})


def _grid(instance: Instance, site: str, more_mw: float) -> Instance:
    data = instance.sites[site]
    stages = tuple(stage.model_copy(update={"mw": max(0.0, stage.mw + more_mw)}) for stage in data.grid_stages)
    return at_site(instance, site, {"grid_mw": max(0.0, data.grid_mw + more_mw), "grid_stages": stages})


def _import_beyond_stages(built: Built, site: str) -> Iterator[Any]:
    """Imports, less what later stages of the connection bring beyond the first."""
    from optimizer.operations.connection import grid_by_phase

    problem = built.problem
    # The model was built with the requirement dropped; only differences between stages count here.
    limits = grid_by_phase(problem.instance, problem.calendar, site)
    first = problem.instance.sites[site].grid_mw
    for phase in problem.calendar.phases:
        for posting in built.ledger.select("peak_import_mw", phase, site):
            yield posting.amount - (limits[phase] - first)


def _space(site: str, key: str, instance: Instance, m2: float) -> Instance:
    return in_building(instance, site, {key: m2})


def _ample_space(site: str, key: str, instance: Instance) -> Instance:
    ample_m2 = AMPLE_M2 + AMPLE_FACTOR * getattr(instance.sites[site].building, key)
    return in_building(instance, site, {key: ample_m2})


def _ample_substation(instance: Instance, site: str) -> Instance:
    grid = instance.sites[site].grid
    kinds = {
        name: kind.model_copy(update={"max_units": AMPLE_UNITS}) if name in grid.transformers else kind
        for name, kind in instance.transformers.items()
    }
    wide = at_site(instance, site, {"grid": grid.model_copy(update={"spare_bays": None})})
    return wide.model_copy(update={"transformers": kinds})
