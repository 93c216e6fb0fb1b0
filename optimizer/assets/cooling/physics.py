"""Cooling physics: what it takes, hour by hour, to get a unit of heat out of a rack. Pure.

What of fans and pumps runs at any load is no part of it: it goes with the plant.

chiller_share = clip((wet bulb + approach - supply) / (return - supply), 0, 1)   integrated water-side economiser
COP           = Carnot fraction * T_evaporator / lift
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from optimizer.inputs.cooling import Cooling
from optimizer.setting.hours import Series
from optimizer.setting.weather import HourlyWeather


@dataclass(frozen=True)
class LoopYear:
    """One water loop through the year, per kW of heat it takes; each of shape (8760,)."""

    chiller_share: Series
    kw_per_kw: Series
    litres_per_kwh: Series


def loop_year(cooling: Cooling, weather: HourlyWeather) -> LoopYear:
    """Chiller share, electric power and water of a technology's own loop."""
    wet_c = weather.wet_c
    reach = wet_c + cooling.approach_k - cooling.supply_c
    share = np.clip(reach / (cooling.return_c - cooling.supply_c), 0.0, 1.0)
    evaporator_c = cooling.supply_c - cooling.evaporator_approach_k
    lift = np.maximum(wet_c + cooling.condenser_approach_k - evaporator_c, cooling.min_lift_k)
    cop = cooling.carnot_fraction * (evaporator_c + 273.15) / lift
    compressor = share / cop
    following = (1 - cooling.fan_pump_standing_fraction) * cooling.fan_pump_fraction
    return LoopYear(share, following + compressor, cooling.water_l_per_kwh * (1 + compressor))


@dataclass(frozen=True)
class RackYear:
    """Cooling of racks of one technology, residual heat included, per kW of IT; each of shape (8760,)."""

    kw_per_kw: Series
    litres_per_kwh: Series


def heat_shares(coolings: Mapping[str, Cooling], name: str) -> dict[str, float]:
    """Which plant takes which share of the heat of racks cooled by `name`; the shares add up to 1."""
    cooling = coolings[name]
    shares = {name: cooling.capture_fraction}
    if cooling.residual is not None and cooling.capture_fraction < 1:
        shares[cooling.residual] = shares.get(cooling.residual, 0.0) + 1 - cooling.capture_fraction
    return shares


def rack_year(coolings: Mapping[str, Cooling], name: str, weather: HourlyWeather) -> RackYear:
    """Electric power and water per unit of IT power for racks of a technology."""
    parts = [(share, loop_year(coolings[plant], weather)) for plant, share in heat_shares(coolings, name).items()]
    power = np.zeros_like(weather.wet_c)
    litres = np.zeros_like(weather.wet_c)
    for share, loop in parts:
        power = power + share * loop.kw_per_kw
        litres = litres + share * loop.litres_per_kwh
    return RackYear(power, litres)
