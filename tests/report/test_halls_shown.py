"""Halls that were chosen, in every table that lists pods, and what they are worth on the first screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.analysis.decision_table import DECISION_COLUMNS, decision_rows
from optimizer.analysis.halls import hall_shares, hall_uses
from optimizer.analysis.orders import procurement
from optimizer.pipeline import Result
from optimizer.report.baselines import SEARCHED_BY
from optimizer.report.halls_table import HEADER, hall_blocks
from optimizer.report.plan import order_header, order_rows
from optimizer.report.run_tables import PROCUREMENT_COLUMNS, procurement_rows
from optimizer.report.summary import summary_text
from optimizer.report.tiles import one_hall
from tests.hand.on_paper import target
from tests.hand.test_hand_halls import SIDE_BY_SIDE
from tests.tiny import tiny


@pytest.fixture(scope="module")
def mixed() -> Result:
    """Two pods in the plain hall, one in the firm one, with a set and a spare one."""
    instance = tiny({**SIDE_BY_SIDE, **target(11.2)})
    return pipeline.run(instance, Path(), pipeline.Options(isolated=False))


@pytest.fixture(scope="module")
def plain() -> Result:
    return pipeline.run(tiny(), Path(), pipeline.Options(isolated=False))


def test_orders_and_decisions_name_the_hall(mixed: Result, plain: Result) -> None:
    header, _ = order_header(mixed)
    rows = [dict(zip(header, row, strict=True)) for row in order_rows(mixed)]
    assert {(row["Hall"], row["Pods"]) for row in rows} == {("plain", "2"), ("firm", "1")}
    assert all(row["Order by"] for row in rows)
    assert "Hall" not in order_header(plain)[0]
    lines = procurement(mixed.problem, mixed.decisions)
    orders = [dict(zip(PROCUREMENT_COLUMNS, row, strict=True)) for row in procurement_rows(lines)]
    assert {row["hall"] for row in orders if row["what"] == "accelerator pods"} == {"plain", "firm"}
    made = [dict(zip(DECISION_COLUMNS, row, strict=True)) for row in decision_rows(mixed.problem, mixed.decisions)]
    assert {row["hall"] for row in made if row["what"] == "pods delivered"} == {"plain", "firm"}


def test_each_hall_with_what_it_needs(mixed: Result, plain: Result) -> None:
    """20 kW in the plain hall, half of it protected; 10 kW in the firm one: 20 of UPS, 15 of busway, 5 carried."""
    uses = {use.hall: use for use in hall_uses(mixed.problem, mixed.decisions, "only")}
    plain_hall, firm = uses["plain"], uses["firm"]
    amounts = [(use.it_mw, use.ups_mw, use.distribution_mw, use.backed_mw) for use in (plain_hall, firm)]
    assert amounts == [pytest.approx((0.02, 0.01, 0.02, 0.0)), pytest.approx((0.01, 0.02, 0.015, 0.005))]
    assert firm.workloads == ("careful",)
    assert hall_shares(mixed) == pytest.approx({"Plain": 2 / 3, "Firm": 1 / 3})
    assert len(hall_blocks(mixed)) == 2
    assert len(HEADER) == 9
    assert hall_blocks(plain) == []
    assert "HALLS, LAST PHASE" in summary_text(mixed)


def test_the_first_screen_asks_what_the_choice_is_worth(mixed: Result, plain: Result) -> None:
    (tile,) = one_hall(mixed, None)
    assert (tile.name, tile.value) == ("With one hall class", "not known")
    told = "67 % of IT power in Plain, 33 % of IT power in Firm"
    assert tile.note == f"{told}; no plan with one was compared; {SEARCHED_BY}"
    assert one_hall(plain, None) == ()
