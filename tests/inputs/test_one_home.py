"""One home per fact: what an instance can say is read by the model and by the audit, and each limit has its rows.

Reads are counted while the fullest small instances are built, and while their designs are audited: a field that nobody
reads is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, StringConstraints

from optimizer.audit.audit import audit
from optimizer.audit.limits import OF_EACH_PHASE, OF_THE_PLAN
from optimizer.inputs.battery import Battery
from optimizer.inputs.building import Building
from optimizer.inputs.cooling import Cooling
from optimizer.inputs.design import Design
from optimizer.inputs.facility import Facility, FacilityItem
from optimizer.inputs.generators import Backup, Generator
from optimizer.inputs.halls import Hall
from optimizer.inputs.policies import Affordability, Limits, Procurement
from optimizer.inputs.quantity import Id
from optimizer.inputs.schema import Instance, Site
from optimizer.inputs.substation import Grid, Transformer
from optimizer.inputs.ups import Ups
from optimizer.ledger.accounts import BY_ID
from optimizer.ledger.limits import LIMITS, Scope
from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.model.kpis import measure
from optimizer.operations.shapes import YEARLY_ACCOUNTS
from optimizer.pipeline import Options, run
from optimizer.reading.schema_walk import every_key, reference_keys
from tests.golden.test_golden import CALLED_BACK, DISPATCHING
from tests.hall_cases import BACKED
from tests.tiny import EVERYTHING, ROOT, WORKING, tiny

HERE = Path(__file__).parent
ANNOUNCED = {"accelerators.frugal.roadmap": True, "procurement.roadmap": True}
CHAT = {**WORKING["workloads.chat"], "prompt_tokens": 1000, "first_token_s": 5.0, "sessions": 50}
FULLEST = ({**EVERYTHING, **ANNOUNCED}, DISPATCHING, {**WORKING, "workloads.chat": CHAT}, BACKED, CALLED_BACK)
PLANT_SPECS = (Cooling, Transformer, Ups, Battery, Generator, Backup, Grid, Building, Facility, FacilityItem, Hall)
SPECS = (Site, Limits, Procurement, Affordability, *PLANT_SPECS)
FOR_READERS_ONLY = {
    *(f"{spec.__name__}.name" for spec in SPECS),
    *("Transformer.primary_kv", "Facility.published_low_usd_per_w", "Facility.published_high_usd_per_w"),
}
"""Fields that no number depends on."""
CHECKED_WHEN_READ = {"Generator.run_hours_max"}
"""Fields that bound what an instance may say, and so never reach the model."""


@cache
def designed(number: int) -> Design:
    result = run(tiny(FULLEST[number]), HERE, Options(gap=0.1, isolated=False))
    assert result.design is not None, result.message
    return result.design


def in_model(instance: Instance, design: Design) -> None:
    problem = derive(instance, HERE)
    build(problem)
    assert design.reported is not None
    measure(problem, design.decisions, design.reported.ledger)


def in_audit(instance: Instance, design: Design) -> None:
    audit(instance, design, HERE)


SIDES = {"model": in_model, "audit": in_audit}


@contextmanager
def counted(spec: type[BaseModel], read: set[str]) -> Iterator[None]:
    """Enters into `read` every field of the class that is read meanwhile."""
    plain, fields = spec.__getattribute__, set(spec.model_fields)

    def counting(self: Any, name: str) -> Any:
        if name in fields:
            read.add(name)
        return plain(self, name)

    spec.__getattribute__ = counting  # type: ignore[method-assign]
    try:
        yield
    finally:
        del spec.__getattribute__


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.__name__)
def test_every_field_is_read(spec: type[BaseModel], side: str) -> None:
    read: set[str] = set()
    questions = [(tiny(changes), designed(number)) for number, changes in enumerate(FULLEST)]
    with counted(spec, read):
        for instance, design in questions:
            SIDES[side](instance, design)
    silent = [name for name in spec.model_fields if name not in read]
    unread = [
        f"{spec.__name__}.{name}"
        for name in silent
        if f"{spec.__name__}.{name}" not in FOR_READERS_ONLY | CHECKED_WHEN_READ
    ]
    assert not unread, f"the {side} reads nothing of {unread}"


def test_the_count_notices_a_field_that_is_not_read() -> None:
    read: set[str] = set()
    limits = tiny(EVERYTHING).limits
    with counted(Limits, read):
        assert limits.capex_musd
    assert read == {"capex_musd"}


def missing(fields: set[str], rows: set[str]) -> str:
    return f"no row: {sorted(fields - rows)}; no field: {sorted(rows - fields)}"


def test_every_limit_is_a_row_of_the_table_of_the_model() -> None:
    rows = {limit.field for limit in LIMITS if limit.table == "limits"}
    assert rows == set(Limits.model_fields), missing(set(Limits.model_fields), rows)


def test_every_limit_is_a_row_of_the_table_of_the_audit() -> None:
    rows = {*OF_THE_PLAN, *OF_EACH_PHASE}
    assert rows == set(Limits.model_fields), missing(set(Limits.model_fields), rows)


def test_every_limit_is_a_row_of_the_contract() -> None:
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    section = page.partition("**Limits** (table `limits`)")[2].partition("\n\n**")[0]
    rows = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert rows == set(Limits.model_fields), missing(set(Limits.model_fields), rows)


def test_every_cap_on_prices_is_a_row_of_the_table_of_the_model() -> None:
    rows = {limit.field for limit in LIMITS if limit.table == "affordability"}
    assert rows == {name for name in Affordability.model_fields if re.search("_cap_|_max_", name)}


def test_every_limit_is_stated_by_the_fullest_instances() -> None:
    """What no instance states, no golden file and no mutant can hold."""
    stated = {limit.path for limit in LIMITS for changes in FULLEST if limit.most(tiny(changes)) is not None}
    assert stated == {limit.path for limit in LIMITS}


def test_a_limit_in_each_phase_is_on_amounts_that_dispatch_posts_or_does_not_move() -> None:
    """Money and highest imports of a year that dispatches are known only to its hours: a cap on them needs more."""
    moved = {account for account, row in BY_ID.items() if row.is_money} | {"peak_import_mw"}
    for limit in LIMITS:
        if limit.scope is Scope.PHASE:
            assert not set(limit.accounts) & moved
            assert set(limit.accounts) <= set(BY_ID)
    assert set(YEARLY_ACCOUNTS.values()) <= set(BY_ID)


def test_every_id_says_which_table_it_names() -> None:
    """By its note `RowOf`; a free key is the name of a row itself."""
    (pattern,) = [note for note in get_args(Id) if isinstance(note, StringConstraints)]
    ids = {path for path, shape in every_key() if pattern in shape.notes and not path.endswith("<key>")}
    named = {path for path, _ in reference_keys()}
    assert ids - named == {"name", "uncertainty.scenarios.<id>.follows"}
    assert ("sites.<id>.existing_pods.<row>.cooling", "coolings") in reference_keys()
    assert ("workloads.<id>.floor_pflops.<key>", "phases") in reference_keys()


def test_factors_between_units_are_defined_once() -> None:
    """In `inputs.quantity`, the ground floor: everybody else imports them."""
    factors = "MUSD|MILLION|USD_PER_MUSD|HOURS_PER_DAY|HOURS_PER_YEAR|MONTHS_PER_YEAR|EFLOP_PER_PFLOPS_HOUR"
    again = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / "optimizer").rglob("*.py")
        if path.name != "quantity.py"
        for name in re.findall(rf"^_?({factors}) = ", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert not again
