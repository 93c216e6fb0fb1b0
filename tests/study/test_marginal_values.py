"""Marginal values against differences by hand."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from optimizer.pipeline import Options, run
from optimizer.study.marginal import levers, marginal, step_of
from tests.tiny import tiny

HERE = Path(__file__).parent
OPTIONS = Options(isolated=False, gap=1e-9)


def test_a_binding_grid_is_worth_what_two_solves_differ_by() -> None:
    instance = tiny({"sites.paper.grid_mw": 0.09})
    base = run(instance, HERE, OPTIONS)
    lever = next(lever for lever in levers(instance) if lever.unit == "MW")
    found = marginal(base, lever, HERE, OPTIONS)
    wide = run(tiny({"sites.paper.grid_mw": 0.09 + step_of(lever)}), HERE, OPTIONS)
    assert base.design is not None
    assert wide.design is not None
    assert base.design.reported is not None
    assert wide.design.reported is not None
    saved = base.design.reported.npv_cost_musd - wide.design.reported.npv_cost_musd
    assert saved > 0
    assert found.more_musd == pytest.approx(saved, rel=1e-6)
    assert found.less_musd == inf


def test_a_loose_limit_is_worth_nothing() -> None:
    instance = tiny()
    base = run(instance, HERE, OPTIONS)
    for lever in levers(instance):
        if lever.path.endswith("_m2"):
            assert abs(marginal(base, lever, HERE, OPTIONS).more_musd) <= 1e-6


def test_a_quota_on_the_better_chip_on_paper() -> None:
    """Quota of 64 quick chips: 8 quick and 3 frugal pods, 2,014,621.6 USD. A step of 6 chips buys no further pod,
    one of 8 does; the lever's step is a tenth, 6, so one step more is worth nothing."""
    instance = tiny({"procurement.quotas": {"q": {"match": {"accelerator": "quick"}, "max_accelerators": 64}}})
    base = run(instance, HERE, OPTIONS)
    assert base.design is not None
    assert base.design.reported is not None
    assert base.design.reported.npv_cost_musd == pytest.approx(2.0146216, rel=1e-9)
    lever = next(lever for lever in levers(instance) if lever.unit == "accelerators")
    found = marginal(base, lever, HERE, OPTIONS)
    assert found.more_musd == pytest.approx(0.0, abs=1e-6)
    # One step less: 58 chips, 7 quick pods (28) and 5 frugal (10): 1,950,000 + 7 * 9,198 + 5 * 3,679.2 USD.
    assert found.less_musd == pytest.approx((1_950_000 + 7 * 9198 + 5 * 3679.2) / 1e6 - 2.0146216, rel=1e-6)
