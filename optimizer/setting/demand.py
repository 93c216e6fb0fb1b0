"""What the workloads ask for, in effective PFLOPS: docs/model.md sections 1, 4b and 4c. Pure."""

from __future__ import annotations

from optimizer.inputs.schema import Instance
from optimizer.inputs.work import Model, Serving, TrainingRun

SECONDS_PER_DAY = 86_400.0
RUN_DAYS_PER_YEAR = 365.0
FLOP_PER_PFLOP = 1e15
TRAINING_FLOP_PER_TOKEN = 6.0
"""Per active parameter: two forward, four backward."""
SERVING_FLOP_PER_TOKEN = 2.0


def model_of(instance: Instance, load: TrainingRun | Serving) -> Model:
    """The model a run trains or a service serves. Raises KeyError if the instance has none of this id."""
    return instance.models[load.model]


def runs(instance: Instance) -> dict[str, TrainingRun]:
    """The training runs by id."""
    return {w: load for w, load in instance.workloads.items() if isinstance(load, TrainingRun)}


def servings(instance: Instance) -> dict[str, Serving]:
    """The services by id."""
    return {w: load for w, load in instance.workloads.items() if isinstance(load, Serving)}


def is_active(instance: Instance, load: TrainingRun | Serving, phase: str) -> bool:
    """Whether a run or service is asked for in a phase."""
    phases = list(instance.phases)
    return load.from_phase is None or phases.index(phase) >= phases.index(load.from_phase)


def run_flop(run: TrainingRun, model: Model) -> float:
    """Floating-point operations of one run: 6 per active parameter and token; 0 if nobody says how many tokens."""
    tokens_t = run.tokens_t or model.tokens_t or 0.0
    return TRAINING_FLOP_PER_TOKEN * model.params_active_b * 1e9 * tokens_t * 1e12


def need_pflops(instance: Instance, run: TrainingRun) -> float:
    """What a cluster must sustain to finish a run in time."""
    flop = run_flop(run, model_of(instance, run))
    return flop / (run.max_days * SECONDS_PER_DAY) / FLOP_PER_PFLOP


def busy_fraction(run: TrainingRun) -> float:
    """Share of the year in which a run's cluster works for it."""
    return run.runs_per_year * run.max_days / RUN_DAYS_PER_YEAR


def served_flop_per_day(load: Serving, model: Model) -> float:
    """Floating-point operations of a day's tokens: 2 per active parameter and token that is computed."""
    computed_b = (1 - load.cached_input_fraction) * load.input_tokens_b_per_day + load.output_tokens_b_per_day
    return SERVING_FLOP_PER_TOKEN * model.params_active_b * 1e9 * computed_b * 1e9


def work_pflops(instance: Instance, load: TrainingRun | Serving) -> float:
    """Effective throughput that a run or service uses, as a mean over the year."""
    if isinstance(load, TrainingRun):
        return busy_fraction(load) * need_pflops(instance, load)
    return served_flop_per_day(load, model_of(instance, load)) / SECONDS_PER_DAY / FLOP_PER_PFLOP


def demanded_pflops(instance: Instance, phase: str) -> float:
    """Effective throughput of all runs and services of a phase."""
    loads: list[TrainingRun | Serving] = [*runs(instance).values(), *servings(instance).values()]
    return sum(work_pflops(instance, load) for load in loads if is_active(instance, load, phase))


def demand_pflops(instance: Instance, phase: str) -> float:
    """Throughput that can be used in a phase: as stated, or the target, or what runs and services ask for if more."""
    data = instance.phases[phase]
    if data.demand_pflops is not None:
        return data.demand_pflops
    return max(data.target_pflops, demanded_pflops(instance, phase))
