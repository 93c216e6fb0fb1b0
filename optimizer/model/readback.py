"""Read back: from the solver's numbers to a design. Whole numbers come back whole or not at all."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.errors import UnsoundError
from optimizer.inputs.design import (
    AssignmentRow,
    ClusterRow,
    Decisions,
    DispatchRow,
    Entry,
    FedRow,
    MegawattRow,
    MovedRow,
    PodRow,
    RetirementRow,
)
from optimizer.inputs.halls import parts_of
from optimizer.inputs.hourly import pack_hours
from optimizer.ledger.accounts import BY_ID
from optimizer.ledger.full_names import full_names
from optimizer.ledger.values import real_values, whole_values
from optimizer.model.build import Built
from optimizer.model.plant import PLANT
from optimizer.operations.replay import Capacity, Held, lines, replay
from optimizer.operations.shapes import AVAILABLE, load_name, source_name

if TYPE_CHECKING:
    from optimizer.operations.operated import Operated

DECIMALS = 9
"""Continuous decisions (pods, MW, MWh, m2) are rounded to this many decimals; the rest is noise of the solver."""
NO_MOVE_MW = 1e-8
"""Work moved by less than this has not moved."""


def load_values(built: Built, values: Mapping[str, float]) -> None:
    """Put the solver's values on the model's variables, cleaned. Raises UnsoundError for a fractional integer.

    Hours that are in the model are left alone: the final dispatch is found for the final decisions.
    """
    from pyomo.core import Var

    from optimizer.assets.battery import block as battery
    from optimizer.assets.facility import block as facility
    from optimizer.operations import block as operations
    from optimizer.operations import transformer_loss
    from optimizer.policies import training

    hours = f"{built.model.hours.name}."
    variables = list(built.model.component_data_objects(Var, active=True))
    for name, variable in zip(full_names(variables), variables, strict=True):
        if not name.startswith(hours):
            variable.set_value(_clean(variable, values.get(name, 0.0)), skip_validation=True)
    _settle_stacks(built)
    training.settle(built.model.training)
    battery.settle(built.model.battery, built.problem.battery)
    facility.settle(built.model.facility, built.ledger, built.problem.plant["facility"])
    transformer_loss.settle(built.model.transformer_loss, built.problem.substation.sites, built.problem.years)
    operations.settle(built.model.operations, built.problem.years)


def _settle_stacks(built: Built) -> None:
    """A stack is adopted if anything of it is bought; where porting costs nothing, the search does not care."""
    from optimizer.policies import porting

    compute = built.model.compute
    types = built.problem.compute.types
    bought = {types[key[:3]].stack for key, pods in compute.deliver.items() if pods.value}
    for stack, adopted in compute.adopt.items():
        adopted.set_value(float(stack in bought))
    porting.settle(built.model.porting, built.problem.compute, bought)


def _clean(variable: Any, number: float) -> float:
    if not math.isfinite(number):
        raise UnsoundError(f"the solver returned {number} for {variable.name}")
    if variable.is_integer() or variable.is_binary():
        if not abs(number - round(number)) <= 1e-6:
            raise UnsoundError(f"{variable.name} = {number!r} should be a whole number")
        return float(round(number))
    low = variable.lb
    if low is not None and number < low:
        number = low
    return round(number, DECIMALS)


def read_decisions(built: Built, operated: Mapping[tuple[str, str], Operated] | None = None) -> Decisions:
    """Everything decided, as rows; zeros are left out. `operated` holds the years that dispatch."""
    from optimizer.ledger.evaluation import value_of

    operated = operated or {}
    model = built.model
    plant: dict[str, Any] = {}
    for name, asset in PLANT.items():
        plant |= asset.read(getattr(model, name), built.problem.plant[name])
    return Decisions(
        deliveries=tuple(
            PodRow(**_named(built, key[:3]), phase=key[3], pods=n) for key, n in whole_values(model.compute.deliver)
        ),
        retirements=tuple(_retirements(built)),
        assignments=tuple(
            AssignmentRow(**_named(built, key[:3]), workload=key[3], phase=key[4], pods=n)
            for key, pods in model.compute.at_work.items()
            if (n := value_of(pods))
        ),
        clusters=tuple(_clusters(built)),
        **plant,
        stacks=tuple(stack for stack, n in whole_values(model.compute.adopt) if n),
        programmes=tuple(stack for stack, n in whole_values(getattr(model.porting, "programme", {})) if n),
        dispatch=tuple(_dispatch(built, operated)),
        contracts=tuple(_contracts(built, operated)),
    )


def _named(built: Built, key: tuple[str, str, str]) -> dict[str, Any]:
    """What a row says of a pod type; a type that cannot stand at the site any more is that of existing pods."""
    types = built.problem.compute.types
    groups = {group.type_key: group for group in built.problem.compute.existing}
    pod = types[key] if key in types else groups[key]
    about = ("site", "accelerator", "cooling", "fabric", "hall")
    return {name: getattr(pod, name) for name in about}


def _retirements(built: Built) -> Iterator[RetirementRow]:
    sums: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for (g, p), pods in whole_values(built.model.compute.retire):
        sums[(*built.problem.compute.existing[g].type_key, p)] += pods
    for (s, a, c, p), pods in sums.items():
        yield RetirementRow(**_named(built, (s, a, c)), phase=p, pods=pods)
    for (s, a, c, q, p), pods in whole_values(built.model.compute.retire_bought):
        yield RetirementRow(**_named(built, (s, a, c)), phase=p, pods=pods, bought=q)


def _clusters(built: Built) -> Iterator[ClusterRow]:
    training = built.model.training
    for attribute, chosen in (("host", "clusters"), ("host_ported", "ported_clusters")):
        for (r, s, a, c, p), _ in whole_values(getattr(training, attribute, {})):
            pods = getattr(built.problem.compute.types[s, a, c].duties, chosen)[r, p]
            yield ClusterRow(**_named(built, (s, a, c)), workload=r, phase=p, pods=pods)


def final_capacities(built: Built) -> dict[tuple[str, str], dict[str, float]]:
    """Capacities of every year that dispatches, from the settled decisions."""
    from pyomo.core import value

    from optimizer.operations.dispatching import capacities
    from optimizer.operations.feed import ACCOUNTS, GRID

    levels = {}
    for s, p in built.model.operations.shapes:
        year = built.problem.years[s]
        there = {name: max(0.0, value(built.ledger.total(account, p, s))) for name, account in ACCOUNTS.items()}
        there[GRID] = min(year.grid_mw[p], max(0.0, value(built.ledger.total("firm_mw", p, s))))
        levels[s, p] = capacities(built.model.operations, built.problem.years, (s, p), there)
    return levels


def _dispatch(built: Built, operated: Mapping[tuple[str, str], Operated]) -> Iterator[DispatchRow]:
    """The hours of every year, moved work as the difference from the profile; series rounded like other decisions."""
    for (s, p), hours in operated.items():
        year = built.problem.years[s]
        moved = []
        for (c, w), placed in hours.moved_mw.items():
            j = year.loads.index((c, w))
            flexible = year.flexible
            share = flexible.fraction((c, w)) if flexible else 0.0
            mw = float(built.model.operations.x[s, p, f"load/{c}/{w}"].value)
            change = np.round(placed - share * mw * year.mean((c, w), p) * year.it_per_mw[j], DECIMALS)
            if np.abs(change).max() > NO_MOVE_MW:
                cooling, hall = parts_of(c)
                moved.append(MovedRow(cooling=cooling, hall=hall, workload=w, moved_mw=pack_hours(change)))
        row = DispatchRow(
            site=s,
            phase=p,
            charge_mw=pack_hours(np.round(hours.charge_mw, DECIMALS)),
            discharge_mw=pack_hours(np.round(hours.discharge_mw, DECIMALS)),
            soc_start_mwh=round(hours.soc_start_mwh, DECIMALS),
            generator_mw=pack_hours(np.round(hours.generator_mw, DECIMALS)),
            moved=tuple(moved),
            fed=tuple(_fed(hours)),
            demand_response_mw=round(hours.response_mw, DECIMALS),
        )
        used = (row.charge_mw, row.discharge_mw, row.generator_mw, row.moved, row.fed, row.demand_response_mw)
        if any(used):
            yield row


def _fed(hours: Operated) -> Iterator[FedRow]:
    for source, fed_mw in hours.fed_mw.items():
        series = pack_hours(np.round(fed_mw, DECIMALS))
        if series:
            yield FedRow(source=source, fed_mw=series)


def _contracts(built: Built, operated: Mapping[tuple[str, str], Operated]) -> Iterator[MegawattRow]:
    for (s, p), mw in real_values(built.model.operations.contract_mw):
        yield MegawattRow(site=s, phase=p, mw=mw)
    for (s, p), hours in operated.items():
        if hours.contract_mw:
            yield MegawattRow(site=s, phase=p, mw=round(hours.contract_mw, DECIMALS))


def _operated_lines(built: Built, decisions: Decisions) -> Iterator[tuple[tuple[Any, str, str | None, str], float]]:
    """Lines of the years that dispatch, from their hours."""
    rows = {(row.site, row.phase): row for row in decisions.dispatch}
    contracts = {(row.site, row.phase): row.mw for row in decisions.contracts}
    for where, given in final_capacities(built).items():
        year = built.problem.years[where[0]]
        load = {name: given[load_name(name)] for name in year.loads}
        at_work = {name: given[source_name(name)] for name in year.sources}
        hours = replay(year, where[1], Capacity(load, given["standing"], at_work), rows.get(where))
        held = Held(contract_mw=contracts.get(where, 0.0), available_mw=given[AVAILABLE])
        for line in lines(year, where[1], hours, load, held):
            yield (BY_ID[line.account], where[1], where[0], line.label), line.amount


def read_ledger(built: Built, decisions: Decisions | None = None) -> tuple[Entry, ...]:
    """The ledger at the solution: one line per account, phase, site and label, zeros left out."""
    from optimizer.ledger.evaluation import value_of

    sums: dict[tuple[Any, str, str | None, str], float] = defaultdict(float)
    for key, amount in _operated_lines(built, decisions or Decisions()):
        sums[key] += amount
    provisional = built.model.operations.provisional
    for number, posting in enumerate(built.ledger.postings):
        if number in provisional:
            continue
        key = (posting.account, posting.place.phase, posting.place.site, posting.place.label)
        sums[key] += value_of(posting.amount)
    return tuple(
        Entry(
            account=account.id,
            unit=account.unit,
            timing=account.timing.value,
            phase=phase,
            site=site,
            label=label,
            amount=amount,
        )
        for (account, phase, site, label), amount in sums.items()
        if amount
    )
