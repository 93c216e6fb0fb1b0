"""The procurement calendar: its laws, its payments against the ledger, and the latest safe orders."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from optimizer.analysis.orders import OrderLine, procurement
from optimizer.inputs.schema import Instance
from optimizer.ledger.accounts import BY_ID
from optimizer.pipeline import Options, Result, run
from optimizer.report.calendar import BEFORE, ORDERED, SERVING, bars, cash_flow, gantt
from optimizer.report.run_tables import PROCUREMENT_COLUMNS, procurement_rows
from optimizer.setting.calendar import years_between
from optimizer.study.holding_orders import all_holding
from optimizer.study.latest_order import all_latest, moved, order_classes
from optimizer.study.search_settings import SearchSettings
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
SEARCH = SearchSettings(options=Options(isolated=False))
PAY = [
    {"at": "order", "fraction": 0.3},
    {"at": "delivery", "fraction": 0.6},
    {"at": "delivery", "fraction": 0.1, "after_weeks": 10.0},
]
PAID: dict[str, Any] = {
    **TWO_PHASES,
    "finance.discount_rate": 0.08,
    "finance.insurance_fraction": 0.01,
    "procurement.payment": PAY,
    "accelerators.quick.price_trend_fraction": -0.1,
    "accelerators.quick.life_years": 3.0,
    "fabrics.none.tiers": [{"up_to_accelerators": 1_000, "usd_per_accelerator": 2_000}],
    "coolings.warm_water.usd_per_module": 20_000,
    "export.regime": "jan_2026",
    "export.parent": "hong_kong",
    "sites.paper.place": "hong_kong",
    "accelerators.frugal.origin": "CN",
}


def solved(changes: dict[str, Any] | Instance) -> Result:
    result = run(changes if isinstance(changes, Instance) else tiny(changes), HERE, Options(isolated=False))
    assert result.verified, result.audit and result.audit.findings
    return result


def lines_of(result: Result) -> tuple[OrderLine, ...]:
    assert result.design is not None
    return procurement(result.problem, result.design.decisions)


def test_payments_and_the_rest_of_the_ledger_are_the_present_value() -> None:
    """Every order discounted on the days it is paid, and the rest as the ledger has it: the NPV, to the cent."""
    result = solved(PAID)
    assert result.design is not None
    assert result.design.reported is not None
    calendar = result.problem.calendar
    lines = lines_of(result)
    assert {line.what for line in lines if len(line.paid) == 3} == {"accelerator pods"}
    orders = sum(
        usd * math.exp(-calendar.log_rate * years_between(calendar.base, day))
        for line in lines
        for day, usd in line.paid
    )
    accounts = {line.account for line in lines} | {"prepayment"}
    rest = sum(
        entry.amount * calendar.weight(BY_ID[entry.account].timing, entry.phase)
        for entry in result.design.reported.ledger
        if BY_ID[entry.account].is_money and entry.account not in accounts
    )
    assert orders / 1e6 + rest == pytest.approx(result.design.reported.npv_cost_musd, rel=1e-9)
    assert any(entry.account == "prepayment" for entry in result.design.reported.ledger)


def test_a_deposit_by_hand() -> None:
    """10 % a year, 30 % of 2 quick pods of 200,000 USD paid 140 days early: 120,000 x (1.1^(140/365.25) - 1)."""
    changes = {
        "phases.only.target_pflops": 8.0,
        "finance.discount_rate": 0.10,
        "procurement.payment": [{"at": "order", "fraction": 0.3}, {"at": "delivery", "fraction": 0.7}],
    }
    result = solved(changes)
    assert result.design is not None
    assert result.design.reported is not None
    booked = sum(e.amount for e in result.design.reported.ledger if e.account == "prepayment")
    assert booked * 1e6 == pytest.approx(120_000 * (1.1 ** (140 / 365.25) - 1), rel=1e-9)
    assert [day for day, _ in lines_of(result)[0].paid] == [date(2026, 8, 14), date(2027, 1, 1)]


def test_no_discounting_no_value_of_waiting() -> None:
    without = solved({**PAID, "procurement.payment": [], "finance.discount_rate": 0.0})
    with_it = solved({**PAID, "finance.discount_rate": 0.0})
    assert without.design is not None
    assert with_it.design is not None
    assert with_it.design.reported is not None
    assert without.design.reported is not None
    assert with_it.design.reported.npv_cost_musd == pytest.approx(without.design.reported.npv_cost_musd, rel=1e-9)


def test_a_deposit_never_makes_a_plan_cheaper_and_a_delay_never_dearer() -> None:
    values = []
    for parts in (
        [{"at": "order", "fraction": 1.0}],
        [*PAY[:1], {"at": "delivery", "fraction": 0.7}],
        [],
        [{"at": "delivery", "fraction": 1.0, "after_weeks": 20.0}],
    ):
        design = solved({**PAID, "procurement.payment": parts}).design
        assert design is not None
        assert design.solve is not None
        values.append(design.solve.value)
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 4


def moved_a_year() -> Instance:
    """The same plan one year later: everything dated moves by 365 days (no 29 February lies between)."""
    later = timedelta(days=365)
    instance = tiny(
        {**PAID, "milestones": [{"date": date(2027, 6, 1), "target_pflops": 9.0}], "phases.a.demand_pflops": 9.0}
    )
    phases = {p: phase.model_copy(update={"start": phase.start + later}) for p, phase in instance.phases.items()}
    milestones = tuple(m.model_copy(update={"date": m.date + later}) for m in instance.milestones)
    return instance.model_copy(update={"phases": phases, "milestones": milestones})


def test_phases_and_milestone_a_year_later_move_every_order_a_year() -> None:
    before = tiny(
        {**PAID, "milestones": [{"date": date(2027, 6, 1), "target_pflops": 9.0}], "phases.a.demand_pflops": 9.0}
    )
    # The price trend is taken out: it runs from the planning date, which stays.
    flat = {name: chip.model_copy(update={"price_trend_fraction": 0.0}) for name, chip in before.accelerators.items()}
    old = lines_of(solved(before.model_copy(update={"accelerators": flat})))
    new = lines_of(solved(moved_a_year().model_copy(update={"accelerators": flat})))
    assert len(old) == len(new)
    for one, other in zip(old, new, strict=True):
        assert (one.what, one.item, one.quantity) == (other.what, other.item, pytest.approx(other.quantity))
        assert other.order_by - one.order_by == timedelta(days=365)
        assert other.delivery - one.delivery == timedelta(days=365)
        assert [day - timedelta(days=365) for day, _ in other.paid] == [day for day, _ in one.paid]


def test_the_table_says_when_each_part_is_paid_and_what_else_there_is() -> None:
    result = solved(
        {**PAID, "procurement.quotas": {"few": {"match": {"accelerator": "frugal"}, "max_accelerators": 8}}}
    )
    rows = [dict(zip(PROCUREMENT_COLUMNS, row, strict=True)) for row in procurement_rows(lines_of(result))]
    pods = next(row for row in rows if row["what"] == "accelerator pods" and row["item"] == "quick")
    assert pods["licence_status"] == "licence"
    assert pods["licence_fallback"] == "frugal/warm_water"
    assert str(pods["payments"]).count(" USD on ") == 3
    assert pods["lead_time_weeks"] == 46.0, "20 weeks and 26 of the licence"
    assert sum(cash_flow(lines_of(result)).values()) == pytest.approx(sum(line.total_usd for line in lines_of(result)))


def test_bars_run_from_order_to_delivery() -> None:
    result = solved(PAID)
    assert result.design is not None
    table = gantt(result.problem, result.design.decisions, 40)
    found = bars(result.problem, result.design.decisions)
    assert len(table.rows) == len(found)
    for row, (line, _) in zip(table.rows, found, strict=True):
        drawn = row[-1]
        assert len(drawn) == 40
        assert drawn == BEFORE * drawn.count(BEFORE) + ORDERED * drawn.count(ORDERED) + SERVING * drawn.count(SERVING)
        assert row[2:4] == (line.order_by.isoformat(), line.delivery.isoformat())
    chips = sum(usd for line, usd in found if line.what == "accelerator pods")
    pods = ("accelerator pods", "racks", "fabric", "storage", "export licence")
    assert chips == pytest.approx(sum(line.total_usd for line in lines_of(result) if line.what in pods))


def test_latest_safe_orders_are_proven_by_solving_again() -> None:
    """Only the quick chip: nothing replaces it in a; what b needs may come earlier."""
    changes = {**TWO_PHASES, "procurement.include": ["quick"], "procurement.exclude": []}
    result = solved(changes)
    assert result.design is not None
    found = {(o.order.item, o.order.phase): o for o in all_latest(result, SEARCH)}
    classes = order_classes(result.problem, result.design.decisions)
    assert set(found) == {(o.item, o.phase) for o in classes}
    first = found["quick", "a"]
    assert (first.outcome, first.order_by, first.latest_safe) == ("infeasible", date(2026, 8, 14), date(2026, 8, 14))
    assert first.tried == "b"
    for order in found.values():
        assert order.latest_safe >= order.order_by
        assert (order.change_fraction or 0.0) >= 0.0
    assert found["warm_water", "a"].outcome == "infeasible"


def test_an_order_with_a_twin_is_harmless() -> None:
    """Another chip with the same figures takes the place of either: nothing is lost if one of them never comes."""
    twin = tiny().accelerators["quick"].model_dump()
    changes = {"accelerators.twin": twin, "procurement.include": ["quick", "twin"], "phases.only.target_pflops": 8.0}
    result = solved(changes)
    assert result.design is not None
    chips = {row.accelerator for row in result.design.decisions.deliveries}
    found = all_latest(result, SEARCH, tuple(chips))
    assert len(found) == len(chips)
    assert all((order.outcome, order.change_fraction) == ("harmless", None) for order in found)


def test_orders_wait_as_long_as_the_targets_hold() -> None:
    """Quick or frugal alone could serve a, but 9 quick accelerators a year are too few.

    Frugal pods for a cannot wait: without them in a there is no design, which solving again proves. Quick pods for a
    may never come, though the plan then costs more. The warm-water plant cannot wait either.
    """
    result = solved({**TWO_PHASES, "accelerators.quick.supply_per_year": 9, "phases.b.demand_pflops": 12.0})
    told: list[str] = []
    found = all_holding(result, SEARCH, (), told.append)
    by_item = {(o.order.item, o.order.phase): o for o in found}
    frugal, quick = by_item["frugal", "a"], by_item["quick", "a"]
    assert (frugal.outcome, frugal.tried, frugal.latest_safe) == ("infeasible", "b", frugal.order_by)
    assert (quick.outcome, quick.tried) == ("harmless", None)
    assert quick.latest_safe == date(2028, 1, 1) - timedelta(weeks=20)
    assert by_item["warm_water", "a"].outcome == "infeasible"
    assert told[0].startswith("1 of ")
    assert "s left" in told[1]
    assert " in " in told[-1]
    problem = result.problem
    late = run(moved(problem.instance, problem.calendar, frugal.order, ("a",)), HERE, Options(isolated=False))
    assert late.status.value == "infeasible"


def test_an_order_waits_until_its_phase_is_needed() -> None:
    """Frugal pods are bought for a, where either chip would do; in b only they can be, since quick ones are barred."""
    changes = {
        **TWO_PHASES,
        "phases.a.target_pflops": 2.0,
        "phases.b.target_pflops": 40.0,
        "phases.b.demand_pflops": 40.0,
        "accelerators.frugal.price_usd": 1_000,
        "procurement.quotas": {"few": {"match": {"accelerator": "quick"}, "max_accelerators": 16}},
    }
    result = solved(changes)
    (order,) = [o for o in all_holding(result, SEARCH, ("frugal",)) if o.order.phase == "a"]
    assert (order.outcome, order.tried) == ("infeasible", None)
    assert order.latest_safe == date(2028, 1, 1) - timedelta(weeks=20)
