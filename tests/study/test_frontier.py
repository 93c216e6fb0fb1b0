"""Frontiers against every mix of pods there is."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import UsageError
from optimizer.reading.read import ReadOptions, Variants
from optimizer.study.cell import Question
from optimizer.study.frontier import run_frontier, solve_point
from optimizer.study.frontier_points import TARGET, FrontierQuestion, frontier_rows, non_dominated
from optimizer.study.metrics import METRICS, metric_of
from optimizer.study.processes import Processes
from optimizer.study.types import StudyProgress
from tests.study.study_cases import MINIMAL, planned, setup


def found(x: str, y: str, points: int = 6, executor=None, tell=lambda _: None):
    return solved(planned()[0], FrontierQuestion(metric_of(x), metric_of(y), points), executor, tell)


def solved(variants: Variants, asked: FrontierQuestion, executor=None, tell=lambda _: None):
    prepared = replace(setup(variants, executor, work=solve_point), tell=tell)
    context = replace(prepared.context, question=Question(gap=1e-9))
    return frontier_rows(run_frontier(replace(prepared, context=context), asked), asked)


def mixes(pflops: float = 38) -> list[tuple[float, float, float]]:
    """(MWh, USD of pods, LCOC) of every mix of pods that delivers so many PFLOPS, by the comments of the file."""
    rows = []
    for quick, frugal in product(range(16), range(31)):
        spare = 4 * quick + 2 * frugal - pflops
        if spare < 0:
            continue
        for idle in (0, 1):
            # What is not wanted need not run: half a quick pod, or a frugal one, stands idle.
            kw = 10 * quick + 4 * frugal - spare * (2.5 if idle == 0 and quick else 2.0)
            mwh = kw * 1.05 * 8.76
            price = 200_000 * quick + 110_000 * frugal
            rows.append((mwh, price / 1e6, (price + 100 * mwh) / (pflops * 31_536)))
    return rows


def test_every_point_is_on_the_frontier_of_all_mixes() -> None:
    rows = found("energy_mwh_per_year", "lcoc_usd_per_eflop")
    assert len(rows) == 6
    for row in rows:
        assert row["record"]["verified"]
        best = min(lcoc for mwh, _, lcoc in mixes() if mwh <= row["x"] * (1 + 1e-9))
        assert row["y"] == pytest.approx(best, rel=1e-7)
        assert row["gap"] <= 1e-6
    xs, ys = [row["x"] for row in rows], [row["y"] for row in rows]
    assert xs == sorted(xs)
    assert ys == sorted(ys, reverse=True)


def test_ends_are_lexicographic() -> None:
    """The least energy is that of 19 frugal pods; the least levelised cost that of 9 quick pods and a frugal one."""
    rows = found("energy_mwh_per_year", "lcoc_usd_per_eflop", points=2)
    assert [row["kind"] for row in rows] == ["least_x", "least_y"]
    assert rows[0]["x"] == pytest.approx(19 * 4 * 1.05 * 8.76, rel=1e-6)
    assert rows[0]["y"] == pytest.approx(min(lcoc for mwh, _, lcoc in mixes() if mwh <= 699.049), rel=1e-6)
    assert rows[1]["y"] == pytest.approx(1.6659834, rel=1e-6)
    assert rows[1]["x"] == pytest.approx((90 + 4) * 1.05 * 8.76, rel=1e-6)


def test_to_build_less_is_no_point_of_a_frontier() -> None:
    """With a demand of 40 the least levelised cost delivers 40; 19 frugal pods (38) need the least energy of all."""
    variants = Variants(MINIMAL, ReadOptions(sets=("phases.only.demand_pflops=40",)))
    energy, lcoc = metric_of("energy_mwh_per_year"), metric_of("lcoc_usd_per_eflop")
    held, free = (solved(variants, FrontierQuestion(energy, lcoc, 2, any_)) for any_ in (False, True))
    assert [row["record"]["in_use_pflops"]["only"] for row in free] == pytest.approx([38, 40], rel=1e-5)
    assert [row["record"]["in_use_pflops"]["only"] for row in held] == pytest.approx([40, 40], rel=1e-5)
    assert [row["kind"] for row in held] == ["least_x", "least_y"]
    assert free[0]["x"] == pytest.approx(19 * 4 * 1.05 * 8.76, rel=1e-6)
    assert held[0]["x"] == pytest.approx(20 * 4 * 1.05 * 8.76, rel=1e-5)


def test_what_a_unit_less_costs_is_levelised() -> None:
    """19 frugal pods beside 9 quick and a frugal one, both for 38 PFLOPS: dearer pods, less energy at 100 USD/MWh."""
    frugal, quick = found("energy_mwh_per_year", "lcoc_usd_per_eflop", points=2)
    dearer = 19 * 110_000 - (9 * 200_000 + 110_000)
    saved_mwh = (94 - 76) * 1.05 * 8.76
    assert frugal["usd_per_unit"] == pytest.approx(dearer / saved_mwh - 100, rel=1e-5)
    assert "usd_per_unit" not in quick


def test_cost_over_the_target_is_that_of_the_best_mix_for_each() -> None:
    asked = FrontierQuestion(TARGET, metric_of("lcoc_usd_per_eflop"), 3)
    rows = solved(planned()[0], asked)
    assert [row["x"] for row in rows] == pytest.approx([19, 38, 57])
    for row in rows:
        best = min(lcoc for _, _, lcoc in mixes(row["x"]))
        assert row["y"] == pytest.approx(best, rel=1e-6)


def test_ends_and_points_between_them_are_steps_of_one_study() -> None:
    """Five points: two ends and three between. No point is better than another, so none is told."""
    heard: list[StudyProgress] = []
    found("energy_mwh_per_year", "lcoc_usd_per_eflop", 5, tell=heard.append)
    assert [(part.done, part.total) for part in heard] == [(done, 5) for done in range(1, 6)]
    assert heard[-1].seconds_left in (None, 0)
    assert all(part.seconds_left for part in heard[:-1])
    assert not any(part.records for part in heard)


def test_measures_that_do_not_conflict_meet_in_one_point() -> None:
    rows = found("capex_musd", "npv_cost_musd", points=4)
    assert len(rows) == 1
    assert rows[0]["x"] == pytest.approx(1.91, rel=1e-6)


def test_workers_do_not_change_a_frontier() -> None:
    alone, together = (
        found("energy_mwh_per_year", "lcoc_usd_per_eflop", 4, executor) for executor in (None, Processes(2))
    )
    keys = ("kind", "x", "y", "gap", "cap_x")
    assert [[row[key] for key in keys] for row in alone] == [[row[key] for key in keys] for row in together]


def test_measures_that_cannot_be_bounded_are_refused_with_those_that_can() -> None:
    with pytest.raises(UsageError) as raised:
        metric_of("pue_annual")
    assert all(name in (raised.value.help or "") for name in METRICS)
    with pytest.raises(UsageError) as raised:
        metric_of("carbon_t_per_yaer")
    assert "did you mean carbon_t_per_year?" in (raised.value.help or "")


POINTS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda p: (float(p[0]), float(p[1]))), max_size=30
)


@given(POINTS)
def test_the_filter_keeps_exactly_what_nothing_beats(points: list[tuple[float, float]]) -> None:
    kept = [points[place] for place in non_dominated(points)]
    unbeaten = {p for p in points if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in points)}
    assert set(kept) == unbeaten
    assert len(kept) == len(unbeaten)
    assert kept == sorted(kept)
