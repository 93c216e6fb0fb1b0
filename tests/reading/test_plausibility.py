"""Every number has a usual range; slips of unit are named with the value to write; what is meant stays silent."""

# ruff: noqa: E501

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from optimizer.inputs.plausible import RANGES, WITHOUT_UNIT
from optimizer.inputs.usual_rates import USUAL_RATES
from optimizer.reading.catalogue import TABLES, table_layer
from optimizer.reading.layers import Layer, Origin, ValuePosition, leaves
from optimizer.reading.plausibility import implausible_values
from optimizer.reading.read import read_instance
from optimizer.reading.schema_walk import key_at, number_keys
from optimizer.reading.slips import middle, slips_of, typical_slips

ROOT = Path(__file__).resolve().parents[2]
INSTANCES = sorted((ROOT / "instances").glob("*.toml"))
KEYS = number_keys()


def odd(write, read, *changes, add=""):
    return [(d.path, d.message, d.help) for d in read(write(*changes, add=add)).warnings if d.code == "W0601"]


def test_every_number_of_the_schema_has_a_range():
    lacking = [
        path
        for path, number in KEYS.items()
        if number.usual is None and not {number.key, f"{number.table}.{number.key}"} & set(WITHOUT_UNIT)
    ]
    assert lacking == [], "add the range of the new key to optimizer/inputs/plausible.py"


def test_no_range_is_left_over():
    known = {name for number in KEYS.values() for name in (number.key, f"{number.table}.{number.key}")}
    assert set(RANGES) - known == set()
    assert set(WITHOUT_UNIT) - known == set()
    assert all(usual.low < usual.high for usual in RANGES.values())


@pytest.mark.parametrize("path", [path for path, number in KEYS.items() if number.usual and slips_of(number.key)])
def test_each_key_with_a_unit_gives_a_usual_slip_away(path):
    """A typical value in the mistaken unit lies outside, and the right value is what the warning says to write."""
    number = KEYS[path]
    caught = typical_slips(number.key, number.usual)
    assert caught, f"{path}: the range is too wide for any slip of its unit"
    for slip in caught:
        assert slip.convert(slip.back(middle(number.usual))) == pytest.approx(middle(number.usual))


@pytest.mark.parametrize("table", TABLES)
def test_the_catalogue_lies_within_its_ranges(table):
    layer = table_layer(table)
    outside = [
        (path, value)
        for path, value in leaves(layer.tree)
        if type(value) in (int, float) and value and table != "tariffs"
        if (number := key_at(path)) is not None and number.usual is not None and not number.usual.holds(value)
    ]
    assert outside == []


def test_the_catalogue_s_tariffs_lie_within_their_ranges_in_usd():
    """As if the planner had written them: with the usual rates of their currencies."""
    place = ValuePosition(Origin(kind="file", file="x.toml", line=1))
    layer = table_layer("tariffs")
    layer = Layer(layer.tree, {("tariffs", name): place for name in layer.tree["tariffs"]})
    assert [finding.message for finding in implausible_values(layer, Layer())] == []


@pytest.mark.parametrize("path", INSTANCES, ids=lambda path: path.stem)
def test_shipped_instances_are_silent(path):
    assert [d for d in read_instance(path).warnings if d.code in ("W0601", "W0615", "W0616")] == []


TARIFF = (
    '[tariffs.own]\nname = "o"\ncurrency = "{}"\nprice_year = 2026\nenergy = [{{ label = "a", price_per_kwh = {} }}]\n'
)
OWN = ('tariff = "day_night"', 'tariff = "own"')


@pytest.mark.parametrize(
    ("old", "new", "path", "hint"),
    [
        ("carbon_kg_per_kwh = 0.6", "carbon_kg_per_kwh = 630", "sites.hub.carbon_kg_per_kwh", "0.63 (g per kWh given?)"),
        ("fitout_usd_per_m2 = 2000", "fitout_usd_per_m2 = 186", "sites.hub.building.fitout_usd_per_m2", "square foot"),
        ("short_circuit_mva = 2000", "short_circuit_mva = 2e6", "sites.hub.grid.short_circuit_mva", "2000 (kVA given?)"),
        ("price_usd = 12000", "life_years = 61", "accelerators.h20.life_years", "5.08333 (months given?)"),
        ("target_pflops = 200", "target_pflops = 0.2", "phases.p2.target_pflops", "200 (EFLOPS given?)"),
        ("usd_per_engineer_year = 100_000", "usd_per_engineer_year = 100", "staff.usd_per_engineer_year", "100000"),
        ("price_usd = 12000", "memory_gb = 9.6e10", "accelerators.h20.memory_gb", "96 (bytes given?)"),
        ("price_usd = 12000", "memory_bandwidth_gbs = 4", "accelerators.h20.memory_bandwidth_gbs", "4000 (TB/s given?)"),
        ("price_usd = 12000", "bf16_tflops = 296", "accelerators.h20.bf16_tflops", "148 (a peak with sparsity given?)"),
        ("price_usd = 12000", "bf16_tflops = 0.148", "accelerators.h20.bf16_tflops", "148 (PFLOPS given?)"),
        ("price_usd = 12000", "maintenance_fraction = 0.9", "accelerators.h20.maintenance_fraction", "per cent"),
        ("per_usd = 7.8", "per_usd = 0.128205", "exchange_rates.HKD.per_usd", "7.80001 (USD for one HKD given?)"),
        ("fabric = \"fast\"", 'fabric = "fast"\nstorage_usd_per_accelerator = 1.2', "network.storage_usd_per_accelerator", "1200 (thousand USD given?)"),
        ("distribution_loss_fraction = 0.03", "distribution_loss_fraction = 0.4", "sites.hub.distribution_loss_fraction", "0.004 (per cent given?)"),
    ],
)  # fmt: skip
def test_slips_name_the_unit_and_the_value_to_write(write, read, old, new, path, hint):
    found = odd(write, read, (old, new))
    assert [where for where, *_ in found] == [path]
    assert hint in found[0][2]


@pytest.mark.parametrize(
    ("currency", "price", "hint"),
    [
        ("USD", 100, "0.1 (per MWh given?)"),
        ("USD", 9, "0.009 (per MWh given?) or 0.09 (cents given?)"),
        ("JPY", 25_000, "25 (per MWh given?)"),
        ("IDR", 1_500_000, "1500 (per MWh given?)"),
        ("JPY", 25, None),
        ("IDR", 1_500, None),
        ("USD", 0.1, None),
        ("HKD", -0.1, "refused"),
    ],
)
def test_money_of_tariffs_is_judged_at_its_exchange_rate(write, read, findings, currency, price, hint):
    """A price of 25 is right in yen and a slip in dollars."""
    changes = [OWN]
    if currency in ("JPY", "IDR"):
        row = f"[exchange_rates.{currency}]\nper_usd = {USUAL_RATES[currency]}\nquoted = 2026-01-01\n"
        changes.append(("[exchange_rates.HKD]", f"{row}[exchange_rates.HKD]"))
    if hint == "refused":
        assert "E0312" in {d.code for d in findings(write(OWN, add=TARIFF.format(currency, price)))}
        return
    found = odd(write, read, *changes, add=TARIFF.format(currency, price))
    assert len(found) == (hint is not None)
    assert all(text.startswith(f"did you mean {hint}") for *_, text in found)


def test_no_limit_is_said_by_leaving_the_key_out(write, findings):
    block = "demand_per_kva_month = 10\ndemand_block_kva = 1e15\ndemand_above_block_per_kva_month = 12\n"
    own = TARIFF.format("USD", 0.1).replace("price_year = 2026\n", f"price_year = 2026\n{block}")
    (found,) = [d for d in findings(write(OWN, add=own)) if d.severity == "error"]
    assert (found.code, found.path) == ("E0318", "tariffs.own.demand_block_kva")
    assert "leave demand_block_kva and demand_above_block_per_kva_month out" in found.help
    (found,) = [d for d in findings(write(add="[limits]\ncapex_musd = 1e15\n")) if d.severity == "error"]
    assert (found.code, "capex_musd" in found.message) == ("E0318", True)
    assert found.help


def test_temperatures_in_fahrenheit_and_kelvin(write, read, findings):
    found = odd(write, read, add="[coolings.plates]\nsupply_c = 68\nreturn_c = 86\n")
    assert [hint for *_, hint in found] == [
        "did you mean 20 (Fahrenheit given?)?",
        "did you mean 30 (Fahrenheit given?)?",
    ]
    assert {d.code for d in findings(write(add="[coolings.plates]\nsupply_c = 293\n"))} >= {"E0312"}


def test_scenarios_that_are_not_chosen_are_judged_too(write, read):
    add = "[scenarios.dirty.sites.hub]\ncarbon_kg_per_kwh = 630\n[scenarios.dear.tariffs.day_night]\nfuel_clause_per_kwh = 3\n"
    path = write(add=add)
    (found,) = [d for d in read(path).warnings if d.code == "W0601"]
    assert (found.path, found.line) == (
        "scenarios.dirty.sites.hub.carbon_kg_per_kwh",
        path.read_text().splitlines().index("carbon_kg_per_kwh = 630") + 1,
    )
    assert "0.63 (g per kWh given?)" in found.help
    assert [d.path for d in read(path, scenario="dirty").warnings] == ["sites.hub.carbon_kg_per_kwh"]


def test_zero_and_catalogue_values_are_never_doubted(write, read):
    add = "[coolings.plates]\nusd_open = 0\nusd_per_rack = 0\nm2_per_module = 0\n"
    assert odd(write, read, add=add) == []


def test_the_page_of_ranges_is_current():
    spec = importlib.util.spec_from_file_location("plausibility_page", ROOT / "docs" / "plausibility.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.PAGE.read_text(encoding="utf-8") == module.page(), "run: python docs/plausibility.py"


@pytest.mark.parametrize(
    ("currency", "rate", "hint"),
    [
        ("EUR", 1.12, "did you mean 0.892857 (USD for one EUR given?)?"),
        ("GBP", 1.3, "did you mean 0.769231 (USD for one GBP given?)?"),
        ("JPY", 90, "check the rate"),
        ("EUR", 0.95, None),
        ("CAD", 1.3, None),
        ("XXX", 12.0, None),
    ],
)
def test_an_exchange_rate_is_held_against_the_usual_one(write, read, currency, rate, hint):
    """Near the dollar too: the inverse of the euro's rate is only a fifth away from it."""
    row = f"[exchange_rates.{currency}]\nper_usd = {rate}\nquoted = 2026-01-01\n"
    found = [
        row for row in odd(write, read, ("[exchange_rates.HKD]", f"{row}[exchange_rates.HKD]")) if currency in row[0]
    ]
    assert [text for _, _, text in found] == ([hint] if hint else [])
