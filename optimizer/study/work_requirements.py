"""Training runs and services as requirements: they can be dropped, not bargained about.

How large a cluster must be does not follow linearly from the days it has, nor a replica's rate from the speed of its
users: the smallest change of days and speed is searched for, with a solve at every step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Workload
from optimizer.inputs.work import AnyWorkload, Serving, TrainingRun
from optimizer.setting.demand import runs, servings, work_pflops
from optimizer.study.changes import in_table
from optimizer.study.requirement import TOKEN_FRACTION, Requirement

DAYS_OF_YEAR = 365.0
TOKEN_PFLOPS = 0.01


def of_work(instance: Instance) -> Iterator[Requirement]:
    """A requirement for each run and each service."""
    for r, run in runs(instance).items():
        yield Requirement(path=f"workloads.{r}", label=f"training run {r}", drop=partial(_without, r))
        most = DAYS_OF_YEAR / run.runs_per_year
        if run.max_days < most:
            move = partial(_with, r, "max_days")
            label = f"days within which {r} is finished"
            path = f"workloads.{r}.max_days"
            drop = partial(move, value=most)
            yield Requirement(
                path=path,
                label=label,
                drop=drop,
                unit="days",
                value=run.max_days,
                more_is_easier=True,
                move=move,
                most=most,
            )
    for v, load in servings(instance).items():
        yield Requirement(path=f"workloads.{v}", label=f"service {v}", drop=partial(_without, v))
        if load.user_tokens_per_s:
            move = partial(_with, v, "user_tokens_per_s")
            label = f"speed that each user of {v} gets"
            path = f"workloads.{v}.user_tokens_per_s"
            drop = partial(move, value=0.0)
            yield Requirement(
                path=path,
                label=label,
                drop=drop,
                unit="tokens/s",
                value=load.user_tokens_per_s,
                more_is_easier=False,
                move=move,
            )
        if load.first_token_s is not None:
            label, path = f"first token of {v}", f"workloads.{v}.first_token_s"
            yield Requirement(path=path, label=label, drop=partial(_with, v, "first_token_s", value=None))
        if load.sessions is not None:
            label, path = f"sessions of {v} in memory", f"workloads.{v}.sessions"
            yield Requirement(path=path, label=label, drop=partial(_with, v, "sessions", value=None))


def _with(name: str, key: str, instance: Instance, value: float | None) -> Instance:
    return in_table(instance, "workloads", name, {key: value})


def _without(name: str, instance: Instance) -> Instance:
    """The instance without a run or service; it becomes a token one instead if nothing else is asked for."""
    others = {w: load for w, load in instance.workloads.items() if w != name}
    load = instance.workloads[name]
    if isinstance(load, TrainingRun | Serving) and not (others and _asks(instance, others)):
        others = {**others, name: _token(instance, load)}
    return instance.model_copy(update={"workloads": others})


def _asks(instance: Instance, loads: Mapping[str, AnyWorkload]) -> bool:
    """Whether anything has to be delivered without the rest of the workloads."""
    phases = instance.phases.values()
    demanded = any(phase.target_pflops or phase.demand_pflops for phase in phases)
    return demanded or any(not isinstance(load, Workload) or any(load.floor_pflops.values()) for load in loads.values())


def _token(instance: Instance, load: TrainingRun | Serving) -> TrainingRun | Serving:
    """A run or service that next to anything can do."""
    if isinstance(load, TrainingRun):
        tokens_t = TOKEN_FRACTION * (load.tokens_t or instance.models[load.model].tokens_t or 1.0)
        return load.model_copy(update={"tokens_t": tokens_t, "bytes_per_parameter": TOKEN_FRACTION})
    # Not so little that nothing is delivered as far as the arithmetic can tell.
    share = min(1.0, max(TOKEN_FRACTION, TOKEN_PFLOPS / (work_pflops(instance, load) or TOKEN_PFLOPS)))
    changes = {key: share * getattr(load, key) for key in ("input_tokens_b_per_day", "output_tokens_b_per_day")}
    easy = {
        "user_tokens_per_s": 0.0,
        "batch_max": 1,
        "replica_accelerators": None,
        "sessions": None,
        "first_token_s": None,
    }
    return load.model_copy(update={**changes, **easy})
