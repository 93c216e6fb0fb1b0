"""Bad generation beside the grid: each fault is found at its place, with its code."""

from __future__ import annotations

import pytest

KIND = (
    '[generation.engine]\nkind = "engine"\nname = "Engine"\nunit_mw = 4\nusd_per_unit = 6e6\nm2_per_unit = 280\n'
    "life_years = 20\nmaintenance_fraction = 0.01\nlead_time_weeks = 40\ncarbon_kg_per_mwh = 470\nmax_units = 3\n"
)
ENGINE = KIND + "heat_rate_gj_per_mwh = 8.2\n"
SUN = ENGINE.replace("engine", "sun").replace('kind = "sun"', 'kind = "pv"').replace("heat_rate_gj_per_mwh = 8.2\n", "")
PRICED = '[[sites.hub.generation]]\nsource = "engine"\nfuel_usd_per_gj = 5\n'
NAMED = '[[sites.hub.generation]]\nsource = "sun"\n'


@pytest.mark.parametrize(
    ("add", "code", "path"),
    [
        (ENGINE + '[[sites.hub.generation]]\nsource = "engine"\n', "E0427", "sites.hub.generation.0"),
        (KIND + PRICED, "E0429", "generation.engine"),
        (SUN + "heat_rate_gj_per_mwh = 8\n" + NAMED, "E0429", "generation.sun.heat_rate_gj_per_mwh"),
        (SUN + NAMED, "E0428", "sites.hub.weather"),
        (SUN + NAMED + "fuel_usd_per_gj = 5\n", "E0429", "sites.hub.generation.0"),
        (ENGINE + PRICED + PRICED, "E0322", "sites.hub.generation.1.source"),
        (ENGINE.replace("unit_mw = 4", "unit_mw = 400") + PRICED, "E0429", "sites.hub.generation.0"),
        (ENGINE + PRICED + "spare_units = 3\n", "E0429", "sites.hub.generation.0.spare_units"),
    ],
)
def test_faults_of_generation(write, findings, add, code, path):
    assert (code, path) in {(d.code, d.path) for d in findings(write(add=add))}


def test_a_unit_that_has_no_room(write, findings):
    path = write(("grid_mw = 20", "grid_mw = 20\ngeneration_m2 = 100"), add=ENGINE + PRICED)
    assert ("E0429", "sites.hub.generation.0") in {(d.code, d.path) for d in findings(path)}


def test_an_engine_with_its_fuel_is_read(write, read):
    assert read(write(add=ENGINE + PRICED)).instance.sites["hub"].generation[0].fuel_usd_per_gj == 5
