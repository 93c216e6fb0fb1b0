"""Weather files: what is read, what is repaired and said, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from optimizer.errors import InputError
from optimizer.reading.series_csv import read_csv_weather
from optimizer.reading.series_epw import load_epw

HEADER = "dry_bulb_c,wet_bulb_c"
FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts" / "weather"


@pytest.fixture
def csv_file(tmp_path):
    def writer(rows, header=HEADER, encoding="utf-8"):
        path = tmp_path / "weather.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
        return path

    return writer


def refused(path, reader=read_csv_weather):
    with pytest.raises(InputError) as caught:
        reader(path)
    return caught.value.diagnostics


def year(number=8760):
    return ["25.0,22.0"] * number


def hourly(start=2025, hours=8760, zone=""):
    first = datetime(start, 1, 1)
    return [f"{(first + timedelta(hours=hour)).isoformat()}{zone},{hour % 30},{hour % 30 - 1}" for hour in range(hours)]


def test_a_plain_year(csv_file):
    series = read_csv_weather(csv_file(["-1.5,-2", "1e1,.5", *year(8758)]))
    dry, wet = series.dry_bulb_c, series.wet_bulb_c
    assert dry.shape == wet.shape == (8760,)
    assert (dry[0], wet[0], dry[1], wet[1], dry[-1]) == (-1.5, -2, 10, 0.5, 25)


@pytest.mark.parametrize("cell", ["", " ", "nan", "#N/A", "inf", "1_000", "0x1F", "12,5", "abc", "1e999", "١٢", "--"])
def test_rows_13_and_90_cells_that_are_no_numbers(csv_file, cell):
    rows = year()
    rows[41] = f'25.0,"{cell}"'
    (found,) = refused(csv_file(rows))
    assert (found.code, found.line) == ("E0502", 43)
    assert found.message.startswith("row 42, column wet_bulb_c is")
    assert found.help


def test_row_13_blank_is_not_zero_and_many_cells_are_counted(csv_file):
    found = refused(csv_file(["25.0,"] * 8760))
    assert len(found) == 21
    assert "a blank is not zero" in found[0].help
    assert found[-1].message.startswith("8740 more")


def test_rows_13_and_89_semicolons_and_decimal_commas(csv_file):
    (found,) = refused(csv_file(["25,0;22,0"] * 8760, header="dry_bulb_c;wet_bulb_c"))
    assert "semicolons" in found.message
    found = refused(csv_file(["25,0,22,0"] * 8760))[0]
    assert "4 columns, not 2" in found.message
    assert "decimal comma" in found.help


@pytest.mark.parametrize(
    ("count", "said"), [(8759, "1 missing"), (8761, "1 too many"), (24, "8736 missing"), (8784, "24 too many")]
)
def test_row_32_wrong_number_of_rows(csv_file, count, said):
    (found,) = refused(csv_file(year(count)))
    assert (found.code, said in found.message) == ("E0503", True)
    assert ("29 February" in (found.help or "")) == (count == 8784)


def test_rows_32_and_101_leap_year_with_times(csv_file):
    series = read_csv_weather(csv_file(hourly(2024, 8784), header=f"time,{HEADER}"))
    assert series.dry_bulb_c.shape == (8760,)
    # 29 February is day 60 of the year: hours 1416 to 1439 are left out.
    assert list(series.dry_bulb_c[1415:1417]) == [1415 % 30, 1440 % 30]
    assert [d.code for d in series.warnings] == ["W0608"]


def test_row_32_leap_year_without_its_29_february(csv_file):
    rows = hourly(2024, 8784)
    series = read_csv_weather(csv_file(rows[:1416] + rows[1440:], header=f"time,{HEADER}"))
    assert (len(series.dry_bulb_c), series.warnings) == (8760, ())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[:99] + rows[100:], "comes 2:00:00 after"),
        (lambda rows: [*rows[:100], rows[99], *rows[100:]], "is there twice"),
        (lambda rows: [*rows[:51], rows[49], *rows[51:]], "goes back in time"),
        (lambda rows: rows[1:], "not 1 January 00:00"),
        (lambda rows: [*rows[:70], rows[70].replace("2025", "x"), *rows[71:]], "not a time"),
        (
            lambda rows: [row.replace(",", "+08:00," if n < 100 else "+09:00,", 1) for n, row in enumerate(rows)],
            "offset from UTC changes",
        ),
        (
            lambda rows: [row.replace(",", "+08:00," if n < 100 else ",", 1) for n, row in enumerate(rows)],
            "offset from UTC changes",
        ),
    ],
)
def test_row_32_gaps_repeats_disorder_and_daylight_saving(csv_file, change, said):
    found = refused(csv_file(change(hourly()), header=f"time,{HEADER}"))
    assert found[0].code == "E0504"
    assert said in found[0].message
    assert found[0].line


def test_row_32_one_offset_all_year_is_local_standard_time(csv_file):
    dry = read_csv_weather(csv_file(hourly(zone="+08:00"), header=f"time,{HEADER}")).dry_bulb_c
    assert dry[5] == 5


def test_columns(csv_file):
    (found,) = refused(csv_file(["1"] * 8760, header="dry_bulb_c"))
    assert "no column wet_bulb_c" in found.message
    (found,) = refused(csv_file(year(), header="dry_bulb_c,wetbulb_c"))
    assert found.help == "did you mean wetbulb_c?"
    series = read_csv_weather(csv_file([row + ",1" for row in year()], header=HEADER + ",wind"))
    assert [d.code for d in series.warnings] == ["W0609"]


def test_values_no_air_can_have(csv_file):
    (found,) = refused(csv_file([*year(8759), "250,22"]))
    assert (found.code, found.line) == ("E0502", 8761)
    assert [d.code for d in read_csv_weather(csv_file([*year(8759), "20,22"])).warnings] == ["W0610"]


def test_row_03_encodings_and_row_31_archives(csv_file, tmp_path):
    assert refused(csv_file(year(), encoding="utf-16"))[0].code == "E0105"
    (tmp_path / "w.csv").write_bytes(b"\x1f\x8b\x08")
    assert refused(tmp_path / "w.csv")[0].code == "E0501"
    (tmp_path / "e.csv").write_bytes(b"")
    assert refused(tmp_path / "e.csv")[0].code == "E0501"
    assert read_csv_weather(csv_file(year(), encoding="utf-8-sig")).dry_bulb_c[0] == 25


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


def record(time, dry="25.0", humidity="80", pressure="101325"):
    tail = ",".join(["0"] * 25)
    return f"{time.year},{time.month},{time.day},{time.hour + 1},60,?9,{dry},21.0,{humidity},{pressure},{tail}"


def epw_rows(start=2025, hours=8760):
    return [record(datetime(start, 1, 1) + timedelta(hours=hour)) for hour in range(hours)]


@pytest.fixture
def epw_file(tmp_path):
    def writer(rows, head=HEAD):
        path = tmp_path / "weather.epw"
        path.write_text("\n".join([*head, *rows]) + "\n")
        return path

    return writer


def test_epw_year(epw_file):
    rows = epw_rows()
    rows[7] = record(datetime(2025, 1, 1, 7), "-3.5", "104", "99000")
    series = load_epw(epw_file(rows))
    assert series.dry_c.shape == series.relative_humidity_fraction.shape == series.pressure_pa.shape == (8760,)
    assert (series.dry_c[7], series.relative_humidity_fraction[7], series.pressure_pa[7]) == (-3.5, 1.0, 99000)
    assert series.relative_humidity_fraction[0] == pytest.approx(0.8)


def test_row_33_missing_codes_are_counted_and_named(epw_file):
    rows = epw_rows()
    for hour in (3, 4, 100):
        rows[hour] = record(datetime(2025, 1, 1) + timedelta(hours=hour), dry="99.9", pressure="999999")
    rows[9] = record(datetime(2025, 1, 1, 9), humidity="999")
    found = {d.message for d in refused(epw_file(rows), load_epw)}
    assert found == {
        "dry bulb temperature is missing (99.9) in 3 hours: hours 3, 4, 100",
        "pressure is missing (999999) in 3 hours: hours 3, 4, 100",
        "relative humidity is missing (999) in 1 hours: hour 9",
    }


def test_row_33_wrong_column_count(epw_file):
    rows = epw_rows()
    rows[5] = ",".join(rows[5].split(",")[:20])
    (found,) = refused(epw_file(rows), load_epw)
    assert (found.code, found.line) == ("E0506", 14)
    assert "20 columns" in found.message


def test_rows_32_and_101_epw_leap_year(epw_file):
    series = load_epw(epw_file(epw_rows(2024, 8784)))
    assert (len(series.dry_c), [d.code for d in series.warnings]) == (8760, ["W0608"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: rows[:-1], "E0503"),
        (lambda rows: [*rows[:10], rows[9], *rows[11:]], "E0504"),
        (lambda rows: [*rows[:10], rows[11], rows[10], *rows[12:]], "E0504"),
        (lambda rows: rows + rows[:24], "E0503"),
        (lambda rows: [*rows[:10], rows[10].replace("25.0", "25;0"), *rows[11:]], "E0502"),
        (lambda rows: [*rows[:10], rows[10].replace("101325", "101"), *rows[11:]], "E0502"),
    ],
)
def test_row_32_epw_hours(epw_file, change, code):
    assert [d.code for d in refused(epw_file(change(epw_rows())), load_epw)] == [code]


def test_epw_that_is_none(epw_file):
    assert refused(epw_file(epw_rows(), head=["x", *HEAD[1:]]), load_epw)[0].code == "E0501"
    assert (
        refused(epw_file(epw_rows(), head=[*HEAD[:7], "DATA PERIODS,1,4,Data,Sunday,1/ 1,12/31"]), load_epw)[0].code
        == "E0501"
    )


@pytest.mark.skipif(not FACTS.is_dir(), reason="no weather files to try")
@pytest.mark.parametrize("name", ["hong_kong.epw", "singapore.epw"])
def test_files_from_the_field(name):
    series = load_epw(FACTS / name)
    assert 15 < series.dry_c.mean() < 30
    assert 0.6 < series.relative_humidity_fraction.mean() < 1


def test_series_are_hashed_and_their_warnings_reach_the_reading(write, read, folder, csv_file):
    (folder / "weather.csv").write_text("\n".join([f"time,{HEADER}", *hourly(2024, 8784)]))
    reading = read(write())
    assert [d.code for d in reading.warnings] == ["W0608"]
    assert [path.name for path, _ in reading.files] == ["sample.toml", "weather.csv"]


def test_wrong_cells_are_found_beside_wrong_keys(write, findings, folder):
    (folder / "weather.csv").write_text("\n".join([HEADER, *year(8759), "25,x"]))
    found = findings(write(("grid_mw = 20", "grid_mw = -1")))
    assert [(d.code, d.file.rsplit("/", 1)[-1]) for d in found] == [("E0312", "sample.toml"), ("E0502", "weather.csv")]
