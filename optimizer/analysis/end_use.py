"""Whether a design is a supercomputer by law, site by site (docs/export_rules.md, section 13). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from optimizer.analysis.tasks import installed_pods
from optimizer.assets.compute.fabrics import fabric_id
from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem
from optimizer.policies.export_rules import in_force, known_regimes
from optimizer.regimes.conditions import restricted_sites
from optimizer.regimes.supercomputer import (
    ENVELOPE_M3,
    LIMITS_PFLOPS,
    Measure,
    PodGroup,
    SiteMeasure,
    peak_tflops,
    reached,
    readings,
)

TypeKey = tuple[str, str, str]
ORDER = ("not_reached", "by_layout", "supercomputer")
WITHOUT_END_USE = ("before_oct_2022", "open_market")
"""Regimes that know no rule on supercomputers."""
NAMES: dict[Measure, str] = {"fp64": "FP64", "fp32": "FP32"}


@dataclass(frozen=True, kw_only=True)
class Item:
    """A fabric or server the rule may reach."""

    name: str
    eccn: str | None
    reached: bool | None
    """None: not classified."""


@dataclass(frozen=True, kw_only=True)
class SiteReading:
    """The phase of a site in which it comes nearest to the definition."""

    site: str
    phase: str
    readings: tuple[SiteMeasure, ...]
    volume_m3: float
    vector_fp64_pflops: float
    """FP64 by vector units alone, where rows give both."""
    unknown: tuple[str, ...]
    """Keys of peaks that are not stated and count as 0."""
    items: tuple[Item, ...]

    @property
    def verdict(self) -> str:
        """The worse of both precisions."""
        return max((reading.verdict for reading in self.readings), key=ORDER.index)

    @property
    def sentence(self) -> str:
        """The numbers, and what they mean."""
        worst = max(self.readings, key=lambda r: (ORDER.index(r.verdict), r.densest_pflops / r.limit_pflops))
        name, least = NAMES[worst.measure], "at least " if self.unknown else ""
        vector = f" ({self.vector_fp64_pflops:.4g} by vector units)" if worst.measure == "fp64" else ""
        return (
            f"{self.site} in {self.phase}: {least}{worst.total_pflops:.4g} PFLOPS in {name}{vector}; one envelope of "
            f"{ENVELOPE_M3:,.0f} m3 holds up to {worst.densest_pflops:.4g}, with the racks mixed evenly "
            f"{worst.even_pflops:.4g}; the limit is {worst.limit_pflops:.4g}."
        )


def site_readings(problem: Problem, decisions: Decisions) -> tuple[SiteReading, ...]:
    """Every site in a restricted place, in its worst phase. Empty if there is none."""
    rows = []
    for site in restricted_sites(problem.instance):
        phases = [_reading(problem, decisions, site, phase) for phase in problem.calendar.phases]
        rows.append(max(phases, key=_weight))
    return tuple(rows)


def _weight(reading: SiteReading) -> tuple[int, int, float]:
    """What makes a phase the one to tell: its verdict, then how many items the rule reaches (a machine without listed
    items asks for no licence), then how near the definition it comes."""
    reached_items = sum(item.reached is not False for item in reading.items)
    return ORDER.index(reading.verdict), reached_items, _nearness(reading)


def flagged_sites(problem: Problem, decisions: Decisions) -> tuple[SiteReading, ...]:
    """Sites that are, or by their layout may be, a supercomputer under a law that knows the rule."""
    starts = problem.calendar.starts
    return tuple(
        reading
        for reading in site_readings(problem, decisions)
        if reading.verdict != "not_reached" and end_use_law(problem.instance, starts[reading.phase])
    )


def end_use_law(instance: Instance, day: date) -> bool:
    """Whether the rule, of October 2022, is part of the law that an instance takes for a day."""
    return in_force(instance.export, known_regimes(instance), day).regime.id not in WITHOUT_END_USE


def _nearness(reading: SiteReading) -> float:
    return max(r.densest_pflops / r.limit_pflops for r in reading.readings)


def _reading(problem: Problem, decisions: Decisions, site: str, phase: str) -> SiteReading:
    instance = problem.instance
    height_m = instance.sites[site].building.clear_height_m
    groups, vector, unknown = [], 0.0, list[str]()
    standing = {key: pods for key, pods in installed_pods(problem, decisions, phase).items() if key[0] == site}
    for key, pods in standing.items():
        pod, chip = problem.compute.types[key], instance.accelerators[key[1]]
        peaks = {measure: peak_tflops(chip, measure) for measure in LIMITS_PFLOPS}
        unknown += [f"accelerators.{key[1]}.{measure}_tflops" for measure, peak in peaks.items() if peak is None]
        per_pod = pod.size.accelerators / 1000
        vector += pods * per_pod * (chip.fp64_vector_tflops or 0.0)
        groups.append(
            PodGroup(
                accelerator=key[1],
                pods=pods,
                volume_m3=pod.size.white_m2 * height_m,
                peak_pflops={measure: per_pod * (peak or 0.0) for measure, peak in peaks.items()},
            )
        )
    return SiteReading(
        site=site,
        phase=phase,
        readings=readings(groups),
        volume_m3=sum(group.pods * group.volume_m3 for group in groups),
        vector_fp64_pflops=vector,
        unknown=tuple(dict.fromkeys(unknown)),
        items=tuple(_items(problem, site, standing)),
    )


def _items(problem: Problem, site: str, standing: dict[TypeKey, int]) -> Iterator[Item]:
    instance = problem.instance
    fabrics = {fabric_id(instance, site, key[1], problem.compute.types[key].fabric) for key in standing}
    for name in sorted(fabrics - {""}):
        eccn = instance.fabrics[name].eccn
        yield Item(name=instance.fabrics[name].name, eccn=eccn, reached=reached(eccn))
    for name in dict.fromkeys(key[1] for key in standing):
        chip = instance.accelerators[name]
        if chip.origin == "US":
            yield Item(name=f"Server of {chip.name}", eccn=chip.server_eccn, reached=reached(chip.server_eccn))
