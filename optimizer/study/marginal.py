"""Marginal values: what a little more, or a little less, of each limit the planner wrote is worth.

Each value is true for whole numbers: the instance is solved again with the limit moved. The dual values of a mixed-integer
model do not exist, and those of its relaxation would promise what no one can buy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

from optimizer.instance.schema import Instance
from optimizer.pipeline import Options, Result, run
from optimizer.solve.outcome import Hooks

MILLION = 1e6


@dataclass(frozen=True)
class Lever:
    """A limit that can be moved: its key in the instance, its unit and the step by which it is moved."""

    path: str
    label: str
    unit: str
    value: float
    step: float
    apply: Callable[[Instance, float], Instance]
    """The instance with the limit at another value."""


@dataclass(frozen=True)
class Marginal:
    """What moving a limit is worth, in million US dollars of present value at the design's compute.

    `more_musd` is what one step more saves, `less_musd` what one step less costs (inf: no design is left). `noise_musd` is
    what the gap of the two solves leaves open: a smaller value is not distinguishable from zero.
    """

    path: str
    label: str
    unit: str
    value: float
    step: float
    more_musd: float
    less_musd: float
    noise_musd: float
    more_lcoc: float | None
    less_lcoc: float | None

    @property
    def per_unit_musd(self) -> float:
        """Saving per unit of the limit, from one step more."""
        return self.more_musd / self.step


def levers(instance: Instance) -> Iterator[Lever]:
    """Every limit of an instance that can be bought or bargained for."""
    for s, site in instance.sites.items():
        yield Lever(f"sites.{s}.grid_mw", f"grid import at {site.name}", "MW", site.grid_mw, 1.0, _grid(s))
        for key in ("white_space_m2", "plant_m2"):
            size = getattr(site.building, key)
            label = f"{'white' if key.startswith('white') else 'plant'} space at {site.name}"
            step = max(1.0, round(size / 20))
            yield Lever(f"sites.{s}.building.{key}", label, "m2", size, step, _space(s, key))
    for q, quota in instance.procurement.quotas.items():
        step = float(max(1, round(quota.max_accelerators / 10)))
        yield Lever(
            f"procurement.quotas.{q}.max_accelerators",
            f"quota {q}",
            "accelerators",
            float(quota.max_accelerators),
            step,
            _quota(q),
        )
    for key, value in instance.limits:
        if value is not None:
            yield Lever(f"limits.{key}", f"limit {key}", _unit(key), value, value / 20 or 1.0, _limit(key))


def marginal(base: Result, lever: Lever, folder: Path, options: Options, hooks: Hooks | None = None) -> Marginal:
    """Solve again with one step more and one step less. `base` must hold a design found under `options`."""
    if base.design is None or base.design.reported is None or base.design.solve is None:
        raise ValueError("marginal values need a design to start from")
    instance = base.problem.instance
    lcoc = base.design.reported.lcoc_usd_per_eflop
    eflop = base.design.reported.npv_eflop
    found: dict[float, float | None] = {}
    for step in (lever.step, -lever.step):
        moved = lever.value + step
        if moved < 0:
            found[step] = None
            continue
        start = base.solution if step > 0 else None
        result = run(lever.apply(instance, moved), folder, replace(options, start=start), hooks)
        reported = result.design.reported if result.design else None
        found[step] = reported.lcoc_usd_per_eflop if reported else None
    more, less = found[lever.step], found[-lever.step]
    worth = eflop / MILLION
    return Marginal(
        lever.path,
        lever.label,
        lever.unit,
        lever.value,
        lever.step,
        (lcoc - more) * worth if more is not None else 0.0,
        (less - lcoc) * worth if less is not None else inf,
        2 * base.design.solve.gap_asked * lcoc * worth,
        more,
        less,
    )


def _site(instance: Instance, site: str, changes: Mapping[str, object]) -> Instance:
    sites = {**instance.sites, site: instance.sites[site].model_copy(update=dict(changes))}
    return instance.model_copy(update={"sites": sites})


def _grid(site: str) -> Callable[[Instance, float], Instance]:
    def apply(instance: Instance, mw: float) -> Instance:
        data = instance.sites[site]
        more = mw - data.grid_mw
        stages = tuple(stage.model_copy(update={"mw": max(0.0, stage.mw + more)}) for stage in data.grid_stages)
        return _site(instance, site, {"grid_mw": mw, "grid_stages": stages})

    return apply


def _space(site: str, key: str) -> Callable[[Instance, float], Instance]:
    def apply(instance: Instance, m2: float) -> Instance:
        return _site(instance, site, {"building": instance.sites[site].building.model_copy(update={key: m2})})

    return apply


def _quota(name: str) -> Callable[[Instance, float], Instance]:
    def apply(instance: Instance, most: float) -> Instance:
        quota = instance.procurement.quotas[name].model_copy(update={"max_accelerators": round(most)})
        quotas = {**instance.procurement.quotas, name: quota}
        return instance.model_copy(update={"procurement": instance.procurement.model_copy(update={"quotas": quotas})})

    return apply


def _limit(key: str) -> Callable[[Instance, float], Instance]:
    def apply(instance: Instance, value: float) -> Instance:
        return instance.model_copy(update={"limits": instance.limits.model_copy(update={key: value})})

    return apply


def _unit(key: str) -> str:
    units = {"musd": "MUSD", "mwh_per_year": "MWh/year", "t_per_year": "t/year", "m3_per_year": "m3/year", "m2": "m2"}
    return next((unit for ending, unit in units.items() if key.endswith(ending)), "USD/EFLOP")
