"""Effective throughput: what a chip really delivers, and where the rest of its peak goes.

effective = peak * utilisation * fabric * availability * maturity * utilisation_factor of the phase   [TFLOPS each]
"""

from __future__ import annotations

from optimizer.inputs.compute import PEAK_FIELD, Accelerator
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Precision, Stack, Workload
from optimizer.inputs.work import AnyWorkload, Model
from optimizer.setting.calendar import Calendar, years_between


def fastest_tflops(chip: Accelerator) -> float:
    """Dense peak at the chip's fastest precision; 0 if it states none."""
    return max(getattr(chip, field) or 0.0 for field in PEAK_FIELD.values())


def best_precision(chip: Accelerator, load: AnyWorkload) -> tuple[Precision, float] | None:
    """The fastest admissible precision and its dense peak in TFLOPS; None if the chip supports none of them.

    The fastest is the one of the largest peak, each times what training keeps at it if the workload trains.
    """
    peaks = [(name, getattr(chip, PEAK_FIELD[name])) for name in load.precisions]
    supported = [(name, peak) for name, peak in peaks if peak is not None]
    return max(supported, key=lambda pair: pair[1] * _kept(chip, load, pair[0])) if supported else None


def _kept(chip: Accelerator, load: AnyWorkload, precision: Precision) -> float:
    return chip.training_precision_factors.get(precision, 1.0) if load.workload_class == "training" else 1.0


def utilisation_fraction(chip: Accelerator, load: AnyWorkload) -> float:
    """Share of the dense peak at the fastest admissible precision that the class reaches; 0 if it cannot run."""
    best = best_precision(chip, load)
    return chip.utilisation.get(load.workload_class, 0.0) * _kept(chip, load, best[0]) if best else 0.0


def exchange_fraction(chip: Accelerator, model: Model) -> float:
    """What the exchange between experts leaves of the utilisation of a training run, by the scale-up domain."""
    domain = chip.scale_up_accelerators or chip.per_server
    rows = model.scale_up_factors
    reached = [row.fraction for row in rows if row.accelerators <= domain] or [row.fraction for row in rows[:1]]
    return reached[-1] if reached else 1.0


def peak_tflops(chip: Accelerator, load: AnyWorkload) -> float:
    """Dense peak at the fastest admissible precision; 0 if the chip cannot run the workload."""
    best = best_precision(chip, load)
    return best[1] if best and load.workload_class in chip.utilisation else 0.0


def may_stay_at(instance: Instance, load: AnyWorkload, site: str) -> bool:
    """Whether the data of a workload may be at a site."""
    return load.residency is None or instance.sites[site].place in load.residency


def wired(chip: Accelerator, exponent_factor: float) -> Accelerator:
    """The accelerator as a fabric lets it work: its exponent is that of chip and fabric together."""
    if exponent_factor == 1:
        return chip
    return chip.model_copy(update={"fabric_exponent": chip.fabric_exponent * exponent_factor})


def fabric_fraction(chip: Accelerator, accelerators: float) -> float:
    """Share of the utilisation kept when one job spans more accelerators than it was measured on."""
    ratio = accelerators / chip.fabric_reference_accelerators
    return float(ratio**-chip.fabric_exponent) if ratio > 1 else 1.0


def availability_fraction(chip: Accelerator, accelerators: float) -> float:
    """Share of time a job of so many accelerators runs, between interruptions of any of them."""
    between = chip.interruption_hours / accelerators
    return between / (between + chip.repair_hours)


def maturity_fraction(initial: float, ramp_months: float, start_years: float, length_years: float) -> float:
    """Mean over a phase of the linear ramp from the initial maturity to 1.

    `start_years` is the start of the phase in years after adoption (negative: before it); the ramp is flat before.
    """
    ramp = ramp_months / 12
    if ramp == 0:
        return 1.0

    def area(t: float) -> float:
        """Integral of the ramp's shortfall from adoption to t, in years; linear before adoption."""
        if t <= 0:
            return t
        t = min(t, ramp)
        return t - t * t / (2 * ramp)

    shortfall = area(start_years + length_years) - area(start_years)
    return 1 - (1 - initial) * shortfall / length_years


def phase_maturity(instance: Instance, calendar: Calendar, stack: Stack, phase: str, ported: bool = False) -> float:
    """Maturity of a stack averaged over a phase; `ported` if its porting programme is run."""
    adopted = stack.adopted or calendar.starts[calendar.first]
    ramp = (stack.programme_ramp_months or 0.0) if ported else stack.ramp_months
    since = years_between(adopted, calendar.starts[phase])
    return maturity_fraction(stack.initial_maturity_fraction, ramp, since, instance.phases[phase].years)


def phase_fraction(instance: Instance, calendar: Calendar, stack: Stack, phase: str, ported: bool = False) -> float:
    """Maturity of a stack times the phase's factor on utilisation: what software keeps of a mature chip's rate."""
    return phase_maturity(instance, calendar, stack, phase, ported) * instance.phases[phase].utilisation_factor


def class_tflops(chip: Accelerator, load: Workload) -> float:
    """Effective TFLOPS of one accelerator on a throughput class with a mature stack; 0 if it cannot run it."""
    peak = peak_tflops(chip, load)
    if not peak:
        return 0.0
    size = load.job_accelerators
    kept = fabric_fraction(chip, size) * availability_fraction(chip, size)
    return peak * utilisation_fraction(chip, load) * kept
