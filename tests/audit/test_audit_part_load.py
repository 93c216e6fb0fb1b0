"""Fans and pumps that run at any load, against the paper.

Ten pods put 0.48 MW into two modules of 0.24 MW at work and one to spare: the plant is at full load, so whatever share
of its fans and pumps stands, the site draws 0.48 * (1 + 0.1 + 0.05 + 0.05) + 0.024 = 0.6 MW. All of that share is
0.05 * 0.24 = 0.012 MW a module.
"""

from __future__ import annotations

from typing import Any

import pytest
from audit_generation import GENERATED
from audit_tiny import Change, Plain, add_phase, air, build, failed, run, with_report
from test_audit_tariffs import amount, half_until_noon
from test_mutants import put, row

from optimizer.audit.audit import audit


def stands(fraction: float, cooling: str = "air") -> Change:
    """That share of a technology's fans and pumps runs at any load."""
    return put(f"coolings.{cooling}.fan_pump_standing_fraction", fraction)


def existing(modules: int, bought: int, spare: int) -> Change:
    """Modules that are there from the start, more that are bought, and how many of all are to spare."""

    def change(instance: Plain, design: Plain) -> None:
        instance["coolings"]["air"]["spare_modules"] = spare
        instance["sites"]["here"]["existing_cooling_modules"] = {"air": modules}
        here = {"site": "here", "phase": "p1", "cooling": "air"}
        design["decisions"]["cooling"] = (here | {"units": bought, "opened": False},) if bought else ()

    return change


def no_power(instance: Plain, design: Plain) -> None:
    """Nothing is delivered, nothing works, and there is no substation."""
    design["decisions"] |= {"substations": (), "assignments": (), "deliveries": (), "step_reserves": ()}


def half_load(instance: Plain, design: Plain) -> None:
    """Half the IT power in every hour."""
    instance["workloads"]["train"]["load_fraction"] = 0.5


@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
def test_at_full_load_it_is_all_one(fraction: float) -> None:
    report = run(stands(fraction))
    assert report.passed
    assert amount(report, "import_mwh") / 1e6 == pytest.approx(5256)
    for figure in ("pue_annual", "pue_peak"):
        assert report.figures[figure] == pytest.approx(1.25)


def test_at_half_load_the_share_that_stands_is_there_twice() -> None:
    report = run(stands(0.5), half_load)
    assert report.passed
    # 0.24 MW of heat takes 1.5 times 0.05 of it: 0.018 MW.
    assert report.figures["peak_import_mw"] == pytest.approx(0.24 * (1.1 + 0.05) + 0.018 + 0.024)
    plain = run(half_load)
    assert report.figures["peak_import_mw"] - plain.figures["peak_import_mw"] == pytest.approx(0.006)
    assert report.figures["water_m3_per_year"] == pytest.approx(plain.figures["water_m3_per_year"])
    assert amount(report, "water") == pytest.approx(amount(plain, "water"))


def test_by_day_it_follows_the_heat_and_by_night_it_stands() -> None:
    report = run(stands(0.5), half_until_noon)
    # 0.24 MW at 1.175, and 0.024 + 0.012 standing, until noon; 0.6 MW after it.
    assert amount(report, "import_mwh") / 1e6 == pytest.approx(4380 * (0.24 * 1.175 + 0.036) + 4380 * 0.6)
    assert report.figures["peak_import_mw"] == pytest.approx(0.6)


def test_every_module_beyond_the_spare_ones_runs() -> None:
    report = run(stands(0.5), row("cooling", units=5), row("fitout", plant_m2=120.0))
    assert report.passed
    assert report.figures["peak_import_mw"] == pytest.approx(0.6 + 2 * 0.006)


@pytest.mark.parametrize(
    ("modules", "bought", "spare", "at_work"),
    [
        (3, 0, 1, 2),  # all there from the start
        (1, 2, 1, 2),  # the spare one is the old one
        (2, 1, 1, 2),
        (1, 3, 2, 2),  # one of the new ones is spare as well
        (2, 3, 1, 4),
        (2, 0, 0, 2),
        (0, 4, 2, 2),
    ],
)
def test_of_modules_from_the_start_those_beyond_the_spare_run(
    modules: int, bought: int, spare: int, at_work: int
) -> None:
    def opened(instance: Plain, design: Plain) -> None:
        for line in design["decisions"]["cooling"]:
            line["opened"] = modules == 0

    report = run(existing(modules, bought, spare), opened, stands(1.0), row("fitout", plant_m2=120.0))
    assert report.passed
    assert report.figures["peak_import_mw"] == pytest.approx(0.48 * 1.15 + 0.024 + at_work * 0.012)


def test_old_modules_stand_still_without_a_substation_and_new_ones_need_one() -> None:
    old = run(existing(3, 0, 1), stands(1.0), no_power)
    assert amount(old, "import_mwh") == 0.0
    assert "power.firm" not in failed(old)
    # One more is bought where nothing carries its fans.
    new = run(existing(3, 1, 1), stands(1.0), no_power)
    assert amount(new, "import_mwh") / 1e6 == pytest.approx(8760 * 0.012)
    assert "power.firm" in failed(new)


def liquid(instance: Plain, design: Plain) -> None:
    """A liquid loop for 0.8 of the heat: two modules at work for 0.384 MW; one of air for the other 0.096 MW."""
    warm = {"supply_c": 40.0, "return_c": 50.0, "capture_fraction": 0.8, "residual": "air", "fan_pump_fraction": 0.02}
    instance["coolings"]["dtc"] = air() | warm
    instance["sites"]["here"]["coolings"] = ("dtc",)
    instance["accelerators"]["us"]["coolings"] = ("dtc",)
    for line in (*design["decisions"]["deliveries"], *design["decisions"]["assignments"]):
        line["cooling"] = "dtc"
    here = {"site": "here", "phase": "p1", "opened": True}
    design["decisions"]["cooling"] = (here | {"cooling": "dtc", "units": 3}, here | {"cooling": "air", "units": 2})
    design["decisions"]["fitout"][0]["plant_m2"] = 120.0


def test_what_only_takes_the_rest_of_the_heat_stands_too() -> None:
    report = run(liquid, stands(0.5, "dtc"), stands(0.25))
    assert report.passed
    with_heat = 0.8 * 0.02 * 0.5 + 0.2 * (0.05 * 0.75 + 0.05)
    standing = 0.024 + 0.5 * 0.02 * 0.48 + 0.25 * 0.05 * 0.24
    assert report.figures["peak_import_mw"] == pytest.approx(0.48 * (1.1 + with_heat) + standing)


def test_modules_of_a_technology_that_cools_nothing_run_all_the_same() -> None:
    def other(instance: Plain, design: Plain) -> None:
        instance["coolings"]["tank"] = air() | {"fan_pump_fraction": 0.02, "spare_modules": 0, "module_mw": 0.5}
        instance["sites"]["here"]["existing_cooling_modules"] = {"tank": 2}

    report = run(other, stands(0.5, "tank"))
    assert report.figures["peak_import_mw"] == pytest.approx(0.6 + 0.5 * 0.02 * 0.5 * 2)


def test_a_phase_without_pods_has_its_fans_until_the_modules_are_gone() -> None:
    later = run(add_phase, stands(0.5))
    assert later.passed
    by_phase = {line.phase: line.amount for line in later.ledger if line.account == "import_mwh"}
    assert by_phase["p2"] == pytest.approx(8760 * (0.024 + 2 * 0.006))
    gone = run(add_phase, stands(0.5), put("coolings.air.life_years", 4.0), put("coolings.air.spare_modules", 0))
    by_phase = {line.phase: line.amount for line in gone.ledger if line.account == "import_mwh"}
    assert by_phase["p2"] == pytest.approx(8760 * 0.024)
    # With one to spare, a technology that is open without any module is short of it.
    assert failed(run(add_phase, stands(0.5), put("coolings.air.life_years", 4.0))) == {"cooling.duty"}


def test_a_measured_pue_holds_the_fans_already() -> None:
    measured = put("sites.here.measured_pue", 1.3)
    more = (measured, row("cooling", units=5), row("fitout", plant_m2=120.0), half_load)
    assert run(*more, stands(1.0)).figures["peak_import_mw"] == pytest.approx(0.24 * 1.3)


def test_loss_of_transformers_sees_the_fans() -> None:
    report = run(stands(1.0), half_load, put("transformers.t1.load_loss_kw", 20.0))
    mean = 0.24 * 1.15 + 0.024 + 0.024
    loss = 2 * 0.02 * (mean / (0.96 * 2)) ** 2
    assert report.figures["peak_import_mw"] == pytest.approx(mean + loss)


def test_occupancy_takes_heat_away_and_leaves_what_stands() -> None:
    def half_occupied(instance: Plain, design: Plain) -> None:
        instance["workloads"]["train"] |= {"occupancy": 0.5, "idle_fraction": 0.3}

    report = run(stands(1.0), half_occupied)
    assert amount(report, "import_mwh") / 1e6 == pytest.approx(8760 * (0.65 * 0.48 * 1.15 + 0.024 + 0.024))
    assert report.figures["peak_import_mw"] == pytest.approx(0.6)


def test_a_site_that_generates_imports_what_its_fans_draw() -> None:
    changes: tuple[Any, ...] = (*GENERATED, row("cooling", units=4))
    plain, more = run(*changes), run(*changes, stands(1.0))
    assert amount(more, "import_mwh") - amount(plain, "import_mwh") == pytest.approx(8760 * 0.012 * 1e6)


TWO_MORE = row("cooling", units=5)


@pytest.mark.parametrize(
    ("true", "mistaken"),
    [
        # One who leaves out what stands, lets it stand beside all of the rest, or counts the spare module too.
        ((stands(0.5), half_load), (stands(0.0), half_load)),
        ((stands(0.5), half_load), (put("coolings.air.fan_pump_fraction", 0.075), stands(0.5), half_load)),
        ((stands(0.5),), (stands(0.5), put("coolings.air.spare_modules", 0))),
        # One who lets only as many modules run as the heat needs.
        ((stands(0.5), TWO_MORE), (stands(0.0), TWO_MORE)),
    ],
    ids=["none", "all", "spare", "needed"],
)
def test_a_report_of_other_fans_is_rejected(true: tuple[Change, ...], mistaken: tuple[Change, ...]) -> None:
    floor = row("fitout", plant_m2=120.0)
    _, design = with_report(*mistaken, floor)
    instance, _ = build(*true, floor)
    found = failed(audit(instance, design))
    assert {"ledger.energy", "ledger.import_mwh", "figures.pue_annual"} <= found
    assert failed(audit(*with_report(*true, floor))) == set()
