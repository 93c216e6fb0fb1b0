"""Bad tariffs and bad wishes to dispatch: each is found at its place, with its code; and damaged hours are refused."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest
from pydantic import ValidationError

from optimizer.inputs.design import DispatchRow
from optimizer.inputs.hourly import pack_hours, unpack_hours
from optimizer.setting.hours import HOUR_OF_DAY, MONTH_OF_HOUR, kept_hours

BACKUP = '[sites.hub.backup]\ngenerator = "diesel"\ncritical_fraction = 0.1\nfrom_phase = "p1"\n'
ROW = '[[tariffs.day_night.demand]]\nlabel = "{}"\nper_kva_month = 5\nfrom_hour = {}\nto_hour = {}\n'
BLOCKS = "[tariffs.day_night]\nenergy_blocks = [{{ from_kwh = {} }}, {{ from_kwh = {} }}]\n"
REBATES = "load_factor_rebates = [{ from_hours = 500, per_kwh = 0.05 }, { from_hours = 600, per_kwh = 0.1 }]"


@pytest.mark.parametrize(
    ("add", "code", "path"),
    [
        (ROW.format("night", 21, 7), "E0407", "tariffs.day_night.demand.0.from_hour"),
        (ROW.format("a", 0, 7) + ROW.format("a", 9, 12), "E0423", "tariffs.day_night.demand.1.label"),
        ('[[tariffs.day_night.demand]]\nlabel = "nothing"\n', "E0425", "tariffs.day_night.demand.0"),
        (
            '[[tariffs.day_night.demand]]\nlabel = "year"\nper_kva_year = 100\nratchet_fraction = 0.8\n',
            "E0425",
            "tariffs.day_night.demand.0.ratchet_fraction",
        ),
        ('[tariffs.day_night]\nholidays = ["01-01", "04-31"]\n', "E0426", "tariffs.day_night.holidays.1"),
        ('[tariffs.day_night]\nholidays = ["01-01", "01-01"]\n', "E0426", "tariffs.day_night.holidays.1"),
        ("[tariffs.day_night]\ndemand_block_kva = 650\n", "E0421", "tariffs.day_night"),
        (
            "[tariffs.day_night]\ndemand_per_kva_month = 68\ndemand_block_kva = 650\n"
            "demand_above_block_per_kva_month = 66\n",
            "E0421",
            "tariffs.day_night.demand_above_block_per_kva_month",
        ),
        ("[tariffs.day_night]\ncontracted_per_kw_month = 9\n", "E0421", "tariffs.day_night"),
        (
            "[tariffs.day_night]\ncontracted_per_kw_month = 9\nuncontracted_per_kw_month = 8\n",
            "E0421",
            "tariffs.day_night.uncontracted_per_kw_month",
        ),
        (
            "[tariffs.day_night]\n"
            "load_factor_rebates = [{ from_hours = 600, per_kwh = 1 }, { from_hours = 500, per_kwh = 2 }]\n",
            "E0421",
            "tariffs.day_night.load_factor_rebates.1",
        ),
        (
            BLOCKS.format("5000, surcharge_per_kwh = 0.1", "4000, surcharge_per_kwh = 0.2"),
            "E0421",
            "tariffs.day_night.energy_blocks.1.from_kwh",
        ),
        (
            BLOCKS.format("5000, surcharge_per_kwh = 0.1", "5000, surcharge_per_kwh = 0.2"),
            "E0421",
            "tariffs.day_night.energy_blocks.1.from_kwh",
        ),
        (
            BLOCKS.format("5000, surcharge_per_kwh = 0.2", "9000, surcharge_per_kwh = 0.1"),
            "E0421",
            "tariffs.day_night.energy_blocks.1.surcharge_per_kwh",
        ),
        (
            BLOCKS.format("5000, surcharge_per_kwh = -0.2", "9000, surcharge_per_kwh = -0.1"),
            "E0421",
            "tariffs.day_night.energy_blocks.0.surcharge_per_kwh",
        ),
        (
            "[tariffs.day_night]\nload_factor_eligible_hours = 500\n",
            "E0442",
            "tariffs.day_night.load_factor_eligible_hours",
        ),
        (
            BACKUP + f"peak_shaving_hours_per_year = 20\n[tariffs.day_night]\n{REBATES}\n"
            "load_factor_eligible_hours = 500\n",
            "E0422",
            "sites.hub.tariff",
        ),
        (
            BACKUP + "peak_shaving_hours_per_year = 189\n",
            "E0424",
            "sites.hub.backup.peak_shaving_hours_per_year",
        ),
        (
            BACKUP + f"peak_shaving_hours_per_year = 20\n[tariffs.day_night]\n{REBATES}\n",
            "E0422",
            "sites.hub.tariff",
        ),
    ],
)
def test_contradictions_of_dispatch(write, findings, add, code, path):
    assert (code, path) in {(d.code, d.path) for d in findings(write(add=add))}


def test_dispatch_without_a_battery(write, findings):
    path = write(("grid_mw = 20", "grid_mw = 20\nbattery_dispatch = true"))
    assert ("E0424", "sites.hub.battery_dispatch") in {(d.code, d.path) for d in findings(path)}


def test_windows_that_overlap_are_said_and_gaps_are_not(write, read):
    both = read(write(add=ROW.format("long", 0, 24) + ROW.format("short", 9, 21)))
    assert "W0613" in {d.code for d in both.warnings}
    apart = read(write(add=ROW.format("early", 0, 7) + ROW.format("late", 9, 21)))
    assert "W0613" not in {d.code for d in apart.warnings}


def test_a_net_price_below_zero_is_said(write, read):
    cheap = read(write(), sets=("tariffs.day_night.fuel_clause_per_kwh=-9.0",))
    assert "W0620" in {d.code for d in cheap.warnings}
    assert "W0620" not in {d.code for d in read(write()).warnings}


def test_a_block_without_width_and_a_falling_one_say_why(write, findings):
    flat = findings(write(add=BLOCKS.format("5000, surcharge_per_kwh = 0.1", "5000, surcharge_per_kwh = 0.2")))
    assert "a block without width" in " ".join(d.message for d in flat)
    falling = findings(write(add=BLOCKS.format("5000, surcharge_per_kwh = 0.2", "9000, surcharge_per_kwh = 0.1")))
    assert "no linear programme" in " ".join(d.help or "" for d in falling)


def test_steps_that_no_site_can_reach_are_said(write, read):
    """20 MW through 744 hours are 14.88 GWh; a month of 744 hours at a power factor of 0.95 has 706.8 kWh per kVA."""
    reached = read(write(add=BLOCKS.format("5000, surcharge_per_kwh = 0.1", "14_870_000, surcharge_per_kwh = 0.2")))
    assert "W0659" not in {d.code for d in reached.warnings}
    beyond = read(write(add=BLOCKS.format("5000, surcharge_per_kwh = 0.1", "14_880_000, surcharge_per_kwh = 0.2")))
    assert ("W0659", "tariffs.day_night.energy_blocks.1.from_kwh") in {(d.code, d.path) for d in beyond.warnings}
    for hours, said in ((700, False), (730, True)):
        text = f"[tariffs.day_night]\n{REBATES}\nload_factor_eligible_hours = {hours}\n"
        assert ("W0659" in {d.code for d in read(write(add=text)).warnings}) is said


def test_mwh_given_for_kwh_are_said(write, read):
    """200 MWh a month are 200,000 kWh."""
    found = read(write(add=BLOCKS.format("200, surcharge_per_kwh = 0.1", "500, surcharge_per_kwh = 0.2")))
    told = [d for d in found.warnings if d.path == "tariffs.day_night.energy_blocks.0.from_kwh"]
    assert [d.code for d in told] == ["W0601"]
    assert "200,000 (MWh given?)" in (told[0].help or "") or "200000 (MWh given?)" in (told[0].help or "")


def test_the_highest_demand_of_a_short_year_is_said(write, read):
    path = write(add='[[tariffs.day_night.demand]]\nlabel = "basic"\nper_kva_month = 9\nratchet_fraction = 1.0\n')
    assert "W0656" in {d.code for d in read(path, sets=("solve.hours=168",)).warnings}
    assert "W0656" not in {d.code for d in read(path).warnings}


def test_a_short_year_is_said(write, read):
    assert "W0614" in {d.code for d in read(write(), sets=("solve.hours=168",)).warnings}


def test_hours_that_are_not_of_a_short_year_are_refused(write, findings):
    assert "solve.hours" in {d.path for d in findings(write(add="[solve]\nhours = 100\n"))}


@pytest.mark.parametrize("count", [168, 336, 672, 1344, 2688, 8760])
def test_kept_hours_are_whole_days_spread_over_the_year(count):
    kept = kept_hours(count)
    assert len(kept.hours) == count
    assert (np.diff(kept.hours) > 0).all()
    assert (HOUR_OF_DAY[kept.hours] == np.tile(np.arange(24), count // 24)).all()
    assert (kept.month == MONTH_OF_HOUR[kept.hours]).all()
    assert kept.weight * count == pytest.approx(8760)
    assert kept.month_weight * len(kept.months) == pytest.approx(12)
    assert len(kept.spread(np.arange(count, dtype=float))) == 8760


def test_packed_hours_come_back() -> None:
    series = np.round(np.random.default_rng(1).normal(size=8760), 9)
    assert (unpack_hours(pack_hours(series), 8760) == series).all()
    assert pack_hours(np.zeros(24)) == ""
    assert (unpack_hours("", 24) == 0).all()


@pytest.mark.parametrize(
    "text",
    [
        "====",
        "AAAA",
        pack_hours(np.ones(23)),
        pack_hours(np.ones(25)),
        pack_hours(np.full(24, np.nan)),
        pack_hours(np.full(24, np.inf)),
        base64.b64encode(zlib.compress(bytes(50_000_000))).decode(),
    ],
    ids=["not base64", "not zlib", "short", "long", "nan", "inf", "bomb"],
)
def test_damaged_hours_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="series"):
        unpack_hours(text, 24)


def test_a_series_longer_than_any_year_is_refused_unread() -> None:
    with pytest.raises(ValidationError):
        DispatchRow(site="a", phase="b", charge_mw="A" * 300_000)
