"""The year written into arrays is the year of the Pyomo rules: every number, name and place of it."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.operations.shapes import YearShape
from optimizer.solve.parametric import Parametric, compile_year
from optimizer.solve.unsound import Unsound
from tests.operations.pyomo_year import compile_by_pyomo
from tests.operations.random_years import MENU, random_shape
from tests.operations.test_year_cuts import shape

SINGLE = [frozenset({name, "placing"}) if name == "water" else frozenset({name}) for name in MENU]
CASES = [frozenset[str](), *SINGLE, frozenset(MENU)]


def assert_same(found: Parametric, expected: Parametric) -> None:
    """Bit for bit, in the same order."""
    for name in ("coordinates", "column_names", "row_names"):
        assert getattr(found, name) == getattr(expected, name)
    for name in ("cost", "bounded", "row_low", "row_high"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    for name in ("a", "b", "u"):
        ours, theirs = getattr(found, name), getattr(expected, name)
        for matrix in (ours, theirs):
            matrix.eliminate_zeros()
            matrix.sort_indices()
        assert ours.shape == theirs.shape
        for part in ("indptr", "indices", "data"):
            assert np.array_equal(getattr(ours, part), getattr(theirs, part)), (name, part)


def checked(given: YearShape) -> None:
    assert_same(compile_year(given), compile_by_pyomo(given))


@pytest.mark.parametrize("having", CASES, ids=lambda having: "+".join(sorted(having)) or "nothing")
def test_every_branch_by_itself_and_all_at_once(having: frozenset[str]) -> None:
    checked(random_shape(np.random.default_rng(len(having)), 96, having))


@pytest.mark.parametrize("seed", range(8))
def test_branches_at_random(seed: int) -> None:
    rng = np.random.default_rng(seed)
    checked(random_shape(rng, 24 * int(rng.integers(1, 12))))


@pytest.mark.parametrize("name", ["all", "battery", "work"])
def test_shapes_of_instances(name: str) -> None:
    checked(shape(name))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_whole_years(seed: int) -> None:
    checked(random_shape(np.random.default_rng(100 + seed), 8760, frozenset(MENU) if seed == 0 else None))


def test_numbers_no_solver_may_see_are_refused() -> None:
    given = random_shape(np.random.default_rng(0), 48, frozenset({"battery"}))
    given.energy_usd_per_mwh[5] = np.nan
    with pytest.raises(Unsound, match="not finite"):
        compile_year(given)
    given.energy_usd_per_mwh[5] = 1.0
    given.base_per_mw[0, 7] = 1e15
    with pytest.raises(Unsound, match=r"balance\[one,7\]"):
        compile_year(given)
