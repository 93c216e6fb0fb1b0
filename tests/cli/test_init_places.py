"""`optimizer init --place`: an instance that is right for the city, with nothing of another one."""

from __future__ import annotations

import csv
import json

import pytest

from optimizer.app.starts import DEFAULT_CITY, cities, start_of
from optimizer.reading.read import read_instance

CITIES = list(cities())
OF_HONG_KONG = ("hong kong", "hong_kong", "hk_", "hkd", "clp", "hke", "cyberport")


@pytest.fixture(scope="module")
def readings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cities")
    found = {}
    for city in CITIES:
        path = folder / f"{city}.toml"
        path.write_text(start_of(city, city), encoding="utf-8")
        found[city] = read_instance(path)
    return found


def test_sixteen_cities():
    assert len(CITIES) == 16
    assert DEFAULT_CITY in CITIES


@pytest.mark.parametrize("city", CITIES)
def test_the_instance_of_a_city_reads_without_findings(city, readings):
    """But for the years of the catalogue's prices, which no instance can help."""
    assert {found.code for found in readings[city].warnings} <= {"W0602"}


@pytest.mark.parametrize("city", CITIES)
def test_what_is_of_the_city_is_in_it(city, readings):
    row, instance = cities()[city], readings[city].instance
    (site,) = instance.sites.values()
    assert (site.place, instance.export.parent) == (row["place"], row["place"])
    assert (site.weather.place, site.tariff) == (row["climate"], row["tariff"])
    assert instance.tariffs[site.tariff].currency == row["currency"]
    rates = {currency: rate.per_usd for currency, rate in instance.exchange_rates.items()}
    assert rates == ({} if row["currency"] == "USD" else {row["currency"]: row["per_usd"]})
    assert list(site.grid.transformers) == row["transformers"]
    assert set(instance.transformers) == set(row["transformers"])
    assert (site.facility, list(instance.facilities)) == (city, [city])
    facility = instance.facilities[city]
    # Distribution, controls, fit-out and works are bought; the floor is rented, so its shell is not.
    assert facility.shell is not None
    assert facility.shell.usd_per_mw == 0
    assert all(item.usd_per_mw or item.usd_fixed for name, item in facility.items().items() if name != "shell")
    assert facility.published_low_usd_per_w is not None


@pytest.mark.parametrize("city", [city for city in CITIES if city != "hong_kong"])
def test_nothing_of_hong_kong_is_left(city):
    text = start_of(city, "my_site").lower()
    assert [word for word in OF_HONG_KONG if word in text] == []


def test_what_a_city_shares_with_others_names_none_of_them(readings):
    """A row for the transformers of several cities says nothing of one of them: it stands in every annex."""
    places = {city: next(iter(reading.instance.sites.values())).place for city, reading in readings.items()}
    for city, reading in readings.items():
        instance = reading.instance
        transformers, tariffs, facilities = instance.transformers, instance.tariffs, instance.facilities
        names = [row.name for table in (transformers, tariffs, facilities) for row in table.values()]
        shown = " ".join(names).lower()
        # "South Korea" was told as "Korea".
        others = {
            name.replace("_", " ").removeprefix("south ")
            for name in (*places, *places.values())
            if name not in (city, places[city])
        }
        assert [name for name in others if name in shown] == [], city


@pytest.mark.parametrize(("city", "said"), [("malaysia", "did you mean johor?"), ("Tokio", "tokyo"), ("paris", "")])
def test_a_place_without_tariff_or_climate(city, said, invoke, tmp_path):
    done = invoke("init", "mine.toml", "--place", city)
    assert done.exit_code == 2
    assert f"{city} has no tariff and climate in the catalogue; there are: hong_kong, singapore, johor" in done.stderr
    assert said in done.stderr
    assert "[tariffs.ID]" in done.stderr
    assert "[climates.ID]" in done.stderr
    assert not (tmp_path / "mine.toml").exists()


@pytest.mark.long
@pytest.mark.parametrize("city", ["johor", "stockholm"])
def test_the_instance_of_a_city_is_solved_and_verified(city, invoke, tmp_path):
    invoke("init", "mine.toml", "--place", city)
    done = invoke("solve", "mine.toml", "--out", "run", "--quiet")
    assert done.exit_code == 0, done.stderr
    design = json.loads((tmp_path / "run" / "design.json").read_text())
    with (tmp_path / "run" / "ledger.csv").open(newline="") as stream:
        left = sum(float(row["npv_musd"]) for row in csv.DictReader(stream) if row["account"] == "residual_value")
    assert 0 < -left < 0.2 * design["reported"]["kpis"]["npv_cost_musd"]
