"""The shipped instances that decide none of power, halls, refresh and connection keep the matrix they have.

Of every instance a fingerprint is kept: hashes of its matrix, rows, columns and forms by name, numbers to nine digits,
in any order. `make golden` rewrites them; a fingerprint that moves without a reason in catalogue or model is a fault.
Facts of a decision that is not taken leave no trace at all.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.inputs.generation import Generation, SiteGeneration
from optimizer.inputs.halls import Hall
from optimizer.inputs.schema import Instance
from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.reading.read import read_instance
from optimizer.solve.compiled import Compiled
from optimizer.solve.search import compile_built
from tests.hall_cases import PLAIN
from tests.tiny import ENGINE, ROOT

KEPT = Path(__file__).parent / "old_instances.json"
OLD = (
    "hong_kong_180_eflops",
    "hong_kong_brownfield",
    "hong_kong_cyberport",
    "hong_kong_edge",
    "hong_kong_licence_risk",
    "hong_kong_regimes",
    "hong_kong_subsidy",
    "hong_kong_two_sites",
    "minimal",
    "singapore",
)
LARGE = ("hong_kong_180_eflops", "hong_kong_cyberport", "hong_kong_regimes", "hong_kong_two_sites", "singapore")
"""Those that take seconds to build."""
NEW_COLUMNS = (
    "generation.",
    "generators.carried[",
    "compute.retire_bought[",
    "operations.bill[",
    "operations.x[",
    "operations.enrols[",
)
"""Of generation, halls, refresh, and a year that something can be dispatched in."""


def print_of(compiled: Compiled) -> dict[str, Any]:
    """Hashes of what the solver sees, by name and in any order, and how much of it there is."""
    column = np.repeat(np.arange(compiled.columns), np.diff(compiled.start))
    rows, columns = compiled.row_names, compiled.column_names
    entries = zip(compiled.index.tolist(), column.tolist(), compiled.value.tolist(), strict=True)
    limits = zip(rows, compiled.row_lower, compiled.row_upper, strict=True)
    bounds = zip(columns, compiled.column_lower, compiled.column_upper, compiled.is_integer, strict=True)
    forms = [
        f"{name} {columns[j]} {form.coefficients[j]:.9g}"
        for name, form in compiled.forms.items()
        for j in np.flatnonzero(form.coefficients)
    ]
    return {
        "matrix": _hash(f"{rows[i]} {columns[j]} {value:.9g}" for i, j, value in entries),
        "rows": _hash(f"{name} {low:.9g} {high:.9g}" for name, low, high in limits),
        "columns": _hash(f"{name} {low:.9g} {high:.9g} {kind}" for name, low, high, kind in bounds),
        "forms": _hash([*forms, *(f"{name} {form.constant:.9g}" for name, form in compiled.forms.items())]),
        "counts": [compiled.rows, compiled.columns, len(compiled.value)],
    }


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]


@cache
def instance(name: str) -> Instance:
    return read_instance(ROOT / "instances" / f"{name}.toml").instance


def compiled(given: Instance) -> Compiled:
    return compile_built(build(derive(given, ROOT / "instances")))[0]


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.long) if n in LARGE else n for n in OLD])
def test_an_instance_keeps_its_matrix(name: str) -> None:
    kept: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    made = compiled(instance(name))
    assert not [column for column in made.column_names if column.startswith(NEW_COLUMNS)]
    assert not [column for column in made.column_names if "@" in column], "a room with a hall"
    now = print_of(made)
    if os.environ.get("GOLDEN_WRITE"):
        kept[name] = now
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(kept[key])}" for key in sorted(kept))
        KEPT.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    assert now == kept[name], "the matrix has moved: read why, then run `make golden`"


def short_lived(given: Instance) -> Instance:
    """The instance with chips of three years, so that lives end within it."""
    chips = {name: chip.model_copy(update={"life_years": 3.0}) for name, chip in given.accelerators.items()}
    return given.model_copy(update={"accelerators": chips})


def with_facts(given: Instance) -> Instance:
    """The instance with rows nobody names, land nobody builds on, and ages to which nobody may keep a chip."""
    chips = {}
    for name, chip in given.accelerators.items():
        ageing = chip.ageing.model_copy(update={"failed_fraction_per_year": 0.1})
        chips[name] = chip.model_copy(update={"life_max_years": chip.life_years + 2, "ageing": ageing})
    sites = {name: site.model_copy(update={"generation_m2": 9e5}) for name, site in given.sites.items()}
    return given.model_copy(
        update={
            "accelerators": chips,
            "sites": sites,
            "generation": {**given.generation, "spare_row": Generation.model_validate(ENGINE)},
            "halls": {**given.halls, "spare_row": Hall.model_validate(PLAIN)},
        }
    )


SLOW = pytest.param("hong_kong_brownfield", marks=pytest.mark.long)


@pytest.mark.parametrize("name", ["minimal", "hong_kong_licence_risk", SLOW])
def test_facts_of_decisions_that_are_not_taken_leave_no_trace(name: str) -> None:
    assert not instance(name).procurement.refresh
    given = short_lived(instance(name))
    assert print_of(compiled(with_facts(given))) == print_of(compiled(given))


def test_a_fingerprint_sees_each_decision() -> None:
    """Taken, every one of them moves it; and so does any number of it."""
    rows = {"generation": {"engine": Generation.model_validate(ENGINE)}, "halls": {"plain": Hall.model_validate(PLAIN)}}
    given = instance("minimal").model_copy(update=rows)
    base = compiled(given)
    seen = print_of(base)
    site = given.sites["paper"]
    engine = SiteGeneration(source="engine", fuel_usd_per_gj=5.0)
    taken = (
        given.model_copy(update={"sites": {"paper": site.model_copy(update={"generation": (engine,)})}}),
        given.model_copy(update={"sites": {"paper": site.model_copy(update={"halls": ("plain",)})}}),
    )
    assert all(print_of(compiled(changed)) != seen for changed in taken)
    years = instance("hong_kong_licence_risk")
    refreshed = years.model_copy(update={"procurement": years.procurement.model_copy(update={"refresh": True})})
    assert print_of(compiled(refreshed)) != print_of(compiled(years))
    base.value[0] *= 1 + 1e-7
    assert print_of(base)["matrix"] != seen["matrix"]
