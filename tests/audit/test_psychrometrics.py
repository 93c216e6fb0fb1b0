"""Wet bulb and weather files against published points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer.audit.psychrometrics import saturation_pressure_pa, wet_bulb_c
from optimizer.audit.weather import from_csv, from_epw, from_normals
from optimizer.inputs.setting import Climate

WEATHER = Path(__file__).resolve().parents[2].parent / "shared" / "facts" / "weather"


@pytest.mark.parametrize(
    ("celsius", "pascal"),
    # ASHRAE Handbook of Fundamentals 2017, chapter 1, table 3.
    [(-20.0, 103.24), (-10.0, 259.87), (0.0, 611.2), (20.0, 2338.8), (25.0, 3169.2), (50.0, 12_351.3)],
)
def test_saturation_pressure(celsius: float, pascal: float) -> None:
    assert float(saturation_pressure_pa(np.array([celsius]))[0]) == pytest.approx(pascal, rel=3e-4)


@pytest.mark.parametrize(
    ("dry", "humidity", "wet"),
    [(25.0, 0.5, 17.9), (35.0, 0.4, 23.9), (30.0, 1.0, 30.0)],
)
def test_wet_bulb_at_sea_level(dry: float, humidity: float, wet: float) -> None:
    found = wet_bulb_c(np.array([dry]), np.array([humidity]), np.array([101_325.0]))
    assert float(found[0]) == pytest.approx(wet, abs=0.06)


@pytest.mark.parametrize(
    ("dry", "ratio", "pressure", "wet"),
    # Humidity ratios that PsychroLib's reference tests give for these pairs of temperatures, the second over ice.
    [(30.0, 0.0192281274241096, 95_461.0, 25.0), (-1.0, 0.00120399819933844, 95_461.0, -5.0)],
)
def test_wet_bulb_away_from_sea_level(dry: float, ratio: float, pressure: float, wet: float) -> None:
    vapour = ratio * pressure / (0.621945 + ratio)
    humidity = vapour / saturation_pressure_pa(np.array([dry]))
    assert float(wet_bulb_c(np.array([dry]), humidity, np.array([pressure]))[0]) == pytest.approx(wet, abs=2e-3)


def test_wet_bulb_over_ice_lies_below_the_dry_bulb() -> None:
    found = wet_bulb_c(np.array([-5.0]), np.array([0.6]), np.array([101_325.0]))
    assert -8.0 < float(found[0]) < -5.5


def test_supersaturated_record_does_not_exceed_the_dry_bulb() -> None:
    assert float(wet_bulb_c(np.array([20.0]), np.array([1.05]), np.array([101_325.0]))[0]) == 20.0


@pytest.mark.skipif(not WEATHER.exists(), reason="no weather files beside the repository")
@pytest.mark.parametrize(("name", "cool_hours"), [("hong_kong", 1384), ("singapore", 0)])
def test_hours_of_cool_air(name: str, cool_hours: int) -> None:
    year = from_epw(WEATHER / f"{name}.epw")
    assert year.wet_c.shape == (8760,)
    assert bool(np.all(year.wet_c <= year.dry_c))
    assert int((year.wet_c <= 14.0).sum()) == pytest.approx(cool_hours, abs=15)


def epw_file(path: Path, days: list[tuple[int, int]], humidity: str = "50") -> Path:
    lines = ["header"] * 8
    for month, day in days:
        lines += [f"2000,{month},{day},{hour},60,x,25.0,14.0,{humidity},101325,0" for hour in range(1, 25)]
    path.write_text("\n".join(lines))
    return path


def all_days(february: int) -> list[tuple[int, int]]:
    lengths = (31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return [(month + 1, day + 1) for month, days in enumerate(lengths) for day in range(days)]


def test_leap_day_is_dropped(tmp_path: Path) -> None:
    year = from_epw(epw_file(tmp_path / "leap.epw", all_days(29)))
    assert year.dry_c.shape == (8760,)
    assert float(year.wet_c[0]) == pytest.approx(17.9, abs=0.06)


def test_missing_humidity_and_short_years_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="humidity"):
        from_epw(epw_file(tmp_path / "gap.epw", all_days(28), humidity="999"))
    with pytest.raises(ValueError, match="8760"):
        from_epw(epw_file(tmp_path / "short.epw", all_days(27)))
    table = tmp_path / "nan.csv"
    table.write_text("dry_bulb_c,wet_bulb_c\n" + "nan,1\n" * 8760)
    with pytest.raises(ValueError, match="finite"):
        from_csv(table)


def test_normals_shuffle_the_days_and_cap_the_wet_bulb() -> None:
    month = {
        "dry_bulb_c": (25.0,) * 24,
        "wet_bulb_c": (20.0,) * 24,
        "wet_bulb_max_c": (22.0,) * 24,
        # The departure of a day is ten times its rank, less five.
        "day_quantiles_k": tuple(float(q) - 5.0 for q in range(11)),
    }
    year = from_normals(Climate.model_validate({"name": "Wide", "months": (month,) * 12}))
    # January: ranks 0.5 / 31, then 11.5 / 31; the third day's 22.5 / 31 gives +2.258 K and is capped at 22.
    assert float(year.wet_c[0]) == pytest.approx(20 + 10 * 0.5 / 31 - 5)
    assert float(year.wet_c[24]) == pytest.approx(20 + 10 * 11.5 / 31 - 5)
    assert float(year.wet_c[48]) == 22.0
    assert float(year.dry_c[48]) == pytest.approx(25 + 10 * 22.5 / 31 - 5)
    assert bool(np.all(year.dry_c >= year.wet_c))
    # With deciles of its own, twice as wide, the dry bulb departs by twice as much, and never below the wet bulb.
    own = {**month, "dry_quantiles_k": tuple(2.0 * q - 10.0 for q in range(11))}
    apart = from_normals(Climate.model_validate({"name": "Wider", "months": (own,) * 12}))
    assert np.array_equal(apart.wet_c, year.wet_c)
    assert float(apart.dry_c[24]) == pytest.approx(25 + 20 * 11.5 / 31 - 10)
    assert float(apart.dry_c[0]) == pytest.approx(max(25 + 20 * 0.5 / 31 - 10, float(apart.wet_c[0])))
    assert float(apart.dry_c[48]) == pytest.approx(25 + 20 * 22.5 / 31 - 10)
