"""Training runs and services as requirements: they can be dropped, not bargained about.

How large a cluster must be does not follow linearly from the days it has, so there is no smallest change to offer;
`report.obstacles_work` says what the largest possible cluster lacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from optimizer.inputs.schema import Instance
from optimizer.inputs.work import Serving, TrainingRun
from optimizer.setting.demand import runs, servings
from optimizer.study.requirement import TOKEN_FRACTION, Requirement


def of_work(instance: Instance) -> Iterator[Requirement]:
    """A requirement for each run and each service."""
    for r in runs(instance):
        yield Requirement(f"workloads.{r}", f"training run {r}", partial(_without, r))
    for v in servings(instance):
        yield Requirement(f"workloads.{v}", f"service {v}", partial(_without, v))


def _without(name: str, instance: Instance) -> Instance:
    """The instance without a run or service; the only workload there is becomes a token one instead."""
    others = {w: load for w, load in instance.workloads.items() if w != name}
    load = instance.workloads[name]
    if not others and isinstance(load, TrainingRun | Serving):
        others = {name: _token(instance, load)}
    return instance.model_copy(update={"workloads": others})


def _token(instance: Instance, load: TrainingRun | Serving) -> TrainingRun | Serving:
    """A run or service that next to anything can do."""
    if isinstance(load, TrainingRun):
        tokens_t = TOKEN_FRACTION * (load.tokens_t or instance.models[load.model].tokens_t or 1.0)
        return load.model_copy(update={"tokens_t": tokens_t, "bytes_per_parameter": TOKEN_FRACTION})
    changes = {
        key: TOKEN_FRACTION * getattr(load, key) for key in ("input_tokens_b_per_day", "output_tokens_b_per_day")
    }
    return load.model_copy(update={**changes, "user_tokens_per_s": 0.0, "batch_max": 1, "replica_accelerators": None})
