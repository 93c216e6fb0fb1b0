"""Every part of a tariff against the paper, over the year and over a short one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from audit_tiny import Change, Plain, build, failed, run, with_report

from optimizer.audit.audit import AuditReport, audit
from optimizer.audit.hours import keep
from optimizer.inputs.design import SolveFacts

MONTH_HOURS = tuple(24 * days for days in (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31))


def amount(report: AuditReport, account: str) -> float:
    """US dollars of a year on one account (or the account's own unit, times a million)."""
    return sum(line.amount for line in report.ledger if line.account == account) * 1e6


def tariff(**changes: Any) -> Change:
    """Change the tariff."""

    def change(instance: Plain, design: Plain) -> None:
        instance["tariffs"]["flat"] |= changes

    return change


def rebates(*rows: tuple[float, float]) -> Change:
    """Rebates by hours of demand and price."""
    return tariff(load_factor_rebates=tuple({"from_hours": hours, "per_kwh": price} for hours, price in rows))


def contract(mw: float, **changes: Any) -> Change:
    """Contract capacity."""

    def change(instance: Plain, design: Plain) -> None:
        design["decisions"]["contracts"] = ({"site": "here", "phase": "p1", "mw": mw} | changes,)

    return change


def second_contract(instance: Plain, design: Plain) -> None:
    """The contract is there a second time."""
    design["decisions"]["contracts"] *= 2


def half_until_noon(instance: Plain, design: Plain) -> None:
    """0.312 MW until noon and 0.6 MW after it: 325 and 625 kVA."""
    instance["workloads"]["train"] |= {"daily_profile": (0.5,) * 12 + (1.0,) * 12}


def deferrable(instance: Plain, design: Plain) -> None:
    """Makes the site one that dispatches."""
    instance["workloads"]["train"] |= {"daily_profile": (0.5,) * 12 + (1.0,) * 12, "deferrable_fraction": 0.1}


def short(hours: int) -> Change:
    """Look at some hours of the year only."""

    def change(instance: Plain, design: Plain) -> None:
        instance["solve"] = {"hours": hours}

    return change


BLOCK = tariff(demand_block_kva=500.0, demand_above_block_per_kva_month=14.0)
WINDOWS = tariff(
    demand_per_kva_month=0.0,
    demand=(
        {"label": "summer night", "per_kva_month": 2.0, "months": (6, 7), "to_hour": 8},
        {"label": "weekday", "per_kva_month": 3.0, "days": "weekday", "from_hour": 11, "to_hour": 13},
        {"label": "weekend morning", "per_kva_month": 5.0, "days": "weekend", "to_hour": 12},
    ),
)
CONTRACT = tariff(demand_per_kva_month=0.0, contracted_per_kw_month=5.0, uncontracted_per_kw_month=8.0)
REBATES = rebates((300.0, 0.01), (500.0, 0.03))


def eligible(hours: float) -> Change:
    """The rebates above, paid to who reaches so many kWh for each kVA."""

    def change(instance: Plain, design: Plain) -> None:
        REBATES(instance, design)
        instance["tariffs"]["flat"]["load_factor_eligible_hours"] = hours

    return change


def blocks(*rows: tuple[float, float]) -> Change:
    """Dearer energy beyond thresholds of the month."""
    return tariff(energy_blocks=tuple({"from_kwh": kwh, "surcharge_per_kwh": price} for kwh, price in rows))


BLOCKS = blocks((400_000.0, 0.01), (440_000.0, 0.03))


def test_what_lies_beyond_the_block_has_its_own_price() -> None:
    assert amount(run(BLOCK), "demand") == pytest.approx(12 * (500 * 10 + 125 * 14))
    # A block that is not filled is no block.
    wide = tariff(demand_block_kva=625.0, demand_above_block_per_kva_month=14.0)
    assert amount(run(wide), "demand") == pytest.approx(12 * 625 * 10)


def test_demand_by_window() -> None:
    report = run(half_until_noon, WINDOWS)
    assert report.passed
    assert amount(report, "demand") == pytest.approx(2 * 325 * 2 + 12 * 625 * 3 + 12 * 325 * 5)


def test_windows_add_to_the_charge_on_all_hours() -> None:
    both = tariff(demand=({"label": "all day", "per_kva_month": 2.0}, {"label": "again", "per_kva_month": 0.5}))
    assert amount(run(half_until_noon, both), "demand") == pytest.approx(12 * 625 * (10 + 2 + 0.5))


def hot_january(instance: Plain, design: Plain) -> None:
    """A PUE of 2 in January and 1.25 else: 0.96 MW, 1,000 kVA, and 0.6 MW, 625 kVA."""
    instance["sites"]["here"]["measured_pue"] = (2.0, *(1.25,) * 11)


def basic(**row: float) -> Change:
    """One charge on the demand of all hours, and no other."""
    return tariff(demand_per_kva_month=0.0, demand=({"label": "basic", **row},))


def test_the_highest_demand_of_the_year_counts_once() -> None:
    assert amount(run(hot_january, basic(per_kva_year=30.0)), "demand") == pytest.approx(30 * 1000)
    # Of a short year it is the highest of the hours kept; no month stands for another.
    assert amount(run(hot_january, basic(per_kva_year=30.0), short(168)), "demand") == pytest.approx(30 * 1000)


def test_a_ratchet_bills_a_share_of_the_highest_month() -> None:
    ratchet = basic(per_kva_month=3.0, ratchet_fraction=0.8)
    assert amount(run(hot_january, ratchet), "demand") == pytest.approx(3 * (1000 + 11 * 800))
    assert amount(run(hot_january, ratchet, short(168)), "demand") == pytest.approx(3 * 12 / 7 * (1000 + 6 * 800))
    loose = basic(per_kva_month=3.0, ratchet_fraction=0.6)
    assert amount(run(hot_january, loose), "demand") == pytest.approx(3 * (1000 + 11 * 625))


def test_a_minimum_bill_is_a_share_of_the_grid_in_force() -> None:
    def grid(instance: Plain, design: Plain) -> None:
        instance["sites"]["here"]["grid_mw"] = 1.92  # 2,000 kVA

    assert amount(run(hot_january, grid, basic(per_kva_month=3.0, minimum_fraction=0.4)), "demand") == pytest.approx(
        3 * (1000 + 11 * 800)
    )


def test_holidays_are_weekend_days() -> None:
    def week(instance: Plain, design: Plain) -> None:
        instance["tariffs"]["flat"]["energy"] = (
            {"label": "week", "price_per_kwh": 0.1, "days": "weekday"},
            {"label": "weekend", "price_per_kwh": 0.03, "days": "weekend"},
        )

    plain, free = run(week), run(week, tariff(holidays=("01-02", "01-06", "02-29")))
    # Tuesday 2 January; the 6th is a Saturday, and the reference year has no 29 February.
    assert amount(plain, "energy") - amount(free, "energy") == pytest.approx(600 * 24 * 0.07)


def test_contracted_capacity_is_paid_and_what_lies_beyond_it_too() -> None:
    report = run(CONTRACT, contract(0.5))
    assert report.passed
    assert amount(report, "demand") == pytest.approx(12 * (5 * 500 + 8 * 100))
    assert amount(run(CONTRACT, contract(0.7)), "demand") == pytest.approx(12 * 5 * 700)
    # Nothing contracted: all is beyond.
    assert amount(run(CONTRACT), "demand") == pytest.approx(12 * 8 * 600)


def test_rebates_by_the_month() -> None:
    report = run(REBATES)
    # 0.6 MW in every hour at 625 kVA: beyond 300 and 500 hours at 1 and 2 further cents.
    by_hours = {744: 258_900 * 0.01 + 133_900 * 0.02, 672: 215_700 * 0.01 + 90_700 * 0.02}
    by_hours |= {720: 244_500 * 0.01 + 119_500 * 0.02}
    rebate = sum(by_hours[hours] for hours in MONTH_HOURS)
    assert report.passed
    assert amount(report, "energy") == pytest.approx(525_600 - rebate)


def test_a_threshold_that_is_not_reached_gives_nothing() -> None:
    # 0.6 MW all the time is 0.96 * 744 = 714.24 kWh for each kVA of the longest month.
    far = rebates((714.25, 0.05))
    assert amount(run(far), "energy") == pytest.approx(525_600)
    near = rebates((714.0, 0.05))
    assert amount(run(near), "energy") == pytest.approx(525_600 - 7 * 0.24 * 625 * 0.05)


def test_currency_and_trend_hold_for_every_part() -> None:
    def trend(instance: Plain, design: Plain) -> None:
        instance["tariffs"]["flat"]["real_trend_fraction"] = 0.02

    factor = 1.02 ** (365 / 365.25 + 2)
    for part in (BLOCK, WINDOWS, CONTRACT):
        plain, later = run(part, contract(0.5)), run(part, contract(0.5), trend)
        assert amount(later, "demand") == pytest.approx(amount(plain, "demand") * factor)
    assert amount(run(REBATES, trend), "energy") == pytest.approx(amount(run(REBATES), "energy") * factor)


CONTRACTED: tuple[tuple[str, tuple[Change, ...]], ...] = (
    ("ids.unknown", (CONTRACT, contract(0.5, site="nowhere"))),
    ("ids.unknown", (CONTRACT, contract(0.5, phase="p9"))),
    ("ids.duplicate", (CONTRACT, contract(0.5), second_contract)),
    ("contracts.allowed", (contract(0.5),)),
    ("tariff.contracted", (tariff(contracted_per_kw_month=5.0, uncontracted_per_kw_month=4.9),)),
    ("tariff.block", (tariff(demand_block_kva=500.0, demand_above_block_per_kva_month=9.9),)),
    ("tariff.rebates", (REBATES, deferrable)),
    ("tariff.rebates", (rebates((500.0, 0.01), (300.0, 0.03)),)),
    ("tariff.rebates", (rebates((300.0, 0.03), (500.0, 0.01)),)),
    ("tariff.rebates", (eligible(300.0), deferrable)),
    ("tariff.eligible", (tariff(load_factor_eligible_hours=300.0),)),
    ("tariff.energy_blocks", (blocks((400_000.0, 0.03), (440_000.0, 0.01)),)),
    ("tariff.energy_blocks", (blocks((440_000.0, 0.01), (400_000.0, 0.03)),)),
    ("tariff.energy_blocks", (blocks((400_000.0, 0.01), (400_000.0, 0.03)),)),
    ("tariff.energy_blocks", (blocks((400_000.0, -0.01), (440_000.0, 0.03)),)),
)


@pytest.mark.parametrize(("check", "changes"), CONTRACTED)
def test_what_no_tariff_may_say(check: str, changes: tuple[Change, ...]) -> None:
    assert failed(run(*changes)) == {check}


def nothing(instance: Plain, design: Plain) -> None:
    """No change."""


MISTAKES: tuple[tuple[str, Change, Change], ...] = (
    ("demand", BLOCK, nothing),
    ("demand", BLOCK, tariff(demand_per_kva_month=14.0)),
    ("demand", WINDOWS, tariff(demand_per_kva_month=0.0)),
    ("demand", CONTRACT, tariff(demand_per_kva_month=0.0)),
    ("energy", REBATES, nothing),
    ("energy", REBATES, rebates((300.0, 0.03))),
    # One who leaves the blocks out, pays the first of them only, or the last for all, or takes steps for sums.
    ("energy", BLOCKS, nothing),
    ("energy", BLOCKS, blocks((400_000.0, 0.01))),
    ("energy", BLOCKS, blocks((400_000.0, 0.03))),
    ("energy", BLOCKS, blocks((400_000.0, 0.01), (440_000.0, 0.04))),
    # One who pays rebates that are not earned, and one who leaves out what is.
    ("energy", eligible(700.81), REBATES),
    ("energy", eligible(700.8), nothing),
)
"""The account, the tariff as it is, and what a model reckoned with instead."""


@pytest.mark.parametrize(("account", "true", "mistaken"), MISTAKES)
def test_a_bill_of_another_tariff_is_rejected(account: str, true: Change, mistaken: Change) -> None:
    _, design = with_report(half_until_noon if account == "demand" else nothing, mistaken)
    instance, _ = build(half_until_noon if account == "demand" else nothing, true)
    found = failed(audit(instance, design))
    assert f"ledger.{account}" in found
    assert {check for check in found if check.startswith("ledger.")} <= {f"ledger.{account}", "ledger.total"}


def test_a_contract_that_is_not_the_one_reported_is_rejected() -> None:
    instance, design = with_report(CONTRACT, contract(0.5))
    less = tuple(row.model_copy(update={"mw": 0.4}) for row in design.decisions.contracts)
    other = design.model_copy(update={"decisions": design.decisions.model_copy(update={"contracts": less})})
    assert failed(audit(instance, design)) == set()
    assert "ledger.demand" in failed(audit(instance, other))
    broken = tuple(row.model_copy(update={"mw": float("nan")}) for row in design.decisions.contracts)
    other = design.model_copy(update={"decisions": design.decisions.model_copy(update={"contracts": broken})})
    assert "numbers.range" in failed(audit(instance, other))


def test_which_days_are_kept() -> None:
    kept = keep(168)
    assert [int(hour) // 24 for hour in kept.index[::24]] == [0, 52, 104, 156, 208, 260, 312]
    # January, 22 February, 15 April, 6 June, 28 July, 18 September, 9 November.
    assert kept.months == (0, 1, 3, 5, 6, 8, 10)
    assert bool((keep(8760).index == np.arange(8760)).all())
    for hours in (336, 672, 1344, 2688, 8760):
        assert keep(hours).hours == hours
        assert len(set(keep(hours).index.tolist())) == hours
    assert keep(8760).year_factor == keep(8760).month_factor == 1.0


def test_a_short_year_of_constant_weather_costs_what_the_year_does() -> None:
    year, week = run(), run(short(168))
    assert week.passed
    for account in ("energy", "demand", "water", "carbon", "fuel", "import_mwh", "water_m3", "carbon_t"):
        assert amount(week, account) == pytest.approx(amount(year, account)), account
    assert week.figures["pue_annual"] == pytest.approx(1.25)
    # Seven months are looked at, and a level is no sum over months.
    assert amount(week, "peak_import_mw") == pytest.approx(7 * 0.6 * 1e6)


def test_a_short_year_keeps_the_calendar() -> None:
    def weekend(instance: Plain, design: Plain) -> None:
        instance["tariffs"]["flat"]["energy"] = (
            {"label": "week", "price_per_kwh": 0.1, "days": "weekday"},
            {"label": "weekend", "price_per_kwh": 0.03, "days": "weekend"},
        )

    # Of the days 0, 52, ..., 312 the third is a Sunday and the fifth a Saturday.
    usd = 600 * 8760 * (5 * 0.1 + 2 * 0.03) / 7 + 600 * 8760 * 0.02
    assert amount(run(short(168), weekend), "energy") == pytest.approx(usd)

    def autumn(instance: Plain, design: Plain) -> None:
        instance["tariffs"]["flat"]["energy"] = (
            {"label": "autumn", "price_per_kwh": 0.1, "months": (9, 10, 11, 12)},
            {"label": "else", "price_per_kwh": 0.03, "months": tuple(range(1, 9))},
        )

    # 18 September and 9 November are two of the seven.
    assert amount(run(short(168), autumn), "energy") == pytest.approx(600 * 8760 / 7 * (2 * 0.12 + 5 * 0.05))
    winter = tariff(demand_per_kva_month=0.0, demand=({"label": "x", "per_kva_month": 2.0, "months": (1, 3)},))
    # Of January and March only January is touched, and a month touched stands for 12 / 7.
    assert amount(run(short(168), winter), "demand") == pytest.approx(12 / 7 * 2 * 625)


def test_a_short_year_keeps_the_weather() -> None:
    def cool_november(instance: Plain, design: Plain) -> None:
        months = instance["climates"]["constant"]["months"]
        cool = months[10] | {"wet_bulb_c": (10.0,) * 24}
        instance["climates"]["constant"]["months"] = (*months[:10], cool, months[11])

    # One day of the seven is in November: at 10 C no chiller runs, and 2.0 litres do instead of 2.1.
    water_m3 = 8760 * 0.48 * (6 * 2.1 + 2.0) / 7
    assert amount(run(short(168), cool_november), "water_m3") == pytest.approx(water_m3 * 1e6)


def test_rebates_of_a_short_year_are_those_of_equal_months() -> None:
    """Seven days in seven months, each for 8,760 / 12 = 730 h: beyond 700 / 0.96 h of 600 kW lie 500 kWh a month."""
    near = rebates((700.0, 0.05))
    assert amount(run(short(168), near), "energy") == pytest.approx(525_600 - 12 * 500 * 0.05)


def solve_facts(hours: int, value: float) -> SolveFacts:
    return SolveFacts.model_validate(
        {
            "status": "optimal",
            "objective": "lcoc",
            "value": value,
            "bound": value,
            "gap": 0.0,
            "gap_asked": 1e-4,
            "seconds": 1.0,
            "iterations": 1,
            "hours": hours,
        }
    )


@pytest.mark.parametrize(
    ("claimed", "change", "expected"),
    [(8760, nothing, set()), (168, nothing, {"identity.hours"}), (8760, short(168), {"identity.hours"})],
)
def test_a_design_looks_at_the_hours_of_its_instance(
    claimed: int, change: Callable[[Plain, Plain], None], expected: set[str]
) -> None:
    instance, design = build(change)
    facts = solve_facts(claimed, audit(instance, design).lcoc_usd_per_eflop)
    assert failed(audit(instance, design.model_copy(update={"solve": facts}))) == expected


def test_work_of_a_flat_profile_does_not_count_as_dispatch() -> None:
    def may_wait(instance: Plain, design: Plain) -> None:
        instance["workloads"]["train"]["deferrable_fraction"] = 0.1

    assert failed(run(REBATES, may_wait)) == set()
