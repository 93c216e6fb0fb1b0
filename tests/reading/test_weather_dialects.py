"""Weather files as people have them: what is read is read alike by reader and audit, what is refused has a remedy."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from optimizer.audit import weather as audit
from optimizer.errors import InputError
from optimizer.reading.series_csv import read_csv_weather
from optimizer.reading.series_epw import load_epw
from optimizer.setting.psychrometrics import wet_bulb_c

HEAD = [
    "LOCATION,X,,,,,1,2,8,5",
    "DESIGN CONDITIONS,0",
    "TYPICAL/EXTREME PERIODS,0",
    "GROUND TEMPERATURES,0",
    "HOLIDAYS/DAYLIGHT SAVINGS,No,0,0,0",
    "COMMENTS 1,x",
    "COMMENTS 2,x",
    "DATA PERIODS,1,1,Data,Sunday,1/ 1,12/31",
]
HOURS = [datetime(2025, 1, 1) + timedelta(hours=hour) for hour in range(8760)]


def dry_of(moment):
    """A dry bulb that tells every hour of a day and every month apart."""
    return moment.month + moment.hour / 2


def record(moment, humidity="80", pressure="101325", dry=None, shape="{0},{1},{2}", first_hour=1):
    stamp = shape.format(moment.month, moment.day, moment.hour + first_hour)
    tail = ",".join(["0"] * 25)
    return f"{moment.year},{stamp},60,?9,{dry_of(moment) if dry is None else dry},9,{humidity},{pressure},{tail}"


def write_epw(tmp_path, rows=None, head=HEAD, **shape):
    path = tmp_path / "w.epw"
    path.write_text("\n".join([*head, *(rows or [record(moment, **shape) for moment in HOURS])]) + "\n")
    return path


def refusal(path, reader=load_epw):
    with pytest.raises(InputError) as caught:
        reader(path)
    return caught.value.diagnostics[0]


def both(path):
    """Dry bulb as the reader has it, after a check that the audit has the same year."""
    series, year = load_epw(path), audit.from_epw(path)
    wet = wet_bulb_c(series.dry_c, series.relative_humidity_fraction, series.pressure_pa)
    assert np.array_equal(series.dry_c, year.dry_c)
    assert np.allclose(np.minimum(wet, series.dry_c), year.wet_c, atol=1e-3)
    return series


@pytest.mark.parametrize(
    "shape",
    [
        {"shape": "{0:02d},{1:02d},{2:02d}"},
        {"shape": "{0}.0,{1}.0,{2}.0"},
        {"shape": " {0}, {1}, {2}"},
        {"first_hour": 0},
        {"first_hour": 0, "shape": "{0:02d},{1:02d},{2:02d}"},
    ],
)
def test_months_days_and_hours_however_written(tmp_path, shape):
    series = both(write_epw(tmp_path, **shape))
    assert list(series.dry_c) == [dry_of(moment) for moment in HOURS]
    assert series.warnings == ()


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-8", "utf-8-sig"])
def test_a_comment_nothing_reads_may_have_any_encoding(tmp_path, encoding):
    path = write_epw(tmp_path)
    path.write_bytes(path.read_text().replace("COMMENTS 1,x", "COMMENTS 1,Estação São João").encode(encoding))
    assert both(path).dry_c[5] == dry_of(HOURS[5])


def test_cells_added_by_a_table_programme_are_left_out(tmp_path):
    rows = [record(moment) + ",,," for moment in HOURS]
    assert both(write_epw(tmp_path, rows, [line + ",,," for line in HEAD])).dry_c[0] == 1.0


@pytest.mark.parametrize(
    ("head", "said", "remedy"),
    [
        ([*HEAD[:7], "COMMENTS 3,made by hand", HEAD[7]], "line 8 is an additional header line", "delete line 8"),
        ([*HEAD, "Year,Month,Day,Hour,Minute"], "line 9 is an additional header line", "delete line 9"),
        ([HEAD[0], *HEAD[2:]], "header line 2 is missing", "DESIGN CONDITIONS"),
        (HEAD[:7], "the header has 7 lines", "DATA PERIODS"),
    ],
)
def test_a_wrong_header_line_is_named(tmp_path, head, said, remedy):
    found = refusal(write_epw(tmp_path, head=head))
    assert said in found.message
    assert remedy in found.help
    assert found.line


def test_a_leap_year_cut_at_8760_hours_is_named(tmp_path):
    moments = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(8760)]
    found = refusal(write_epw(tmp_path, [record(moment) for moment in moments]))
    assert "leap year cut at 8,760 hours" in found.message
    assert "append 31 December" in found.help


@pytest.mark.parametrize(
    ("cells", "said", "remedy"),
    [
        ({"humidity": "0.80"}, "never above 1 %", "multiply column 9 by 100"),
        ({"humidity": "0"}, "0 in every hour", "climate normals"),
        ({"pressure": "1013.25"}, "pressure is outside", "hPa given?"),
        ({"pressure": "101.325"}, "pressure is outside", "kPa given?"),
        ({"dry": "86.0"}, "dry bulb temperature is outside", "Fahrenheit given?"),
        ({"dry": "301.2"}, "dry bulb temperature is above", "kelvin given?"),
    ],
)
def test_other_units_are_refused_with_the_likely_one(tmp_path, cells, said, remedy):
    found = refusal(write_epw(tmp_path, **cells))
    assert said in found.message
    assert remedy in found.help
    assert found.line == 9


def test_humidity_that_is_zero_in_some_hours_is_warned_about(tmp_path):
    rows = [record(moment, humidity="0" if number < 30 else "80") for number, moment in enumerate(HOURS)]
    (found,) = load_epw(write_epw(tmp_path, rows)).warnings
    assert (found.code, "0 in 30 hours" in found.message) == ("W0618", True)


def write_csv(tmp_path, times, head="time,dry_bulb_c,wet_bulb_c", rows=None):
    path = tmp_path / "w.csv"
    cells = rows or [f"{dry_of(moment)},{dry_of(moment) - 1}" for moment in HOURS]
    path.write_text("\n".join([head, *(f"{time},{cell}" for time, cell in zip(times, cells, strict=True))]) + "\n")
    return path


def csv_both(path, offset=None):
    series, year = read_csv_weather(path, utc_offset_hours=offset), audit.from_csv(path, offset)
    assert np.array_equal(series.dry_bulb_c, year.dry_c)
    assert np.array_equal(series.wet_bulb_c, year.wet_c)
    return series


@pytest.mark.parametrize(
    "times",
    [
        [f"{m.year}-{m.month}-{m.day} {m.hour}:00" for m in HOURS],
        [f"{m:%Y/%m/%d} {m.hour}" for m in HOURS],
        [f"{m:%Y-%m-%d}T{m:%H}:30:00" for m in HOURS],
        [f"{m:%Y-%m-%d} {m.hour + 1:02d}:00" for m in HOURS],  # hours 1 to 24 end at their time
        [f"{m + timedelta(hours=1):%Y-%m-%dT%H:%M}" for m in HOURS],
        [f"{1990 + 7 * m.month % 20}-{m:%m-%dT%H:%M}" for m in HOURS],  # a typical year: months of different years
        [f"{m:%Y-%m-%dT%H:%M}+08:00" for m in HOURS],
    ],
)
def test_times_however_written(tmp_path, times):
    series = csv_both(write_csv(tmp_path, times))
    assert list(series.dry_bulb_c) == [dry_of(moment) for moment in HOURS]
    assert series.warnings == ()


def test_heads_in_capitals(tmp_path):
    times = [f"{m:%Y-%m-%dT%H:%M}" for m in HOURS]
    assert csv_both(write_csv(tmp_path, times, "Time,Dry_Bulb_C,WET_BULB_C")).dry_bulb_c[0] == 1.0


def test_utc_stamps_are_moved_to_the_clock_of_the_site(tmp_path):
    """With UTC+8, the row of 00:00 UTC is 08:00 at the site, and the site's first hour is the row of 16:00 UTC."""
    path = write_csv(tmp_path, [f"{m:%Y-%m-%dT%H:%M}Z" for m in HOURS])
    series = csv_both(path, 8)
    assert series.dry_bulb_c[8] == dry_of(HOURS[0])
    assert series.dry_bulb_c[0] == dry_of(HOURS[-8])
    assert (series.warnings[0].code, "+8 hours" in series.warnings[0].message) == ("W0621", True)
    west = csv_both(path, -5)
    assert west.dry_bulb_c[0] == dry_of(HOURS[5])
    assert csv_both(path, 0).warnings == ()


def test_utc_stamps_without_a_clock_are_warned_about(tmp_path):
    (found,) = csv_both(write_csv(tmp_path, [f"{m:%Y-%m-%dT%H:%M}Z" for m in HOURS])).warnings
    assert (found.code, "UTC" in found.message, "utc_offset_hours" in found.help) == ("W0617", True, True)


def test_a_clock_that_moves_nothing_is_said(tmp_path):
    (found,) = csv_both(write_csv(tmp_path, [f"{m:%Y-%m-%dT%H:%M}" for m in HOURS]), 8).warnings
    assert "moves nothing" in found.message


@pytest.mark.parametrize("ending", [False, True])
def test_a_leap_year_with_times_loses_its_29_february(tmp_path, ending):
    moments = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(8784)]
    rows = [f"{dry_of(moment)},{dry_of(moment) - 1}" for moment in moments]
    times = [(m + timedelta(hours=ending)).isoformat() for m in moments]
    series = csv_both(write_csv(tmp_path, times, rows=rows))
    assert list(series.dry_bulb_c) == [dry_of(moment) for moment in HOURS]
    assert [found.code for found in series.warnings] == ["W0608"]


def test_a_leap_year_of_rows_cut_at_8760_hours_is_named(tmp_path):
    moments = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(8760)]
    found = refusal(write_csv(tmp_path, [m.isoformat() for m in moments]), read_csv_weather)
    assert "leap year cut at 8,760 hours" in found.help


def test_kelvin_and_fahrenheit_are_named(tmp_path):
    times = [m.isoformat() for m in HOURS]
    found = refusal(write_csv(tmp_path, times, rows=["298.15,290"] * 8760), read_csv_weather)
    assert "298.15 K are 25 deg C" in found.help
    (odd,) = read_csv_weather(write_csv(tmp_path, times, rows=["77,70"] * 8760)).warnings
    assert (odd.code, "Fahrenheit" in odd.help) == ("W0618", True)


def test_every_refusal_has_a_remedy(tmp_path):
    short = [m.isoformat() for m in HOURS][:-1]
    cells = ["20,10"] * 8759
    swapped = [*short[:4], short[5], short[4], *short[6:]]
    for times in (short, swapped, [*short[:-1], "yesterday"], [*short[:-1], "2025-13-01T00:00"]):
        found = refusal(write_csv(tmp_path, times, rows=cells), read_csv_weather)
        assert found.help
        assert found.line


@pytest.mark.long
def test_no_file_is_refused_that_pvlib_reads():
    """Set EPW_FOLDER to a folder of EPW files, for instance those that Python packages bring."""
    read_epw = pytest.importorskip("pvlib.iotools").read_epw
    files = sorted(Path(os.environ.get("EPW_FOLDER", "/nowhere")).rglob("*.epw"))
    if not files:
        pytest.skip("EPW_FOLDER names no EPW files")
    for path in files:
        try:
            table, _ = read_epw(path)
        except (ValueError, KeyError, IndexError):
            continue
        if len(table) in (8760, 8784):
            assert load_epw(path).dry_c.shape == (8760,), path
            assert np.allclose(load_epw(path).dry_c[:1000], table.temp_air.to_numpy()[:1000]), path
