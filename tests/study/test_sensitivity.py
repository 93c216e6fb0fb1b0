"""Sensitivity: indices against closed forms, tornado rows against the formula."""

from __future__ import annotations

from math import pi

import pytest

from optimizer.errors import UsageError
from optimizer.study.axes import parse_axis
from optimizer.study.cell import solve_cell
from optimizer.study.designs import Definition
from optimizer.study.engine import run_study
from optimizer.study.indices import COLUMNS, analyse, sample, size
from optimizer.study.plan import plan
from optimizer.study.processes import Processes
from optimizer.study.tornado import ends, tornado_rows, usual_axes
from tests.study import analytic
from tests.study.study_cases import Variants, planned, setup

MINIMAL_AXES = ("accelerators.quick.price_usd=10000:30000", "sites.paper.grid_mw=1:3")


def sampled(axes, method, samples, work, executor=None, variants=None):
    """Indices by factor, through the engine and an executor."""
    variants = variants or planned()[0]
    factors = tuple(map(parse_axis, axes))
    prepared = plan(variants, Definition("monte_carlo", factors, samples))
    unit = sample(method, len(factors), samples, 1)
    assert len(unit) == size(method, len(factors), samples)
    chosen = [tuple(f.quantile(u) for f, u in zip(factors, row, strict=True)) for row in unit]
    outcome = run_study(setup(variants, executor, work=work), prepared.cells(chosen), len(chosen))
    outputs = [outcome.records[k]["kpis"]["lcoc_usd_per_eflop"] for k in range(len(chosen))]
    return analyse(method, unit, outputs, 1)


ISHIGAMI_AXES = tuple(
    f"{key}=0:1" for key in ("accelerators.quick.price_usd", "accelerators.frugal.price_usd", "sites.paper.grid_mw")
)


def ishigami_indices() -> tuple[list[float], list[float]]:
    """Closed form for a = 7, b = 0.1 (T. Ishigami and T. Homma, 1990)."""
    a, b = 7.0, 0.1
    v1, v2, v13 = (1 + b * pi**4 / 5) ** 2 / 2, a * a / 8, b * b * pi**8 * 8 / 225
    total = v1 + v2 + v13
    return [v1 / total, v2 / total, 0.0], [(v1 + v13) / total, v2 / total, v13 / total]


def check(found, first, total, slack=0.0):
    for place, row in enumerate(found):
        assert abs(row["S1"] - first[place]) <= row["S1_conf"] + slack
        assert abs(row["ST"] - total[place]) <= row["ST_conf"] + slack


def test_sobol_indices_of_ishigamis_function_lie_within_their_intervals() -> None:
    pytest.importorskip("SALib")
    first, total = ishigami_indices()
    unit = sample("sobol", 3, 1024, 1)
    outputs = [analytic_ishigami(row) for row in unit]
    found = analyse("sobol", unit, outputs, 1)
    check(found, first, total)
    assert all(row["S1_conf"] < 0.12 for row in found)


def analytic_ishigami(u) -> float:
    from math import sin

    x = [pi * (2 * value - 1) for value in u]
    return sin(x[0]) + 7 * sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * sin(x[0])


def test_sobol_indices_through_the_workers() -> None:
    """The same function as cells of a study: the indices are those of the bare function."""
    pytest.importorskip("SALib")
    unit = sample("sobol", 3, 16, 1)
    bare = analyse("sobol", unit, [analytic_ishigami(row) for row in unit], 1)
    found = sampled(ISHIGAMI_AXES, "sobol", 16, analytic.ishigami, Processes(2))
    for one, other in zip(found, bare, strict=True):
        assert one == pytest.approx(other, abs=1e-6)


@pytest.mark.long
def test_sobol_indices_of_an_instance_in_closed_form() -> None:
    """40 PFLOPS of ten quick pods: LCOC is linear in chip price p and tariff t, so S1 = ST = the shares of variance.

    LCOC = 10 (8 p + 40,000 + 91,980 t) / (40 * 31,536); 8 p spans 32,000 USD, 91,980 t spans 18,396 USD.
    """
    pytest.importorskip("SALib")
    from optimizer.reading.read import ReadOptions
    from tests.study.study_cases import MINIMAL

    sets = ('procurement.include=["quick"]', "phases.only.target_pflops=40.0")
    variants = Variants(MINIMAL, ReadOptions(sets=sets))
    axes = ("accelerators.quick.price_usd=18000:22000", "tariffs.flat.energy.0.price_per_kwh=0.0:0.2")
    found = sampled(axes, "sobol", 64, solve_cell, Processes(2), variants)
    spans = (32_000.0**2, 18_396.0**2)
    shares = [span / sum(spans) for span in spans]
    check(found, shares, shares)


def test_morris_of_a_linear_function_is_exact() -> None:
    """a + 2 b over a in 1..3 and b in 1..3 without the product: effects are 2 and 4, with no spread."""
    pytest.importorskip("SALib")
    unit = sample("morris", 2, 6, 3)
    found = analyse("morris", unit, [2 * u + 4 * v for u, v in unit], 3)
    assert [row["mu_star"] for row in found] == pytest.approx([2, 4])
    assert [row["sigma"] for row in found] == pytest.approx([0, 0], abs=1e-9)


def test_an_output_that_never_moves_has_no_indices() -> None:
    unit = [(0.1, 0.2), (0.3, 0.4)]
    assert analyse("sobol", unit, [1.0, 1.0], 0) == [dict.fromkeys(COLUMNS["sobol"], 0.0)] * 2


def test_samples_that_cannot_be() -> None:
    with pytest.raises(UsageError, match="power of two"):
        size("sobol", 2, 100)
    with pytest.raises(UsageError, match="two axes"):
        size("morris", 1, 10)


def test_a_tornado_of_the_formula() -> None:
    """The file has 20,000 USD and 1 MW: 2 + 2 + 2 = 6. Price 1 to 3: 1 + 2 + 1 = 4 to 8; grid 1 to 3: 6 to 14."""
    variants, _ = planned()
    axes = ends(tuple(map(parse_axis, MINIMAL_AXES)))
    prepared = plan(variants, Definition("one_at_a_time", axes))
    outcome = run_study(setup(variants), prepared.cells(), prepared.total)
    rows = tornado_rows(prepared, outcome.records)
    assert [row["axis"] for row in rows] == ["sites.paper.grid_mw", "accelerators.quick.price_usd"]
    assert [(row["low_lcoc"], row["high_lcoc"], row["swing"]) for row in rows] == [(6, 14, 8), (4, 8, 4)]


def test_an_end_without_a_design_still_has_a_bar() -> None:
    variants, _ = planned()
    axes = ends((parse_axis(f"accelerators.quick.price_usd={analytic.INFEASIBLE_PRICE},30000"),))
    prepared = plan(variants, Definition("one_at_a_time", axes))
    (row,) = tornado_rows(prepared, run_study(setup(variants), prepared.cells(), 3).records)
    assert row["low_status"] == "infeasible"
    assert row["low_lcoc"] is None
    assert row["swing"] == pytest.approx(8 - 6)


def test_a_tornado_needs_two_ends() -> None:
    with pytest.raises(UsageError, match="one value"):
        ends((parse_axis("sites.paper.grid_mw=1"),))


def test_the_usual_axes_leave_out_what_an_instance_does_not_have() -> None:
    """The minimal instance has no discounting, no staff and no demand charge."""
    found = {factor.path for factor in usual_axes(planned()[0])}
    assert "accelerators.*.price_usd" in found
    # A tornado moves one accelerator at a time: quick costs 50,000 USD per PFLOPS to buy, frugal 55,000.
    single = [factor.path for factor in usual_axes(planned()[0], one_by_one=True)]
    assert single[:2] == ["accelerators.quick.price_usd", "accelerators.frugal.price_usd"]
    assert "accelerators.frugal.utilisation.*" in single
    assert not [path for path in single if path.startswith("accelerators.*")]
    assert "tariffs.*.energy.*.price_per_kwh" in found
    assert not found & {"finance.discount_rate", "staff.usd_per_engineer_year", "tariffs.*.demand_per_kva_month"}
