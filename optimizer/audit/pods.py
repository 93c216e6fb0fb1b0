"""What one pod is and what it delivers: docs/model.md sections 3 and 4."""

from __future__ import annotations

import math
from dataclasses import dataclass

from optimizer.audit.periods import Periods, years_between
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.cooling import Cooling
from optimizer.inputs.quantity import MONTHS_PER_YEAR
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Precision, Stack
from optimizer.inputs.work import AnyWorkload, Model

GRAVITY = 9.80665
FLOOR_GUARD = 1e-9
"""Keeps a quotient of floats that is a whole number from being rounded down."""


@dataclass(frozen=True, kw_only=True)
class Pod:
    """One pod of an accelerator in a cooling technology, on a fabric, in a hall."""

    servers: int
    accelerators: int
    racks: int
    kw: float
    white_m2: float
    kpa: float


def make_pod(
    accelerator: Accelerator, cooling: Cooling, fabric_kw_per_accelerator: float = 0.0, space_factor: float = 1.0
) -> Pod:
    """The figures of one pod; servers = 0 if not one server fits.

    The fabric adds to nothing but the power, the hall to nothing but the white space.
    """
    system = accelerator.rack_scale
    by_power = math.floor(cooling.rack_kw_max / accelerator.server_kw + FLOOR_GUARD)
    by_height = math.floor(cooling.rack_units / accelerator.server_units + FLOOR_GUARD)
    servers = 1 if system else min(by_power, by_height)
    racks = system.racks if system else 1
    count = servers * accelerator.per_server
    mass_kg = servers * accelerator.server_kg / racks + cooling.rack_kg
    return Pod(
        servers=servers,
        accelerators=count,
        racks=racks,
        kw=servers * accelerator.server_kw + count * fabric_kw_per_accelerator,
        white_m2=racks * cooling.m2_per_rack * space_factor,
        kpa=mass_kg * GRAVITY / 1000.0 / cooling.rack_footprint_m2,
    )


def fastest(accelerator: Accelerator, precisions: tuple[Precision, ...]) -> tuple[Precision | None, float]:
    """The fastest of some precisions (the first named of equals) and its dense TFLOPS; None and 0 without any."""
    peaks = {
        "fp64": accelerator.fp64_tflops,
        "tf32": accelerator.tf32_tflops,
        "bf16": accelerator.bf16_tflops,
        "fp8": accelerator.fp8_tflops,
        "int8": accelerator.int8_tops,
        "fp4": accelerator.fp4_tflops,
    }
    best: tuple[Precision | None, float] = (None, 0.0)
    for precision in precisions:
        peak = peaks[precision] or 0.0
        if peak > best[1]:
            best = (precision, peak)
    return best


def working_point(accelerator: Accelerator, workload: AnyWorkload) -> tuple[float, float]:
    """Dense TFLOPS at the precision a workload runs at, and the share of them it gets; zeros if it supports none.

    Training runs at the precision at which the most is left of the peak, everything else at the highest peak.
    """
    share = accelerator.utilisation.get(workload.workload_class, 0.0)
    if workload.workload_class != "training":
        return fastest(accelerator, workload.precisions)[1], share
    point, most = (0.0, 0.0), 0.0
    for precision in workload.precisions:
        peak = fastest(accelerator, (precision,))[1]
        left = accelerator.training_precision_factors.get(precision, 1.0)
        if peak * left > most:
            point, most = (peak, share * left), peak * left
    return point


def peak_tflops(accelerator: Accelerator, workload: AnyWorkload) -> float:
    """Dense peak at the precision a workload runs at, TFLOPS; 0 if it supports none."""
    return working_point(accelerator, workload)[0]


def expert_exchange(accelerator: Accelerator, model: Model) -> float:
    """What a model that exchanges data between experts keeps within the accelerator's scale-up domain."""
    domain = accelerator.scale_up_accelerators
    if domain is None:
        domain = accelerator.per_server
    left = model.scale_up_factors[0].fraction if model.scale_up_factors else 1.0
    for row in model.scale_up_factors:
        if domain >= row.accelerators:
            left = row.fraction
    return left


def maturity(stack: Stack, ramp_months: float, periods: Periods, p: int) -> float:
    """Mean of the stack's maturity over a phase, with the ramp of its own or of its programme."""
    initial, ramp_years = stack.initial_maturity_fraction, ramp_months / MONTHS_PER_YEAR
    if ramp_years == 0.0 or initial == 1.0:
        return 1.0

    def area(tau: float) -> float:
        """Integral of the maturity from the adoption to tau years after it (negative before it)."""
        if tau <= 0.0:
            return initial * tau
        rising = min(tau, ramp_years)
        return initial * rising + (1.0 - initial) * rising**2 / (2.0 * ramp_years) + (tau - rising)

    first = years_between(stack.adopted or periods.starts[0], periods.starts[p])
    last = first + periods.years(p)
    return (area(last) - area(first)) / periods.years(p)


def fabric_factor(chip: Accelerator, exponent: float, job_accelerators: float) -> float:
    """What a job keeps, on a fabric of some exponent, of the utilisation that was measured at the reference size."""
    oversize = job_accelerators / chip.fabric_reference_accelerators
    factor: float = oversize**-exponent if oversize > 1.0 else 1.0
    return factor


def availability(chip: Accelerator, job_accelerators: float) -> float:
    """Share of the time in which a job of so many accelerators is at work."""
    hours_between = chip.interruption_hours / job_accelerators
    cycle_hours = hours_between + chip.repair_hours
    return hours_between / cycle_hours if cycle_hours else 0.0


def runs(accelerator: Accelerator, workload: AnyWorkload) -> bool:
    """Whether a workload can run on an accelerator."""
    return workload.workload_class in accelerator.utilisation and peak_tflops(accelerator, workload) > 0.0


def resides(instance: Instance, site: str, workload: AnyWorkload) -> bool:
    """Whether a workload may run at a site's place."""
    return workload.residency is None or instance.sites[site].place in workload.residency


def obstacle(instance: Instance, site: str, accelerator: str, cooling: str) -> str | None:
    """Why pods of a type cannot stand at a site, or None if they can. Procurement and export rules aside."""
    chip, technology, building = (
        instance.accelerators[accelerator],
        instance.coolings[cooling],
        instance.sites[site].building,
    )
    pod = make_pod(chip, technology)
    if cooling not in chip.coolings:
        return f"{accelerator} cannot be bought for {cooling}"
    if cooling not in instance.sites[site].coolings:
        return f"{cooling} may not be opened at {site}"
    if pod.servers < 1:
        return f"not one server of {accelerator} fits a rack of {cooling}"
    if chip.rack_scale and chip.rack_scale.densest_rack_kw > technology.rack_kw_max:
        return f"the densest rack of {accelerator} exceeds the rack power of {cooling}"
    if building.floor_loading_kpa is not None and pod.kpa > building.floor_loading_kpa:
        return f"a rack loads the floor with {pod.kpa:.3f} kPa, allowed are {building.floor_loading_kpa:.3f}"
    return None
