"""The solve block of a design: what is true of it is accepted, and every figure of it is forged once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit
from optimizer.inputs.design import Design
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Options, run
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
OBJECTIVES = ("lcoc", "total_cost", "capex", "energy", "carbon", "floor_area", "max_throughput")


@cache
def solved(objective: str) -> tuple[Instance, Design]:
    instance = tiny({**TWO_PHASES, "sites.paper.carbon_kg_per_kwh": 0.5})
    result = run(instance, HERE, Options(objective=objective, isolated=False))  # type: ignore[arg-type]
    assert result.verified, result.audit
    assert result.design is not None
    return instance, result.design


def failed(sought: str, /, **changes: Any) -> set[str]:
    instance, design = solved(sought)
    assert design.solve is not None
    facts = design.solve.model_copy(update=changes)
    return {found.check for found in audit(instance, design.model_copy(update={"solve": facts}), HERE).findings}


def consistent(objective: str, **changes: float) -> dict[str, float]:
    """Changes of value or bound, with the gap that follows from them."""
    design = solved(objective)[1]
    assert design.solve is not None
    value, bound = changes.get("value", design.solve.value), changes.get("bound", design.solve.bound)
    return {**changes, "gap": abs(value - bound) / max(abs(value), 1e-9)}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_what_a_search_says_is_true(objective: str) -> None:
    assert failed(objective) == set()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_value_that_is_not_the_designs(objective: str) -> None:
    design = solved(objective)[1]
    assert design.solve is not None
    better = design.solve.value * (1.01 if objective == "max_throughput" else 0.99)
    assert failed(objective, **consistent(objective, value=better, bound=better)) == {"proof.value"}


@pytest.mark.parametrize(("objective", "factor"), [("lcoc", 1.1), ("max_throughput", 0.9)])
def test_no_design_is_better_than_its_bound(objective: str, factor: float) -> None:
    design = solved(objective)[1]
    assert design.solve is not None
    changes = consistent(objective, bound=design.solve.bound * factor)
    assert failed(objective, **changes, status="feasible") == {"proof.bound"}


def test_half_a_bound() -> None:
    """The gap does not follow; with a gap that follows, the design is not optimal to the gap asked for."""
    bound = solved("lcoc")[1].solve.bound / 2  # type: ignore[union-attr]
    assert failed("lcoc", bound=bound) == {"proof.gap", "proof.optimal"}
    assert failed("lcoc", **consistent("lcoc", bound=bound)) == {"proof.optimal"}
    assert failed("lcoc", **consistent("lcoc", bound=bound), status="feasible") == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "proven"}, "proof.status"),
        ({"status": "infeasible"}, "proof.status"),
        ({"objective": "beauty"}, "proof.objective"),
        ({"gap_asked": 2.0}, "proof.gap_asked"),
        ({"gap_asked": -1.0}, "proof.gap_asked"),
    ],
)
def test_words_and_numbers_that_cannot_be(changes: dict[str, Any], expected: str) -> None:
    assert expected in failed("lcoc", **changes)


@pytest.mark.parametrize("limits", [{}, {"limits.lcoc_usd_per_eflop": 2.0}])
def test_a_design_that_buys_nothing_is_verified(limits: dict[str, Any]) -> None:
    """The cheapest way to deliver nothing is nothing: a quotient by nothing is 0 (section 12), and keeps any limit."""
    nothing = {"phases.only.target_pflops": 0.0, "phases.only.demand_pflops": 38.0, **limits}
    result = run(tiny(nothing), HERE, Options(objective="total_cost", isolated=False))
    assert result.verified, result.audit
    assert result.design is not None
    assert not result.design.decisions.deliveries
