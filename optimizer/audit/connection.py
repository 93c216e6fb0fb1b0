"""What the grid takes and gives hour by hour, and load that can be dropped: docs/model.md section 8b."""

from __future__ import annotations

import numpy as np

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined, slack
from optimizer.audit.hourly import ceiling, floor
from optimizer.audit.operation import Operation
from optimizer.audit.power import firm_mva, grid_limit_mw, in_force_mw, sells_surplus
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.state import State, Where
from optimizer.audit.tariffs import price_per_kwh


def check_connection(case: AuditCase, state: State, recorder: Recorder) -> None:
    """Import beside what is called back, surplus, and load that can be dropped, in every site and phase."""
    for site in case.instance.sites:
        if sells_surplus(case.instance, site):
            _check_price(case, site, recorder)
    for where in state.operations:
        _check_import(case, state, where, recorder)
        if sells_surplus(case.instance, where[0]):
            _check_surplus(case, state, where, recorder)
        _check_response(case, state, where, recorder)


def _check_price(case: AuditCase, site: str, recorder: Recorder) -> None:
    """Surplus earns no more than import costs, in any hour of the year."""
    spec = case.instance.sites[site]
    cheapest = float(price_per_kwh(case, site).min()) + case.instance.tariffs[spec.tariff].fuel_clause_per_kwh
    price = spec.export_price_per_kwh or 0.0
    recorder.at_most("connection.export_price", site, price, cheapest, "paid for a kWh of surplus")


def most_mw(case: AuditCase, state: State, where: Where) -> Hours | None:
    """The most that may be drawn in every hour kept; None where no hour differs from another."""
    site, p = where
    limit, rule = case.grid_year(site).import_limit_mw, case.instance.sites[site].flexible_connection
    if limit is None and rule is None:
        return None
    most = np.full(case.kept.hours, grid_limit_mw(case, site, p))
    if limit is not None:
        most = np.minimum(most, limit[case.kept.index])
    if rule is not None:
        firm = in_force_mw(case, rule.firm_mw, rule.firm_stages, p)
        most = np.where(state.called_back[site], np.minimum(most, firm), most)
    active = float(state.substations[where] is not None)
    return np.asarray(most * active, dtype=np.float64)


def _check_import(case: AuditCase, state: State, where: Where, recorder: Recorder) -> None:
    most = most_mw(case, state, where)
    if most is not None:
        drawn, at = state.operations[where].drawn_mw, joined(where[0], case.periods.phases[where[1]])
        ceiling(recorder, "connection.import", at, (drawn, most), "MW imported in kept hour")


def _check_surplus(case: AuditCase, state: State, where: Where, recorder: Recorder) -> None:
    """What goes into the grid is within the connection, what may be given, and the substation."""
    (site, p), substation = where, state.substations[where]
    spec, exported = case.instance.sites[site], state.operations[where].exported_mw
    most = grid_limit_mw(case, site, p)
    if spec.export_max_mw is not None:
        most = min(most, spec.export_max_mw)
    most = most if substation is not None else 0.0
    firm = spec.grid.power_factor * firm_mva(case, site, substation)
    at = joined(site, case.periods.phases[p])
    ceiling(recorder, "connection.export", at, (exported, most), "MW of surplus in kept hour")
    ceiling(recorder, "connection.export_firm", at, (exported, firm), "MW of surplus in kept hour")


def _check_response(case: AuditCase, state: State, where: Where, recorder: Recorder) -> None:
    """What is enrolled is within the programme, and dropped in every hour in which it calls."""
    (site, p), schedule = where, state.schedules.get(where)
    programme = case.instance.sites[site].demand_response
    if schedule is None or (programme is None and not schedule.demand_response_mw):
        return
    enrolled, at = schedule.demand_response_mw, joined(site, case.periods.phases[p])
    most = 0.0
    if programme is not None and state.substations[where] is not None and grid_limit_mw(case, site, p) > 0.0:
        most = programme.max_mw
    within = recorder.at_most("response.enrolled", at, enrolled, most, "MW enrolled that can be dropped")
    if programme is None or not within or enrolled <= slack(0.0):
        return  # Who enrols nothing promises nothing.
    called = state.called_on[site]
    if not called.any():
        recorder.at_most("response.called", at, enrolled, 0.0, "MW enrolled, and no hour is called")
        return
    drop = dropped_mw(case, state, where)[called]
    floor(recorder, "response.dropped", at, (drop, enrolled), "MW dropped in hour called")


def dropped_mw(case: AuditCase, state: State, where: Where) -> Hours:
    """How far import lies below what it would be: work that waits, battery, standby sets, engines beyond their mean."""
    operation: Operation = state.operations[where]
    drop = -operation.moved_load_mw - operation.exported_mw
    schedule = state.schedules.get(where)
    if schedule is None:
        return drop
    drop = drop + schedule.discharge_mw - schedule.charge_mw + schedule.generator_mw
    for source, fed in schedule.fed_mw.items():
        if case.instance.generation[source].takes_fuel:
            drop = drop + fed - fed.mean()
    return drop
