"""Fabrics that were chosen, in every table that lists pods; nothing of them where a site has only one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.analysis.achieved import trainable
from optimizer.analysis.decision_table import DECISION_COLUMNS, decision_rows
from optimizer.analysis.orders import procurement
from optimizer.pipeline import Result
from optimizer.report.calendar import bars
from optimizer.report.html.drawings import floor_plan
from optimizer.report.html.parts import design_grids
from optimizer.report.html.view import View
from optimizer.report.plan import order_header, order_rows
from optimizer.report.run_tables import PROCUREMENT_COLUMNS, procurement_rows
from optimizer.study.no_good_cuts import DifferenceKind, signature
from tests.hand.test_hand_fabrics import BESIDE_THE_RUN, run_of
from tests.tiny import ROOT, tiny


@pytest.fixture(scope="module")
def mixed() -> Result:
    """Two pods on `cheap` carry a run, two inside servers serve."""
    instance = tiny({**run_of(1.0), **BESIDE_THE_RUN})
    return pipeline.run(instance, Path(), pipeline.Options(objective="total_cost", isolated=False))


@pytest.fixture(scope="module")
def plain() -> Result:
    return pipeline.run(tiny(), Path(), pipeline.Options(isolated=False))


def test_orders_name_the_fabric(mixed: Result, plain: Result) -> None:
    header, numbers = order_header(mixed)
    rows = [dict(zip(header, row, strict=True)) for row in order_rows(mixed)]
    assert {(row["Cooling"], row["Fabric"], row["Pods"]) for row in rows} == {
        ("warm_water", "cheap", "2"),
        ("warm_water", "inside", "2"),
    }
    assert [header[at] for at in sorted(numbers)] == ["Pods", "Racks", "Accelerators"]
    header, numbers = order_header(plain)
    assert "Fabric" not in header
    assert [header[at] for at in sorted(numbers)] == ["Pods", "Racks", "Accelerators"]
    assert {len(row) for row in order_rows(plain)} == {len(header)}


def test_decisions_name_the_fabric(mixed: Result) -> None:
    rows = [dict(zip(DECISION_COLUMNS, row, strict=True)) for row in decision_rows(mixed.problem, mixed.decisions)]
    assert {(row["what"], row["fabric"]) for row in rows if row["fabric"]} == {
        *((f"{unit} delivered", name) for unit in ("pods", "racks", "accelerators") for name in ("cheap", "inside")),
        *(("pods at work", name) for name in ("cheap", "inside")),
        ("cluster of a training run", "cheap"),
    }


def test_each_fabric_is_ordered_at_its_price(mixed: Result) -> None:
    lines = procurement(mixed.problem, mixed.decisions)
    fabrics = {line.item: (line.quantity, line.unit_price_usd) for line in lines if line.what == "fabric"}
    assert fabrics == {"cheap": (16, 1000.0), "inside": (16, 250.0)}
    rows = [dict(zip(PROCUREMENT_COLUMNS, row, strict=True)) for row in procurement_rows(lines)]
    pods = [row for row in rows if row["what"] == "accelerator pods"]
    assert {row["fabric"] for row in pods} == {"cheap", "inside"}


def test_the_calendar_puts_each_fabric_with_its_pods(mixed: Result) -> None:
    """200,000 USD a pod, and 8,000 or 2,000 for its fabric."""
    assert sum(usd for _, usd in bars(mixed.problem, mixed.decisions)) == pytest.approx(820_000)
    assert "fabric" not in {line.what for line, _ in bars(mixed.problem, mixed.decisions)}


def test_the_page_names_the_fabric(mixed: Result) -> None:
    view = View(mixed)
    orders = next(grid for grid in design_grids(view) if grid.caption == "Accelerators by phase")
    assert "Fabric" in orders.header
    assert {here.fabric for here in view.pods} == {"cheap", "inside"}
    plan = floor_plan(view)
    assert plan is not None
    assert {row[2] for row in plan.table.rows[:-1]} == {
        "Warm water, no chiller; Fabric at 1000",
        "Warm water, no chiller; Fabric at 250",
    }


def test_pods_inside_servers_are_no_cluster(mixed: Result) -> None:
    """The design trains on its two joined pods, 8 x 2^-0.2 PFLOPS, not on the two that nothing joins."""
    (ten,) = [row for row in trainable(mixed.problem, mixed.decisions, "only") if row.model == "ten"]
    assert (ten.accelerators, ten.days) == (16, pytest.approx(6e22 / (8e15 * 2**-0.2) / 86_400))


def test_designs_differ_by_fabric(mixed: Result, plain: Result) -> None:
    found = signature(mixed.problem, mixed.decisions, (DifferenceKind.FABRIC,))
    assert found == {(DifferenceKind.FABRIC, "cheap"), (DifferenceKind.FABRIC, "inside")}
    assert signature(plain.problem, plain.decisions, (DifferenceKind.FABRIC,)) == {(DifferenceKind.FABRIC, "none")}


def test_what_is_left_out_has_its_reason(mixed: Result) -> None:
    """The run's cluster is no smaller on `fast`, and all else is cheaper elsewhere."""
    reasons = {found.reason for found in mixed.problem.compute.exclusions if found.kind == "fabric"}
    assert reasons == {"fast does nothing for it that cheap does not, for no more money and no more power"}


def test_nothing_finds_pod_types_by_cooling_alone() -> None:
    """Types are found by `type_key`: (site, accelerator, cooling) is not one where fabrics are chosen."""
    by_cooling = re.compile(r"(types\[[^\]]*\.cooling\])|(\.site, \w+\.accelerator, \w+\.cooling\))")
    pages = [page for page in (ROOT / "optimizer").rglob("*.py") if "audit" not in page.parts]
    found = [page.name for page in pages if by_cooling.search(page.read_text(encoding="utf-8"))]
    assert found == []
