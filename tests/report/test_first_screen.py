"""What a board reads first: each answer from numbers a reader can check."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.analysis.data_quality import PRICES, DataQuality, Estimate, data_quality, grade_of
from optimizer.analysis.headline import mix, usd_per_accelerator_hour
from optimizer.analysis.money import Currency, other_money
from optimizer.ledger.accounts import ACCOUNTS
from optimizer.reading.layers import DEFAULT, Origin
from optimizer.report.baselines import PlanRow, Plans, plan_rows
from optimizer.report.first_screen import first_screen
from optimizer.report.html.mix_bars import mix_bars
from optimizer.report.mix import mix_bar
from tests.tiny import EVERYTHING, tiny

BACK = ("salvage", "residual_value")
"""Accounts of what comes back: not payments."""


@pytest.fixture(scope="module")
def minimal():
    return pipeline.run(tiny(), Path(), pipeline.Options(isolated=False))


@pytest.fixture(scope="module")
def everything():
    return pipeline.run(tiny(EVERYTHING), Path(), pipeline.Options(isolated=False))


@pytest.fixture(scope="module")
def chinese():
    law = {"export.regime": "may_2026", "accelerators.quick.origin": "CN"}
    return pipeline.run(tiny(law), Path(), pipeline.Options(isolated=False))


def tiles(result, **about):
    screen = first_screen(result, about.get("plans"), about.get("quality"), about.get("decider", ""))
    return {tile.name: tile for tile in screen.tiles}


def plan(id_: str, value: float | None, best: float = 1.0, **more) -> PlanRow:
    saving = None if value is None else (value - best) / value
    base = {"rule": "", "saving_musd": None if value is None else 10 * (value - best), "buys": "", "reason": ""}
    figures = {} if value is None else {"lcoc_usd_per_eflop": value}
    status = "infeasible" if value is None else "optimal"
    row = {"id": id_, "name": id_, "status": status, "objective": value, "saving_fraction": saving, "figures": figures}
    return PlanRow(**{**base, **row, **more})


def plans(*rows: PlanRow, **more) -> Plans:
    return Plans(instance="x", instance_sha256="", objective="lcoc", best=1.0, rows=rows, **more)


def test_one_sentence_says_what_to_buy(minimal):
    # 9 pods of 8 quick chips and 1 pod of 8 frugal ones.
    screen = first_screen(minimal, None, None)
    assert screen.buy == "Buy 80 accelerators: 72 Quick and 8 Frugal for A site on paper, in service from Jan 2027."


def test_the_target_is_met_and_since_when(minimal):
    (phase,) = mix(minimal)
    assert (phase.bought, phase.start, phase.target_pflops) == ({"quick": 72, "frugal": 8}, date(2027, 1, 1), 38.0)
    tile = tiles(minimal)["Target"]
    assert (tile.value, tile.unit) == ("38.00", "PFLOPS met")
    assert tile.note.startswith("38.00 effective PFLOPS from 1 Jan 2027; the target is met")
    assert not dataclasses.replace(phase, target_pflops=38.1).met


def test_an_accelerator_hour_is_cost_over_hours(minimal):
    # One year of 80 accelerators; the year's weight is that of a yearly payment.
    calendar = minimal.problem.calendar
    hours = 80 * 8760 * calendar.annuity("only")
    expected = minimal.design.reported.kpis["npv_cost_musd"] * 1e6 / hours
    assert usd_per_accelerator_hour(minimal) == pytest.approx(expected, rel=1e-12)


def test_the_order_is_that_of_the_questions(everything):
    names = list(tiles(everything))
    assert names[0] == "Target"
    assert names[1:3] == ["Whole-life cost", "Capital"]
    assert names[-4:] == ["Saving against baselines", "If every licence is refused", "Legal flags", "Data quality"]


def test_savings_are_against_the_best_rival(minimal):
    found = tiles(minimal, plans=plans(plan("Only X", 1.25), plan("Air", 2.0), plan("no_licences", 1.1)))
    tile = found["Saving against baselines"]
    assert tile.value == "20.0 %"
    assert tile.note == "2.50 MUSD against the best of 2 baselines, Only X; 50.0 % against Air"
    late = dataclasses.replace(plan("Only Y", None), status="no_solution")
    told = tiles(minimal, plans=plans(plan("Air", 2.0), late, plan("Only Z", None), within_s=25.0))
    assert told["Saving against baselines"].note.endswith("of 1 baseline, Air; 1 more not solved in 25 s")
    assert tiles(minimal)["Saving against baselines"].value == "not known"
    assert tiles(minimal, plans=plans(plan("Only X", None)))["Saving against baselines"].value == "no rival"


def test_plans_without_a_design_for_one_reason_are_one_row():
    over = {"status": "no_solution", "reason": "the time was over"}
    late = [plan("Only Y", None, **over), plan("Only Z", None, **over)]
    denied = plan("Only V", None, reason="nothing may be ordered")
    assert plan_rows(plans(plan("Air", 2.0), *late, denied, plan("Only X", 2.0))) == [
        ("Air", "2.0000", "50.0 % (10.0 MUSD)", ""),
        ("Only Y, Only Z", "undecided", "", "because the time was over"),
        ("Only V", "not feasible", "", "because nothing may be ordered"),
        ("Only X", "2.0000", "50.0 % (10.0 MUSD)", ""),
    ]


def test_without_a_saving_it_is_said_which_comparison_is_missing_and_what_makes_it(minimal):
    makes = "optimizer baselines INSTANCE searches each to its end"
    unasked = tiles(minimal)["Saving against baselines"]
    assert unasked.note == f"no baseline was compared; {makes}"
    late = [dataclasses.replace(plan(name, None), status="no_solution") for name in ("Only X", "Only Y", "Air")]
    told = tiles(minimal, plans=plans(*late, within_s=25.0))["Saving against baselines"]
    assert (told.value, told.note) == (
        "not known",
        f"no baseline was found in 25 s (Only X, Only Y and 1 more); {makes}",
    )
    none = tiles(minimal, plans=plans(plan("no_licences", 1.1)))["Saving against baselines"]
    assert (none.value, none.note) == ("no rival", "no simple plan differs from the question itself")


def test_a_rival_that_is_better_is_told(minimal):
    tile = tiles(minimal, plans=plans(plan("Only X", 0.9)))["Saving against baselines"]
    assert (tile.value, "stopped early" in tile.note) == ("none yet", True)


def test_nothing_under_licence_changes_nothing(minimal):
    assert tiles(minimal)["If every licence is refused"].value == "no change"


def test_refused_licences_cost_what_the_plan_without_them_costs(minimal, monkeypatch):
    monkeypatch.setattr("optimizer.report.tiles.licences", lambda *_: ("quick needs one",))
    found = tiles(minimal, plans=plans(plan("no_licences", 1.25)))["If every licence is refused"]
    # 1.25 in place of 1.00.
    assert found.value == "+25.0 %"
    assert "2.50 MUSD more; 1.250 USD/EFLOP" in found.note
    none = tiles(minimal, plans=plans(plan("no_licences", None, reason="too little power")))
    assert none["If every licence is refused"].value == "no plan"
    assert tiles(minimal)["If every licence is refused"].value == "not known"


def test_avoiding_general_prohibition_10_has_a_price_where_such_chips_are_bought(minimal, chinese):
    assert "If GP10 is avoided" not in tiles(minimal)
    # Nine pods of eight quick chips are of Chinese design and meet 3A090; 1.25 in place of 1.00.
    found = tiles(chinese, plans=plans(plan("no_gp10", 1.25), gap=0.01))["If GP10 is avoided"]
    assert found.value == "+25.0 %"
    assert "2.50 MUSD more; 1.250 USD/EFLOP: the best plan without them; solved to 1.0 %" in found.note
    none = tiles(chinese, plans=plans(plan("no_gp10", None, reason="too little power")))["If GP10 is avoided"]
    assert (none.value, none.note) == ("no plan", "72 accelerators under it; too little power; proven")
    asked = tiles(chinese)["If GP10 is avoided"]
    assert (asked.value, "--regime no_gp10 gives the price" in asked.note) == ("not known", True)
    assert tiles(chinese, plans=plans(plan("no_gp10", 1.25)))["Saving against baselines"].value == "no rival"


@pytest.mark.parametrize(
    ("musd", "words"),
    [
        (574.06, "574.1 MHKD"),
        (4477.7, "4.478 billion HKD"),
        (9.185e6, "9.185 trillion HKD"),
        (1e-6, "0.000001000 MHKD"),
    ],
)
def test_money_in_words(musd, words):
    assert Currency(code="HKD").large(musd) == words


def test_the_currency_is_that_of_the_bills():
    rates = {code: {"per_usd": 7.8, "quoted": date(2026, 11, 1)} for code in ("HKD", "SGD")}
    tariff = next(iter(tiny().tariffs))
    both = {"exchange_rates.HKD": rates["HKD"], "exchange_rates.SGD": rates["SGD"]}
    assert other_money(tiny()) is None
    assert other_money(tiny(both)) is None
    found = other_money(tiny({**both, f"tariffs.{tariff}.currency": "SGD"}))
    assert found is not None
    assert found.code == "SGD"


def test_every_payment_has_the_price_it_follows():
    known = {*PRICES, *BACK, "maintenance"}
    assert [a.id for a in ACCOUNTS if a.is_money and a.id not in known] == [], "add to analysis/data_quality.py"


def test_grades_of_the_cost_add_up(everything):
    origins = {path: Origin(kind="file") for path in ("staff.usd_per_engineer_year", "finance.insurance_fraction")}
    origins |= {f"accelerators.{chip}.price_usd": Origin(kind="catalogue", grade="B") for chip in ("quick", "frugal")}
    found = data_quality(everything, origins)
    assert found is not None
    assert sum(found.fractions.values()) == pytest.approx(1.0, rel=1e-12)
    assert {"B", "own", "?"} <= set(found.fractions)
    entries = everything.design.reported.ledger
    calendar = everything.problem.calendar
    paid = sum(e.amount * calendar.weight(_timing(e), e.phase) for e in entries if e.unit == "MUSD" and e.amount > 0)
    chips = sum(
        e.amount * calendar.weight(_timing(e), e.phase)
        for e in entries
        if e.account in ("capex_accelerators", "licence_fees")
    )
    assert found.fractions["B"] == pytest.approx(chips / paid, rel=1e-9)


def _timing(entry):
    from optimizer.inputs.design import Timing

    return Timing(entry.timing)


def test_the_worst_grade_of_a_table_counts():
    origins = {"tariffs.t.energy.0.price": Origin(kind="catalogue", grade="B"), "tariffs.t.fuel": DEFAULT}
    assert grade_of("tariffs.t.energy", origins) == "B"
    assert grade_of("tariffs.t", origins) == "C"
    assert grade_of("tariffs.other", origins) == "?"


def test_the_estimate_that_decides_has_a_place(minimal):
    weak = Estimate(name="the price of Quick", path="x", grade="C", fraction=0.4)
    quality = DataQuality(fractions={"C": 0.6, "B": 0.4}, estimates=(weak,))
    tile = tiles(minimal, quality=quality)["Data quality"]
    assert (tile.value, tile.note) == ("60 %", "B 40 %; most on the price of Quick: 40 % of all payments")
    assert tiles(minimal, quality=quality, decider="Quick leaves below 0.4")["Data quality"].note.endswith("below 0.4")


def test_bars_end_where_the_work_does(minimal):
    screen = first_screen(minimal, None, None)
    (phase,) = screen.phases
    # 36 of 38 PFLOPS by quick chips, 2 by frugal ones: 19 signs of 20, then one.
    assert mix_bar(phase, screen.chips, 38.0, 20) == "#" * 19 + "="
    (bar,) = mix_bars(minimal.problem.instance, screen).bars
    assert [part.percent for part in bar.stretches] == ["94.74", "5.26"]
    assert bar.target == "100.00"
