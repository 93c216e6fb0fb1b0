"""The table of assets: each says what it shares, reads and buys in terms that the rest of the house has."""

from __future__ import annotations

import subprocess
import sys
from functools import cache

import pytest
from pyomo.environ import Constraint, Var

from optimizer.inputs.design import Decisions
from optimizer.ledger.accounts import BY_ID
from optimizer.model.build import SLICES, Built, build
from optimizer.model.derive import derive
from optimizer.model.plant import PLANT, asset_of_field
from optimizer.model.readback import load_values, read_ledger
from tests.tiny import EVERYTHING, GENERATION, ROOT, tiny

each = pytest.mark.parametrize("name", list(PLANT))


@cache
def everything() -> Built:
    """The fullest tiny instance, with engines and photovoltaics beside its grid."""
    sources = [{"source": "engine", "fuel_usd_per_gj": 5.0}, {"source": "sun"}]
    beside = {**GENERATION, "sites.paper.generation": sources, "sites.paper.generation_m2": 100.0}
    return build(derive(tiny({**EVERYTHING, **beside}), ROOT))


@each
def test_what_scenarios_share_is_a_variable_whose_index_holds_a_phase(name: str) -> None:
    built = everything()
    for variable, place, label in PLANT[name].STAGE_ONE:
        indices = list(getattr(getattr(built.model, name), variable))
        assert indices
        assert {index[place] for index in indices} <= set(built.problem.calendar.phases)
        assert label.format(*indices[0])


@each
def test_it_reads_the_fields_of_a_design_that_name_it(name: str) -> None:
    built = everything()
    load_values(built, {})
    read = PLANT[name].read(getattr(built.model, name), built.problem.plant[name])
    assert set(read) == {field for field, asset in asset_of_field().items() if asset == name}


@each
def test_nothing_decided_buys_nothing(name: str) -> None:
    problem = everything().problem
    bought = PLANT[name].purchases(problem.plant[name], Decisions(), problem.calendar.phases)
    assert not [purchase for purchase in bought if purchase.quantity]


@each
def test_its_offers_are_capital_of_a_row_that_exists(name: str) -> None:
    """Every purchase of a design that buys one of each is posted to an account of capital, under a row's name."""
    built = everything()
    load_values(built, {variable.name: 1.0 for variable in built.model.component_data_objects(Var, active=True)})
    rows = PLANT[name].read(getattr(built.model, name), built.problem.plant[name])
    bought = list(PLANT[name].purchases(built.problem.plant[name], Decisions(**rows), built.problem.calendar.phases))
    assert bought
    for purchase in bought:
        assert BY_ID[purchase.offer.account].is_capital
        if purchase.offer.table:
            assert purchase.offer.item in getattr(built.problem.instance, purchase.offer.table)


@pytest.mark.parametrize("name", [name for name in SLICES if name not in ("hours",)])
def test_every_slice_of_the_fullest_instance_decides_or_constrains(name: str) -> None:
    block = getattr(everything().model, name)
    posting_only = {"network", "staff"}
    parts = [*block.component_data_objects((Var, Constraint), descend_into=True)]
    assert parts or name in posting_only or name in NOT_ASKED_FOR


NOT_ASKED_FOR = {
    *("training", "serving", "porting", "offers"),
    *("supercomputer", "simple_purchase", "transformer_loss", "site_caps"),
}
"""Slices that need what the fullest tiny instance does not ask for; their own golden instances do."""


def test_an_empty_design_owns_only_what_is_there() -> None:
    """Without a decision no capital is spent in any account."""
    built = everything()
    load_values(built, {})
    spent = [e for e in read_ledger(built, Decisions()) if BY_ID[e.account].is_capital and e.amount > 1e-9]
    assert not spent


def test_coefficients_are_derived_without_the_modelling_library() -> None:
    """Reading, planning and checking stay light: Pyomo is loaded when a model is built, not before."""
    code = (
        "import sys; from pathlib import Path; from tests.tiny import tiny, EVERYTHING;"
        "from optimizer.model.derive import derive; derive(tiny(EVERYTHING), Path('.'));"
        "assert 'pyomo' not in sys.modules and 'highspy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
