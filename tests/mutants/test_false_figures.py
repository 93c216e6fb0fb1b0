"""Every account of the ledger and every key figure, a thousandth off, is rejected by the check of its own name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit
from optimizer.audit.money import ACCOUNTS
from optimizer.inputs.design import Reported
from optimizer.model.kpis import (
    ALL_KPIS,
    DISPATCH_KPIS,
    EXPORT_KPIS,
    FACILITY_KPIS,
    GENERATION_KPIS,
    KPIS,
    RESPONSE_KPIS,
    WORK_KPIS,
)
from tests.mutants.corrupted import solved

HERE = Path(__file__).parent
OFF = 1.001
GENERATED = ("capex_generation", "generation_mw", "generated_mwh")
ACCOUNT_OF = dict.fromkeys(ACCOUNTS, "rich") | {"degradation": "dispatch"} | dict.fromkeys(GENERATED, "generating")
ACCOUNT_OF |= dict.fromkeys(("export_revenue", "demand_response", "exported_mwh", "demand_response_mw"), "connected")
"""The instance in which an account is in use: batteries wear where they trade."""
FIGURES = [
    *(("rich", kpi.id) for kpi in KPIS),
    *(("dispatch", kpi.id) for kpi in DISPATCH_KPIS),
    *(("rich", kpi.id) for kpi in FACILITY_KPIS),
    *(("generating", kpi.id) for kpi in GENERATION_KPIS),
    *(("connected", kpi.id) for kpi in (*EXPORT_KPIS, *RESPONSE_KPIS)),
    *(("idle" if kpi.id in ("idle_accelerators", "delivered_pflops") else "work", kpi.id) for _, kpi in WORK_KPIS),
]
"""Every key figure, in an instance that reports it."""


def reported(kind: str) -> Reported:
    """What the design of an instance reports of itself."""
    _, design = solved(kind)
    assert design.reported is not None
    return design.reported


def failed_with(kind: str, **changes: Any) -> set[str]:
    """Ids of the checks that fail after a change of the report."""
    instance, design = solved(kind)
    false = design.model_copy(update={"reported": reported(kind).model_copy(update=changes)})
    return {finding.check for finding in audit(instance, false, HERE).findings}


def test_true_report_is_accepted() -> None:
    assert failed_with("rich") == set()


def test_every_key_figure_is_falsified() -> None:
    assert [kpi for _, kpi in FIGURES] == [kpi.id for kpi in ALL_KPIS]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_false_account_is_rejected(account: str) -> None:
    lines = reported(ACCOUNT_OF[account]).ledger
    assert any(line.account == account for line in lines), f"no {account} in the {ACCOUNT_OF[account]} instance"
    false = tuple(
        line.model_copy(update={"amount": line.amount * OFF}) if line.account == account else line for line in lines
    )
    found = failed_with(ACCOUNT_OF[account], ledger=false)
    assert f"ledger.{account}" in found
    assert found <= {f"ledger.{account}", "ledger.total"}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_account_left_out_is_rejected(account: str) -> None:
    rest = tuple(line for line in reported(ACCOUNT_OF[account]).ledger if line.account != account)
    assert f"ledger.{account}" in failed_with(ACCOUNT_OF[account], ledger=rest)


@pytest.mark.parametrize(("kind", "kpi"), FIGURES)
def test_false_key_figure_is_rejected(kind: str, kpi: str) -> None:
    kpis = reported(kind).kpis
    assert kpis[kpi], f"{kpi} is zero in the {kind} instance"
    assert failed_with(kind, kpis=kpis | {kpi: kpis[kpi] * OFF}) == {f"figures.{kpi}"}


@pytest.mark.parametrize("total", ["lcoc_usd_per_eflop", "npv_cost_musd", "npv_eflop"])
def test_false_total_is_rejected(total: str) -> None:
    found = failed_with("rich", **{total: getattr(reported("rich"), total) * OFF})
    assert f"result.{total}" in found
    assert found <= {f"result.{total}", "ledger.total"}
