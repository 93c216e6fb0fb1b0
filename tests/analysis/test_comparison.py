"""Designs side by side: the accounts' differences are exactly that of the levelised cost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.analysis.comparison import compare
from optimizer.analysis.sides import Side
from optimizer.app.loaded import result_of
from optimizer.inputs.design import Status
from optimizer.number_format import percent
from optimizer.report.compare_page import RowLimits, against_sentence, comparison_blocks, explanation, signed
from optimizer.report.compared import shown
from optimizer.report.document import to_markdown, to_text
from tests.tiny import EVERYTHING, tiny

OPTIONS = pipeline.Options(isolated=False)
ONE_CHIP = {"procurement.include": ["frugal"], "title": "Frugal only"}


def solved(changes):
    result = pipeline.run(tiny(changes), Path(), OPTIONS)
    assert result.verified, result.message
    return result


@pytest.fixture(scope="module")
def minimal():
    return solved({})


@pytest.fixture(scope="module")
def frugal():
    """The same question with one of the two chips: the other is left out by a rule."""
    return solved({**ONE_CHIP, "phases.only.target_pflops": 18.0, "phases.only.demand_pflops": 38.0})


@pytest.fixture(scope="module")
def everything():
    return solved(EVERYTHING)


@pytest.fixture(scope="module")
def pair(minimal, frugal):
    return compare((Side(name="both", result=minimal), Side(name="frugal", result=frugal)))


def difference(found):
    first, second = (side.reported.lcoc_usd_per_eflop for side in found.sides)
    return second - first


@pytest.mark.parametrize("table", ["costs", "lines"])
def test_the_parts_add_up_to_the_difference(table, minimal, frugal, everything):
    for other in (frugal, everything):
        found = compare((Side(name="a", result=minimal), Side(name="b", result=other)))
        total = sum(row.difference(1) for row in getattr(found, table))
        assert abs(difference(found)) > 1e-3
        assert total == pytest.approx(difference(found), rel=1e-10)


def test_each_column_adds_up_to_its_own_cost(pair):
    for at, side in enumerate(pair.sides):
        assert sum(row.values[at] or 0 for row in pair.costs) == pytest.approx(
            side.reported.lcoc_usd_per_eflop, rel=1e-10
        )


def test_a_design_does_not_differ_from_itself(minimal):
    found = compare((Side(name="a", result=minimal), Side(name="b", result=minimal)))
    assert not [row for row in (*found.figures, *found.costs, *found.decisions) if row.differs]
    assert not found.assumptions
    assert "costs 0 USD/EFLOP" in explanation(shown(found))
    assert "None: both answer the same question." in to_text(comparison_blocks(shown(found)), 100)


def test_decisions_stand_side_by_side(pair):
    bought = {row.what: row.values for row in pair.decisions}
    # On paper: 9 quick pods and 1 frugal one against frugal ones alone.
    assert bought["pods bought: quick in warm_water"] == (9.0, None)
    assert bought["pods bought: frugal in warm_water"][0] == 1.0
    assert bought["pods bought: frugal in warm_water"][1] >= 9


def test_an_excluded_chip_comes_with_its_reason_on_each_side(pair):
    chips = {row.what: row.values for row in pair.chips}
    assert chips["quick"] == ("bought", "excluded: procurement list")


def test_an_export_rule_is_named_with_its_clause(minimal):
    denied = {"export.regime": "domestic_only", "accelerators.quick.origin": "CN", "accelerators.frugal.origin": "US"}
    domestic = solved({**denied, "phases.only.target_pflops": 18.0})
    chips = {
        row.what: row.values for row in compare((Side(name="a", result=minimal), Side(name="b", result=domestic))).chips
    }
    assert chips["frugal"][0] == "bought"
    assert chips["frugal"][1].startswith("excluded: export rule, ")


def test_assumptions_that_differ_by_path(pair):
    paths = {row.what: row.values for row in pair.assumptions}
    assert paths["phases.only.target_pflops"][1] == 18.0
    assert paths["procurement.include"] == ("quick, frugal", "frugal")
    assert "title" not in paths


def test_sites_of_other_names_are_matched_if_each_has_one(minimal):
    base = tiny()
    other = base.model_copy(update={"sites": {"harbour": base.sites["paper"].model_copy(update={"grid_mw": 3.0})}})
    moved = pipeline.run(other, Path(), OPTIONS)
    found = compare((Side(name="a", result=minimal), Side(name="b", result=moved)))
    assert {row.what: row.values for row in found.assumptions} == {"sites.(site).grid_mw": (1.0, 3.0)}
    assert not [row for row in found.lines if row.differs]


def test_a_bid_that_fails_is_shown_as_failing(minimal):
    design = minimal.design
    deliveries = tuple(row.model_copy(update={"pods": row.pods + 1}) for row in design.decisions.deliveries)
    bid = design.model_copy(
        update={"decisions": design.decisions.model_copy(update={"deliveries": deliveries}), "reported": None}
    )
    side = Side(
        name="bid", result=result_of(minimal.problem, bid.model_copy(update={"solve": None}), Path()), is_bid=True
    )
    found = compare((Side(name="optimum", result=minimal), side))
    assert side.verdict.startswith("BID NOT VERIFIED")
    assert found.to_json_dict()["sides"][1]["verified"] is False
    assert difference(found) > 0
    assert sum(row.difference(1) for row in found.costs) == pytest.approx(difference(found), rel=1e-10)


def test_an_honest_bid_costs_what_the_design_costs(minimal):
    bid = minimal.design.model_copy(update={"reported": None, "solve": None})
    side = Side(name="bid", result=result_of(minimal.problem, bid, Path()), is_bid=True)
    found = compare((Side(name="optimum", result=minimal), side))
    assert side.verdict.startswith("VERIFIED BID")
    assert difference(found) == pytest.approx(0, abs=1e-9)
    assert all(abs(row.difference(1)) < 1e-9 for row in (*found.costs, *found.lines))
    assert all(abs(row.difference(1)) < 1e-6 for row in found.figures)


def test_the_page_has_all_parts_and_limits_what_is_long(minimal, everything):
    found = compare((Side(name="a", result=minimal), Side(name="b", result=everything), Side(name="c", result=minimal)))
    text = to_text(comparison_blocks(shown(found), RowLimits(lines=2, assumptions=3)), 110)
    for words in ("KEY FIGURES", "LEVELISED COST BY ACCOUNT", "DECISIONS", f"({len(found.assumptions)})"):
        assert words in text
    assert f"and {len(found.assumptions) - 3} more" in text
    assert json.dumps(found.to_json_dict(), allow_nan=False)


def test_names_are_data_in_markdown(minimal, everything):
    found = compare((Side(name="<b>|x", result=minimal), Side(name="b", result=everything)))
    assert "<b>" not in to_markdown(comparison_blocks(shown(found)))


def test_against_says_what_the_rules_cost(minimal, frugal):
    sentence = against_sentence(Side(name="ours", result=frugal), Side(name="free", result=minimal))
    lcoc = frugal.design.reported.lcoc_usd_per_eflop - minimal.design.reported.lcoc_usd_per_eflop
    assert sentence.startswith(f"Against free: LCOC {signed(lcoc)} USD/EFLOP (")
    assert "other chips: none instead of Quick" in sentence
    assert "not proven best" not in sentence
    each = [r.design.reported.kpis["white_m2_per_effective_pflops"] for r in (frugal, minimal)]
    assert f"({signed(each[0] / each[1] - 1, percent)} per effective PFLOPS)" in sentence
    stopped = replace(minimal, status=Status.FEASIBLE)
    assert "not proven best" in against_sentence(Side(name="ours", result=frugal), Side(name="free", result=stopped))
    assert "same chips" in against_sentence(Side(name="ours", result=minimal), Side(name="same", result=minimal))


def test_one_design_is_no_comparison(minimal):
    with pytest.raises(ValueError, match="two"):
        compare((Side(name="a", result=minimal),))
