"""When a machine is a supercomputer by law: peaks within a volume (docs/export_rules.md, section 13). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from optimizer.inputs.compute import Accelerator

Measure = Literal["fp64", "fp32"]
LIMITS_PFLOPS: dict[Measure, float] = {"fp64": 100.0, "fp32": 200.0}
"""Collective maximum theoretical compute, 15 CFR 772.1."""
ENVELOPE_M3 = 1178.0
"""41,600 cubic feet."""
ITEMS = ("3A001", "3A991", "4A003", "4A004", "4A994", "5A002", "5A004", "5A992")
"""Classifications that 15 CFR 744.23(a)(1) reaches."""
BELOW = 1 - 1e-6
"""A plan that is bound keeps this share of a limit: at the limit itself the definition is met."""


def peak_tflops(chip: Accelerator, measure: Measure) -> float | None:
    """Dense peak of one accelerator in TFLOPS; of FP64 the faster of matrix and vector units. None: not stated."""
    if measure == "fp32":
        return chip.fp32_tflops
    stated = [peak for peak in (chip.fp64_tflops, chip.fp64_vector_tflops) if peak is not None]
    return max(stated) if stated else None


@dataclass(frozen=True, kw_only=True)
class PodGroup:
    """Pods of one type that stand at a site."""

    accelerator: str
    pods: float
    volume_m3: float
    """Of one pod, aisles included."""
    peak_pflops: dict[Measure, float]
    """Of one pod; a peak that is not stated counts as 0."""


@dataclass(frozen=True, kw_only=True)
class SiteMeasure:
    """One measure of one site in one phase, all in PFLOPS."""

    measure: Measure
    limit_pflops: float
    total_pflops: float
    densest_pflops: float
    """Most that one envelope can hold."""
    even_pflops: float
    """What one envelope holds if all racks are mixed evenly."""

    @property
    def verdict(self) -> Literal["supercomputer", "by_layout", "not_reached"]:
        """Whether the definition is met by any layout, by some, or by none."""
        if self.even_pflops >= self.limit_pflops:
            return "supercomputer"
        return "by_layout" if self.densest_pflops >= self.limit_pflops else "not_reached"


def readings(groups: Sequence[PodGroup]) -> tuple[SiteMeasure, ...]:
    """The definition applied to what stands at a site."""
    volume_m3 = sum(group.pods * group.volume_m3 for group in groups)
    share = min(1.0, ENVELOPE_M3 / volume_m3) if volume_m3 > 0 else 1.0
    rows = []
    for measure, limit in LIMITS_PFLOPS.items():
        total = sum(group.pods * group.peak_pflops[measure] for group in groups)
        densest = _densest_pflops(groups, measure)
        rows.append(
            SiteMeasure(
                measure=measure,
                limit_pflops=limit,
                total_pflops=total,
                densest_pflops=densest,
                even_pflops=total * share,
            )
        )
    return tuple(rows)


def _densest_pflops(groups: Sequence[PodGroup], measure: Measure) -> float:
    """The envelope filled with the densest pods first, the last one in part."""
    room, held = ENVELOPE_M3, 0.0
    for group in sorted(groups, key=lambda g: -g.peak_pflops[measure] / g.volume_m3):
        taken = min(group.pods, room / group.volume_m3)
        held += taken * group.peak_pflops[measure]
        room -= taken * group.volume_m3
    return held


def reached(eccn: str | None) -> bool | None:
    """Whether the rule reaches an item of a classification; None if it is not classified."""
    return None if eccn is None else eccn.split(".")[0] in ITEMS
