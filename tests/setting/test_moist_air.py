"""Moist air against tabulated points of the ASHRAE Handbook."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.setting.psychrometrics import saturation_pressure_pa, wet_bulb_c


@pytest.mark.parametrize(
    ("temperature_c", "pascal"), [(0.01, 611.7), (20.0, 2338.8), (40.0, 7383.5), (-10.0, 259.9), (100.0, 101_418.0)]
)
def test_saturation_pressure(temperature_c: float, pascal: float) -> None:
    assert saturation_pressure_pa(np.array([temperature_c]))[0] == pytest.approx(pascal, rel=2e-3)


@pytest.mark.parametrize(
    ("dry", "humidity", "wet"), [(25.0, 0.5, 17.9), (30.0, 0.6, 23.8), (35.0, 0.2, 18.8), (20.0, 1.0, 20.0)]
)
def test_wet_bulb_at_sea_level(dry: float, humidity: float, wet: float) -> None:
    result = wet_bulb_c(np.array([dry]), np.array([humidity]), np.array([101_325.0]))[0]
    assert result == pytest.approx(wet, abs=0.15)


def test_wet_bulb_never_exceeds_dry_bulb() -> None:
    dry = np.linspace(-15, 45, 61)
    humidity = np.full_like(dry, 0.99)
    assert np.all(wet_bulb_c(dry, humidity, np.full_like(dry, 101_325.0)) <= dry + 1e-9)
