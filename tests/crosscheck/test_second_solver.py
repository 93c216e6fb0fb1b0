"""A second MIP solver on the same compiled models: same status, same optimum.

At the least ratio r the minimum of N - r D is zero (Dinkelbach): if the second solver finds less, some design has a
better ratio; if more, the design reported does not exist.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.solve.compiled import Compiled
from optimizer.solve.dinkelbach import RatioOptions, minimise_ratio
from optimizer.solve.highs import Engine
from optimizer.solve.linear import LinearOptions, minimise_linear
from optimizer.solve.outcome import SolverStatus
from optimizer.solve.search import compile_built
from tests.crosscheck.random_instances import random_instance
from tests.crosscheck.second_solver import minus, scip
from tests.tiny import tiny

HERE = Path(__file__).parent
SOONER, LATER = range(25), range(25, 80)
RATIO_GAP = 1e-7


def compiled_model(seed: int) -> Compiled:
    compiled, _ = compile_built(build(derive(random_instance(seed), HERE)))
    return compiled


def check(seed: int) -> SolverStatus:
    """Compare both solvers on the ratio and on total cost; the status they agree on."""
    c = compiled_model(seed)
    cost, eflop = c.forms["cost"], c.forms["eflop"]
    ours = minimise_ratio(Engine(c), cost, eflop, RatioOptions(gap=RATIO_GAP))
    total = minimise_linear(Engine(c), cost, LinearOptions(gap=RATIO_GAP))
    theirs = scip(c, cost)
    if ours.status is SolverStatus.INFEASIBLE:
        assert total.status is SolverStatus.INFEASIBLE
        assert theirs.status == "infeasible"
        return ours.status
    assert ours.status is total.status is SolverStatus.OPTIMAL
    assert theirs.status == "optimal"
    assert total.objective == pytest.approx(theirs.value, rel=1e-6)
    left = scip(c, minus(cost, ours.ratio, eflop))
    assert left.status == "optimal"
    assert ours.x is not None
    assert abs(left.value) <= 1e-6 * max(abs(cost.at(ours.x)), abs(ours.ratio) * eflop.at(ours.x))
    return ours.status


@pytest.mark.parametrize("seed", SOONER)
def test_a_second_solver_finds_the_same_optimum(seed: int) -> None:
    pytest.importorskip("pyscipopt")
    check(seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", LATER)
def test_a_second_solver_finds_the_same_optimum_on_many_more(seed: int) -> None:
    pytest.importorskip("pyscipopt")
    check(seed)


def test_the_second_solver_would_notice_a_worse_ratio() -> None:
    """One percent above the optimum the second solver finds a design below zero: the comparison can fail."""
    pytest.importorskip("pyscipopt")
    compiled, _ = compile_built(build(derive(tiny(), HERE)))
    c, cost, eflop = compiled, compiled.forms["cost"], compiled.forms["eflop"]
    best = minimise_ratio(Engine(c), cost, eflop)
    assert best.status is SolverStatus.OPTIMAL
    assert best.x is not None
    slack = scip(c, minus(cost, 1.01 * best.ratio, eflop)).value
    assert slack <= -0.009 * best.ratio * eflop.at(best.x)
