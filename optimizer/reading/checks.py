"""Whether the parts of an instance fit together: each check is a small pure function from instance to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

from optimizer.inputs.quantity import DAYS_PER_YEAR
from optimizer.inputs.schema import Instance
from optimizer.inputs.setting import Phase, Workload
from optimizer.reading.checks_connection import CONNECTION_CHECKS
from optimizer.reading.checks_export import EXPORT_CHECKS
from optimizer.reading.checks_fabric import FABRIC_CHECKS
from optimizer.reading.checks_generation import GENERATION_CHECKS
from optimizer.reading.checks_hall import HALL_CHECKS
from optimizer.reading.checks_law import LAW_CHECKS
from optimizer.reading.checks_life import LIFE_CHECKS
from optimizer.reading.checks_plant import PLANT_CHECKS
from optimizer.reading.checks_supply import SUPPLY_CHECKS
from optimizer.reading.checks_tariff import TARIFF_CHECKS
from optimizer.reading.checks_tariff_steps import TARIFF_STEP_CHECKS
from optimizer.reading.checks_tender import TENDER_CHECKS
from optimizer.reading.checks_uncertainty import UNCERTAINTY_CHECKS
from optimizer.reading.checks_work import WORK_CHECKS
from optimizer.reading.layers import leaves
from optimizer.reading.messages import InputFinding
from optimizer.setting.demand import demand_pflops, is_active, work_pflops
from optimizer.setting.matching import about_chip

Check = Callable[[Instance], Iterator[InputFinding]]
PHASE_TOLERANCE_DAYS = 5
SMALLEST_GAP = 1e-9


def phases_follow_each_other(instance: Instance) -> Iterator[InputFinding]:
    """Every phase starts within 5 days of the end of the one before."""
    in_time = sorted(instance.phases.items(), key=lambda item: item[1].start)
    if [name for name, _ in in_time] != list(instance.phases) and all(
        abs(_days_apart(before, after)) <= PHASE_TOLERANCE_DAYS for (_, before), (_, after) in pairwise(in_time)
    ):
        yield _out_of_order(instance, [name for name, _ in in_time])
        return
    for (before_id, before), (after_id, after) in pairwise(instance.phases.items()):
        end = before.start + timedelta(days=round(before.years * DAYS_PER_YEAR))
        off = _days_apart(before, after)
        if abs(off) > PHASE_TOLERANCE_DAYS:
            what = "starts before" if after.start <= before.start else "leaves a gap after" if off > 0 else "overlaps"
            message = f"start: phase {after_id} {what} {before_id}, which ends on {end.isoformat()}"
            uses = (("phases", before_id, "start"), ("phases", before_id, "years"))
            yield InputFinding("E0401", ("phases", after_id, "start"), message, f"start = {end.isoformat()}", uses)


def _days_apart(before: Phase, after: Phase) -> float:
    """Days from the end of one phase to the start of another."""
    return (after.start - before.start).days - before.years * DAYS_PER_YEAR


def _out_of_order(instance: Instance, in_time: list[str]) -> InputFinding:
    """Phases that follow each other, but are written in another order."""
    written = list(instance.phases)
    late = next(after for before, after in pairwise(written) if in_time.index(after) < in_time.index(before))
    before = written[written.index(late) - 1]
    message = f"start: phase {late} comes before {before} in time and is written after it"
    hint = f"write the tables of the phases in the order of time: {', '.join(in_time)}"
    uses = tuple(("phases", name) for name in written)
    return InputFinding("E0401", ("phases", late, "start"), message, hint, uses)


def target_within_demand(instance: Instance) -> Iterator[InputFinding]:
    """No phase has to deliver more than can be used."""
    for phase_id, phase in instance.phases.items():
        if phase.demand_pflops is not None and phase.target_pflops > phase.demand_pflops:
            message = (
                f"target_pflops of {phase_id}: {phase.target_pflops:g} is beyond demand_pflops {phase.demand_pflops:g}"
            )
            path = ("phases", phase_id, "target_pflops")
            yield InputFinding(
                "E0402",
                path,
                message,
                "raise the demand, or leave it out: it is then the target",
                (("phases", phase_id, "demand_pflops"),),
            )


def floors_within_demand(instance: Instance) -> Iterator[InputFinding]:
    """What classes, runs and services ask for adds up to no more than the demand."""
    only_floors = all(isinstance(load, Workload) for load in instance.workloads.values())
    for phase_id in instance.phases:
        workload_pflops = {name: _demand_pflops(instance, name, phase_id) for name in instance.workloads}
        total = sum(workload_pflops.values())
        demand = demand_pflops(instance, phase_id) if _models_known(instance) else total
        if total > demand * (1 + 1e-9):
            askers = [name for name, pflops in workload_pflops.items() if pflops > 0]
            last = askers[-1] if only_floors else max(askers, key=lambda name: workload_pflops[name])
            is_class = bool(instance.workloads[last].floor_pflops)
            path = ("workloads", last, "floor_pflops", phase_id) if is_class else ("workloads", last)
            uses = (("phases", phase_id), ("models",), *(("workloads", name) for name in workload_pflops))
            what = f"floor_pflops of {phase_id}" if only_floors else f"floors, runs and services of {phase_id}"
            message = f"{what} add up to {total:g}, beyond the demand of {demand:g}"
            yield InputFinding("E0403", path, message, "raise demand_pflops of the phase or lower the floors", uses)


def _models_known(instance: Instance) -> bool:
    """Whether every model and phase that runs and services name is there: what is missing is reported elsewhere."""
    loads = [load for load in instance.workloads.values() if not isinstance(load, Workload)]
    return all(load.model in instance.models and load.from_phase in (None, *instance.phases) for load in loads)


def _demand_pflops(instance: Instance, name: str, phase_id: str) -> float:
    """Effective PFLOPS a workload asks for in a phase; 0 of a run or service whose model or first phase is unknown."""
    load = instance.workloads[name]
    if isinstance(load, Workload):
        return load.floor_pflops.get(phase_id, 0.0)
    known = load.model in instance.models and load.from_phase in (None, *instance.phases)
    return work_pflops(instance, load) if known and is_active(instance, load, phase_id) else 0.0


def planning_before_first_phase(instance: Instance) -> Iterator[InputFinding]:
    """Nothing can be in service before it can be ordered."""
    phase_id, first = next(iter(instance.phases.items()))
    if first.start < instance.planning_date:
        message = f"start: the first phase starts on {first.start}, before the planning date {instance.planning_date}"
        yield InputFinding("E0411", ("phases", phase_id, "start"), message, None, (("planning_date",),))


def something_is_required(instance: Instance) -> Iterator[InputFinding]:
    """A plan without target is empty unless compute is worth something in the objective."""
    phases = instance.phases
    if any(not isinstance(load, Workload) for load in instance.workloads.values()):
        return
    if any(phase.target_pflops > 0 for phase in phases.values()) or any(
        floor > 0 for workload in instance.workloads.values() for floor in workload.floor_pflops.values()
    ):
        return
    first = next(iter(phases))
    path = ("phases", first, "target_pflops")
    uses = tuple(("phases", phase_id) for phase_id in phases)
    demand = any((phase.demand_pflops or 0) > 0 for phase in phases.values())
    if instance.solve.objective in ("lcoc", "max_throughput") and not demand:
        message = "target_pflops is 0 in every phase and there is no demand: nothing can be delivered"
        yield InputFinding("E0412", path, message, "give a target_pflops or a demand_pflops", uses)
    else:
        yield InputFinding(
            "W0605", path, "target_pflops is 0 in every phase: the design may be small or empty", None, uses
        )


def shares_are_bounds(instance: Instance) -> Iterator[InputFinding]:
    """The least share is not above the largest, and at least one of them is given."""
    for name, share in instance.procurement.shares.items():
        path = ("procurement", "shares", name)
        if share.min_fraction is None and share.max_fraction is None:
            yield InputFinding("E0413", path, f"{name} has neither min_fraction nor max_fraction")
        elif (
            share.min_fraction is not None
            and share.max_fraction is not None
            and share.min_fraction > share.max_fraction
        ):
            message = f"min_fraction {share.min_fraction:g} of {name} is above max_fraction {share.max_fraction:g}"
            yield InputFinding("E0413", (*path, "min_fraction"), message, None, ((*path, "max_fraction"),))


def rules_match_something(instance: Instance) -> Iterator[InputFinding]:
    """A quota or share that fits no accelerator has no effect; usually a name is spelt differently."""
    for table, rules in (("quotas", instance.procurement.quotas), ("shares", instance.procurement.shares)):
        for name, rule in rules.items():
            if not any(about_chip(instance, rule.match, row_id) for row_id in instance.accelerators):
                path = ("procurement", table, name, "match")
                yield InputFinding(
                    "W0606",
                    path,
                    f"{name} matches none of the accelerators that may be bought",
                    None,
                    (("accelerators",),),
                )


def gap_can_be_reached(instance: Instance) -> Iterator[InputFinding]:
    """A gap below the solver's own tolerances may never be reached."""
    if instance.solve.gap < SMALLEST_GAP:
        message = (
            f"gap is {instance.solve.gap:g}: below the solver's tolerances, the search may run until its time limit"
        )
        yield InputFinding("W0603", ("solve", "gap"), message, "1e-6 is about the smallest gap that can be proven")


def something_costs_money(instance: Instance) -> Iterator[InputFinding]:
    """If nothing costs anything, every feasible design is as good as any other."""
    if instance.solve.objective not in ("lcoc", "total_cost", "capex"):
        return
    dumped = instance.model_dump(mode="json", exclude={"limits", "exchange_rates"})
    # Tariffs are converted by exchange rates, so their prices count in any currency.
    prices = (
        value for path, value in leaves(dumped) if isinstance(path[-1], str) and _is_price(str(path[0]), path[-1])
    )
    if not any(value for value in prices):
        yield InputFinding(
            "W0604", (), "all costs are zero: there are many optimal designs, and the one found is arbitrary"
        )


def _is_price(table: str, key: str) -> bool:
    """Whether a field is a price. Beyond tariffs, what is per kWh may be water or carbon."""
    return "usd" in key or (table == "tariffs" and key.endswith(("per_kwh", "per_kva_month", "per_kw_month")))


CHECKS: tuple[Check, ...] = (
    phases_follow_each_other,
    planning_before_first_phase,
    target_within_demand,
    floors_within_demand,
    something_is_required,
    shares_are_bounds,
    rules_match_something,
    gap_can_be_reached,
    something_costs_money,
    *EXPORT_CHECKS,
    *LAW_CHECKS,
    *SUPPLY_CHECKS,
    *UNCERTAINTY_CHECKS,
    *PLANT_CHECKS,
    *LIFE_CHECKS,
    *FABRIC_CHECKS,
    *HALL_CHECKS,
    *TARIFF_CHECKS,
    *TARIFF_STEP_CHECKS,
    *GENERATION_CHECKS,
    *CONNECTION_CHECKS,
    *TENDER_CHECKS,
    *WORK_CHECKS,
)


def run_checks(instance: Instance) -> list[InputFinding]:
    """The findings of every check."""
    return [finding for check in CHECKS for finding in check(instance)]
