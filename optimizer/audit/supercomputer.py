"""Whether a site in a restricted place is a supercomputer by law: docs/export_rules.md section 13."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.audit.case import AuditCase, Type
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.fleet import Fleet
from optimizer.audit.rulings import GROUPS, restricted
from optimizer.inputs.compute import Accelerator

ENVELOPE_M3 = 1178.0
"""The 41,600 cubic feet within which the law adds up."""
LIMITS_PFLOPS = {"fp64": 100.0, "fp32": 200.0}
BELOW = 1.0 - 1e-6
"""The law says at least; a plan stays below by so much."""


@dataclass(frozen=True)
class Allowance:
    """Peak of the pods at a site, and the most that keeps it from being a supercomputer."""

    measure: str
    peak_pflops: float
    limit_pflops: float
    """The limit itself, or more where an even layout spreads the racks over more than the envelope."""


def peak_tflops(chip: Accelerator, measure: str) -> float | None:
    """Dense peak of one accelerator; None if its row does not give it."""
    if measure == "fp32":
        return chip.fp32_tflops
    known = [peak for peak in (chip.fp64_tflops, chip.fp64_vector_tflops) if peak is not None]
    return max(known) if known else None


def allowances(case: AuditCase, site: str, installed: Mapping[Type, int]) -> tuple[Allowance, ...]:
    """For each measure; peaks that are not known count as 0."""
    height_m = case.instance.sites[site].building.clear_height_m
    pods = {kind: case.pod(site, kind) for kind in installed}
    volume_m3 = sum(number * pods[kind].white_m2 * height_m for kind, number in installed.items())
    rows = []
    for measure, limit in LIMITS_PFLOPS.items():
        peak = sum(
            number
            * pods[kind].accelerators
            * (peak_tflops(case.instance.accelerators[kind.accelerator], measure) or 0.0)
            / 1000.0
            for kind, number in installed.items()
        )
        spread = limit * volume_m3 / ENVELOPE_M3
        # A volume without bound would allow a peak without bound.
        most = max(limit, spread) if math.isfinite(spread) else limit
        rows.append(Allowance(measure, peak, most * BELOW))
    return tuple(rows)


def check_supercomputer(case: AuditCase, fleet: Fleet, recorder: Recorder) -> None:
    """Where the plan is bound: every restricted site stays below, or is spread, in every phase and measure."""
    if case.instance.export.supercomputer != "bind":
        return
    for site, spec in case.instance.sites.items():
        if spec.place not in GROUPS or not restricted(spec.place):
            continue
        for p, phase in enumerate(case.periods.phases):
            installed = fleet.installed_at(site, p)
            _check_known(case, installed, joined(site, phase), recorder)
            for allowance in allowances(case, site, installed):
                recorder.at_most(
                    "export.supercomputer",
                    joined(site, phase, allowance.measure),
                    allowance.peak_pflops,
                    allowance.limit_pflops,
                    "PFLOPS of dense peak, for the volume of the racks",
                )


def _check_known(case: AuditCase, installed: Mapping[Type, int], where: str, recorder: Recorder) -> None:
    for name in sorted({kind.accelerator for kind in installed}):
        chip = case.instance.accelerators[name]
        missing = [measure for measure in LIMITS_PFLOPS if peak_tflops(chip, measure) is None]
        message = f"{name} states no peak in {' and '.join(missing)}"
        recorder.holds("export.supercomputer_peaks", where, not missing, message)
