"""Numbers of accelerators that may turn a plan, and what one of them is worth to an accelerator that is not bought.

What an accelerator costs to own per effective PFLOPS is plain arithmetic on its row: it ranks the estimates of rivals
and leaves out those that cannot make up what they are behind. Whether a plan turns is said by solving again.
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.inputs.compute import Accelerator
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.setting.resale import resale_fraction
from optimizer.study.input_values import value_at, with_value

MORE_IS_BETTER = {
    "utilisation": True,
    "training_precision_factors": True,
    "price_usd": False,
    "price_trend_fraction": False,
    "server_rest_usd": False,
    "server_kw": False,
    "resale": True,
    "life_years": True,
    "maintenance_fraction": False,
    "warranty_years": True,
    "removal_usd": False,
    "interruption_hours": True,
    "repair_hours": False,
    "fabric_exponent": False,
}
"""Fields of an accelerator that are tried, and whether more of it speaks for the accelerator."""
SHARES = ("utilisation", "training_precision_factors", "resale", "maintenance_fraction", "fabric_exponent")
"""Of these fields no number is above 1."""
PLANT_USD_PER_KW = 1_000.0
"""A year of a hall and its plant: some 11,000 USD per kW over some fifteen years, with upkeep (C)."""
ENERGY_USD_PER_KW = 1.3 * 0.12 * HOURS_PER_YEAR
"""A year at full work, with overheads (C). Both only rank what is then solved."""


def estimated_paths(instance: Instance, chip: str) -> Iterator[str]:
    """Paths of the numbers of an accelerator that are tried."""
    data = instance.accelerators[chip]
    kinds = {load.workload_class for load in instance.workloads.values() if isinstance(load, Workload)}
    for name in MORE_IS_BETTER:
        path = f"accelerators.{chip}.{name}"
        if name == "utilisation":
            yield from (f"{path}.{kind}" for kind in sorted(kinds & set(data.utilisation)))
        elif name == "training_precision_factors":
            yield from (f"{path}.{precision}" for precision in data.training_precision_factors)
        else:
            yield path


def field_of(path: str) -> str:
    """The accelerator's field that a path leads to or into."""
    return path.split(".")[2]


def ends_of(path: str, value: float, spread: float) -> tuple[float, float]:
    """The plausible range of a number, the lower end first. What fetches nothing may fetch something."""
    low, high = sorted((value * (1 - spread), value * (1 + spread)))
    if path.startswith("accelerators.") and field_of(path) in SHARES:
        high = min(high, 1.0)
        high = spread if field_of(path) == "resale" and not value else high
    return low, high


def good_end(path: str, value: float, spread: float) -> float:
    """The end of the range that speaks for the accelerator."""
    return ends_of(path, value, spread)[MORE_IS_BETTER[field_of(path)]]


def owning_usd_per_pflops(instance: Instance, chip: str) -> float:
    """A year of an accelerator over what it does, in USD per effective PFLOPS; of throughput classes the best."""
    data = instance.accelerators[chip]
    kinds = [load for load in instance.workloads.values() if isinstance(load, Workload)]
    done = max((_pflops(data, load) for load in kinds), default=0.0)
    return _yearly_usd(instance, data) / done if done > 0 else float("inf")


def _pflops(data: Accelerator, load: Workload) -> float:
    """Effective PFLOPS at a class of work, by section 4 of the contract; the software's maturity left out."""
    used = data.utilisation.get(load.workload_class, 0.0)
    kept = data.training_precision_factors if load.workload_class == "training" else {}
    rates = {each: _peak(data, each) * kept.get(each, 1.0) for each in load.precisions}
    beyond = max(1.0, load.job_accelerators / data.fabric_reference_accelerators)
    between = data.interruption_hours / load.job_accelerators
    kept_at_size = float(beyond**-data.fabric_exponent) * between / (between + data.repair_hours)
    return max(rates.values()) / 1000 * used * kept_at_size


def _peak(data: Accelerator, precision: str) -> float:
    """Dense peak at a precision in TFLOPS; 0 where there is none."""
    rate: float | None = getattr(data, "int8_tops" if precision == "int8" else f"{precision}_tflops")
    return rate or 0.0


def _yearly_usd(instance: Instance, data: Accelerator) -> float:
    """Fall of value, upkeep, hall and energy of one accelerator; bought a year after the plan is made."""
    horizon_years = sum(phase.years for phase in instance.phases.values())
    price_usd = data.price_usd * (1 + data.price_trend_fraction) + data.server_rest_usd / data.per_server
    kept_years = min(data.life_years, horizon_years)
    left = resale_fraction(data.resale, kept_years) if data.resale else max(0.0, 1 - kept_years / data.life_years)
    upkeep = data.maintenance_fraction * max(0.0, 1 - data.warranty_years / kept_years)
    kw = data.server_kw / data.per_server
    yearly = price_usd * ((1 - left) / kept_years + upkeep) + data.removal_usd / kept_years
    return yearly + kw * (PLANT_USD_PER_KW + ENERGY_USD_PER_KW)


def cheaper_by(instance: Instance, path: str, end: float) -> float:
    """By which share owning an accelerator is cheaper with another number."""
    chip = path.split(".")[1]
    now, then = (owning_usd_per_pflops(each, chip) for each in (instance, with_value(instance, path, end)))
    return 1 - then / now if value_at(instance, path) is not None and 0 < now < float("inf") else 0.0
