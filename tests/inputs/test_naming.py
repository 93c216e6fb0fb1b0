"""Names for a reader: none is missing, and keys read as words."""

from __future__ import annotations

import re
from datetime import date

import pytest

from optimizer.inputs.labels import ACCOUNTS, KPIS, OBJECTIVES, TABLES
from optimizer.inputs.naming import (
    field_name,
    key_name,
    phase_name,
    place_name,
    readable,
    short_chip_name,
    unit_name,
)
from optimizer.inputs.schema import Instance
from optimizer.ledger import accounts
from optimizer.model.kpis import ALL_KPIS
from optimizer.model.objectives import GOALS
from tests.tiny import tiny


def missing(ids, table) -> list[str]:
    return [id_ for id_ in ids if id_ not in table]


def test_every_account_of_money_has_a_name() -> None:
    assert missing([a.id for a in accounts.ACCOUNTS if a.is_money], ACCOUNTS) == [], "add to optimizer/inputs/labels.py"


def test_every_key_figure_has_a_name() -> None:
    assert missing([kpi.id for kpi in ALL_KPIS], KPIS) == [], "add to optimizer/inputs/labels.py"


def test_every_objective_has_a_name() -> None:
    assert missing(GOALS, OBJECTIVES) == [], "add to optimizer/inputs/labels.py"


@pytest.mark.parametrize("table", [ACCOUNTS, KPIS, OBJECTIVES, TABLES])
def test_names_are_words_and_differ(table) -> None:
    assert all("_" not in name and name for name in table.values())
    assert len(set(table.values())) == len(table)


UNIT = re.compile(r"\b(usd|gj|mwh|mw|kw|kva|kwh|gb|gbs|pflops|tflops|kpa|mva|m2|m3|w|kg|ms|musd|b|t|s)\b")


def _fields() -> list[str]:
    return sorted(
        {name for row in Instance.model_json_schema()["$defs"].values() for name in row.get("properties", {})}
    )


@pytest.mark.parametrize("field", _fields())
def test_the_unit_of_a_field_is_no_part_of_its_name(field) -> None:
    """`fuel_usd_per_gj` is fuel in USD/GJ, not "fuel usd per gj"; a unit that is named is written as a unit."""
    assert not UNIT.search(field_name(field)[0].rpartition(", ")[0] or field_name(field)[0])


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("accelerators.quick.price_usd", "Quick: price, USD"),
        ("accelerators.*.price_usd", "Every accelerator: price, USD"),
        ("sites.paper.grid_mw", "A site on paper: grid power, MW"),
        ("accelerators.quick.utilisation.training", "Quick: utilisation (MFU), training"),
        ("phases.only.target_pflops", "Jan 2027: throughput target, PFLOPS"),
        ("finance.discount_rate", "Finance: discount rate"),
        ("sites.paper.generation.0.fuel_usd_per_gj", "A site on paper: generation, no. 1, fuel, USD/GJ"),
        ("sites.paper.carbon_kg_per_kwh", "A site on paper: carbon, kg/kWh"),
        ("workloads.training.first_token_s", "Training: first token, s"),
    ],
)
def test_keys_read_as_words(path, words) -> None:
    expected = words.replace("Jan 2027", phase_name(tiny(), "only"))
    assert key_name(tiny(), path) == expected


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("lead_time_weeks", ("lead time", "weeks")),
        ("maintenance_fraction", ("maintenance", "")),
        ("rent_usd_per_m2_year", ("rent", "USD/m2 a year")),
    ],
)
def test_units_leave_the_key(key, words) -> None:
    assert field_name(key) == words


def test_phases_are_told_by_their_start() -> None:
    year = tiny()
    assert phase_name(year, "only") == "2027"
    later = tiny({"phases.only.start": date(2027, 11, 1)})
    assert phase_name(later, "only") == "Nov 2027"


def test_small_words() -> None:
    assert (place_name("hong_kong"), readable("direct_to_chip"), unit_name("1")) == ("Hong Kong", "direct to chip", "")


def test_brackets_stay_where_they_tell_names_apart() -> None:
    named = tiny({"accelerators.quick.name": "Fast (one GPU)", "accelerators.frugal.name": "Slow (8-card)"})
    assert short_chip_name(named, "quick") == "Fast"
    alike = tiny({"accelerators.quick.name": "Fast (one GPU)", "accelerators.frugal.name": "Fast (8-card)"})
    assert short_chip_name(alike, "quick") == "Fast (one GPU)"
