"""The audit's numbers against numbers worked out on paper."""

from __future__ import annotations

import csv
import json
import math
from datetime import date
from pathlib import Path
from time import process_time

import pytest
from audit_tiny import Plain, add_phase, build, failed, run, with_report

from optimizer.audit.audit import AuditReport, audit

YEARS = 4.0


def amounts(report: AuditReport) -> dict[tuple[str, str], float]:
    return {(line.account, line.phase): line.amount for line in report.ledger}


def test_the_design_passes_and_every_family_was_checked() -> None:
    report = run()
    assert report.findings == ()
    assert report.passed
    assert report.checks == sum(report.checks_by_family.values())
    assert {"pods", "throughput", "cooling", "power", "battery", "generators", "floor"} <= set(report.checks_by_family)
    assert max(report.worst_by_family.values()) < 1e-9


def test_physics() -> None:
    figures = run().figures
    # A rack takes min(40 kW / 10 kW, 42 / 8 units) = 4 servers = 32 chips; with 0.25 kW of fabric each 48 kW.
    assert figures["accelerators"] == 320
    assert figures["it_mw"] == pytest.approx(0.48)
    # 320 chips * 1,000 TFLOPS * 0.4.
    assert figures["effective_pflops"] == pytest.approx(128.0)
    assert figures["peak_pflops"] == pytest.approx(320.0)
    # Chiller share (20 + 13.85 - 28.85) / 10 = 0.5; COP 0.5 * 300 K / 15 K = 10; cooling 0.05 + 0.5 / 10 = 0.10.
    # Losses 0.04 + 0.06 = 0.10. Import 0.48 * 1.2 + 0.02 auxiliary + 2 * 2 kW = 0.600 MW in every hour.
    assert figures["peak_import_mw"] == pytest.approx(0.6)
    assert figures["energy_mwh_per_year"] == pytest.approx(0.6 * 8760)
    assert figures["pue_annual"] == pytest.approx(1.25)
    assert figures["pue_peak"] == pytest.approx(1.25)
    # 2 l/kWh * (1 + 0.05).
    assert figures["wue_l_per_kwh"] == pytest.approx(2.1)
    # 5,256 MWh * 0.5 t + 2 sets * 0.24 MW * 0.5 * 10 h * 1 t.
    assert figures["carbon_t_per_year"] == pytest.approx(2628 + 2.4)
    # Firm capacity is one unit of 1 MVA at 0.96.
    assert figures["firm_capacity_utilisation"] == pytest.approx(0.625)
    assert figures["effective_pflops_per_m2"] == pytest.approx(128 / 33)
    # Ten racks of 3 m2 and a tenth for support, all of which is fitted out.
    assert figures["white_m2_per_effective_pflops"] == pytest.approx(33 / 128)
    assert figures["racks_per_effective_pflops"] == pytest.approx(figures["racks"] / 128)
    assert figures["racks"] == 10
    # 2 for the site and 10 per 1,000 chips.
    assert figures["engineers"] == pytest.approx(5.2)


def test_money() -> None:
    report = run()
    capex = {
        "capex_accelerators": 320 * 0.03 + 40 * 0.06,
        "capex_fabric": 0.32,
        "capex_storage": 0.16,
        "capex_racks": 0.02,
        "capex_cooling": 0.1 + 3 * 0.05,
        "capex_substation": 0.1 + 2 * 0.05,
        "capex_ups": 0.6 * 0.5,
        "capex_battery": 0.024 + 0.005 + 0.010,
        "capex_generators": 0.2,
        "capex_fitout": 0.033 + 0.050,
    }
    yearly = {
        "energy": 5256 * 1000 * 0.10 / 1e6,
        "demand": 12 * 625 * 10 / 1e6,
        "water": 4204.8 * 2.1 / 1e6,
        "carbon": 2630.4 * 10 / 1e6,
        "fuel": 2.4 * 250 / 1e6,
        # Accelerators 5 % of 12.0; cooling 4 % of 0.25; substation 1 % of 0.2; UPS 2 % of 0.3; generators 2 % of 0.2.
        "maintenance": 0.6 + 0.01 + 0.002 + 0.006 + 0.004,
        "insurance": 0.01 * 13.572,
        "rent": 133 * 100 / 1e6,
        "staff": 5.2 * 0.05,
    }
    # Of 0.25 / 0.2 / 0.3 / 0.039 / 0.2 / 0.083 MUSD with lives of 8, 40, 8, 10, 20 and 16 years, after 4 years.
    residual = 0.125 + 0.18 + 0.15 + 0.0234 + 0.16 + 0.06225
    found = amounts(report)
    for account, amount in (capex | yearly).items():
        assert found[account, "p1"] == pytest.approx(amount), account
    assert found["residual_value", "p1"] == pytest.approx(-residual)
    cost = 13.572 + YEARS * 1.66735408 - 0.70065
    assert sum(capex.values()) == pytest.approx(13.572)
    assert report.npv_cost_musd == pytest.approx(cost)
    # Only the demand of 120 of the 128 PFLOPS counts.
    assert report.npv_eflop == pytest.approx(120 * 31_536 * YEARS)
    assert report.lcoc_usd_per_eflop == pytest.approx(19.54076632e6 / 15_137_280)
    assert report.figures["opex_musd_per_year"] == pytest.approx(1.66735408)


def test_discounting() -> None:
    def rate(instance: Plain, design: Plain) -> None:
        instance["finance"]["discount_rate"] = 0.1

    annuity = (1 - 1.1**-4) / math.log(1.1)
    report = run(rate)
    assert report.npv_eflop == pytest.approx(120 * 31_536 * annuity)
    assert report.npv_cost_musd == pytest.approx(13.572 + annuity * 1.66735408 - 0.70065 * 1.1**-4)


def test_price_and_tariff_trends_and_currency() -> None:
    def trends(instance: Plain, design: Plain) -> None:
        instance["accelerators"]["us"]["price_trend_fraction"] = -0.1
        instance["tariffs"]["flat"] |= {"real_trend_fraction": 0.02, "currency": "HKD"}
        instance["exchange_rates"] = {"HKD": {"per_usd": 7.8, "quoted": date(2026, 1, 1)}}

    found, tau = amounts(run(trends)), 365 / 365.25
    assert found["capex_accelerators", "p1"] == pytest.approx(9.6 * 0.9**tau + 2.4)
    assert found["energy", "p1"] == pytest.approx(0.5256 / 7.8 * 1.02 ** (tau + 2))


def test_time_of_use_prices() -> None:
    def tariff(instance: Plain, design: Plain) -> None:
        instance["tariffs"]["flat"]["energy"] = (
            {"label": "peak", "price_per_kwh": 0.2, "days": "weekday", "from_hour": 8, "to_hour": 20},
            {"label": "night", "price_per_kwh": 0.1, "days": "weekday", "from_hour": 0, "to_hour": 8},
            {"label": "evening", "price_per_kwh": 0.1, "days": "weekday", "from_hour": 20, "to_hour": 24},
            {"label": "weekend", "price_per_kwh": 0.05, "days": "weekend"},
        )

    # A year that starts on a Monday has 261 weekdays and 104 days of weekend.
    usd = 600 * (261 * 12 * 0.3 + 104 * 24 * 0.05 + 8760 * 0.02)
    report = run(tariff)
    assert report.passed
    assert amounts(report)["energy", "p1"] == pytest.approx(usd / 1e6)


def test_daily_profile_makes_the_peak_pue() -> None:
    def profile(instance: Plain, design: Plain) -> None:
        instance["workloads"]["train"] |= {"daily_profile": (0.5,) * 12 + (1.0,) * 12}

    figures = run(profile).figures
    # Import is 1.2 IT + 0.024 MW: at half load 1.2 + 0.024 / 0.24.
    assert figures["pue_peak"] == pytest.approx(1.3)
    assert figures["pue_annual"] == pytest.approx(1.2 + 0.024 / 0.36)


def test_software_ramp() -> None:
    def domestic(instance: Plain, design: Plain) -> None:
        design["decisions"]["deliveries"][0]["accelerator"] = "cn"
        design["decisions"]["assignments"][0]["accelerator"] = "cn"
        design["decisions"]["stacks"] = ("cann",)

    report = run(domestic)
    # From 0.5 to 1 in two years, then 1 for two: mean 0.875.
    assert report.figures["effective_pflops"] == pytest.approx(320 * 0.5 * 0.4 * 0.875)
    assert report.figures["domestic_share"] == 1.0
    assert amounts(report)["capex_porting", "p1"] == pytest.approx(1.0)
    assert failed(report) == {"throughput.floor"}


def test_fabric_and_availability() -> None:
    def job(instance: Plain, design: Plain) -> None:
        instance["workloads"]["train"]["job_accelerators"] = 2048
        instance["accelerators"]["us"] |= {
            "fabric_reference_accelerators": 1024,
            "fabric_exponent": 0.1,
            "repair_hours": 1.0,
            "interruption_hours": 2048.0 * 9,
        }

    assert run(job).figures["effective_pflops"] == pytest.approx(128 * 2**-0.1 * 0.9)


def test_liquid_loop_with_air_for_the_rest() -> None:
    def liquid(instance: Plain, design: Plain) -> None:
        warm = instance["coolings"]["air"] | {
            "supply_c": 40.0,
            "return_c": 50.0,
            "capture_fraction": 0.8,
            "residual": "air",
            "fan_pump_fraction": 0.02,
        }
        instance["coolings"]["dtc"] = warm
        instance["sites"]["here"]["coolings"] = ("air", "dtc")
        instance["accelerators"]["us"]["coolings"] = ("dtc",)
        for row in (*design["decisions"]["deliveries"], *design["decisions"]["assignments"]):
            row["cooling"] = "dtc"
        here = {"site": "here", "phase": "p1", "opened": True}
        # 0.384 MW on the liquid plant: 2 modules and a spare. 0.096 MW on the air plant: 1 and a spare.
        design["decisions"]["cooling"] = (here | {"cooling": "dtc", "units": 3}, here | {"cooling": "air", "units": 2})
        design["decisions"]["fitout"][0]["plant_m2"] = 120.0

    report = run(liquid)
    assert report.passed
    # 0.8 * 0.02 without chillers + 0.2 * 0.10.
    assert report.figures["peak_import_mw"] == pytest.approx(0.48 * (1.1 + 0.016 + 0.02) + 0.024)
    assert report.figures["cooling_modules"] == 5


def test_second_phase_without_pods() -> None:
    report = run(add_phase)
    found = amounts(report)
    assert report.passed
    # Cooling, UPS and the rest are in service, the pods' life is over; 0.024 MW of auxiliaries and transformers.
    assert found["import_mwh", "p2"] == pytest.approx(0.024 * 8760)
    assert found["maintenance", "p2"] == pytest.approx(0.022)
    assert ("residual_value", "p1") not in found
    # After 8 years: substation 0.8 of 0.2, battery 0.2 of 0.039, generators 0.6 of 0.2, fit-out 0.5 of 0.083.
    assert found["residual_value", "p2"] == pytest.approx(-(0.16 + 0.0078 + 0.12 + 0.0415))
    assert found["engineers", "p2"] == pytest.approx(2.0)


def test_existing_pods_pay_maintenance_and_leave() -> None:
    def existing(instance: Plain, design: Plain) -> None:
        add_phase(instance, design)
        row = {"accelerator": "us", "cooling": "air", "pods": 10, "commissioned": date(2027, 1, 1)}
        instance["sites"]["here"]["existing_pods"] = (row | {"salvage_usd_per_pod": 5000.0},)
        design["decisions"]["deliveries"] = ()
        pods = {"site": "here", "accelerator": "us", "cooling": "air", "phase": "p1", "pods": 0}
        design["decisions"]["retirements"] = (pods | {"pods": 1},)
        design["decisions"]["assignments"][0]["pods"] = 9.0
        instance["phases"]["p1"]["target_pflops"] = 115.0

    report = run(existing)
    found = amounts(report)
    assert report.passed
    assert found["installed_accelerators", "p1"] == 288
    assert ("installed_accelerators", "p2") not in found
    assert found["salvage", "p1"] == pytest.approx(-0.005)
    # 5 % of 288 * 30,000 + 36 * 60,000 USD, and 0.022 of the plant.
    assert found["maintenance", "p1"] == pytest.approx(0.05 * (8.64 + 2.16) + 0.022)
    assert ("capex_accelerators", "p1") not in found


def test_substation_grows_and_is_paid_by_the_unit() -> None:
    def grow(instance: Plain, design: Plain) -> None:
        add_phase(instance, design)
        design["decisions"]["substations"][1]["units"] = 3
        design["decisions"]["fitout"][0]["plant_m2"] = 105.0

    report = run(grow)
    assert report.passed
    assert amounts(report)["capex_substation", "p2"] == pytest.approx(0.05)
    assert report.figures["substation_units"] == 3


def test_licence_fee() -> None:
    def hong_kong(instance: Plain, design: Plain) -> None:
        instance["sites"]["here"]["place"] = "hong_kong"
        # 1,000 TFLOPS of BF16 at 16 bits: 3A090.a, below 21,000, so a licence; with 4,800 GB/s in a band of the
        # tariff, so 25 %. 26 + 26 weeks of 365 days.
        instance["accelerators"]["us"]["memory_bandwidth_gbs"] = 4800.0
        instance["export"]["parent"] = "hong_kong"

    report = run(hong_kong)
    assert report.passed
    assert amounts(report)["licence_fees", "p1"] == pytest.approx(0.25 * 9.6)


def test_csv_weather_and_warming(tmp_path: Path) -> None:
    with (tmp_path / "year.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["dry_bulb_c", "wet_bulb_c"])
        writer.writerows([[25.0, 19.0]] * 8760)

    def weather(instance: Plain, design: Plain) -> None:
        instance["sites"]["here"]["weather"] = {"kind": "csv", "path": "year.csv", "warming_k": 1.0}

    report = audit(*build(weather), base_folder=tmp_path)
    assert report.passed
    assert report.figures["pue_annual"] == pytest.approx(1.25)


def test_true_report_passes_and_is_plain_json() -> None:
    report = audit(*with_report(add_phase))
    assert report.passed
    assert report.checks_by_family["ledger"] > 20
    plain = json.loads(json.dumps(report.to_json_dict(), allow_nan=False))
    assert plain["passed"] is True
    assert plain["figures"]["pue_annual"] == report.figures["pue_annual"]


def test_two_sites_and_ten_phases_take_well_under_a_second() -> None:
    def large(instance: Plain, design: Plain) -> None:
        rows = design["decisions"]
        instance["sites"]["there"] = instance["sites"]["here"]
        instance["accelerators"]["us"]["life_years"] = 4.0
        for n in range(1, 10):
            phase = f"p{n + 1}"
            instance["phases"][phase] = instance["phases"]["p1"] | {"start": date(2027 + 4 * n, 1, 1)}
        for table in ("deliveries", "assignments", "substations", "step_reserves"):
            rows[table] = tuple(
                rows[table][0] | {"site": site, "phase": phase}
                for site in instance["sites"]
                for phase in instance["phases"]
            )

    instance, design = build(large)
    audit(instance, design)
    begun = process_time()
    report = audit(instance, design)
    seconds = process_time() - begun
    assert report.checks > 300
    assert seconds < 1.0
