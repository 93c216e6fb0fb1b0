"""Cooling on paper, and what must come out for Hong Kong and Singapore."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from optimizer.assets.cooling.physics import heat_shares, loop_year, rack_year
from optimizer.inputs.cooling import Cooling
from optimizer.inputs.setting import Climate
from optimizer.setting.weather import HourlyWeather, from_normals
from tests.tiny import ROOT

LOSSES = 0.025 + 0.036
PROVENANCE = ("source", "grade", "price_year", "grades", "sources", "note", "by_place")


def _rows(kind: str) -> dict[str, dict[str, object]]:
    with (ROOT / "optimizer" / "catalogue" / f"{kind}.toml").open("rb") as stream:
        rows = tomllib.load(stream)
    return {name: {k: v for k, v in row.items() if k not in PROVENANCE} for name, row in rows.items()}


COOLINGS = {name: Cooling.model_validate(row) for name, row in _rows("coolings").items()}
YEARS = {name: from_normals(Climate.model_validate(row)) for name, row in _rows("climates").items()}


def _wet(*wet_c: float) -> HourlyWeather:
    """Hours of these wet bulbs; the dry bulb is 10 K above."""
    return HourlyWeather(np.array(wet_c) + 10.0, np.array(wet_c))


def _warmer(place: str, warming_k: float) -> HourlyWeather:
    year = YEARS[place]
    return HourlyWeather(year.dry_c + warming_k, year.wet_c + warming_k)


def _water(**changes: float) -> Cooling:
    return COOLINGS["air"].model_copy(update=changes)


def test_chiller_share_rises_from_economiser_to_full() -> None:
    """Supply 18, return 28, approach 4: free at 14 C wet bulb, half at 19, all at 24 and above."""
    share = loop_year(_water(), _wet(10.0, 14.0, 19.0, 24.0, 30.0)).chiller_share
    assert share == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0])


def test_power_per_heat_on_paper() -> None:
    """Wet bulb 24: evaporator 16 C, condenser 31 C, lift 15 K; COP = 0.45 * 289.15 / 15 = 8.6745."""
    loop = loop_year(_water(), _wet(24.0))
    assert loop.kw_per_kw[0] == pytest.approx(0.18 + 1 / 8.6745, rel=1e-6)
    assert loop.litres_per_kwh[0] == pytest.approx(1.8 * (1 + 1 / 8.6745), rel=1e-6)


def test_lift_never_falls_below_its_least() -> None:
    """Wet bulb 15: lift 15 + 7 - 16 = 6 K, held at 10 K; COP = 0.45 * 289.15 / 10 and a tenth of the heat."""
    loop = loop_year(_water(), _wet(15.0))
    assert loop.kw_per_kw[0] == pytest.approx(0.18 + 0.1 / (0.45 * 289.15 / 10), rel=1e-6)


def test_residual_heat_goes_to_the_air_plant() -> None:
    assert heat_shares(COOLINGS, "direct_to_chip") == pytest.approx({"direct_to_chip": 0.8, "air": 0.2})
    both = rack_year(COOLINGS, "direct_to_chip", _wet(24.0)).kw_per_kw[0]
    assert both == pytest.approx(0.8 * 0.045 + 0.2 * (0.18 + 1 / 8.6745), rel=1e-6)


@pytest.mark.parametrize("place", ["hong_kong", "singapore"])
def test_warm_water_needs_no_chiller_all_year(place: str) -> None:
    assert not loop_year(COOLINGS["direct_to_chip"], _warmer(place, 0.5)).chiller_share.any()


def test_chilled_water_is_never_free_in_singapore() -> None:
    assert (loop_year(COOLINGS["air"], YEARS["singapore"]).chiller_share > 0).all()


def test_chilled_water_is_free_in_a_hong_kong_winter() -> None:
    """1,384 hours of the typical year have a wet bulb of 14 C or less; the synthesised year comes within 5 %."""
    free = int((loop_year(COOLINGS["air"], YEARS["hong_kong"]).chiller_share == 0).sum())
    assert free == pytest.approx(1384, rel=0.05)


@pytest.mark.parametrize("place", ["hong_kong", "singapore"])
@pytest.mark.parametrize(("technology", "low", "high"), [("direct_to_chip", 1.1, 1.25), ("air", 1.3, 1.6)])
def test_annual_pue_is_in_the_known_range(place: str, technology: str, low: float, high: float) -> None:
    pue = 1 + LOSSES + rack_year(COOLINGS, technology, _warmer(place, 0.4)).kw_per_kw.mean()
    assert low <= pue <= high
