"""A small instance and a small catalogue to read it with."""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.diagnostics import Diagnostic
from optimizer.errors import InputError
from optimizer.reading.read import Reading, ReadOptions, read_instance

INSTANCE = """\
format_version = 1
name = "sample"
title = "Sample"
currency = "USD"
planning_date = 2026-01-01

[phases.p1]
start = 2027-01-01
years = 2.0
target_pflops = 100
demand_pflops = 150

[phases.p2]
start = 2029-01-01
years = 3.0
target_pflops = 200

[finance]
discount_rate = 0.05
basis = "real"
price_year = 2026

[exchange_rates.HKD]
per_usd = 7.8
quoted = 2026-01-01

[sites.hub]
name = "Hub"
place = "hong_kong"
weather = { kind = "csv", path = "weather.csv" }
tariff = "day_night"
carbon_kg_per_kwh = 0.6
grid_mw = 20
distribution_loss_fraction = 0.03
ups = "double"
coolings = ["plates"]
[sites.hub.grid]
transformers = ["t20"]
short_circuit_mva = 2000
[sites.hub.building]
white_space_m2 = 3000
plant_m2 = 3000
fitout_usd_per_m2 = 2000
plant_fitout_usd_per_m2 = 1000

[workloads.train]
kind = "throughput"
occupancy = 1.0
workload_class = "training"
precisions = ["bf16"]
[workloads.train.floor_pflops]
p1 = 50

[export]
regime = "open_market"
parent = "hong_kong"

[network]
fabric = "fast"
cluster_accelerators = 4096

[staff]
engineers_per_site = 10
engineers_per_1000_accelerators = 1
usd_per_engineer_year = 100_000

[accelerators.h20]
price_usd = 12000
"""

CHIP = """
[{id}]
name = "{id}"
vendor = "Vendor"
architecture = "a"
tier = 2
origin = "US"
stack = "{stack}"
launch = 2024-01-01
bf16_tflops = 148
memory_gb = 96
memory_bandwidth_gbs = 4000
link_gbs = 900
price_usd = 13000
per_server = 8
server_kw = 5.5
server_rest_usd = 50000
server_units = 8
server_kg = 120
coolings = ["plates", "air"]
source = ["S1", "S2"]
grade = "B"
price_year = 2026
note = "A made-up row."
[{id}.utilisation]
training = 0.4
[{id}.grades]
price_usd = "C"
[{id}.sources]
price_usd = ["S9"]
"""

COOLING = """
[{id}]
name = "{id}"
rack_kw_max = 80
rack_units = 42
capture_fraction = {capture}
{residual}
supply_c = 20
return_c = 30
approach_k = 5
fan_pump_fraction = 0.04
carnot_fraction = 0.5
water_l_per_kwh = 1.5
module_mw = 1.0
usd_open = 100_000
usd_per_module = 200_000
usd_per_rack = 10_000
m2_per_module = 30
m2_per_rack = 3
rack_footprint_m2 = 0.72
rack_kg = 200
life_years = 15
maintenance_fraction = 0.02
lead_time_weeks = 20
source = ["S3"]
grade = "B"
price_year = 2026
"""

PLANT = 'life_years = 30\nmaintenance_fraction = 0.01\nlead_time_weeks = 40\nsource = ["S4"]\ngrade = "B"\nprice_year = 2026\n'

CATALOGUE = {
    "accelerators": CHIP.format(id="h20", stack="cuda") + CHIP.format(id="mi9", stack="rocm"),
    "coolings": COOLING.format(id="plates", capture=0.8, residual='residual = "air"')
    + COOLING.format(id="air", capture=1.0, residual="")
    + COOLING.format(id="bath", capture=1.0, residual=""),
    "transformers": '[t20]\nname = "20 MVA"\nprimary_kv = 132\nunit_mva = 20\nreactance_pu = 0.1\nno_load_loss_kw = 15\n'
    "usd_per_unit = 1e6\nusd_fixed = 2e6\nm2_per_unit = 60\nm2_fixed = 200\nmax_units = 6\n" + PLANT,
    "upses": '[double]\nname = "UPS"\nusd_per_mw = 300_000\nm2_per_mw = 20\nloss_fraction = 0.04\n' + PLANT,
    "batteries": '[lfp]\nname = "LFP"\nusd_per_mw = 1e5\nusd_per_mwh = 2e5\nc_rate_max_per_hour = 2\nusable_fraction = 0.9\n'
    "round_trip_fraction = 0.9\nm2_per_mwh = 20\nmax_mwh = 50\nmax_mw = 50\n" + PLANT,
    "generators": '[diesel]\nname = "Diesel"\nunit_mw = 2\nusd_per_unit = 1e6\nm2_per_unit = 40\nfuel_usd_per_mwh = 300\n'
    "carbon_kg_per_mwh = 700\ntest_hours_per_year = 12\nrun_hours_max = 200\n" + PLANT,
    "fabrics": '[fast]\nname = "Fast"\ntiers = [{ up_to_accelerators = 8192, usd_per_accelerator = 2000 }]\n'
    'kw_per_accelerator = 0.05\nsource = ["S5"]\ngrade = "C"\nprice_year = 2026\n',
    "stacks": '[cuda]\nname = "CUDA"\ninitial_maturity_fraction = 1.0\nramp_months = 0\nporting_usd = 0\nsource = ["S6"]\ngrade = "A"\n'
    '[rocm]\nname = "ROCm"\ninitial_maturity_fraction = 0.7\nramp_months = 12\nporting_usd = 1e6\nsource = ["S6"]\ngrade = "C"\n',
    "tariffs": '[day_night]\nname = "Day and night"\ncurrency = "HKD"\nprice_year = 2026\nsource = ["S7"]\ngrade = "A"\n'
    'energy = [\n  { label = "day", price_per_kwh = 1.0, from_hour = 7 },\n  { label = "night", price_per_kwh = 0.5, to_hour = 7 },\n]\n',
}

Writer = Callable[..., Path]
Reader = Callable[..., Reading]
Finder = Callable[..., list[Diagnostic]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An instance folder with a weather file, and a catalogue beside it."""
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    for table, text in CATALOGUE.items():
        (catalogue / f"{table}.toml").write_text(text)
    home = tmp_path / "home"
    home.mkdir()
    (home / "weather.csv").write_text("dry_bulb_c,wet_bulb_c\n" + "25.0,22.0\n" * 8760)
    return home


@pytest.fixture
def write(folder: Path) -> Writer:
    """Write the sample with replacements and an addition; gives its path."""

    def writer(*changes: tuple[str, str], add: str = "", name: str = "sample.toml") -> Path:
        text = INSTANCE
        for old, new in changes:
            assert text.count(old) >= 1, old
            text = text.replace(old, new, 1)
        path = folder / name
        path.write_text(text + add, encoding="utf-8")
        return path

    return writer


@pytest.fixture
def read(folder: Path) -> Reader:
    """Read a path with the small catalogue."""

    def reader(path: Path, **options: object) -> Reading:
        return read_instance(path, replace(ReadOptions(catalogue=folder.parent / "catalogue"), **options))  # type: ignore[arg-type]

    return reader


@pytest.fixture
def findings(read: Reader) -> Finder:
    """The findings of a file that must be refused."""

    def finder(path: Path, **options: object) -> list[Diagnostic]:
        with pytest.raises(InputError) as caught:
            read(path, **options)
        return list(caught.value.diagnostics)

    return finder
