"""The year of a site in numbers: what one MW of rated IT power imports, costs and drinks over all hours. Pure.

    import(t) = sum_{c,w} load_mw[c, w] * per_mw[c, w](t) + standing load
    per_mw[c, w](t) = profile_w(t) * (1 + losses + cooling_c(t))

Without storage every yearly sum collapses to one coefficient, and the month's maximum to the few hours that no other
hour of the month dominates. Both are exact.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from optimizer.assets.cooling.physics import rack_year
from optimizer.inputs.halls import parts_of, room_of
from optimizer.inputs.schema import Instance
from optimizer.operations.connection import ConnectionYear, connection_year, grid_by_phase
from optimizer.operations.flexible import Flexible, Load, flexible
from optimizer.setting.calendar import Calendar
from optimizer.setting.generation import SourceYear, source_years
from optimizer.setting.grid_hours import GridHours
from optimizer.setting.halls import halls_there
from optimizer.setting.hours import HOUR_OF_DAY, KeptHours, Series, kept_hours
from optimizer.setting.losses import loss_fraction
from optimizer.setting.occupancy import mean_draw
from optimizer.setting.prices import SitePrices, site_prices
from optimizer.setting.weather import HourlyWeather

_NO_CARBON = 1e-8


@dataclass(frozen=True, kw_only=True)
class SiteYear:
    """One site's reference year. Sums are yearly and per MW of rated IT power at work; N hours are looked at."""

    weather: HourlyWeather
    prices: SitePrices
    kept: KeptHours
    loads: tuple[Load, ...]
    import_per_mw: NDArray[np.float64]
    """MW of import per MW, shape (number of loads, N)."""
    it_per_mw: NDArray[np.float64]
    """MW of IT power per MW, shape (number of loads, N)."""
    overhead: NDArray[np.float64]
    """MW of import per MW of IT power, losses and cooling included, shape (number of loads, N)."""
    litres_per_kwh: NDArray[np.float64]
    """Water per kWh of IT power, shape (number of loads, N)."""
    energy_price: NDArray[np.float64]
    """USD per MWh of import, fuel clause included, before trend, shape (N,)."""
    import_mwh: dict[Load, float]
    it_mwh: dict[Load, float]
    energy_usd: dict[Load, float]
    water_m3: dict[Load, float]
    standing_energy_usd: float
    """Energy cost of 1 MW drawn all year."""
    peaks: tuple[NDArray[np.float64], ...]
    """By month: rows of per-MW imports of the hours that can hold the month's maximum, shape (hours, loads)."""
    window_peaks: dict[tuple[int, int], NDArray[np.float64]]
    """The same by (charge of the tariff, month), within the hours of the charge; months without an hour left out."""
    grid_mw: dict[str, float]
    power_factor: float
    carbon_t_per_mwh: float | NDArray[np.float64]
    """Of import; by hour, shape (N,), where a series says so."""
    carbon_price_usd_per_t: float
    water_usd_per_m3: float
    connection: ConnectionYear
    flexible: Flexible | None
    """What the site can dispatch; None if nothing."""
    mean_draw: dict[tuple[str, str], float] = field(default_factory=dict)
    """By (workload, phase): what is drawn on the mean of the year, as a share of full work; 1 where it is not named.
    All above is of full work."""
    sources: dict[str, SourceYear] = field(default_factory=dict)
    """Generation beside the grid, by name."""

    def mean(self, load: Load, phase: str) -> float:
        """Mean draw of a load in a phase as a share of that of full work."""
        return self.mean_draw.get((load[1], phase), 1.0)

    def means(self, phase: str) -> NDArray[np.float64]:
        """The same of all loads, shape (number of loads,)."""
        return np.array([self.mean(load, phase) for load in self.loads])


def non_dominated(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows that no other equals or exceeds in every column: for any weights >= 0 the largest sum is among them."""
    content = np.ascontiguousarray(rows)
    return _non_dominated(_HourRows(hashlib.sha256(content.tobytes()).digest(), content.shape, content))


@dataclass(frozen=True)
class _HourRows:
    """Rows known by what they hold: a site's phases often share them, and so does the next cell of a study."""

    sha256: bytes
    shape: tuple[int, ...]
    rows: NDArray[np.float64] = field(compare=False)


@lru_cache(maxsize=64)
def _non_dominated(given: _HourRows) -> NDArray[np.float64]:
    left = np.unique(given.rows, axis=0)
    kept = []
    while len(left):
        top = left[np.argmax(left.sum(axis=1))]
        kept.append(top)
        left = left[~np.all(left <= top, axis=1)]
    found = np.array(kept)
    found.flags.writeable = False
    return found


def profile(instance: Instance, workload: str) -> Series:
    """IT power of a workload by hour of the reference year as a share of the rated power, shape (8760,)."""
    load = instance.workloads[workload]
    return load.load_fraction * np.asarray(load.daily_profile)[HOUR_OF_DAY]


def derive(
    instance: Instance,
    calendar: Calendar,
    weather: Mapping[str, HourlyWeather],
    grid: Mapping[str, GridHours] | None = None,
) -> dict[str, SiteYear]:
    """The reference year of every site under its weather, and what files say of its grid by the hour."""
    told = grid or {}
    return {s: _site_year(instance, calendar, s, weather[s], told.get(s, GridHours())) for s in instance.sites}


def _site_year(instance: Instance, calendar: Calendar, name: str, weather: HourlyWeather, grid: GridHours) -> SiteYear:
    site = instance.sites[name]
    prices = site_prices(instance, calendar, name, grid.price_per_kwh)
    kept = kept_hours(instance.solve.hours)
    grid_mw = grid_by_phase(instance, calendar, name)
    cooled = {c: rack_year(instance.coolings, c, weather) for c in _technologies(instance, name)}
    halls = {room_of(c, h): h for c in cooled for h in halls_there(instance, name)}
    cooling = {room: cooled[parts_of(room)[0]] for room in halls}
    profiles = {w: profile(instance, w)[kept.hours] for w in instance.workloads}
    loads = tuple((c, w) for c in cooling for w in profiles)
    overheads = {
        c: 1 + loss_fraction(instance, name, halls[c]) + year.kw_per_kw[kept.hours] for c, year in cooling.items()
    }
    if site.measured_pue is not None:
        overheads = dict.fromkeys(overheads, np.broadcast_to(site.measured_pue, 12)[kept.month])
    litres = {c: year.litres_per_kwh[kept.hours] for c, year in cooling.items()}
    price = prices.energy_usd_per_mwh[kept.hours]
    imports = {(c, w): profiles[w] * overheads[c] for c, w in loads}
    table = np.array([imports[load] for load in loads])
    return SiteYear(
        weather=weather,
        prices=prices,
        kept=kept,
        loads=loads,
        import_per_mw=table,
        it_per_mw=np.array([profiles[w] for _, w in loads]),
        overhead=np.array([overheads[c] for c, _ in loads]),
        litres_per_kwh=np.array([litres[c] for c, _ in loads]),
        energy_price=price,
        import_mwh={load: kept.weight * float(series.sum()) for load, series in imports.items()},
        it_mwh={(c, w): kept.weight * float(profiles[w].sum()) for c, w in loads},
        energy_usd={load: kept.weight * float(series @ price) for load, series in imports.items()},
        water_m3={(c, w): kept.weight * float(profiles[w] @ litres[c]) for c, w in loads},
        standing_energy_usd=kept.weight * float(price.sum()),
        peaks=tuple(non_dominated(table[:, month == kept.month].T) for month in range(12)),
        window_peaks=_window_peaks(prices, kept, table),
        grid_mw=grid_mw,
        power_factor=site.grid.power_factor,
        carbon_t_per_mwh=_carbon(site.carbon_kg_per_kwh, grid.carbon_kg_per_kwh, kept),
        carbon_price_usd_per_t=site.carbon_price_usd_per_t,
        water_usd_per_m3=site.water_usd_per_m3,
        connection=connection_year(instance, calendar, name, weather, grid),
        flexible=flexible(instance, name, loads),
        mean_draw=_mean_draws(instance, calendar),
        sources=source_years(instance, calendar, name, weather),
    )


def _carbon(flat: float, series: Series | None, kept: KeptHours) -> float | NDArray[np.float64]:
    """t per MWh of import; in a series what is smaller than a solver can tell from nothing is nothing."""
    return flat if series is None else np.where(series > _NO_CARBON, series, 0.0)[kept.hours]


def _mean_draws(instance: Instance, calendar: Calendar) -> dict[tuple[str, str], float]:
    pairs = ((w, p) for w in instance.workloads for p in calendar.phases)
    shares = {(w, p): mean_draw(instance, w, p) for w, p in pairs}
    return {key: share for key, share in shares.items() if share != 1.0}


def _window_peaks(
    prices: SitePrices, kept: KeptHours, table: NDArray[np.float64]
) -> dict[tuple[int, int], NDArray[np.float64]]:
    peaks = {}
    for number, window in enumerate(prices.windows):
        for month in kept.months:
            inside = (kept.month == month) & window.mask[kept.hours]
            if inside.any():
                peaks[number, month] = non_dominated(table[:, inside].T)
    return peaks


def _technologies(instance: Instance, site: str) -> list[str]:
    """Cooling technologies racks at the site may have."""
    data = instance.sites[site]
    wanted = set(data.coolings) | {row.cooling for row in data.existing_pods}
    return [c for c in instance.coolings if c in wanted]


def site_import(year: SiteYear, load_mw: dict[Load, float], standing_mw: float) -> Series:
    """Hourly load in MW of a site whose rated IT power at work is `load_mw`, nothing dispatched, shape (N,)."""
    weights = np.array([load_mw.get(load, 0.0) for load in year.loads])
    return np.asarray(weights @ year.import_per_mw + standing_mw)


def site_it(year: SiteYear, load_mw: dict[Load, float]) -> Series:
    """Hourly IT power in MW, nothing moved, shape (N,)."""
    weights = np.array([load_mw.get(load, 0.0) for load in year.loads])
    return np.asarray(weights @ year.it_per_mw)
