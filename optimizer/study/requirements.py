"""All requirements of an instance: what a planner wrote that can stand in the way of a design.

`amounts` are the model's expressions that a requirement bounds: from above if more of it is more permissive, from
below if less is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from optimizer.inputs.schema import Instance
from optimizer.ledger.limits import Limit, stated
from optimizer.model.build import Built
from optimizer.setting.demand import demand_pflops
from optimizer.setting.matching import selects
from optimizer.setting.supply import has_quarters
from optimizer.study.changes import in_phase, in_procurement, in_workload
from optimizer.study.requirement import AMPLE_CHIPS, TOKEN_FRACTION, Requirement, by_phase
from optimizer.study.site_requirements import of_site
from optimizer.study.work_requirements import of_work


def requirements(instance: Instance) -> tuple[Requirement, ...]:
    """Every requirement of an instance, in the order in which a planner would question them."""
    return (
        *_targets(instance),
        *_milestones(instance),
        *_floors(instance),
        *of_work(instance),
        *(found for site in instance.sites for found in of_site(instance, site)),
        *_quotas(instance),
        *_shares(instance),
        *_limits(instance),
        *_whole_plan(instance),
    )


def _targets(instance: Instance) -> Iterator[Requirement]:
    for p, phase in instance.phases.items():
        if phase.target_pflops:
            yield Requirement(
                f"phases.{p}.target_pflops",
                f"target of {p}",
                partial(_token_target, p),
                "PFLOPS",
                phase.target_pflops,
                False,
                partial(_target, p),
                partial(_in_use, p),
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
        "phases.*.target_pflops",
        "all targets together",
        lambda i: scale(i, TOKEN_FRACTION),
        "of the target",
        1.0,
        False,
        scale,
        lambda built: (built.model.throughput.in_use_pflops[p] / pflops for p, pflops in wanted.items()),
    )


def _milestones(instance: Instance) -> Iterator[Requirement]:
    for number, milestone in enumerate(instance.milestones):
        label = f"milestone of {milestone.date}"
        yield Requirement(f"milestones.{number}", label, partial(_without_milestone, milestone.date))


def _without_milestone(day: date, instance: Instance) -> Instance:
    return instance.model_copy(update={"milestones": tuple(m for m in instance.milestones if m.date != day)})


def _floors(instance: Instance) -> Iterator[Requirement]:
    for w, load in instance.workloads.items():
        for p, pflops in load.floor_pflops.items():
            if pflops:
                yield Requirement(
                    f"workloads.{w}.floor_pflops.{p}",
                    f"floor of {w} in {p}",
                    partial(_no_floor, w, p),
                    "PFLOPS",
                    pflops,
                    False,
                    partial(_floor, w, p),
                    partial(_done, w, p),
                )


def _floor(workload: str, phase: str, instance: Instance, pflops: float) -> Instance:
    return in_workload(instance, workload, phase, pflops)


def _no_floor(workload: str, phase: str, instance: Instance) -> Instance:
    return in_workload(instance, workload, phase, 0.0)


def _done(workload: str, phase: str, built: Built) -> Iterator[Any]:
    from optimizer.ledger.ledger import add_up

    postings = built.ledger.select("effective_pflops", phase)
    yield add_up(posting.amount for posting in postings if posting.place.label.endswith(f"/{workload}"))


def _quotas(instance: Instance) -> Iterator[Requirement]:
    for q, quota in instance.procurement.quotas.items():
        yield Requirement(
            f"procurement.quotas.{q}",
            f"quota {q}",
            partial(_ample_quota, q),
            "accelerators",
            float(quota.max_accelerators),
            True,
            partial(_quota, q),
            partial(_matching, q),
        )


def _quota(name: str, instance: Instance, most: float) -> Instance:
    changed = instance.procurement.quotas[name].model_copy(update={"max_accelerators": round(most)})
    return in_procurement(instance, {"quotas": {**instance.procurement.quotas, name: changed}})


def _ample_quota(name: str, instance: Instance) -> Instance:
    return _quota(name, instance, AMPLE_CHIPS)


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
    for h in instance.procurement.shares:
        yield Requirement(f"procurement.shares.{h}", f"share {h}", partial(_without_share, h))


def _without_share(name: str, instance: Instance) -> Instance:
    left = {other: share for other, share in instance.procurement.shares.items() if other != name}
    return in_procurement(instance, {"shares": left})


def _limits(instance: Instance) -> Iterator[Requirement]:
    for limit, most in stated(instance):
        bargained = limit.table == "limits" and not limit.per_eflop
        yield Requirement(
            limit.path,
            f"limit {limit.field}",
            partial(_limit, limit, value=None),
            limit.unit,
            most,
            True,
            partial(_limit, limit) if bargained else None,
            partial(_limited, limit) if bargained else None,
        )


def _limited(limit: Limit, built: Built) -> Iterator[Any]:
    """The amounts a limit bounds."""
    if limit.form:
        yield built.forms[limit.form]
        return
    for amounts in zip(*(by_phase(account, None, built) for account in limit.accounts), strict=True):
        yield sum(amounts)


def _limit(limit: Limit, instance: Instance, value: float | None) -> Instance:
    table = getattr(instance, limit.table)
    return instance.model_copy(update={limit.table: table.model_copy(update={limit.field: value})})


def _whole_plan(instance: Instance) -> Iterator[Requirement]:
    chips = instance.accelerators.values()
    if any(chip.supply_per_year is not None for chip in chips):
        yield Requirement("accelerators.*.supply_per_year", "supply of accelerators per year", _without_yearly_supply)
    if any(has_quarters(chip) for chip in chips):
        what = "supply of accelerators by quarter"
        yield Requirement("accelerators.*.supply_per_quarter", what, _without_quarterly_supply)
    yield Requirement(
        "planning_date",
        "lead times from the planning date",
        lambda i: i.model_copy(
            update={
                "planning_date": i.planning_date - timedelta(days=3650),
                "finance": i.finance.model_copy(update={"base_date": i.finance.base_date or i.planning_date}),
            }
        ),
    )
    if instance.export.prc_3a090 == "avoid":
        label = "no chips of Chinese design that meet 3A090"
        yield Requirement("export.prc_3a090", label, partial(_in_export, {"prc_3a090": "use"}))
    if instance.export.supercomputer == "bind":
        label = "no supercomputer at a restricted site"
        yield Requirement("export.supercomputer", label, partial(_in_export, {"supercomputer": "warn"}))
    if instance.export.timeline or instance.export.regime != "open_market":
        free = {
            "regime": "open_market",
            "timeline": (),
            "licences": "use",
            "prc_3a090": "use",
            "supercomputer": "warn",
        }
        yield Requirement("export", "export rules", partial(_in_export, free))


def _in_export(changes: dict[str, Any], instance: Instance) -> Instance:
    return instance.model_copy(update={"export": instance.export.model_copy(update=changes)})


def _without_yearly_supply(instance: Instance) -> Instance:
    return _with_chips(instance, {"supply_per_year": None})


def _without_quarterly_supply(instance: Instance) -> Instance:
    return _with_chips(instance, {"supply_per_quarter": None, "supply_by_quarter": {}})


def _with_chips(instance: Instance, changes: dict[str, Any]) -> Instance:
    chips = {name: chip.model_copy(update=changes) for name, chip in instance.accelerators.items()}
    return instance.model_copy(update={"accelerators": chips})
