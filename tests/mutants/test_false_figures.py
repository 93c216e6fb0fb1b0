"""Every account of the ledger and every key figure, a thousandth off, is rejected by the check of its own name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit
from optimizer.audit.money import ACCOUNTS
from optimizer.design import Reported
from optimizer.kpis import KPIS
from tests.mutants.corrupted import solved

HERE = Path(__file__).parent
OFF = 1.001
DISPATCH = ("degradation",)
"""Only where a battery trades, which none does in the rich instance: see tests/audit/test_audit_dispatch.py."""
POSTED = tuple(account for account in ACCOUNTS if account not in DISPATCH)


def reported() -> Reported:
    """What the design of the rich instance reports of itself."""
    _, design = solved("rich")
    assert design.reported is not None
    return design.reported


def failed_with(**changes: Any) -> set[str]:
    """Ids of the checks that fail after a change of the report."""
    instance, design = solved("rich")
    false = design.model_copy(update={"reported": reported().model_copy(update=changes)})
    return {finding.check for finding in audit(instance, false, HERE).findings}


def test_true_report_is_accepted() -> None:
    assert failed_with() == set()


@pytest.mark.parametrize("account", POSTED)
def test_false_account_is_rejected(account: str) -> None:
    lines = reported().ledger
    assert any(line.account == account for line in lines), f"no {account} in the rich instance"
    false = tuple(
        line.model_copy(update={"amount": line.amount * OFF}) if line.account == account else line for line in lines
    )
    found = failed_with(ledger=false)
    assert f"ledger.{account}" in found
    assert found <= {f"ledger.{account}", "ledger.total"}


@pytest.mark.parametrize("account", POSTED)
def test_account_left_out_is_rejected(account: str) -> None:
    rest = tuple(line for line in reported().ledger if line.account != account)
    assert f"ledger.{account}" in failed_with(ledger=rest)


@pytest.mark.parametrize("kpi", [kpi.id for kpi in KPIS])
def test_false_key_figure_is_rejected(kpi: str) -> None:
    kpis = reported().kpis
    assert kpis[kpi], f"{kpi} is zero in the rich instance"
    assert failed_with(kpis=kpis | {kpi: kpis[kpi] * OFF}) == {f"figures.{kpi}"}


@pytest.mark.parametrize("total", ["lcoc_usd_per_eflop", "npv_cost_musd", "npv_eflop"])
def test_false_total_is_rejected(total: str) -> None:
    found = failed_with(**{total: getattr(reported(), total) * OFF})
    assert f"result.{total}" in found
    assert found <= {f"result.{total}", "ledger.total"}
