"""A design's money without a verdict is the audit's own money, at any price and whatever is wrong with the design."""

from pathlib import Path

import pytest

from optimizer.audit.audit import Repricing, audit, recomputed
from optimizer.pipeline import Options, run
from optimizer.reading.read import values_of
from optimizer.study.input_values import value_at, with_value
from tests.tiny import EVERYTHING, tiny

HERE = Path(__file__).parent
PRICES = (
    "accelerators.quick.price_usd",
    "accelerators.frugal.server_rest_usd",
    "tariff_factor",
    "staff.usd_per_engineer_year",
)


@pytest.mark.parametrize("changes", [{}, EVERYTHING], ids=["plain", "everything"])
def test_it_is_the_audits_money_at_any_price(changes):
    instance = tiny(changes)
    design = run(instance, HERE, Options(isolated=False)).design.model_copy(update={"reported": None, "solve": None})
    seen = set()
    for path in PRICES:
        for times in (1, 3):
            other = with_value(instance, path, times * 1_000.0)
            report, money = audit(other, design, HERE), recomputed(other, design, HERE)
            assert money.ledger == report.ledger
            assert money.npv_cost_musd == report.npv_cost_musd
            assert money.lcoc_usd_per_eflop == report.lcoc_usd_per_eflop
            seen.add(money.npv_cost_musd)
    assert len(seen) > 2


@pytest.mark.parametrize("changes", [{}, EVERYTHING], ids=["plain", "everything"])
def test_at_other_prices_only_what_depends_on_them_is_recomputed(changes):
    instance = tiny(changes)
    design = run(instance, HERE, Options(isolated=False)).design.model_copy(update={"reported": None, "solve": None})
    repriced = Repricing(instance, design, HERE)
    assert repriced.today == recomputed(instance, design, HERE)
    keys = (".".join(map(str, path)) for path, _ in values_of(instance) if "usd" in str(path[-1]))
    moved = 0
    for path in ("tariff_factor", *(key for key in keys if value_at(instance, key))):
        other = with_value(instance, path, 3 * value_at(instance, path))
        assert repriced.at(other) == recomputed(other, design, HERE), path
        moved += repriced.at(other) != repriced.today
    assert moved >= 5


def test_a_design_that_breaks_limits_has_money_too():
    """Ten times the pods in a hall for few: the audit rejects it, and its books say what it would cost."""
    instance = tiny()
    design = run(instance, HERE, Options(isolated=False)).design.model_copy(update={"reported": None, "solve": None})
    rows = tuple(row.model_copy(update={"pods": 10_000 * row.pods}) for row in design.decisions.deliveries)
    broken = design.model_copy(update={"decisions": design.decisions.model_copy(update={"deliveries": rows})})
    report = audit(instance, broken, HERE)
    assert not report.passed
    assert recomputed(instance, broken, HERE).ledger == report.ledger
    assert not hasattr(recomputed(instance, broken, HERE), "passed")
