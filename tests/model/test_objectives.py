"""The form that is minimised and the figure that is reported are one number, for every objective, at any design."""

from __future__ import annotations

from functools import cache

import pytest

from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.model.figures import Figures, objective_value
from optimizer.model.objectives import GOALS
from optimizer.pipeline import Options, Result, run
from optimizer.solve.search import compile_built
from tests.tiny import ROOT, TWO_PHASES, tiny

CHANGES = {
    **TWO_PHASES,
    "finance.discount_rate": 0.05,
    "sites.paper.carbon_kg_per_kwh": 0.5,
    "sites.paper.building.fitout_usd_per_m2": 1000,
}


@cache
def solved(objective: str) -> Result:
    return run(tiny(CHANGES), ROOT, Options(objective=objective, isolated=False, gap=1e-6))  # type: ignore[arg-type]


@pytest.mark.parametrize("sought", ["lcoc", "max_throughput"])
@pytest.mark.parametrize("name", [name for name in GOALS if name != "simplicity"])
def test_form_and_figure_agree(sought: str, name: str) -> None:
    """Of a design that was found for one objective, every other is the same whether read off the model or the books."""
    result = solved(sought)
    assert result.design is not None
    assert result.design.reported is not None
    assert result.solution is not None
    problem, goal = derive(tiny(CHANGES), ROOT), GOALS[name]
    compiled, _ = compile_built(build(problem, sought))  # type: ignore[arg-type]
    x = compiled.vector_from_names({column: result.solution.get(column, 0.0) for column in compiled.column_names})
    form = compiled.forms[goal.form].at(x)
    value = form / compiled.forms["eflop"].at(x) if name == "lcoc" else goal.sign * goal.scale * form
    books = Figures(problem, result.design.decisions, result.design.reported.ledger)
    if name == "floor_area":  # A variable at or above the area in use; only its own search presses it down.
        assert value >= objective_value(books, name) - 1e-6
    else:
        assert objective_value(books, name) == pytest.approx(value, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", ["lcoc", "total_cost", "capex", "energy", "carbon"])
def test_no_design_beats_the_one_found_for_its_own_objective(name: str) -> None:
    own, other = solved(name), solved("max_throughput")
    values = [
        objective_value(Figures(r.problem, r.design.decisions, r.design.reported.ledger), name)
        for r in (own, other)
        if r.design is not None and r.design.reported is not None
    ]
    assert len(values) == 2
    assert values[0] <= values[1] * (1 + 2e-6) + 1e-9
