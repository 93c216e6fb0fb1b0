"""What is said of a table of assets is true of its rows, and is there for each of them."""

from __future__ import annotations

import tomllib
from typing import Any, get_args

import pytest

from optimizer.inputs.asset_text import AssetText
from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.design import Timing
from optimizer.inputs.labels import ACCOUNTS, TABLES
from optimizer.inputs.schema import Instance, Site
from optimizer.ledger.accounts import BY_ID
from tests.tiny import ROOT

ROWS: dict[str, Any] = {table: get_args(Instance.model_fields[table].annotation)[-1] for table in ASSET_TABLES}
each = pytest.mark.parametrize(("table", "about"), ASSET_TABLES.items(), ids=list(ASSET_TABLES))


def test_every_table_bought_for_a_life_says_what_it_is() -> None:
    """A row with a life and a lead time is an asset; accelerators and fabrics are bought as parts of pods."""
    kinds = {
        t: get_args(field.annotation)[-1] for t, field in Instance.model_fields.items() if get_args(field.annotation)
    }
    alive = {
        t for t, kind in kinds.items() if {"life_years", "lead_time_weeks"} <= set(getattr(kind, "model_fields", ()))
    }
    assert alive - {"accelerators", "fabrics"} == set(ASSET_TABLES)


@each
def test_the_name_of_the_table_is_the_one_it_has(table: str, about: AssetText) -> None:
    assert about.table == table
    assert TABLES[table] == about.noun


@each
def test_its_account_is_capital_with_a_label(table: str, about: AssetText) -> None:
    account = BY_ID[about.account]
    assert account.is_capital
    assert account.timing is Timing.START
    assert (account.meaning, ACCOUNTS[about.account]) == (about.account_meaning, about.account_label)


@each
def test_columns_and_price_are_fields_of_a_row(table: str, about: AssetText) -> None:
    fields = set(ROWS[table].model_fields)
    assert set(about.columns) <= fields
    home, row, *key = about.price_key.split(".")
    assert home == table
    assert set(key) <= fields
    assert row.strip("{}") in {"label", "generator", *Site.model_fields}


@each
def test_the_catalogue_has_rows_with_what_a_list_shows(table: str, about: AssetText) -> None:
    rows = tomllib.loads((ROOT / "optimizer" / "catalogue" / f"{table}.toml").read_text(encoding="utf-8"))
    assert rows
    assert not [(row, field) for row, values in rows.items() for field in about.columns if field not in values]


def test_no_two_tables_share_an_account_a_tally_or_a_code() -> None:
    for field in ("account", "noun", "heading", "tally", "bought", "order"):
        said = [value for about in ASSET_TABLES.values() if (value := getattr(about, field))]
        assert len(set(said)) == len(said), field
    codes = [about.cpv[0] for about in ASSET_TABLES.values() if about.cpv[0]]
    assert all(len(code) == 8 and code.isdigit() for code in codes)
    assert len(set(codes)) == len(codes)
