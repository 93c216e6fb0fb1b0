"""Details a reader stumbles over: dates of the plant, idle parts of pods, values not in force, missing data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from optimizer.analysis.comparison import compare
from optimizer.analysis.sides import Side
from optimizer.analysis.usage import uses
from optimizer.app.loaded import result_of
from optimizer.model.derive import derive
from optimizer.pipeline import Options, Result, run
from optimizer.report.baselines import PlanRow, Plans
from optimizer.report.compare_page import comparison_blocks
from optimizer.report.compared import shown
from optimizer.report.document import to_text
from optimizer.report.plan import idle_text, plant_rows, superseded
from optimizer.report.studies import Studies
from optimizer.report.summary import About, summary_text
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
OPTIONS = Options(isolated=False, gap=1e-9)


def solved(changes: dict[str, object] | None = None) -> Result:
    return run(tiny(changes), HERE, OPTIONS)


def test_plant_says_by_when_to_order() -> None:
    """In service on 2027-01-01, 20 weeks of lead time: 2026-08-14."""
    ((_, _, text),) = plant_rows(solved())
    assert "warm_water cooling 3 modules with works (order by 2026-08-14)" in text
    assert "firm 0.500 MW (order by 2026-08-14)" in text


def test_a_part_of_a_pod_that_stands_idle_is_explained() -> None:
    """10 quick pods give 40 PFLOPS where 38 are wanted: 2 PFLOPS are left over. 9 quick and 1 frugal leave nothing."""
    assert "2.0 PFLOPS stand idle in only" in idle_text(solved({"procurement.include": ["quick"]}))
    assert idle_text(solved()) == ""


def test_a_grid_value_that_is_never_in_force_is_said() -> None:
    stages = [{"from_phase": "a", "mw": 0.5}]
    found = superseded(tiny({**TWO_PHASES, "sites.paper.grid_stages": stages}))
    assert found == ["sites.paper.grid_mw (1.000 MW) is not in force in any phase: grid_stages begin with a"]
    later = [{"from_phase": "b", "mw": 0.5}]
    assert superseded(tiny({**TWO_PHASES, "sites.paper.grid_stages": later})) == []


def test_a_quota_filled_to_the_last_whole_pod_says_so() -> None:
    quota = {"q": {"match": {"accelerator": "quick"}, "max_accelerators": 66}}
    result = solved({"procurement.quotas": quota})
    assert result.design is not None
    use = next(use for use in uses(result.problem, result.design) if use.requirement == "quota q")
    assert use.binds
    assert use.remark == " (no whole pod more)"
    assert "quota q (no whole pod more)" in summary_text(result, About(), 140)


def test_a_bid_does_not_add_up_the_peaks_of_months() -> None:
    result = solved()
    assert result.design is not None
    bid = result.design.model_copy(update={"reported": None, "solve": None})
    again = result_of(result.problem, bid, HERE)
    assert again.design is not None
    here = {use.requirement: use.used for use in uses(result.problem, result.design)}
    there = {use.requirement: use.used for use in uses(again.problem, again.design)}
    assert abs(there["grid import"] - here["grid import"]) < 1e-9


def test_a_chip_without_the_data_for_a_ruling_is_a_kind_of_its_own() -> None:
    instance = tiny(
        {
            "sites.paper.place": "hong_kong",
            "export.regime": "oct_2023",
            "accelerators.frugal.bf16_tflops": 150.0,
            "accelerators.quick.die_mm2": 800.0,
        }
    )
    kinds = {row.accelerator: row.kind for row in derive(instance, HERE).compute.exclusions}
    assert kinds == {"frugal": "data missing for a ruling", "quick": "export rule"}


def test_long_names_of_a_comparison_become_letters_with_a_legend() -> None:
    result = solved()
    long = Side(name="20270101T000000Z-1a2b3c4d", result=result)
    text = to_text(comparison_blocks(shown(compare((long, replace(long, name="20270101T000000Z-5e6f7a8b"))))), 140)
    assert f"A = {result.problem.instance.title}: 20270101T000000Z-1a2b3c4d" in text
    assert f"B = {result.problem.instance.title}: 20270101T000000Z-5e6f7a8b" in text
    short = to_text(
        comparison_blocks(shown(compare((Side(name="one", result=result), Side(name="two", result=result))))), 140
    )
    assert "A = " not in short


def test_refused_licences_are_priced_where_that_was_studied() -> None:
    row = PlanRow(
        id="no_licences",
        name="Licences avoided",
        rule="",
        status="optimal",
        objective=2.0,
        saving_fraction=0.1,
        saving_musd=3.0,
        buys="x",
        reason="",
        figures={"lcoc_usd_per_eflop": 2.0},
    )
    found = Studies(baselines=Plans(instance="minimal", instance_sha256="", objective="lcoc", best=1.8, rows=(row,)))
    assert "if every licence were refused: 2.000 USD/EFLOP, +3.0 MUSD" in summary_text(solved(), About(studies=found))
    none = replace(row, objective=None, saving_fraction=None, reason="no chip is left")
    found = Studies(baselines=Plans(instance="minimal", instance_sha256="", objective="lcoc", best=1.8, rows=(none,)))
    assert "no design (no chip is left)" in summary_text(solved(), About(studies=found))
