"""The procurement calendar: its totals are the ledger's, its dates those of the lead times."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyomo.environ import Var

from optimizer.analysis.orders import OrderLine, procurement
from optimizer.assets.compute.coefficients import chip_price_usd
from optimizer.assets.compute.offers import pod_parts, racks_ahead
from optimizer.inputs.design import Decisions, Entry
from optimizer.ledger.accounts import ACCOUNTS
from optimizer.model.build import build
from optimizer.model.derive import Problem, derive
from optimizer.model.readback import load_values, read_decisions, read_ledger
from optimizer.regimes.ruling import Ruling, RulingStatus
from optimizer.report.run_tables import PROCUREMENT_COLUMNS, procurement_rows
from optimizer.runs.safe_csv import write_table
from tests.tiny import EVERYTHING, tiny

PRICED: dict[str, Any] = {
    **EVERYTHING,
    "accelerators.quick.server_rest_usd": 60_000.0,
    "accelerators.quick.price_trend_fraction": -0.1,
    "accelerators.quick.lead_time_weeks": 20.0,
    "coolings.warm_water.usd_open": 70_000.0,
    "coolings.warm_water.usd_per_module": 9_000.0,
    "coolings.warm_water.usd_per_rack": 4_000.0,
    "coolings.warm_water.lead_time_weeks": 30.0,
    "transformers.ideal.usd_per_unit": 80_000.0,
    "transformers.ideal.usd_fixed": 55_000.0,
    "transformers.ideal.lead_time_weeks": 52.0,
    "upses.none.usd_per_mw": 0.0,
    "network.storage_usd_per_accelerator": 500.0,
    "stacks.mature.porting_usd": 123_000.0,
}
OF_PLANT = {
    *("cooling modules", "cooling works", "transformers", "substation works", "UPS", "generators"),
    *("battery power", "battery energy", "battery works", "white space fit-out", "plant space fit-out"),
    *("shell", "MV ring", "LV distribution", "controls", "hall fitout", "commissioning", "connection"),
    *("design", "contingency"),
}
OF_PODS = {"accelerator pods", "export licence", "fabric", "storage", "racks", "software porting"}
LICENCE = Ruling(RulingStatus.LICENCE, "15 CFR 742.6", date(2025, 8, 1), "S53", "a licence", None, 0.15, 4.0, 0.6)


def prices(**changes: Any) -> dict[str, Any]:
    """Prices of everything; only tables that the minimal instance has are changed."""
    instance = tiny()
    ups, fabric = instance.sites["paper"].ups, instance.network.fabric
    given = {key: value for key, value in PRICED.items() if not key.startswith("upses.none")}
    given |= {f"upses.{ups}.usd_per_mw": 200_000.0, f"upses.{ups}.lead_time_weeks": 10.0}
    given |= {f"fabrics.{fabric}.tiers": [{"up_to_accelerators": 1024, "usd_per_accelerator": 700.0}]}
    return given | changes


def with_licence(problem: Problem) -> Problem:
    """The problem with a licence and a fee on the quick chip."""
    types = dict(problem.compute.types)
    for key, pod in types.items():
        if pod.accelerator == "quick":
            kind = (problem.instance, "quick", pod.cooling, pod.size)
            prices = {p: chip_price_usd(problem.instance, problem.calendar, "quick", p) for p in pod.deliverable}
            parts = {p: racks_ahead(pod_parts(*kind, usd, LICENCE), 1.0) for p, usd in prices.items()}
            types[key] = replace(pod, rulings=dict.fromkeys(pod.deliverable, LICENCE), parts=parts)
    return replace(problem, compute=replace(problem.compute, types=types))


Chosen = dict[tuple[Any, ...], float]
HAND: Chosen = {
    ("compute.deliver", "paper", "quick", "warm_water", "a"): 2,
    ("compute.deliver", "paper", "quick", "warm_water", "b"): 3,
    ("compute.deliver", "paper", "frugal", "warm_water", "b"): 1,
    ("compute.adopt", "mature"): 1,
    ("cooling.buy", "paper", "warm_water", "a"): 2,
    ("cooling.opening", "paper", "warm_water", "a"): 1,
    ("cooling.buy", "paper", "warm_water", "b"): 3,
    ("ups.buy_mw", "paper", "a"): 0.125,
    ("battery.buy_mw", "paper", "b"): 0.5,
    ("battery.buy_mwh", "paper", "b"): 0.25,
    ("battery.opening", "paper", "b"): 1,
    ("generators.buy", "paper", "b"): 2,
    **{
        ("facility.buy_mw", "paper", item, phase): mw
        for item in ("shell", "mv_ring", "lv_distribution", "controls", "hall_fitout", "commissioning")
        for phase, mw in (("a", 0.02), ("b", 0.03))
    },
    ("building.fit_white_m2", "paper", "a"): 12.5,
    ("building.fit_plant_m2", "paper", "b"): 7.5,
}
"""Decisions by (variable, index); whether they are a feasible design does not matter to what they cost."""


@cache
def case(existing: bool, first_units: int, last_units: int) -> tuple[Problem, Decisions, tuple[Entry, ...]]:
    """The problem, the hand-made decisions and the model's own ledger of them."""
    changes = prices() if existing else prices(**{"sites.paper.grid.existing": None})
    problem = with_licence(derive(tiny(changes), Path()))
    built = build(problem)
    chosen = dict(HAND)
    for phase, units in (("a", first_units), ("b", last_units)):
        chosen["substation.in_place", "paper", f"idealx{units}", phase] = 1
    values = {}
    for (name, *index), value in chosen.items():
        block, variable = name.split(".")
        key = tuple(index) if len(index) > 1 else index[0]
        values[getattr(getattr(built.model, block), variable)[key].name] = float(value)
    names = {v.name for v in built.model.component_data_objects(Var, active=True)}
    assert values.keys() <= names
    load_values(built, values)
    return problem, read_decisions(built), read_ledger(built)


def sums(pairs: list[tuple[tuple[str, str, str], float]]) -> dict[tuple[str, str, str], float]:
    found: dict[tuple[str, str, str], float] = defaultdict(float)
    for key, amount in pairs:
        found[key] += amount
    return {key: amount for key, amount in found.items() if amount}


@pytest.mark.parametrize(("existing", "units"), [(True, (2, 2)), (True, (2, 3)), (False, (2, 2)), (False, (2, 4))])
def test_totals_are_the_ledgers_by_account_phase_and_site(existing: bool, units: tuple[int, int]) -> None:
    problem, decisions, ledger = case(existing, *units)
    lines = procurement(problem, decisions)
    ordered = sums([((line.account, line.phase, line.site), line.total_usd) for line in lines])
    paid = [e for e in ledger if e.account.startswith("capex_") or e.account == "licence_fees"]
    booked = sums([((e.account, e.phase, e.site or ""), e.amount * 1e6) for e in paid])
    assert ordered == pytest.approx(booked, rel=1e-12)
    assert {"capex_accelerators", "capex_fabric", "capex_ups", "licence_fees", "capex_porting"} <= {
        k[0] for k in booked
    }


def line_of(lines: tuple[OrderLine, ...], what: str, phase: str, item: str | None = None) -> OrderLine:
    (found,) = [line for line in lines if line.what == what and line.phase == phase and item in (None, line.item)]
    return found


def test_every_account_of_capital_has_its_line() -> None:
    problem, decisions, _ = case(False, 2, 4)
    # Porting programmes have a test of their own beside the workloads.
    assert {line.what for line in procurement(problem, decisions)} == OF_PODS | OF_PLANT


def test_prices_and_quantities_of_pods() -> None:
    problem, decisions, _ = case(True, 2, 3)
    pods = line_of(procurement(problem, decisions), "accelerator pods", "a", "quick")
    size = problem.compute.types["paper", "quick", "warm_water"].size
    chip = problem.instance.accelerators["quick"]
    # 2027-01-01 is 365 days after planning: tau = 365 / 365.25.
    price = size.accelerators * chip.price_usd * 0.9 ** (365 / 365.25) + size.servers * 60_000
    assert (pods.quantity, pods.unit, pods.vendor, pods.tier) == (2, "pod", chip.vendor, chip.tier)
    assert pods.unit_price_usd == pytest.approx(price)
    assert pods.total_usd == pytest.approx(2 * price)


def test_orders_are_placed_a_lead_time_before_delivery() -> None:
    problem, decisions, _ = case(False, 2, 4)
    lines = procurement(problem, decisions)
    start = problem.calendar.starts["b"]
    # Plant is on site three weeks before service, two of fit-out and one of commissioning; racks one week.
    assert line_of(lines, "cooling modules", "b").order_by == start - timedelta(weeks=30 + 3)
    assert line_of(lines, "transformers", "b").order_by == start - timedelta(weeks=52 + 3)
    assert line_of(lines, "generators", "b").order_by == start - timedelta(weeks=20 + 3)
    assert line_of(lines, "UPS", "a").order_by == problem.calendar.starts["a"] - timedelta(weeks=10 + 3)
    assert line_of(lines, "plant space fit-out", "b").order_by == start - timedelta(weeks=3)
    assert line_of(lines, "MV ring", "b").order_by == start - timedelta(weeks=20 + 3)
    assert line_of(lines, "commissioning", "b").order_by == start - timedelta(weeks=1)
    ahead = dict.fromkeys(OF_PLANT, 3) | {"racks": 1, "commissioning": 1, "contingency": 0}
    for line in lines:
        assert line.delivery == problem.calendar.starts[line.phase] - timedelta(weeks=ahead.get(line.what, 0)), (
            line.what
        )
        # What waits on site is paid at service.
        assert line.paid[-1][0] == problem.calendar.starts[line.phase] or line.payments == ()
    assert [line.order_by for line in lines] == sorted(line.order_by for line in lines)


def test_a_licence_adds_its_weeks_and_is_shown() -> None:
    problem, decisions, _ = case(True, 2, 3)
    lines = procurement(problem, decisions)
    pods = line_of(lines, "accelerator pods", "a", "quick")
    assert pods.order_by == problem.calendar.starts["a"] - timedelta(weeks=24)
    assert pods.licence is not None
    shown = (pods.licence.status, pods.licence.clause, pods.licence.fee_fraction, pods.licence.probability)
    assert shown == ("licence", "15 CFR 742.6", 0.15, 0.6)
    fee = line_of(lines, "export licence", "a", "quick")
    chip_usd = problem.instance.accelerators["quick"].price_usd * 0.9 ** (365 / 365.25)
    assert fee.total_usd == pytest.approx(0.15 * fee.quantity * chip_usd)
    assert line_of(lines, "racks", "a").licence is None


def test_growth_of_a_substation_is_what_is_bought() -> None:
    problem, decisions, _ = case(True, 2, 3)
    bought = [line for line in procurement(problem, decisions) if line.account == "capex_substation"]
    assert [(line.phase, line.quantity, line.total_usd) for line in bought] == [("b", 1, 80_000.0)]


def test_what_is_already_there_is_not_ordered() -> None:
    problem, _, _ = case(True, 2, 2)
    assert procurement(problem, Decisions()) == ()


def test_names_reach_the_table_and_the_rows_fit_its_columns() -> None:
    problem, decisions, _ = case(True, 2, 3)
    rows = procurement_rows(procurement(problem, decisions))
    assert {len(row) for row in rows} == {len(PROCUREMENT_COLUMNS)}
    place = PROCUREMENT_COLUMNS.index("name")
    assert problem.instance.coolings["warm_water"].name in {row[place] for row in rows}


def test_a_name_that_is_a_formula_is_text_in_the_table() -> None:
    problem, decisions, _ = case(True, 2, 3)
    chips = dict(problem.instance.accelerators)
    chips["quick"] = chips["quick"].model_copy(update={"name": "=HYPERLINK(0)", "vendor": "@SUM(1)"})
    spoiled = derive(problem.instance.model_copy(update={"accelerators": chips}), Path())
    text = write_table(PROCUREMENT_COLUMNS, procurement_rows(procurement(spoiled, decisions)))
    assert ",'=HYPERLINK(0),'@SUM(1)," in text
    assert ",=HYPERLINK" not in text


def test_orders_of_one_day_stand_in_the_documented_sequence() -> None:
    """Phase, site, account, item, pods: whatever sequence the rows of the design have."""
    problem, decisions, _ = case(False, 2, 4)
    lines = procurement(problem, decisions)
    turned = {field: tuple(reversed(getattr(decisions, field))) for field in Decisions.model_fields}
    assert procurement(problem, decisions.model_copy(update=turned)) == lines
    # Pods, fabric, storage and racks are ordered together.
    days = [line.order_by for line in lines]
    assert max(days.count(day) for day in days) > 3
    accounts = [account.id for account in ACCOUNTS]
    places = [(line.order_by, line.phase, line.site, accounts.index(line.account), line.item) for line in lines]
    assert places == sorted(places)
