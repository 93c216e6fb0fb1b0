"""Instances of any size are solved, or refused by the keys of their inputs and not by rows alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.errors import UnsoundError
from optimizer.inputs.schema import Instance
from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.pipeline import Options, run
from optimizer.reading.read import read_instance
from optimizer.solve.guards import check_matrix
from optimizer.solve.input_keys import errors_by_key
from optimizer.solve.search import compile_built
from optimizer.solve.unsound import Unsound
from tests.tiny import ROOT, tiny

HERE = Path(__file__).parent
SIZES = frozenset(
    {
        *("target_pflops", "demand_pflops", "grid_mw", "mw", "auxiliary_mw", "short_circuit_mva", "ramp_mw_per_minute"),
        *("white_space_m2", "plant_m2", "max_accelerators", "max_units", "max_modules", "max_mw", "max_mwh"),
        *("supply_per_year", "supply_per_quarter", "supply_by_quarter", "existing_ups_mw"),
    }
)
MOST_WHOLE = 10_000
"""Of modules the schema allows no more."""


def sized(node: Any, factor: float, inside: bool = False) -> Any:
    """A tree with every size in it multiplied; counts stay whole."""
    if isinstance(node, dict):
        return {key: sized(value, factor, inside or key in SIZES) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [sized(value, factor, inside) for value in node]
    if not inside or isinstance(node, bool) or not isinstance(node, int | float):
        return node
    return node * factor if isinstance(node, float) else min(max(1, round(node * factor)), max(node, MOST_WHOLE))


def test_a_floor_that_is_far_too_large_moves_nothing() -> None:
    """Of 0.5 MW through the substation a pod of 10 kW at a PUE of 1.05 takes 0.0105: 47.6, so 48 may be ordered."""
    wide = tiny({"sites.paper.building.white_space_m2": 100_000_000})
    result = run(wide, HERE, Options(gap=1e-6, isolated=False))
    assert result.verified
    assert result.bound == pytest.approx(1.665983, rel=1e-5)
    assert result.problem.compute.types["paper", "quick", "warm_water"].order_max == 48


@pytest.mark.parametrize("changes", [{"finance.discount_rate": -0.01}, {"export.supercomputer": "bind"}])
def test_pods_that_pay_for_themselves_are_bounded_by_limits_alone(changes: dict[str, Any]) -> None:
    """Below a discount rate of zero idle pods may be worth more than they cost, and they may thin out a peak."""
    types = derive(tiny(changes), HERE).compute.types
    assert all(pod.order_max == pod.pods_max for pod in types.values())


def test_a_refusal_names_keys_values_and_what_to_change() -> None:
    rows = ("row compute.port[paper,quick,warm_water,only], column compute.adopt[mature] = -3e+09",)
    with pytest.raises(UnsoundError) as refused, errors_by_key(tiny({"sites.paper.building.white_space_m2": 3e9})):
        raise Unsound(rows, "coefficients range over more than 1e+09")
    assert "sites.paper.building.white_space_m2 = 3e+09 (usual 10 to 200,000)" in str(refused.value)
    assert refused.value.help is not None
    assert refused.value.help.startswith("correct sites.paper.building.white_space_m2 first")


@pytest.mark.long
@pytest.mark.parametrize("floors", [1, 100])
@pytest.mark.parametrize("factor", [1e-4, 1e-2, 1.0, 1e2, 1e4])
def test_the_flagship_in_any_size(factor: float, floors: int) -> None:
    reading = read_instance(ROOT / "instances" / "hong_kong_cyberport.toml")
    tree = sized(reading.instance.model_dump(), factor)
    tree["sites"]["cyberport"]["building"]["white_space_m2"] *= floors
    instance = Instance.model_validate(tree)
    refusal = ""
    try:
        with errors_by_key(instance):
            compiled, _ = compile_built(build(derive(instance, reading.folder)))
            check_matrix(compiled)
    except UnsoundError as refused:
        refusal = str(refused)
    assert ("sites.cyberport." in refusal) == (factor > 1e2), refusal
