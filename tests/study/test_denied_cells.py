"""Cells without a design, told by a neighbour that has none and allows all that they allow."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.pipeline import Options, run
from optimizer.solve.bound_transfer import ProvenBound, proven_bound_from
from optimizer.solve.search import search
from optimizer.study.cell import BY_NEIGHBOURS, BY_SEARCH, solve_cell
from optimizer.study.engine import run_study
from optimizer.study.processes import Processes
from tests.study.study_cases import both, planned, setup

AXES = ("sites.paper.grid_mw=0.02:0.12:0.01", "accelerators.quick.price_usd=15000,30000")
"""38 PFLOPS need 19 frugal pods of 4 kW with their pumps, 19 x 4 x 1.05 = 79.8 kW: below it there is no design."""


def reading(**settings: object):
    from optimizer.reading.overrides import parse_setting

    variants, _ = planned("sites.paper.grid_mw=1,2")
    return variants.read([parse_setting(f"{key.replace('__', '.')}={value}") for key, value in settings.items()])


def result(grid_mw: float, proven_bounds: tuple[ProvenBound, ...] = (), **more: object):
    found = reading(sites__paper__grid_mw=grid_mw, **more)
    return run(found.instance, found.folder, Options(isolated=False, proven_bounds=proven_bounds, keep_proof=True))


def test_less_of_what_does_not_suffice_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = result(0.05).proven_bound
    assert bound is not None
    assert bound.denies
    again = proven_bound_from(bound.to_json(), {})
    assert again.denies
    assert np.array_equal(again.arrays.row_upper, bound.arrays.row_upper)
    monkeypatch.setattr("optimizer.solve.search.search", lambda *_: pytest.fail("searched"))
    denied = result(0.03, (again,))
    assert (denied.status.value, denied.searched, denied.proven_bound) == ("infeasible", False, None)


@pytest.mark.parametrize(
    "more", [{"grid_mw": 0.06}, {"grid_mw": 0.2}, {"grid_mw": 0.05, "phases__only__target_pflops": 10}]
)
def test_what_allows_more_in_anything_is_searched(more: dict[str, float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it is as infeasible: a denial says nothing of what it does not hold."""
    bound = result(0.05).proven_bound
    assert bound is not None
    calls = []
    monkeypatch.setattr("optimizer.solve.search.search", lambda *args: calls.append(1) or search(*args))
    given = dict(more)
    found = result(given.pop("grid_mw"), (bound,), **given)
    assert calls
    assert found.searched
    assert (found.status.value == "infeasible") is (more["grid_mw"] == 0.06)


def test_a_study_searches_few_of_the_cells_without_design_and_tables_do_not_depend_on_the_workers() -> None:
    variants, plan = planned(*AXES)
    one = run_study(setup(variants, work=solve_cell), plan.cells(), plan.total)
    infeasible = [r for r in one.records.values() if r["status"] == "infeasible"]
    assert len(infeasible) == 2 * 6
    assert sum(r["proved_by"] == BY_SEARCH for r in infeasible) <= 6
    assert any(r["proved_by"] == BY_NEIGHBOURS for r in infeasible)
    two = run_study(setup(variants, Processes(2), work=solve_cell), plan.cells(), plan.total)
    assert both(plan, one) == both(plan, two)
