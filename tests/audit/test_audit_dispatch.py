"""A year of dispatch: its figures against the paper, and every rule of it broken once."""

from __future__ import annotations

import base64
import math
import zlib
from typing import Any

import numpy as np
import pytest
from audit_dispatch import DISPATCHED, MOVED, NIGHT, hours, moved, row, schedule, site
from audit_tiny import Change, Plain, add_phase, build, failed, run, with_report

from optimizer.audit.audit import AuditReport, audit
from optimizer.inputs.design import DispatchRow
from optimizer.inputs.hourly import pack_hours

DAYS = 365


def amounts(report: AuditReport) -> dict[str, float]:
    """Accounts of the phase; where an account has a line for each month, these are added up."""
    found: dict[str, float] = {}
    for line in report.ledger:
        if line.phase == "p1":
            found[line.account] = found.get(line.account, 0.0) + line.amount
    return found


def put(path: str, value: Any) -> Change:
    """Change one entry of the instance, given by its dotted path."""

    def change(instance: Plain, design: Plain) -> None:
        *folders, last = path.split(".")
        table = instance
        for folder in folders:
            table = table.setdefault(folder, {})
        table[last] = value

    return change


# Of a day: eight night hours, two of the evening, fourteen others.
NIGHT_KWH, OTHER_KWH = 8 * 377, 2 * 378 + 14 * 312
GENERATED_MWH, TESTS_MWH = 30 * 0.12, 2.4
IMPORT_MWH = DAYS * (NIGHT_KWH + OTHER_KWH) / 1000 - GENERATED_MWH
DISCHARGED_MWH = DAYS * 2 * 0.162
WATER_M3 = DAYS * (22 * 0.24 + 2 * 0.48) * 2.1
WITH = {
    "energy": DAYS * (NIGHT_KWH * 0.07 + OTHER_KWH * 0.17) - 3600 * 0.17,
    "demand": 12 * 378 / 0.96 * 10,
    "water": WATER_M3,
    "carbon": (IMPORT_MWH * 0.5 + TESTS_MWH + GENERATED_MWH) * 10,
    "fuel": (TESTS_MWH + GENERATED_MWH) * 250,
    "degradation": DISCHARGED_MWH * 30,
}
WITHOUT = {
    "energy": DAYS * (8 * 312 * 0.07 + (2 * 600 + 14 * 312) * 0.17),
    "demand": 12 * 600 / 0.96 * 10,
    "water": WATER_M3,
    "carbon": (DAYS * (22 * 0.312 + 2 * 0.6) * 0.5 + TESTS_MWH) * 10,
    "fuel": TESTS_MWH * 250,
    "degradation": 0.0,
}
"""US dollars of a year, with and without dispatch."""


def test_the_schedule_passes_and_every_rule_was_looked_at() -> None:
    report = run(*DISPATCHED)
    assert report.findings == ()
    assert report.checks_by_family["dispatch"] >= 18
    assert report.worst_by_family["dispatch"] < 1e-9


def test_the_yearly_bill() -> None:
    found = amounts(run(*DISPATCHED))
    for account, usd in WITH.items():
        assert found[account] == pytest.approx(usd / 1e6), account
    assert found["import_mwh"] == pytest.approx(2967.5)
    assert found["carbon_t"] == pytest.approx(1483.75 + 6.0)
    assert found["peak_import_mw"] == pytest.approx(12 * 0.378)


def test_the_figures() -> None:
    figures = run(*DISPATCHED).figures
    assert figures["battery_cycles_per_year"] == pytest.approx(118.26 / 0.462)
    assert figures["moved_mwh_per_year"] == pytest.approx(36.5)
    assert figures["shaved_peak_mw"] == pytest.approx(0.6 - 0.378)
    assert figures["dispatch_savings_musd_per_year"] == pytest.approx(
        (sum(WITHOUT.values()) - sum(WITH.values())) / 1e6
    )
    assert figures["peak_import_mw"] == pytest.approx(0.378)
    assert figures["firm_capacity_utilisation"] == pytest.approx(0.378 / 0.96)
    # By day 0.312 MW for 0.24 MW of work; what charges at night is no overhead. IT energy is what it was.
    assert figures["pue_peak"] == pytest.approx(0.312 / 0.24)
    assert figures["pue_annual"] == pytest.approx(2967.5 / (DAYS * 6.24))
    assert figures["wue_l_per_kwh"] == pytest.approx(2.1)


def test_a_dispatching_site_without_a_row_moves_nothing() -> None:
    report = run(site)
    found = amounts(report)
    assert report.passed
    for account, usd in WITHOUT.items():
        assert found.get(account, 0.0) == pytest.approx(usd / 1e6), account
    for name in ("battery_cycles_per_year", "moved_mwh_per_year", "shaved_peak_mw", "dispatch_savings_musd_per_year"):
        assert report.figures[name] == 0.0


def test_work_that_moves_is_cooled_in_the_hour_it_goes_to() -> None:
    def cool_nights(instance: Plain, design: Plain) -> None:
        for month in instance["climates"]["constant"]["months"]:
            month["wet_bulb_c"] = (10.0,) * 8 + (20.0,) * 16

    # At 10 C no chiller runs: 0.05 kW and 2 litres for a kWh of heat, against 0.10 and 2.1.
    report = run(*DISPATCHED, cool_nights)
    night, rest = 8 * 0.2525, 14 * 0.24 + 2 * 0.43
    assert report.passed
    assert amounts(report)["water_m3"] == pytest.approx(DAYS * (night * 2.0 + rest * 2.1))
    imported = night * 1.15 + rest * 1.2 + 24 * 0.024 + 0.4 - 0.324
    assert amounts(report)["import_mwh"] == pytest.approx(DAYS * imported - GENERATED_MWH)


def test_dispatch_keeps_the_import_within_a_smaller_grid() -> None:
    smaller = put("sites.here.grid_mw", 0.378)
    assert failed(run(*DISPATCHED, smaller)) == set()
    assert failed(run(site, smaller)) == {"power.grid"}


def test_figures_are_those_of_the_last_phase() -> None:
    report = run(*DISPATCHED, add_phase)
    assert report.passed
    assert amounts(report)["degradation"] > 0.0
    assert report.figures["battery_cycles_per_year"] == 0.0
    assert report.figures["dispatch_savings_musd_per_year"] == 0.0


def test_savings_are_against_the_same_contract() -> None:
    def contract(instance: Plain, design: Plain) -> None:
        instance["tariffs"]["flat"] |= {"contracted_per_kw_month": 5.0, "uncontracted_per_kw_month": 8.0}
        design["decisions"]["contracts"] = ({"site": "here", "phase": "p1", "mw": 0.4},)

    saved = run(*DISPATCHED, contract).figures["dispatch_savings_musd_per_year"]
    plain = run(*DISPATCHED).figures["dispatch_savings_musd_per_year"]
    # 0.2 MW beyond the contract without dispatch, nothing with it; what is contracted is paid in both.
    assert saved - plain == pytest.approx(12 * 200 * 8 / 1e6)


def test_a_short_year() -> None:
    report = run(site, schedule(days=7, generator_days=0), put("solve.hours", 168))
    assert report.passed
    found = amounts(report)
    assert found["degradation"] == pytest.approx(WITH["degradation"] / 1e6)
    assert found["import_mwh"] == pytest.approx(IMPORT_MWH + GENERATED_MWH)
    assert report.figures["moved_mwh_per_year"] == pytest.approx(36.5)
    assert report.figures["battery_cycles_per_year"] == pytest.approx(118.26 / 0.462)
    # One hour of the seven days stands for 52 of the year: 6.3 MWh where 4.8 are allowed.
    assert failed(run(site, schedule(days=7, generator_days=1), put("solve.hours", 168))) == {
        "dispatch.generator_hours"
    }
    assert "dispatch.series" in failed(run(*DISPATCHED, put("solve.hours", 168)))


def twice(instance: Plain, design: Plain) -> None:
    """The row of dispatch is there a second time."""
    design["decisions"]["dispatch"] *= 2


def moved_twice(instance: Plain, design: Plain) -> None:
    """The row of moved work is there a second time."""
    design["decisions"]["dispatch"][0]["moved"] *= 2


def packed(values: np.ndarray) -> str:
    return base64.b64encode(zlib.compress(values.astype("<f8").tobytes())).decode("ascii")


ONE_DAY_LATER = {24 * d + h: 0.0 for d in (0,) for h in NIGHT} | {24 + h: 0.025 for h in NIGHT}
MUTANTS: tuple[tuple[str, tuple[Change, ...]], ...] = (
    # The first discharge comes before there is anything: 0.05 - 0.18 + 0.045.
    ("dispatch.empty", (hours("discharge_mw", {0: 0.162, 18: 0.0}),)),
    ("dispatch.full", (row(soc_start_mwh=0.0801),)),
    ("dispatch.full", (put("batteries.bess.usable_fraction", 0.82),)),
    ("dispatch.closes", (hours("charge_mw", {8: 0.01}),)),
    ("dispatch.closes", (put("batteries.bess.round_trip_fraction", 0.8101),)),
    ("dispatch.closes", (hours("discharge_mw", {8760 - 6: 0.161}),)),
    ("dispatch.trading", (hours("charge_mw", {0: 0.4} | dict.fromkeys(range(1, 8), 0.0)),)),
    ("dispatch.charge", (hours("charge_mw", {0: 0.11, 1: -0.01}),)),
    ("dispatch.trading", (hours("discharge_mw", {18: 0.324, 19: 0.0}),)),
    ("dispatch.discharge", (hours("discharge_mw", {17: -0.01, 18: 0.172}),)),
    ("dispatch.generator", (hours("generator_mw", {20: 0.2401}),)),
    ("dispatch.generator", (hours("generator_mw", {20: -0.01}),)),
    ("dispatch.generator_hours", (hours("generator_mw", {24 * d + 20: 0.12 for d in range(41)}),)),
    ("dispatch.generator_hours", (put("sites.here.backup.peak_shaving_hours_per_year", 14.9),)),
    ("dispatch.permit", (put("generators.diesel.run_hours_max", 29.9),)),
    ("dispatch.moved_day", (hours("moved_mw", {0: 0.0}),)),
    ("dispatch.moved_day", (hours("moved_mw", {18: -0.06}),)),
    # Nothing is lost over the year, but the work of one day is done on the next.
    ("dispatch.moved_day", (hours("moved_mw", ONE_DAY_LATER),)),
    # A quarter of 0.48 MW may leave.
    ("dispatch.moved_share", (hours("moved_mw", {8: 0.0201, 18: -0.1201, 19: 0.0}),)),
    ("dispatch.moved_share", (put("workloads.train.deferrable_fraction", 0.104),)),
    ("dispatch.moved_top", (hours("moved_mw", {18: 0.001, 19: -0.101}),)),
    # 0.312 MW of load, 0.316 MW of battery.
    ("dispatch.import", (hours("discharge_mw", {18: 0.008, 19: 0.0, 21: 0.316}),)),
    ("power.grid", (put("sites.here.grid_mw", 0.3779),)),
    ("power.grid", (put("sites.here.grid_mw", 0.4), hours("charge_mw", {0: 0.1, 1: 0.0}))),
    ("dispatch.series", (row(charge_mw="AAAA"),)),
    ("dispatch.series", (row(discharge_mw="A"),)),
    ("dispatch.series", (row(generator_mw=packed(np.zeros(8759))),)),
    ("dispatch.series", (row(generator_mw=packed(np.zeros(8784))),)),
    ("dispatch.series", (row(charge_mw=packed(np.full(8760, math.nan))),)),
    ("dispatch.series", (moved(moved_mw=packed(np.full(8760, math.inf))),)),
    ("ids.unknown", (row(site="nowhere"),)),
    ("ids.unknown", (row(phase="p9"),)),
    ("ids.unknown", (moved(workload="dreams"),)),
    ("ids.unknown", (moved(cooling="snow"),)),
    ("ids.duplicate", (twice,)),
    ("ids.duplicate", (moved_twice,)),
    ("tariff.rebates", (put("tariffs.flat.load_factor_rebates", ({"from_hours": 300.0, "per_kwh": 0.01},)),)),
)


WIDER: tuple[tuple[str, tuple[Change, ...]], ...] = (
    ("dispatch.trading", (put("sites.here.battery_dispatch", False),)),
    ("dispatch.generator", (put("sites.here.backup.peak_shaving_hours_per_year", 0.0),)),
    ("dispatch.generator", (put("sites.here.backup.spare_units", 2),)),
    ("dispatch.generator", (add_phase, put("sites.here.backup.from_phase", "p2"))),
    ("power.firm", (put("transformers.t1.unit_mva", 0.393),)),
)


@pytest.mark.parametrize(("check", "changes"), MUTANTS, ids=[f"{n}-{check}" for n, (check, _) in enumerate(MUTANTS)])
def test_a_schedule_broken_in_one_way_has_one_finding(check: str, changes: tuple[Change, ...]) -> None:
    assert failed(run(*DISPATCHED, *changes)) == {check}


@pytest.mark.parametrize(("check", "changes"), WIDER, ids=[f"{n}-{check}" for n, (check, _) in enumerate(WIDER)])
def test_what_breaks_more_than_one_rule_is_rejected_by_the_right_check(check: str, changes: tuple[Change, ...]) -> None:
    assert check in failed(run(*DISPATCHED, *changes))


JUST_KEPT: tuple[Change, ...] = (
    row(soc_start_mwh=0.08),
    row(soc_start_mwh=0.0),
    # The whole free power in one hour: 0.316 and 0.084 in the next; discharged 0.316 and 0.008.
    hours("charge_mw", {0: 0.316, 1: 0.084} | dict.fromkeys(range(2, 8), 0.0)),
    hours("discharge_mw", {18: 0.316, 19: 0.008}),
    hours("generator_mw", {20: 0.24}),
    hours("generator_mw", {24 * d + 20: 0.12 for d in range(40)}),
    hours("moved_mw", {8: 0.02, 18: -0.12, 19: 0.0}),
    hours("moved_mw", {18: 0.0, 19: -0.1}),
    put("generators.diesel.run_hours_max", 30.0),
    put("sites.here.battery", "bess"),
)


@pytest.mark.parametrize("change", JUST_KEPT)
def test_a_limit_that_is_just_kept_is_no_finding(change: Change) -> None:
    assert failed(run(*DISPATCHED, change)) == set()


def test_tolerance_is_that_of_the_contract() -> None:
    assert failed(run(*DISPATCHED, row(soc_start_mwh=0.08 + 0.9e-6))) == set()
    assert failed(run(*DISPATCHED, row(soc_start_mwh=0.08 + 1.1e-6))) == {"dispatch.full"}


def test_a_row_at_a_site_that_does_not_dispatch() -> None:
    def plain_row(instance: Plain, design: Plain) -> None:
        design["decisions"]["dispatch"] = ({"site": "here", "phase": "p1"},)

    assert failed(run(plain_row)) == {"dispatch.allowed"}
    report = run(schedule())
    assert failed(report) == {"dispatch.allowed"}
    assert report.figures["peak_import_mw"] == pytest.approx(0.6)


def test_a_battery_that_is_not_there_does_not_dispatch() -> None:
    def asks(instance: Plain, design: Plain) -> None:
        instance["sites"]["here"] |= {"battery": None, "battery_dispatch": True, "backup": None}
        design["decisions"]["dispatch"] = ({"site": "here", "phase": "p1"},)

    assert "dispatch.allowed" in failed(run(asks))


def test_without_a_substation_generators_stand_still() -> None:
    def gone(instance: Plain, design: Plain) -> None:
        design["decisions"]["substations"] = ()

    assert "dispatch.generator" in failed(run(*DISPATCHED, gone))


def test_work_moved_where_no_pod_works() -> None:
    elsewhere = pack_hours(np.tile(MOVED, DAYS))

    def idle(cooling: str, workload: str) -> Change:
        def change(instance: Plain, design: Plain) -> None:
            instance["coolings"]["cold"] = instance["coolings"]["air"]
            extra = {"cooling": cooling, "workload": workload, "moved_mw": elsewhere}
            design["decisions"]["dispatch"][0]["moved"] += (extra,)

        return change

    for job in (("air", "infer"), ("cold", "train")):
        assert failed(run(*DISPATCHED, idle(*job))) == {"dispatch.moved_share", "dispatch.moved_top"}


def test_absurd_numbers_are_findings() -> None:
    for name in ("charge_mw", "discharge_mw", "generator_mw", "moved_mw"):
        huge = failed(run(*DISPATCHED, hours(name, {0: 1.7e308, 1: 1.7e308, 2: -1.7e308})))
        assert any(check.startswith("dispatch.") for check in huge)


@pytest.mark.parametrize(
    ("check", "field", "value"),
    [
        ("numbers.range", "soc_start_mwh", math.nan),
        ("numbers.range", "soc_start_mwh", -0.1),
        ("dispatch.series", "charge_mw", "not base64!"),
        ("dispatch.series", "charge_mw", "\N{SNOWMAN}"),
        ("dispatch.series", "charge_mw", 7),
    ],
)
def test_a_broken_value_is_a_finding_even_without_the_schema(check: str, field: str, value: Any) -> None:
    instance, design = build(*DISPATCHED)
    broken = design.decisions.dispatch[0].model_copy(update={field: value})
    assert isinstance(broken, DispatchRow)
    decisions = design.decisions.model_copy(update={"dispatch": (broken,)})
    assert check in failed(audit(instance, design.model_copy(update={"decisions": decisions})))


def test_a_true_report_passes() -> None:
    assert failed(audit(*with_report(*DISPATCHED))) == set()


@pytest.mark.parametrize("account", [*WITH, "import_mwh", "carbon_t", "water_m3", "peak_import_mw"])
def test_a_false_account_is_rejected(account: str) -> None:
    instance, design = with_report(*DISPATCHED)
    assert design.reported is not None
    lines = tuple(
        line.model_copy(update={"amount": line.amount * 1.001}) if line.account == account else line
        for line in design.reported.ledger
    )
    assert lines != design.reported.ledger
    reported = design.reported.model_copy(update={"ledger": lines})
    assert f"ledger.{account}" in failed(audit(instance, design.model_copy(update={"reported": reported})))


FIGURES = ("battery_cycles_per_year", "moved_mwh_per_year", "shaved_peak_mw", "dispatch_savings_musd_per_year")


@pytest.mark.parametrize("figure", [*FIGURES, "peak_import_mw", "pue_peak"])
def test_a_false_figure_is_rejected(figure: str) -> None:
    instance, design = with_report(*DISPATCHED)
    assert design.reported is not None
    kpis = design.reported.kpis
    for false in (kpis | {figure: kpis[figure] * 1.001}, kpis | {figure: math.nan}):
        reported = design.reported.model_copy(update={"kpis": false})
        found = failed(audit(instance, design.model_copy(update={"reported": reported})))
        assert found == {f"figures.{figure}"}


def without_figures(*changes: Change) -> set[str]:
    """Failed checks of a report that says nothing of dispatch."""
    instance, design = with_report(*changes)
    assert design.reported is not None
    kpis = {name: value for name, value in design.reported.kpis.items() if name not in FIGURES}
    reported = design.reported.model_copy(update={"kpis": kpis})
    return failed(audit(instance, design.model_copy(update={"reported": reported})))


def test_figures_of_dispatch_may_be_left_out_only_where_nothing_dispatches() -> None:
    assert without_figures() == set()
    assert without_figures(*DISPATCHED) == {"figures.missing"}
    instance, design = with_report()
    assert design.reported is not None
    false = design.reported.model_copy(update={"kpis": design.reported.kpis | {"shaved_peak_mw": 0.1}})
    assert failed(audit(instance, design.model_copy(update={"reported": false}))) == {"figures.shaved_peak_mw"}
