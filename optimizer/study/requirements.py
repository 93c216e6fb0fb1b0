"""All requirements of an instance: what a planner wrote that can stand in the way of a design.

`amounts` are the model's expressions that a requirement bounds: from above if more of it is more permissive, from
below if less is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from optimizer.inputs.schema import Instance
from optimizer.model.build import Built
from optimizer.reading.catalogue import TABLES
from optimizer.setting.demand import demand_pflops
from optimizer.setting.matching import selects
from optimizer.setting.supply import has_quarters
from optimizer.study.cap_requirements import of_caps
from optimizer.study.changes import in_phase, in_procurement, in_table, in_workload
from optimizer.study.fact_requirements import of_facts
from optimizer.study.requirement import ALL_TARGETS, AMPLE_CHIPS, TOKEN_FRACTION, Requirement
from optimizer.study.site_requirements import of_site
from optimizer.study.work_requirements import of_work


def requirements(instance: Instance) -> tuple[Requirement, ...]:
    """Every requirement of an instance, in the order in which a planner would question them."""
    return (
        *_targets(instance),
        *_milestones(instance),
        *_floors(instance),
        *of_work(instance),
        *(requirement for site in instance.sites for requirement in of_site(instance, site)),
        *_quotas(instance),
        *_shares(instance),
        *of_caps(instance),
        *_whole_plan(instance),
        *of_facts(instance),
    )


def _targets(instance: Instance) -> Iterator[Requirement]:
    for p, phase in instance.phases.items():
        if phase.target_pflops:
            yield Requirement(
                path=f"phases.{p}.target_pflops",
                label=f"target of {p}",
                drop=partial(_token_target, p),
                unit="PFLOPS",
                value=phase.target_pflops,
                more_is_easier=False,
                move=partial(_target, p),
                amounts=partial(_in_use, p),
            )


def _target(phase: str, instance: Instance, pflops: float) -> Instance:
    return in_phase(instance, phase, {"target_pflops": pflops, "demand_pflops": demand_pflops(instance, phase)})


def _token_target(phase: str, instance: Instance) -> Instance:
    return _target(phase, instance, TOKEN_FRACTION * instance.phases[phase].target_pflops)


def _in_use(phase: str, built: Built) -> Iterator[Any]:
    yield built.model.throughput.in_use_pflops[phase]


def all_targets(instance: Instance) -> Requirement:
    """The targets of all phases, moved by one and the same factor; 1 as they stand."""
    wanted = {p: phase.target_pflops for p, phase in instance.phases.items() if phase.target_pflops}

    def scale(i: Instance, factor: float) -> Instance:
        for p, pflops in wanted.items():
            i = in_phase(i, p, {"target_pflops": factor * pflops, "demand_pflops": demand_pflops(i, p)})
        return i

    return Requirement(
        path=ALL_TARGETS,
        label="all targets together",
        drop=lambda i: scale(i, TOKEN_FRACTION),
        unit="of the target",
        value=1.0,
        more_is_easier=False,
        move=scale,
        amounts=lambda built: (built.model.throughput.in_use_pflops[p] / pflops for p, pflops in wanted.items()),
    )


def _milestones(instance: Instance) -> Iterator[Requirement]:
    for number, milestone in enumerate(instance.milestones):
        yield Requirement(
            path=f"milestones.{number}",
            label=f"milestone of {milestone.date}",
            # The row stays, so that the numbers of the others do: it asks for nothing.
            drop=partial(_milestone, number, pflops=0.0),
            unit="PFLOPS",
            value=milestone.target_pflops,
            more_is_easier=False,
            move=partial(_milestone, number),
        )


def _milestone(number: int, instance: Instance, pflops: float) -> Instance:
    rows = list(instance.milestones)
    rows[number] = rows[number].model_copy(update={"target_pflops": pflops})
    return instance.model_copy(update={"milestones": tuple(rows)})


def _floors(instance: Instance) -> Iterator[Requirement]:
    for w, load in instance.workloads.items():
        for p, pflops in load.floor_pflops.items():
            if pflops:
                yield Requirement(
                    path=f"workloads.{w}.floor_pflops.{p}",
                    label=f"floor of {w} in {p}",
                    drop=partial(_floor, w, p, pflops=0.0),
                    unit="PFLOPS",
                    value=pflops,
                    more_is_easier=False,
                    move=partial(_floor, w, p),
                    amounts=partial(_done, w, p),
                )


def _floor(workload: str, phase: str, instance: Instance, pflops: float) -> Instance:
    return in_workload(instance, workload, phase, pflops)


def _done(workload: str, phase: str, built: Built) -> Iterator[Any]:
    from optimizer.ledger.ledger import add_up

    postings = built.ledger.select("effective_pflops", phase)
    yield add_up(posting.amount for posting in postings if posting.place.label.endswith(f"/{workload}"))


def _quotas(instance: Instance) -> Iterator[Requirement]:
    for q, quota in instance.procurement.quotas.items():
        yield Requirement(
            path=f"procurement.quotas.{q}",
            label=f"quota {q}",
            drop=partial(_quota, q, most=AMPLE_CHIPS),
            unit="accelerators",
            value=float(quota.max_accelerators),
            more_is_easier=True,
            move=partial(_quota, q),
            amounts=partial(_matching, q),
        )


def _quota(name: str, instance: Instance, most: float) -> Instance:
    changed = instance.procurement.quotas[name].model_copy(update={"max_accelerators": round(most)})
    return in_procurement(instance, {"quotas": {**instance.procurement.quotas, name: changed}})


def _matching(quota: str, built: Built) -> Iterator[Any]:
    from optimizer.ledger.ledger import add_up

    problem = built.problem
    rule = problem.instance.procurement.quotas[quota]
    yield add_up(
        posting.amount
        for phase in rule.phases or problem.calendar.phases
        for posting in built.ledger.select("delivered_accelerators", phase)
        if selects(
            problem.instance, problem.rulings, rule.match, (posting.place.site or "", posting.place.label, phase)
        )
    )


def _shares(instance: Instance) -> Iterator[Requirement]:
    for h, share in instance.procurement.shares.items():
        path, label = f"procurement.shares.{h}", f"share {h}"
        least, most = share.min_fraction, share.max_fraction
        if (least is None) == (most is None):
            yield Requirement(path=path, label=label, drop=partial(_without_share, h))
        else:
            key, value, more = ("max_fraction", most, True) if least is None else ("min_fraction", least, False)
            yield Requirement(
                path=path,
                label=f"{label}, {key}",
                drop=partial(_without_share, h),
                unit="of the throughput in use",
                value=value or 0.0,
                more_is_easier=more,
                move=partial(_share, h, key),
                most=1.0,
            )


def _share(name: str, key: str, instance: Instance, value: float) -> Instance:
    changed = instance.procurement.shares[name].model_copy(update={key: value})
    return in_procurement(instance, {"shares": {**instance.procurement.shares, name: changed}})


def _without_share(name: str, instance: Instance) -> Instance:
    left = {other: share for other, share in instance.procurement.shares.items() if other != name}
    return in_procurement(instance, {"shares": left})


def _whole_plan(instance: Instance) -> Iterator[Requirement]:
    chips = instance.accelerators.values()
    if any(chip.supply_per_year is not None for chip in chips):
        unlimited = partial(_with_chips, {"supply_per_year": None})
        what = "supply of accelerators per year"
        yield Requirement(path="accelerators.*.supply_per_year", label=what, drop=unlimited)
    if any(has_quarters(chip) for chip in chips):
        what = "supply of accelerators by quarter"
        unlimited = partial(_with_chips, {"supply_per_quarter": None, "supply_by_quarter": {}})
        yield Requirement(path="accelerators.*.supply_per_quarter", label=what, drop=unlimited)
    yield Requirement(path="planning_date", label="lead times from the planning date", drop=_at_once)
    if instance.export.prc_3a090 == "avoid":
        label = "no chips of Chinese design that meet 3A090"
        yield Requirement(path="export.prc_3a090", label=label, drop=partial(_in_export, {"prc_3a090": "use"}))
    if instance.export.supercomputer == "bind":
        label = "no supercomputer at a restricted site"
        yield Requirement(path="export.supercomputer", label=label, drop=partial(_in_export, {"supercomputer": "warn"}))
    if instance.export.timeline or instance.export.regime != "open_market":
        free = {
            "regime": "open_market",
            "timeline": (),
            "licences": "use",
            "prc_3a090": "use",
            "supercomputer": "warn",
        }
        yield Requirement(path="export", label="export rules", drop=partial(_in_export, free))


def _in_export(changes: dict[str, Any], instance: Instance) -> Instance:
    return instance.model_copy(update={"export": instance.export.model_copy(update=changes)})


LEAD_TABLES = tuple(name for name, row in TABLES.items() if "lead_time_weeks" in row.model_fields)
"""Tables of what is ordered."""


def _at_once(instance: Instance) -> Instance:
    """Everything is delivered on the day it is ordered. An earlier planning date would move prices and supply too."""
    for table in LEAD_TABLES:
        for name in getattr(instance, table):
            instance = in_table(instance, table, name, {"lead_time_weeks": 0.0})
    return instance


def _with_chips(changes: dict[str, Any], instance: Instance) -> Instance:
    chips = {name: chip.model_copy(update=changes) for name, chip in instance.accelerators.items()}
    return instance.model_copy(update={"accelerators": chips})
