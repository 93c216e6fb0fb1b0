"""From an instance with uncertainty to one ordinary instance for each scenario. Pure."""

from __future__ import annotations

from fnmatch import fnmatchcase

from optimizer.instance.schema import Instance
from optimizer.policies.export_spec import RegimeChange
from optimizer.policies.spec import Match, Quota
from optimizer.policies.uncertainty_spec import Future, Uncertainty
from optimizer.setting.spec import Phase, Workload


def uncertainty_of(instance: Instance) -> Uncertainty:
    """The scenario tree; raises ValueError if the instance has none."""
    if instance.uncertainty is None:
        raise ValueError(f"{instance.name} has no [uncertainty]")
    return instance.uncertainty


def first_known_phase(instance: Instance) -> str:
    """The first phase whose decisions may depend on the scenario."""
    tree = uncertainty_of(instance)
    if tree.reveal_phase is not None:
        return tree.reveal_phase
    assert tree.reveal_date is not None
    return next(name for name, phase in instance.phases.items() if phase.start >= tree.reveal_date)


def shared_phases(instance: Instance) -> tuple[str, ...]:
    """Phases decided before the scenario is known."""
    names = tuple(instance.phases)
    return names[: names.index(first_known_phase(instance))]


def scenario_instances(instance: Instance) -> dict[str, Instance]:
    """One instance for each scenario, without uncertainty; before the reveal they are all alike."""
    return {name: _one(instance, future) for name, future in uncertainty_of(instance).scenarios.items()}


def _one(instance: Instance, future: Future) -> Instance:
    known = [name for name in instance.phases if name not in shared_phases(instance)]
    phases = {name: _phase(phase, future) if name in known else phase for name, phase in instance.phases.items()}
    start, factor = instance.phases[known[0]].start, future.demand_factor
    # Runs and services are tasks: they have no floor, and are the same in every future.
    workloads = {
        name: load.model_copy(
            update={"floor_pflops": {p: f * (factor if p in known else 1.0) for p, f in load.floor_pflops.items()}}
        )
        if isinstance(load, Workload)
        else load
        for name, load in instance.workloads.items()
    }
    milestones = tuple(
        m.model_copy(update={"target_pflops": m.target_pflops * factor}) if m.date >= start else m
        for m in instance.milestones
    )
    refused = {
        f"refused_{name}"[:64]: Quota(
            match=Match(accelerator=name, status="licence"), max_accelerators=0, phases=tuple(known)
        )
        for name in instance.accelerators
        if any(fnmatchcase(name, pattern) for pattern in future.refused)
    }
    procurement = instance.procurement.model_copy(update={"quotas": {**instance.procurement.quotas, **refused}})
    changes = {"phases": phases, "workloads": workloads, "milestones": milestones, "procurement": procurement}
    if future.regime is not None:
        changes["export"] = instance.export.model_copy(
            update={"timeline": _timeline(instance, known[0], future.regime)}
        )
    return instance.model_copy(update={**changes, "uncertainty": None})


def _phase(phase: Phase, future: Future) -> Phase:
    demand = None if phase.demand_pflops is None else phase.demand_pflops * future.demand_factor
    prices = dict(phase.accelerator_price_factors)
    for pattern, factor in future.accelerator_price_factors.items():
        prices[pattern] = prices.get(pattern, 1.0) * factor
    return phase.model_copy(
        update={
            "target_pflops": phase.target_pflops * future.demand_factor,
            "demand_pflops": demand,
            "accelerator_price_factors": prices,
            "tariff_factor": phase.tariff_factor * future.tariff_factor,
            "utilisation_factor": phase.utilisation_factor * future.utilisation_factor,
        }
    )


def _timeline(instance: Instance, reveal: str, regime: str) -> tuple[RegimeChange, ...]:
    """The instance's own regimes until the reveal, then the scenario's."""
    start, export = instance.phases[reveal].start, instance.export
    own = export.timeline or (RegimeChange(from_date=instance.planning_date, regime=export.regime or ""),)
    before = tuple(entry for entry in own if entry.from_date < start)
    return (*before, RegimeChange(from_date=start, regime=regime))
