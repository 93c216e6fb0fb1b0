"""A bad grid by the hour: each fault is found at its place, with its code, and files as weather files are."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.errors import InputError
from optimizer.reading.grid_files import site_grid
from optimizer.reading.series_grid import read_grid_csv
from tests.reading.test_generation_faults import ENGINE, PRICED

EVENING = 'windows = [{ label = "evening", from_hour = 18, to_hour = 20 }]\n'
FLEXIBLE = "[sites.hub.flexible_connection]\nfirm_mw = 5\n"
RESPONSE = "[sites.hub.demand_response]\nusd_per_mw_year = 4e4\nmax_mw = 2\n"
FILES = '[[sites.hub.grid_series]]\npath = "grid.csv"\n'


@pytest.mark.parametrize(
    ("add", "code", "path"),
    [
        (FLEXIBLE + EVENING.replace("18", "21"), "E0447", "sites.hub.flexible_connection.windows.0"),
        (FLEXIBLE + EVENING + "hours_per_year = 731\n", "E0447", "sites.hub.flexible_connection.hours_per_year"),
        (RESPONSE + EVENING + "hours_per_year = 731\n", "E0447", "sites.hub.demand_response.hours_per_year"),
        (
            FLEXIBLE + EVENING + 'firm_stages = [{ from_phase = "p2", mw = 9 }, { from_phase = "p1", mw = 7 }]\n',
            "E0404",
            "sites.hub.flexible_connection.firm_stages.1.from_phase",
        ),
        (
            FLEXIBLE + EVENING + 'firm_stages = [{ from_phase = "p9", mw = 9 }]\n',
            "E0320",
            "sites.hub.flexible_connection.firm_stages.0.from_phase",
        ),
        (FLEXIBLE + "windows = []\n", "E0315", "sites.hub.flexible_connection.windows"),
    ],
)
def test_faults_of_hours_called(write, findings, add, code, path):
    assert (code, path) in {(d.code, d.path) for d in findings(write(add=add))}


@pytest.mark.parametrize(
    ("keys", "add", "code", "key"),
    [
        ("export_price_per_kwh = 0.6", ENGINE + PRICED, "E0446", "export_price_per_kwh"),
        ("export_price_per_kwh = 0.1", "", "E0447", "export_price_per_kwh"),
        ("export_max_mw = 2", ENGINE + PRICED, "E0447", "export_max_mw"),
    ],
)
def test_faults_of_surplus(write, findings, keys, add, code, key):
    path = write(("grid_mw = 20", f"grid_mw = 20\n{keys}"), add=add)
    assert (code, f"sites.hub.{key}") in {(d.code, d.path) for d in findings(path)}


def test_a_connection_that_is_never_called_back_is_said_to_be_so(write, read):
    reading = read(write(add=FLEXIBLE.replace("5", "20") + EVENING))
    assert "W0658" in {d.code for d in reading.warnings}


def test_a_price_up_to_that_of_import_is_taken(write, read):
    path = write(("grid_mw = 20", "grid_mw = 20\nexport_price_per_kwh = 0.5"), add=ENGINE + PRICED)
    assert read(path).instance.sites["hub"].export_price_per_kwh == 0.5


def grid(folder, text, name="grid.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_a_file_is_read_and_hashed_with_the_instance(write, read, folder):
    price = np.arange(8760) % 7 / 10
    grid(folder, "Price_per_kWh,import_limit_mw\n" + "".join(f"{value:g},12\n" for value in price))
    reading = read(write(add=FILES))
    assert "grid.csv" in {file.name for file, _ in reading.files}
    hours = site_grid(reading.instance, "hub", reading.folder)
    assert hours.price_per_kwh == pytest.approx(price)
    assert hours.import_limit_mw == pytest.approx(12)
    assert hours.carbon_kg_per_kwh is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("price_per_kwh\n" + "0.1\n" * 8759, "E0503"),
        ("price_per_kwh\n" + "0.1\n" * 8759 + "n/a\n", "E0502"),
        ("import_limit_mw\n" + "12\n" * 8759 + "-1\n", "E0502"),
        ("carbon_kg_per_kwh\n" + "450\n" * 8760, "E0502"),
        ("price\n" + "0.1\n" * 8760, "E0506"),
        ("price_per_kwh;import_limit_mw\n" + "0,1;12\n" * 8760, "E0506"),
    ],
)
def test_a_file_nobody_can_plan_with(tmp_path, text, code):
    with pytest.raises(InputError) as caught:
        read_grid_csv(grid(tmp_path, text))
    assert code in {d.code for d in caught.value.diagnostics}


def test_a_column_stands_in_one_file(write, findings, folder):
    grid(folder, "price_per_kwh\n" + "0.6\n" * 8760)
    grid(folder, "carbon_kg_per_kwh,price_per_kwh\n" + "0.4,0.6\n" * 8760, "more.csv")
    twice = FILES + FILES.replace("grid.csv", "more.csv")
    assert ("E0445", "sites.hub.grid_series.1.path") in {(d.code, d.path) for d in findings(write(add=twice))}


def test_a_file_outside_the_folder_is_refused(write, findings):
    found = findings(write(add=FILES.replace("grid.csv", "../grid.csv")))
    assert ("E0110", "sites.hub.grid_series.0.path") in {(d.code, d.path) for d in found}


def test_surplus_is_held_against_prices_of_a_file(write, findings, folder):
    grid(folder, "price_per_kwh\n" + "0.6\n" * 8759 + "-0.1\n")
    path = write(("grid_mw = 20", "grid_mw = 20\nexport_price_per_kwh = 0.1"), add=ENGINE + PRICED + FILES)
    assert ("E0446", "sites.hub.export_price_per_kwh") in {(d.code, d.path) for d in findings(path)}
