"""Rising blocks of energy, and rebates that twelve months must earn, against the paper."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from audit_generation import ENGINE_MW, GENERATED, NOON, SUN_MW, feeding, sources
from audit_tiny import Change, Plain, add_phase, build, failed, run, with_report
from test_audit_tariffs import (
    BLOCKS,
    MONTH_HOURS,
    REBATES,
    amount,
    blocks,
    eligible,
    half_until_noon,
    hot_january,
    rebates,
    short,
)

from optimizer.audit.audit import audit
from optimizer.inputs.hourly import pack_hours

PLAIN_USD = 525_600.0
"""0.6 MW in every hour at 0.08 and a fuel clause of 0.02."""
REBATE_USD = sum(
    {744: 258_900 * 0.01 + 133_900 * 0.02, 672: 215_700 * 0.01 + 90_700 * 0.02, 720: 244_500 * 0.01 + 119_500 * 0.02}[
        hours
    ]
    for hours in MONTH_HOURS
)
"""Of REBATES, as derived beside them."""


def loss_of_100_kw(instance: Plain, design: Plain) -> None:
    """Transformers that lose something under load."""
    instance["transformers"]["t1"]["load_loss_kw"] = 100.0


def half_occupied(instance: Plain, design: Plain) -> None:
    """0.65 of the IT power on the mean: 0.3984 MW, at a demand of 0.6 MW."""
    instance["workloads"]["train"] |= {"occupancy": 0.5, "idle_fraction": 0.3}


def rebate(*changes: Change) -> float:
    """What the rebates take off a year's energy."""

    def none_paid(instance: Plain, design: Plain) -> None:
        instance["tariffs"]["flat"] |= {"load_factor_rebates": (), "load_factor_eligible_hours": None}

    return amount(run(*changes, none_paid), "energy") - amount(run(*changes), "energy")


def test_what_lies_in_a_block_costs_its_surcharge() -> None:
    report = run(BLOCKS)
    # 446,400, 403,200 and 432,000 kWh in months of 31, 28 and 30 days.
    usd = 7 * (40_000 * 0.01 + 6_400 * 0.03) + 3_200 * 0.01 + 4 * 32_000 * 0.01
    assert report.passed
    assert amount(report, "energy") == pytest.approx(PLAIN_USD + usd)
    assert amount(report, "demand") == pytest.approx(amount(run(), "demand"))


def test_a_threshold_that_no_month_reaches_costs_nothing() -> None:
    assert amount(run(blocks((446_400.0, 9.0))), "energy") == pytest.approx(PLAIN_USD)
    near = run(blocks((446_300.0, 0.5)))
    assert amount(near, "energy") == pytest.approx(PLAIN_USD + 7 * 100 * 0.5)


def test_two_blocks_may_have_one_surcharge() -> None:
    report = run(blocks((400_000.0, 0.01), (440_000.0, 0.01)))
    assert report.passed
    assert amount(report, "energy") == pytest.approx(amount(run(blocks((400_000.0, 0.01))), "energy"))


def test_blocks_are_of_energy_and_know_no_power_factor() -> None:
    def poor(instance: Plain, design: Plain) -> None:
        instance["sites"]["here"]["grid"]["power_factor"] = 0.7

    assert amount(run(BLOCKS, poor), "energy") == pytest.approx(amount(run(BLOCKS), "energy"))


def test_blocks_see_mean_draw_and_not_full_work() -> None:
    # 0.3984 MW are 296,409.6, 267,724.8 and 286,848 kWh.
    plain = 0.3984 * 8760 * 100
    usd = (7 * 96_409.6 + 67_724.8 + 4 * 86_848) * 0.01
    assert amount(run(half_occupied, blocks((200_000.0, 0.01))), "energy") == pytest.approx(plain + usd)
    assert amount(run(half_occupied, blocks((296_410.0, 0.01))), "energy") == pytest.approx(plain)


def test_blocks_stand_beside_rebates() -> None:
    both = amount(run(BLOCKS, REBATES), "energy")
    assert both == pytest.approx(amount(run(BLOCKS), "energy") - REBATE_USD)


def test_a_month_of_a_short_year_is_a_twelfth_of_it() -> None:
    # Seven days in seven months: 730 h and 438,000 kWh each, for twelve of them.
    assert amount(run(BLOCKS, short(168)), "energy") == pytest.approx(PLAIN_USD + 12 * 38_000 * 0.01)
    # Of fourteen days two are in January and two in July, so these two have 2 / 14 of the year's energy each.
    kwh, month = 5_256_000 / 14, blocks((400_000.0, 0.01))
    assert amount(run(month, short(336)), "energy") == pytest.approx(PLAIN_USD + 2 * (2 * kwh - 400_000) * 0.01)


def test_blocks_have_currency_trend_and_factor_and_thresholds_have_none() -> None:
    def dearer(instance: Plain, design: Plain) -> None:
        instance["tariffs"]["flat"] |= {"real_trend_fraction": 0.02, "currency": "SGD"}
        instance["exchange_rates"] = {"SGD": {"per_usd": 1.25, "quoted": date(2026, 1, 1)}}
        instance["phases"]["p1"]["tariff_factor"] = 1.5

    factor = 1.02 ** (365 / 365.25 + 2) * 1.5 / 1.25
    assert amount(run(BLOCKS, dearer), "energy") == pytest.approx(amount(run(BLOCKS), "energy") * factor)


def test_blocks_of_a_phase_are_of_its_own_months() -> None:
    """The second phase has no pods: 0.024 MW stand, 17,856 kWh in a month of 31 days."""
    first, second = blocks((400_000.0, 0.01), (440_000.0, 0.03)), blocks((17_000.0, 0.01), (17_500.0, 0.03))
    plain = amount(run(add_phase), "energy")
    assert amount(run(add_phase, first), "energy") - plain == pytest.approx(5_456)
    # Of 446,400 and 17,856 kWh: 500 kWh of each at 0.01, the rest at 0.03. Of 28 and 30 days 16,128 and 17,280.
    usd = 7 * (2 * 500 * 0.01 + (428_900 + 356) * 0.03)
    usd += 500 * 0.01 + (403_200 - 17_500) * 0.03 + 4 * (500 * 0.01 + 414_500 * 0.03 + 280 * 0.01)
    assert amount(run(add_phase, second), "energy") - plain == pytest.approx(usd)


def test_a_site_that_generates_pays_blocks_of_what_it_imports() -> None:
    """Import of 5.5 MWh a day: 170,500, 154,000 and 165,000 kWh a month. What is sold is not taken off."""
    dear = blocks((160_000.0, 0.02))
    usd = (7 * 10_500 + 4 * 5_000) * 0.02
    report = run(*GENERATED, dear)
    assert report.passed
    assert amount(report, "energy") == pytest.approx(365 * 5500 * 0.1 + usd)

    def market(instance: Plain, design: Plain) -> None:
        instance["sites"]["here"]["export_price_per_kwh"] = 0.03

    more = feeding(np.where(np.arange(24) == NOON, 0.3, ENGINE_MW), SUN_MW)
    sold = run(sources, more, market, dear)
    assert sold.passed
    assert amount(sold, "exported_mwh") > 0
    assert amount(sold, "energy") == pytest.approx(365 * 5500 * 0.1 + usd)


def test_a_dispatch_that_is_not_the_one_reported_is_rejected() -> None:
    """January at 90,000 kWh less import of a dear block, in the report only."""
    dear = blocks((160_000.0, 0.02))
    instance, design = with_report(*GENERATED, dear)
    assert failed(audit(instance, design)) == set()
    decisions = design.decisions
    idle = ENGINE_MW.copy()
    idle[0] = 0.0
    engine_mw = np.concatenate([np.tile(idle, 31), np.tile(ENGINE_MW, 334)])
    fed = tuple(
        part.model_copy(update={"fed_mw": pack_hours(engine_mw)}) if part.source == "engine" else part
        for part in decisions.dispatch[0].fed
    )
    changed = decisions.model_copy(update={"dispatch": (decisions.dispatch[0].model_copy(update={"fed": fed}),)})
    assert "ledger.energy" in failed(audit(instance, design.model_copy(update={"decisions": changed})))


@pytest.mark.parametrize(
    ("changes", "reached", "missed"),
    [
        # 5,256,000 kWh of a year and twelve demands of 625 kVA; the last digits are those of the tolerance.
        ((), 700.8005, 700.802),
        # 0.312 and 0.6 MW: 3,994,560 kWh of 7,500 kVA.
        ((half_until_noon,), 532.608, 532.609),
        # 5,523,840 kWh of 7,875 kVA: neither the mean of the months' own hours (700.8) nor the year's highest demand.
        ((hot_january,), 701.439, 701.441),
        # Seven months touched, of 730 h each: 700,800 and 6 * 438,000 kWh of 4,750 kVA.
        ((hot_january, short(168)), 700.8, 700.81),
        # The mean draw has the energy, full work the demand: 3,489,984 kWh of 7,500 kVA.
        ((half_occupied,), 465.331, 465.332),
        # By the meter 0.01128 MW more in every hour would be 535.7; without it the year is that of above.
        ((half_until_noon, loss_of_100_kw), 532.608, 532.609),
    ],
    ids=["flat", "by day", "by month", "short", "occupied", "load loss"],
)
def test_rebates_are_paid_in_all_months_or_in_none(changes: tuple[Change, ...], reached: float, missed: float) -> None:
    paid = rebate(*changes, REBATES)
    assert paid > 0
    assert rebate(*changes, eligible(reached)) == pytest.approx(paid)
    assert rebate(*changes, eligible(missed)) == pytest.approx(0.0, abs=1e-6)


def test_a_month_below_the_hours_has_its_rebate_all_the_same() -> None:
    """February has 645.12 kWh for each kVA, less than the 700 asked for and more than the 640 of the rebate."""

    def asked(instance: Plain, design: Plain) -> None:
        rebates((640.0, 0.01))(instance, design)
        instance["tariffs"]["flat"]["load_factor_eligible_hours"] = 700.0

    beyond = {744: 714.24 - 640, 672: 645.12 - 640, 720: 691.2 - 640}
    assert rebate(asked) == pytest.approx(sum(beyond[hours] for hours in MONTH_HOURS) * 625 * 0.01)


def test_the_rebate_itself_is_of_the_energy_with_the_loss() -> None:
    # 0.01128125 MW more in every hour: 467.28125 kW on the mean, 611.28125 at the peak.
    kva = 611.28125 / 0.96
    beyond = sum(max(0.0, 467.28125 * hours - 300 * kva) for hours in MONTH_HOURS)
    beyond_500 = sum(max(0.0, 467.28125 * hours - 500 * kva) for hours in MONTH_HOURS)
    paid = rebate(half_until_noon, loss_of_100_kw, eligible(532.0))
    assert paid == pytest.approx(beyond * 0.01 + beyond_500 * 0.02)


def test_each_phase_earns_its_own() -> None:
    """By day and night p1 has 532.6 hours; in p2 only what stands is drawn, 0.024 MW in every hour, 700.8 hours."""
    kwh = {hours: 24.0 * hours for hours in set(MONTH_HOURS)}
    later = sum((kwh[hours] - 300 * 25) * 0.01 + (kwh[hours] - 500 * 25) * 0.02 for hours in MONTH_HOURS)
    assert rebate(add_phase, half_until_noon, eligible(600.0)) == pytest.approx(later)


def test_a_site_without_substation_draws_nothing_and_earns_nothing() -> None:
    def gone(instance: Plain, design: Plain) -> None:
        design["decisions"] |= {"substations": (), "assignments": ()}

    for change in (eligible(600.0), BLOCKS):
        assert amount(run(gone, change), "energy") == amount(run(gone), "energy") == 0.0


def test_a_report_that_pays_out_month_by_month_is_rejected() -> None:
    """A reader who judges each month by itself takes February out."""
    instance, design = with_report(eligible(700.0))
    assert failed(audit(instance, design)) == set()
    assert design.reported is not None
    february = (215_700 * 0.01 + 90_700 * 0.02) / 1e6
    lines = tuple(
        line.model_copy(update={"amount": line.amount + february}) if line.account == "energy" else line
        for line in design.reported.ledger
    )
    other = design.model_copy(update={"reported": design.reported.model_copy(update={"ledger": lines})})
    assert "ledger.energy" in failed(audit(build(eligible(700.0))[0], other))
