"""Designs that break a planner's own regime or a timeline, and the check of the audit that says so."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit
from optimizer.inputs.design import Design
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, run
from tests.mutants.corrupted import Change, add, edit, put
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
TESTS = [
    {
        "when": [{"fact": "accelerator", "value": "frugal"}],
        "ruling": "licence",
        "clause": "memo 1",
        "fee_fraction": 0.1,
        "quota_accelerators": 16,
        "extra_lead_weeks": 10.0,
    },
    {"when": [{"fact": "tpp", "op": ">=", "value": 4800.0}], "ruling": "denied", "clause": "memo 2"},
]
TURN: dict[str, Any] = {
    **TWO_PHASES,
    "export": {
        "parent": "hong_kong",
        "timeline": [
            {"from_date": date(2026, 1, 1), "regime": "before_oct_2022"},
            {"from_date": date(2028, 1, 1), "regime": "memo"},
        ],
    },
    "regimes.memo": {"name": "Memo", "effective": date(2028, 1, 1), "source": "a memo", "tests": TESTS},
    "sites.paper.place": "hong_kong",
    "finance.discount_rate": 0.05,
    "procurement.payment": [{"at": "order", "fraction": 0.3}, {"at": "delivery", "fraction": 0.7, "after_weeks": 6.0}],
}
"""Free until 2028, then the frugal chip is licensed for a fee and the quick one denied."""


@cache
def solved() -> tuple[Instance, Design]:
    instance = tiny(TURN)
    result = run(instance, HERE, Options(isolated=False))
    assert result.verified, (result.status, result.audit and result.audit.findings)
    assert result.design is not None
    return instance, result.design


def failed(*changes: Change, report: bool = False) -> set[str]:
    instance, design = solved()
    plain_instance, plain_design = instance.model_dump(), design.model_dump()
    # Another design has another value than the search found; forged solve blocks have tests of their own.
    plain_design["solve"] = None
    if not report:
        plain_design["reported"] = None
    for change in changes:
        change(plain_instance, plain_design)
    found = audit(Instance.model_validate(plain_instance), Design.model_validate(plain_design), HERE)
    return {finding.check for finding in found.findings}


def own_test(number: int, **values: Any) -> Change:
    def change(instance: dict[str, Any], design: dict[str, Any]) -> None:
        instance["regimes"]["memo"]["tests"][number].update(values)

    return change


def entry(number: int, **values: Any) -> Change:
    def change(instance: dict[str, Any], design: dict[str, Any]) -> None:
        instance["export"]["timeline"][number].update(values)

    return change


QUICK_B = {"site": "paper", "accelerator": "quick", "cooling": "warm_water", "phase": "b", "pods": 1}

BROKEN: dict[str, tuple[str, tuple[Change, ...]]] = {
    "a denied chip delivered after the turn": ("export.denied", (add("deliveries", **QUICK_B),)),
    "the turn a year earlier": ("export.denied", (entry(1, from_date=date(2027, 1, 1)),)),
    "one pod beyond the quota of the clause": (
        "export.quota",
        (edit("deliveries", {"accelerator": "frugal", "phase": "b"}, pods=3),),
    ),
    "a smaller quota": ("export.quota", (own_test(0, quota_accelerators=15),)),
    "a licence that takes two years": ("availability.lead_time", (own_test(0, extra_lead_weeks=104.0),)),
    "a licence that is avoided": ("export.licence_avoided", (put("export.licences", "avoid"),)),
    "a stricter first test": ("export.denied", (own_test(0, ruling="denied"),)),
    "a day before any regime": ("export.denied", (entry(0, from_date=date(2027, 6, 1)),)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_law_is_rejected(name: str) -> None:
    check, changes = BROKEN[name]
    assert check in failed(*changes)


def test_the_design_as_found_is_accepted() -> None:
    assert failed(report=True) == set()


def later_parts(instance: dict[str, Any], design: dict[str, Any]) -> None:
    """Half on the order instead of 30 %."""
    for part in instance["procurement"]["payment"]:
        part["fraction"] = 0.5


def all_on_delivery(instance: dict[str, Any], design: dict[str, Any]) -> None:
    """No deposit."""
    instance["procurement"]["payment"] = ()


def longer_lead(instance: dict[str, Any], design: dict[str, Any]) -> None:
    """Four more weeks between deposit and delivery."""
    instance["accelerators"]["frugal"]["lead_time_weeks"] += 4.0


@pytest.mark.parametrize("change", [later_parts, all_on_delivery, longer_lead], ids=lambda change: change.__name__)
def test_payments_on_other_days_are_rejected(change: Change) -> None:
    found = failed(change, report=True)
    assert "ledger.prepayment" in found
    assert {name for name in found if name.startswith("ledger.")} == {"ledger.prepayment"}


def in_b(**values: Any) -> Change:
    """Other factors in the second phase."""

    def change(instance: dict[str, Any], design: dict[str, Any]) -> None:
        instance["phases"]["b"].update(values)

    return change


@pytest.mark.parametrize(
    ("values", "account"),
    [
        ({"accelerator_price_factors": {"fru*": 1.2}}, "capex_accelerators"),
        ({"accelerator_price_factors": {"*": 1.2, "frugal": 0.9}}, "licence_fees"),
        ({"tariff_factor": 1.1}, "energy"),
        ({"utilisation_factor": 0.9}, "effective_pflops"),
    ],
)
def test_factors_of_a_phase_are_recomputed(values: dict[str, Any], account: str) -> None:
    assert f"ledger.{account}" in failed(in_b(**values), report=True)


def test_the_model_and_the_audit_agree_on_every_factor() -> None:
    factors = {"accelerator_price_factors": {"*": 1.3, "qu*": 0.7}, "tariff_factor": 1.4, "utilisation_factor": 0.8}
    changes = {f"phases.{p}.{key}": value for p in ("a", "b") for key, value in factors.items()}
    result = run(tiny({**TURN, **changes, "phases.b.target_pflops": 9.0}), HERE, Options(isolated=False))
    assert result.verified, result.audit and result.audit.findings


def test_a_fee_that_was_not_booked_is_rejected() -> None:
    assert failed(own_test(0, fee_fraction=0.11), report=True) >= {"ledger.licence_fees"}
