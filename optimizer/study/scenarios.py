"""From an instance with uncertainty to one ordinary instance for each scenario. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from optimizer.inputs.export import RegimeChange
from optimizer.inputs.policies import Match, Quota
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Phase, Workload
from optimizer.inputs.uncertainty import Future, Uncertainty
from optimizer.setting.matching import matches


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


def branches(instance: Instance) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By scenario that follows another: which, and the phases after the reveal in which they cannot be told apart."""
    tree, names = uncertainty_of(instance), tuple(instance.phases)
    known = names.index(first_known_phase(instance))
    return {
        z: (future.follows, names[known : names.index(future.from_phase)])
        for z, future in tree.scenarios.items()
        if future.follows is not None and future.from_phase is not None
    }


def scenario_instances(instance: Instance) -> dict[str, Instance]:
    """One instance for each scenario, without uncertainty; where scenarios cannot be told apart they are alike."""
    return {name: _one(instance, _course(instance, name)) for name in uncertainty_of(instance).scenarios}


def _course(instance: Instance, name: str) -> dict[str, Future]:
    """Whose changes hold in each phase from the reveal on."""
    tree, names = uncertainty_of(instance), tuple(instance.phases)
    future = tree.scenarios[name]
    known = names[names.index(first_known_phase(instance)) :]
    if future.follows is None or future.from_phase is None:
        return dict.fromkeys(known, future)
    before, start = _course(instance, future.follows), names.index(future.from_phase)
    return {p: future if names.index(p) >= start else before[p] for p in known}


def _one(instance: Instance, course: Mapping[str, Future]) -> Instance:
    phases = {name: _phase(phase, course[name]) if name in course else phase for name, phase in instance.phases.items()}
    factors = {p: future.demand_factor for p, future in course.items()}
    # Runs and services are tasks: they have no floor, and are the same in every future.
    workloads = {
        name: load.model_copy(
            update={"floor_pflops": {p: f * factors.get(p, 1.0) for p, f in load.floor_pflops.items()}}
        )
        if isinstance(load, Workload)
        else load
        for name, load in instance.workloads.items()
    }
    milestones = tuple(
        m.model_copy(update={"target_pflops": m.target_pflops * _factor_on(instance, m.date, factors)})
        for m in instance.milestones
    )
    refused = {}
    for name in instance.accelerators:
        there = tuple(p for p, f in course.items() if matches(name, f.refused))
        if there:
            match = Match(accelerator=name, status="licence")
            refused[f"refused_{name}"[:64]] = Quota(match=match, max_accelerators=0, phases=there)
    procurement = instance.procurement.model_copy(update={"quotas": {**instance.procurement.quotas, **refused}})
    changes = {"phases": phases, "workloads": workloads, "milestones": milestones, "procurement": procurement}
    if any(future.regime is not None for future in course.values()):
        changes["export"] = instance.export.model_copy(update={"timeline": _timeline(instance, course)})
    return instance.model_copy(update={**changes, "uncertainty": None})


def _factor_on(instance: Instance, day: date, factors: Mapping[str, float]) -> float:
    """Factor of the last phase that has begun on a day; 1 before the reveal."""
    begun = [p for p, phase in instance.phases.items() if phase.start <= day]
    return factors.get(begun[-1], 1.0) if begun else 1.0


def _phase(phase: Phase, future: Future) -> Phase:
    demand = None if phase.demand_pflops is None else phase.demand_pflops * future.demand_factor
    prices = _multiplied(phase.accelerator_price_factors, future.accelerator_price_factors)
    supply = _multiplied(phase.accelerator_supply_factors, future.accelerator_supply_factors)
    return phase.model_copy(
        update={
            "target_pflops": phase.target_pflops * future.demand_factor,
            "demand_pflops": demand,
            "accelerator_price_factors": prices,
            "accelerator_supply_factors": supply,
            "tariff_factor": phase.tariff_factor * future.tariff_factor,
            "utilisation_factor": phase.utilisation_factor * future.utilisation_factor,
        }
    )


def _multiplied(own: Mapping[str, float], more: Mapping[str, float]) -> dict[str, float]:
    return {pattern: own.get(pattern, 1.0) * more.get(pattern, 1.0) for pattern in (*own, *more)}


def _timeline(instance: Instance, course: Mapping[str, Future]) -> tuple[RegimeChange, ...]:
    """The instance's own regimes until the reveal, then those of the scenarios that hold; None: the instance's own."""
    export, phases = instance.export, instance.phases
    own = export.timeline or (RegimeChange(from_date=instance.planning_date, regime=export.regime or ""),)
    starts = [phases[p].start for p in course]
    entries = [entry for entry in own if entry.from_date < starts[0]]
    for (_, future), start, end in zip(course.items(), starts, (*starts[1:], date.max), strict=True):
        if future.regime is not None:
            entries.append(RegimeChange(from_date=start, regime=future.regime))
            continue
        in_force = [entry for entry in own if entry.from_date <= start][-1]
        entries.append(RegimeChange(from_date=start, regime=in_force.regime))
        entries += [entry for entry in own if start < entry.from_date < end]
    return tuple(entry for k, entry in enumerate(entries) if k == 0 or entry.regime != entries[k - 1].regime)
