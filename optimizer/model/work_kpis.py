"""Key figures of training runs, serving, idle accelerators and prices for users."""

from __future__ import annotations

from optimizer.assets.compute.throughput import peak_tflops, phase_fraction, utilisation_fraction
from optimizer.assets.compute.training import sustained_pflops
from optimizer.inputs.policies import Affordability, CloudPrice
from optimizer.inputs.quantity import EFLOP_PER_PFLOPS_HOUR, EFLOP_PER_PFLOPS_YEAR, REFERENCE_MODEL_EFLOP
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.model.figures import Figures, Kpi, lcoc, ratio
from optimizer.setting.demand import is_active, model_of, need_pflops, runs, servings
from optimizer.setting.occupancy import is_idle_at_times


def run_days(f: Figures, workload: str, phase: str) -> float:
    """Days a training run takes on its cluster; 0 if it has none in this phase."""
    instance, run = f.problem.instance, runs(f.problem.instance)[workload]
    for row in f.decisions.clusters:
        if (row.workload, row.phase) == (workload, phase):
            pod = f.problem.compute.types[row.type_key]
            ported = pod.stack in f.decisions.programmes
            stack = instance.stacks[pod.stack]
            maturity = pod.availability * phase_fraction(instance, f.problem.calendar, stack, phase, ported)
            count = row.pods * pod.size.accelerators
            pflops = sustained_pflops(pod.chip, run, model_of(instance, run), count, maturity)
            return run.max_days * need_pflops(instance, run) / pflops
    return 0.0


def _active(f: Figures, workload: str) -> bool:
    load = f.problem.instance.workloads[workload]
    return not isinstance(load, Workload) and is_active(f.problem.instance, load, f.problem.calendar.last)


def _days_max(f: Figures) -> float:
    return max((run_days(f, r, f.problem.calendar.last) for r in runs(f.problem.instance)), default=0.0)


def _runs_per_year(f: Figures) -> float:
    return sum(run.runs_per_year for r, run in runs(f.problem.instance).items() if _active(f, r))


def models_per_year(f: Figures, phase: str) -> float:
    """Trainings of the reference model that the compute delivered in a year of a phase would carry."""
    return f.delivered_pflops(phase) * EFLOP_PER_PFLOPS_YEAR / REFERENCE_MODEL_EFLOP


def models_per_year_per_eflops(f: Figures, phase: str) -> float:
    """The same over the dense peak at work, in EFLOPS: the model-to-compute ratio of a phase."""
    return 1000 * ratio(models_per_year(f, phase), f.total("peak_pflops", phase))


def _models_per_eflops(f: Figures) -> float:
    return models_per_year_per_eflops(f, f.problem.calendar.last)


def _tokens(f: Figures) -> float:
    active = [load for v, load in servings(f.problem.instance).items() if _active(f, v)]
    return sum(load.input_tokens_b_per_day + load.output_tokens_b_per_day for load in active)


def _may_idle(instance: Instance) -> bool:
    return bool(runs(instance) or servings(instance)) or instance.staff.max_engineers is not None


def _idle(f: Figures) -> float:
    return f.last("installed_accelerators") - f.last("working_accelerators")


def _affordability(f: Figures) -> Affordability:
    return f.problem.instance.affordability or Affordability()


def _list_price(f: Figures) -> float:
    return lcoc(f) / _affordability(f).sold_fraction


def _delivered(f: Figures) -> float:
    return f.delivered_pflops(f.problem.calendar.last)


def _user_price(f: Figures) -> float:
    return (1 - _affordability(f).subsidy_fraction) * _list_price(f)


def _subsidy(f: Figures) -> float:
    return _affordability(f).subsidy_fraction * f.npv_cost_musd()


def cloud_prices(instance: Instance) -> dict[str, float]:
    """USD per effective EFLOP of every cloud to compare with, by name."""
    offers = instance.affordability.offers if instance.affordability else {}
    return {name: _usd_per_eflop(instance, cloud) for name, cloud in offers.items()}


def _usd_per_eflop(instance: Instance, cloud: CloudPrice) -> float:
    chip, load = instance.accelerators[cloud.accelerator], instance.workloads[cloud.workload]
    effective = peak_tflops(chip, load) / 1000 * utilisation_fraction(chip, load)
    return ratio(cloud.usd_per_hour, EFLOP_PER_PFLOPS_HOUR * effective)


def _cloud_price(f: Figures) -> float:
    return min(cloud_prices(f.problem.instance).values(), default=0.0)


WORK_KPIS = (
    (
        is_idle_at_times,
        Kpi("delivered_pflops", "PFLOPS", "compute delivered of the capability, last phase", _delivered),
    ),
    (lambda i: bool(runs(i)), Kpi("training_days_max", "days", "longest training run, last phase", _days_max)),
    (
        lambda i: bool(runs(i)),
        Kpi("training_runs_per_year", "1/year", "training runs started a year, last phase", _runs_per_year),
    ),
    (
        lambda i: bool(runs(i)),
        Kpi(
            "models_per_year_per_eflops",
            "1/year/EFLOPS",
            "model-to-compute ratio: reference models a year the delivered compute carries, over peak, last phase",
            _models_per_eflops,
        ),
    ),
    (
        lambda i: bool(servings(i)),
        Kpi("tokens_b_per_day", "1e9/day", "tokens read and written by all services, last phase", _tokens),
    ),
    (_may_idle, Kpi("idle_accelerators", "1", "accelerators installed but not at work, last phase", _idle)),
    (
        lambda i: i.affordability is not None,
        Kpi("list_price_usd_per_eflop", "USD/EFLOP", "price that recovers all costs from what is sold", _list_price),
    ),
    (
        lambda i: i.affordability is not None,
        Kpi("user_price_usd_per_eflop", "USD/EFLOP", "what users pay after the subsidy", _user_price),
    ),
    (
        lambda i: i.affordability is not None,
        Kpi("subsidy_musd", "MUSD", "present value of the subsidy", _subsidy),
    ),
    (
        lambda i: bool(i.affordability and i.affordability.offers),
        Kpi("cloud_price_usd_per_eflop", "USD/EFLOP", "price of effective compute elsewhere", _cloud_price),
    ),
)
"""Key figures that mean something only to some instances, each with the question whether it does."""
