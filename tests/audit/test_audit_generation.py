"""Generation beside the grid: a year of it against the paper, and every rule of it broken once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from audit_generation import GENERATED, NOON, RADIATION, built, fed, feeding, sources, stated
from audit_tiny import Change, Plain, add_phase, failed, run, with_report
from test_audit_dispatch import amounts, put

from optimizer.audit.audit import audit

DAYS = 365
IMPORT_MWH, ENGINE_MWH, SUN_MWH, TESTS_MWH = DAYS * 5.5, DAYS * 7.0, DAYS * 1.9, 2.4
CARBON_T = IMPORT_MWH * 0.5 + TESTS_MWH + ENGINE_MWH * 0.6


def test_the_year_passes_and_is_the_one_on_paper() -> None:
    report = run(*GENERATED)
    assert report.findings == ()
    found = amounts(report)
    assert found["import_mwh"] == pytest.approx(IMPORT_MWH)
    assert found["generated_mwh"] == pytest.approx(ENGINE_MWH + SUN_MWH)
    assert found["generation_mw"] == pytest.approx(3 * 0.25 + 5 * 0.1)
    assert found["peak_import_mw"] == pytest.approx(12 * 0.3)
    assert found["carbon_t"] == pytest.approx(CARBON_T)
    assert found["carbon"] == pytest.approx(CARBON_T * 10 / 1e6)
    assert found["energy"] == pytest.approx(IMPORT_MWH * 100 / 1e6)
    assert found["demand"] == pytest.approx(12 * 300 / 0.96 * 10 / 1e6)
    # 9 GJ/MWh at 4 USD/GJ and 2 USD of wear; the tests of the standby sets.
    assert found["fuel"] == pytest.approx((ENGINE_MWH * 38 + TESTS_MWH * 250) / 1e6)


def test_it_is_plant_with_a_price_and_a_life() -> None:
    found, plain = amounts(run(*GENERATED)), amounts(run())
    assert found["capex_generation"] == pytest.approx(3 * 0.2 + 5 * 0.05)
    assert found["maintenance"] - plain["maintenance"] == pytest.approx(0.05 * 0.6 + 0.01 * 0.25)
    assert found["insurance"] - plain["insurance"] == pytest.approx(0.01 * 0.85)
    # Four of twenty and of ten years are gone.
    assert found["residual_value"] - plain["residual_value"] == pytest.approx(-(0.8 * 0.6 + 0.6 * 0.25))
    for account in ("plant_m2", "rent", "capex_fitout"):
        assert found[account] == plain[account]


def test_what_states_a_value_by_age_is_sold_by_age() -> None:
    rows = ({"years": 0.0, "fraction": 0.9}, {"years": 8.0, "fraction": 0.1})
    found, plain = amounts(run(*GENERATED, put("generation.engine.resale", rows))), amounts(run())
    assert found["residual_value"] - plain["residual_value"] == pytest.approx(-(0.5 * 0.6 + 0.6 * 0.25))


def test_the_figures() -> None:
    figures = run(*GENERATED).figures
    assert figures["generation_mw"] == pytest.approx(1.25)
    assert figures["generated_mwh_per_year"] == pytest.approx(DAYS * 8.9)
    assert figures["pue_annual"] == pytest.approx(1.25)
    assert figures["pue_peak"] == pytest.approx(1.25)
    assert figures["shaved_peak_mw"] == pytest.approx(0.3)
    # Of the load of 14.4 MWh a day 8.9 are not imported, and half the peak.
    saved = DAYS * 8.9 * 100 + 12 * 300 / 0.96 * 10 + (DAYS * 8.9 * 0.5 - ENGINE_MWH * 0.6) * 10 - ENGINE_MWH * 38
    assert figures["dispatch_savings_musd_per_year"] == pytest.approx(saved / 1e6)
    assert "generation_mw" not in run().figures


def test_the_fuel_has_a_trend_of_its_own_to_the_middle_of_the_phase() -> None:
    trend = 1.03 ** (365 / 365.25 + 2.0)
    found = amounts(run(*GENERATED, stated("engine", fuel_trend_fraction=0.03)))
    assert found["fuel"] == pytest.approx((ENGINE_MWH * (36 * trend + 2) + TESTS_MWH * 250) / 1e6)


def test_a_site_that_feeds_nothing_imports_its_load() -> None:
    report = run(sources)
    assert report.passed
    assert amounts(report)["import_mwh"] == pytest.approx(5256.0)
    assert report.figures["generated_mwh_per_year"] == 0.0


def half_idle(instance: Plain, design: Plain) -> None:
    """At work half of the year, and at half the draw in the other: three quarters of it on the mean.

    Mean IT power is 0.36 MW and the mean load 1.2 * 0.36 + 0.024 = 0.456 MW; full work draws 0.144 MW more.
    """
    instance["workloads"]["train"] |= {"occupancy": 0.5, "idle_fraction": 0.5}


def no_sun(instance: Plain, design: Plain) -> None:
    """No photovoltaics are bought."""
    design["decisions"]["generation"] = design["decisions"]["generation"][:1]


@pytest.mark.parametrize(
    ("engine_mw", "drawn_mw"),
    # Of 0.5 MW of engines 0.2 are left: enough for the 0.144. Then 0.05 of it, and then none.
    [(0.3, 0.156), (0.45, 0.006 + 0.094), (0.456, 0.144 - 0.044)],
)
def test_full_work_takes_what_generation_has_left(engine_mw: float, drawn_mw: float) -> None:
    dark = np.zeros(24)
    many = stated("engine", full_load_hours_per_year=8760.0)
    report = run(half_idle, sources, many, no_sun, feeding(np.full(24, engine_mw), dark))
    assert report.passed
    assert report.figures["peak_import_mw"] == pytest.approx(drawn_mw)


def test_a_second_phase_needs_units_that_still_live() -> None:
    def late(instance: Plain, design: Plain) -> None:
        row = design["decisions"]["dispatch"][0]
        design["decisions"]["dispatch"] = (row, row | {"phase": "p2"})

    # In p2 nothing works: the site draws its auxiliaries, and what is fed is more than it takes.
    assert failed(run(*GENERATED, add_phase, late)) == {"dispatch.import"}
    short = put("generation.engine.life_years", 7.9)
    assert failed(run(*GENERATED, add_phase, late, short)) == {"dispatch.import", "dispatch.fed", "dispatch.fed_hours"}


def test_a_short_year() -> None:
    def week(instance: Plain, design: Plain) -> None:
        instance["solve"] = {"hours": 168}

    report = run(week, sources, feeding(days=7))
    assert report.passed
    assert amounts(report)["generated_mwh"] == pytest.approx(ENGINE_MWH + SUN_MWH)


def twice(instance: Plain, design: Plain) -> None:
    """A row of what is fed is there a second time."""
    design["decisions"]["dispatch"][0]["fed"] *= 2


def bought_twice(instance: Plain, design: Plain) -> None:
    """A row of what is bought is there a second time."""
    design["decisions"]["generation"] *= 2


def dark_noon(instance: Plain, design: Plain) -> None:
    """The sun at noon is that of any hour."""
    for month in instance["climates"]["constant"]["months"]:
        month["ghi_w_per_m2"] = tuple(500.0 if hour == NOON else value for hour, value in enumerate(RADIATION))


MUTANTS: tuple[tuple[str, tuple[Change, ...]], ...] = (
    ("generation.max_units", (put("generation.engine.max_units", 2),)),
    ("generation.room", (put("sites.here.generation_m2", 2559.0),)),
    ("availability.lead_time", (put("generation.engine.lead_time_weeks", 53.0),)),
    ("dispatch.fed", (fed("engine", {0: 0.5001, 1: 0.0}), put("sites.here.grid_mw", 2.0))),
    ("dispatch.fed", (fed("engine", {0: -0.01}),)),
    ("dispatch.fed", (fed("sun", {0: 0.01}),)),
    ("dispatch.fed", (fed("sun", {8: 0.201}),)),
    ("dispatch.fed", (dark_noon,)),
    ("dispatch.fed", (put("generation.sun.performance_ratio", 0.79),)),
    ("dispatch.fed_hours", (stated("engine", full_load_hours_per_year=5109.0),)),
    # 0.6 MW of load at noon.
    ("dispatch.import", (fed("engine", {NOON: 0.101}),)),
    ("power.grid", (put("sites.here.grid_mw", 0.299),)),
    ("limits.carbon_t_per_year", (put("limits.carbon_t_per_year", 2539.0),)),
    ("ids.duplicate", (twice,)),
    ("ids.duplicate", (bought_twice,)),
    ("tariff.rebates", (put("tariffs.flat.load_factor_rebates", ({"from_hours": 300.0, "per_kwh": 0.01},)),)),
)
WIDER: tuple[tuple[str, tuple[Change, ...]], ...] = (
    ("dispatch.fed", (built("engine", units=2),)),
    ("dispatch.fed", (stated("engine", spare_units=2),)),
    ("dispatch.fed", (built("engine", units=1),)),
    ("generation.allowed", (stated("sun", source="engine"),)),
    ("ids.unknown", (built("engine", source="steam"),)),
)


@pytest.mark.parametrize(("check", "changes"), MUTANTS, ids=[f"{n}-{check}" for n, (check, _) in enumerate(MUTANTS)])
def test_what_is_broken_in_one_way_has_one_finding(check: str, changes: tuple[Change, ...]) -> None:
    assert failed(run(*GENERATED, *changes)) == {check}


@pytest.mark.parametrize(("check", "changes"), WIDER, ids=[f"{n}-{check}" for n, (check, _) in enumerate(WIDER)])
def test_what_breaks_more_than_one_rule_is_rejected_by_the_right_check(check: str, changes: tuple[Change, ...]) -> None:
    assert check in failed(run(*GENERATED, *changes))


JUST_KEPT: tuple[Change, ...] = (
    put("sites.here.grid_mw", 0.3),
    put("generation.engine.lead_time_weeks", 52.0),
    put("limits.carbon_t_per_year", 2539.2),
    stated("engine", full_load_hours_per_year=5110.0),
    fed("engine", {0: 0.5}),
    # What is not fed is curtailed.
    fed("sun", {NOON: 0.0}),
)


@pytest.mark.parametrize("change", JUST_KEPT)
def test_a_limit_that_is_just_kept_is_no_finding(change: Change) -> None:
    assert failed(run(*GENERATED, change)) == set()


@pytest.mark.parametrize(("weeks", "late"), [(7.0, False), (8.0, True)])
def test_it_is_on_site_when_fit_out_begins(weeks: float, late: bool) -> None:
    """Forty weeks of lead time, five of commissioning and those of fit-out; a year has 52."""

    def hall(instance: Plain, design: Plain) -> None:
        facility = {"name": "Hall", "life_years": 20.0, "fitout_weeks": weeks, "commissioning_weeks": 5.0}
        instance["facilities"] = {"hall": facility | {"design_fraction": 0.1, "contingency_fraction": 0.1}}
        instance["sites"]["here"]["facility"] = "hall"

    report = run(*GENERATED, hall)
    where = {finding.where for finding in report.findings if finding.check == "availability.lead_time"}
    assert ("generation / here / p1 / engine" in where) is late
    # Generation is no part of what design and contingency are a share of.
    assert amounts(report)["capex_design"] == amounts(run(hall))["capex_design"]


def test_a_site_without_substation_feeds_nothing() -> None:
    """A site needs its substation whatever feeds it."""

    def gone(instance: Plain, design: Plain) -> None:
        design["decisions"] |= {"substations": (), "assignments": (), "step_reserves": ()}

    idle = put("upses.ups.no_load_loss_fraction", 0.5)
    found = failed(run(sources, feeding(np.full(24, 0.3), np.zeros(24)), gone, idle))
    assert "dispatch.fed" in found


@pytest.mark.parametrize("account", ["capex_generation", "fuel", "carbon_t", "generated_mwh", "generation_mw"])
def test_a_false_account_is_rejected(account: str) -> None:
    instance, design = with_report(*GENERATED)
    assert design.reported is not None
    lines = tuple(
        line.model_copy(update={"amount": line.amount * 1.001}) if line.account == account else line
        for line in design.reported.ledger
    )
    assert lines != design.reported.ledger
    reported = design.reported.model_copy(update={"ledger": lines})
    assert f"ledger.{account}" in failed(audit(instance, design.model_copy(update={"reported": reported})))


def test_photovoltaics_under_weather_without_radiation_are_refused() -> None:
    def dark(instance: Plain, design: Plain) -> None:
        for month in instance["climates"]["constant"]["months"]:
            month["ghi_w_per_m2"] = None

    with pytest.raises(ValueError, match="radiation"):
        run(*GENERATED, dark)


def test_engines_alone_ask_for_no_radiation() -> None:
    def engines(instance: Plain, design: Plain) -> None:
        instance["sites"]["here"]["generation"] = instance["sites"]["here"]["generation"][:1]
        no_sun(instance, design)
        row: dict[str, Any] = design["decisions"]["dispatch"][0]
        row["fed"] = row["fed"][:1]
        for month in instance["climates"]["constant"]["months"]:
            month["ghi_w_per_m2"] = None

    report = run(*GENERATED, engines)
    assert report.passed
    assert amounts(report)["import_mwh"] == pytest.approx(DAYS * 7.4)
