"""The shape of a dispatching year: every number of its linear programme but the capacities. Pure.

The programme's right-hand side is linear in the coordinates x, without a constant; see docs/model.md, section 12a. Two
years share cuts if and only if their digests agree, and the digest is taken over every field of the shape.

    x   load/COOLING/WORKLOAD rated MW at work; standing MW; limit MW of import; free_mw, free_mwh of the battery;
        generator MW; source/NAME MW at work; block MW of demand at the lower price; energy_block/K MWh of a month;
        available MW of which a minimum bill, limits by the hour and what may be sold or enrolled are shares; enrollable
        MW of demand response and unbound MW by which load may rise where none is enrolled; energy MWh, carbon t and
        water m3 per year, where capped
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.operations.coefficients import SiteYear
from optimizer.operations.energy_thresholds import block_name, reachable
from optimizer.operations.flexible import Load
from optimizer.operations.other_money import other_money, source_usd_per_mwh
from optimizer.operations.shape_connection import Response, Surplus, export_of, response_of

_FREE_USD_PER_MWH = 0.1
_LOSSLESS = 1e-3
"""Prices and losses this small are within what a solver's tolerances tell from nothing."""
YEARLY_ACCOUNTS = {"energy": "import_mwh", "carbon": "carbon_t", "water": "water_m3"}
"""Yearly amounts that dispatch moves: a coordinate, where they are capped or sought, and the account they are."""
AVAILABLE = "available"
"""Coordinate of what the utility holds available, where a charge or a limit is a share of it."""
ENROLLABLE, UNBOUND = "enrollable", "unbound"
"""Coordinates of demand response: MW that may be enrolled, and by how much load may rise in the hours called: much
where nothing is enrolled, else 0."""
Hours = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Charge:
    """A price per MW of the highest import of each month, or of the year, within some hours."""

    usd_per_mw_month: float
    mask: NDArray[np.bool_]
    """Shape (N,)."""
    usd_per_mw_year: float = 0.0
    ratchet_fraction: float = 0.0
    """Share of the year's highest that every month is billed for at least."""
    minimum_fraction: float = 0.0
    """Share of what the utility holds available that every month is billed for at least."""

    @property
    def sees_year(self) -> bool:
        """Whether the highest of the year counts."""
        return self.ratchet_fraction > 0 or self.usd_per_mw_year > 0

    @property
    def bills_more(self) -> bool:
        """Whether a month may be billed for more than its own demand."""
        return self.ratchet_fraction > 0 or self.minimum_fraction > 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Placing:
    """A load of which part can wait, per rated MW."""

    load: Load
    deferred: Hours
    """MW that may wait, by hour in which it would be done, shape (N,)."""
    room: Hours
    """MW that may be placed in each hour, shape (N,)."""
    overhead: Hours
    """MW of load per MW of IT power, shape (N,)."""
    water_usd_per_mwh: Hours
    water_m3_per_mwh: Hours


@dataclass(frozen=True, eq=False, kw_only=True)
class SourceShape:
    """Generation beside the grid, per MW at work; what it does not give is curtailed."""

    name: str
    availability: Hours
    """Most it gives by hour, shape (N,)."""
    usd_per_mwh: float
    """Fuel, running cost and carbon."""
    carbon_t_per_mwh: float
    hours: float | None
    """Full-load hours per year; None: all."""


@dataclass(frozen=True, eq=False, kw_only=True)
class YearShape:
    """One year's programme without its capacities; N hours of whole days, money in USD per year."""

    weight: float
    month_weight: float
    month: NDArray[np.int64]
    loads: tuple[Load, ...]
    base_per_mw: Hours
    """MW of load per rated MW that cannot wait, on the mean of the year, shape (loads, N)."""
    idle_per_mw: Hours
    """MW that full work draws beyond the mean, per rated MW, shape (loads, N): grid and charges see it, energy does
    not."""
    energy_usd_per_mwh: Hours
    """Price, fuel clause and carbon of import, shape (N,)."""
    charges: tuple[Charge, ...]
    """The first looks at all hours if there is a block or a contract."""
    above_usd_per_mw_month: float
    """What demand beyond the block costs more; 0: no block."""
    contracted_usd_per_mw_month: float
    uncontracted_usd_per_mw_month: float | None
    efficiency: float | None
    """Share of energy kept each way; None: no battery."""
    degradation_usd_per_mwh: float
    generator_hours: float | None
    generator_usd_per_mwh: float
    placing: tuple[Placing, ...]
    carbon_t_per_mwh: float | Hours
    """Of import; by hour, shape (N,), or the same in all."""
    generator_t_per_mwh: float
    capped: tuple[str, ...]
    """Of energy, carbon, water: yearly amounts that are coordinates."""
    sources: tuple[SourceShape, ...] = ()
    connection: Hours | None = None
    """Most import by hour as a share of what the utility holds available, shape (N,); None: all of it."""
    export: Surplus | None = None
    response: Response | None = None
    energy_rises: tuple[float, ...] = ()
    """USD per MWh by which each block of a month's energy is dearer than the one before."""

    @property
    def month_scale(self) -> float:
        """MWh of a month per MW imported in one of its hours."""
        return self.weight / self.month_weight

    @property
    def hours(self) -> int:
        """Number of hours N."""
        return len(self.month)

    @property
    def idles(self) -> bool:
        """Whether anything stands idle at times."""
        return bool(self.idle_per_mw.any())

    @property
    def takes_up(self) -> bool:
        """Whether generation beside the grid may take up what full work draws beyond the mean."""
        return self.idles and bool(self.sources)

    @property
    def trades(self) -> bool:
        """Whether the site sells surplus, or the promise to drop load."""
        return self.export is not None or self.response is not None

    @property
    def called_back(self) -> NDArray[np.int64]:
        """Hours in which the connection carries less than the utility holds available."""
        none = np.zeros(0, dtype=np.int64)
        return none if self.connection is None else np.flatnonzero(self.connection < 1.0)

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Names of x, in order."""
        return tuple(self._coordinates())

    def _coordinates(self) -> Iterator[str]:
        yield from (load_name(load) for load in self.loads)
        yield from ("standing", "limit")
        if self.efficiency is not None:
            yield from ("free_mw", "free_mwh")
        if self.generator_hours is not None:
            yield "generator"
        yield from (source_name(source.name) for source in self.sources)
        if self.above_usd_per_mw_month:
            yield "block"
        yield from (block_name(k) for k in range(len(self.energy_rises)))
        if any(charge.minimum_fraction for charge in self.charges) or self.connection is not None or self.trades:
            yield AVAILABLE
        if self.response is not None:
            yield from (ENROLLABLE, UNBOUND)
        yield from self.capped

    @property
    def may_waste(self) -> bool:
        """Whether a least bill might have the battery charge and discharge at once.

        Doing both loses energy. Where every hour's import and the generators cost something, less of either would be
        a smaller bill, so no least bill does; docs/model.md, section 12a.
        """
        if self.efficiency is None:
            return False
        generators_pay = self.generator_hours is None or self.generator_usd_per_mwh > _FREE_USD_PER_MWH
        loses = 1.0 - self.efficiency**2 > _LOSSLESS
        generators_pay &= all(source.usd_per_mwh > _FREE_USD_PER_MWH for source in self.sources)
        generators_pay &= self.export is None or self.export.usd_per_mwh > _FREE_USD_PER_MWH
        return not (loses and generators_pay and float(self.energy_usd_per_mwh.min()) > _FREE_USD_PER_MWH)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every field: equal only if the whole programme is."""
        digest_of = hashlib.sha256()
        _feed(digest_of, self)
        return digest_of.hexdigest()


def load_name(load: Load) -> str:
    """Coordinate of a load."""
    return f"load/{load[0]}/{load[1]}"


def source_name(source: str) -> str:
    """Coordinate of generation beside the grid."""
    return f"source/{source}"


def _feed(digest: Any, value: Any) -> None:
    """Feed a value and what it holds to a hash, each with its type and size."""
    if isinstance(value, np.ndarray):
        digest.update(f"array {value.dtype} {value.shape}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, tuple):
        digest.update(f"tuple {len(value)}".encode())
        for part in value:
            _feed(digest, part)
    elif isinstance(value, Charge | Placing | SourceShape | Surplus | Response | YearShape):
        for field in fields(value):
            digest.update(field.name.encode())
            _feed(digest, getattr(value, field.name))
    else:
        digest.update(f"{type(value).__name__} {value!r};".encode())


def shape_of(year: SiteYear, phase: str, capped: tuple[str, ...]) -> tuple[YearShape, float]:
    """The shape of a site's year in a phase, and what its bill is to be multiplied by.

    Only if the tariff is all there is to pay, its trend may stand outside; else it is in the prices.
    """
    flexible = year.flexible
    assert flexible is not None, "a site that dispatches nothing needs no programme"
    other = other_money(year, flexible, phase)
    trend = year.prices.trend[phase]
    inside, outside = (1.0, trend) if other.free and trend > 0 else (trend, 1.0)
    prices, over = year.prices, year.prices.uncontracted_usd_per_mw_month
    mean = year.means(phase)
    shape = YearShape(
        weight=year.kept.weight,
        month_weight=year.kept.month_weight,
        month=year.kept.month,
        loads=year.loads,
        base_per_mw=np.array(
            [(1 - flexible.fraction(load)) * year.import_per_mw[j] * mean[j] for j, load in enumerate(year.loads)]
        ),
        idle_per_mw=(1 - mean)[:, None] * year.import_per_mw,
        energy_usd_per_mwh=inside * year.energy_price + other.carbon_usd_per_mwh,
        charges=tuple(_charges(year, inside)),
        above_usd_per_mw_month=inside * prices.above_usd_per_mva_month / year.power_factor,
        contracted_usd_per_mw_month=inside * prices.contracted_usd_per_mw_month,
        uncontracted_usd_per_mw_month=None if over is None else inside * over,
        efficiency=flexible.battery.efficiency if flexible.battery else None,
        degradation_usd_per_mwh=other.degradation_usd_per_mwh,
        generator_hours=flexible.generator.hours if flexible.generator else None,
        generator_usd_per_mwh=other.generator_usd_per_mwh,
        placing=tuple(_placing(year, load, year.mean(load, phase), other.water_usd_per_m3) for load in flexible.moving),
        carbon_t_per_mwh=year.carbon_t_per_mwh if "carbon" in capped else 0.0,
        generator_t_per_mwh=flexible.generator.carbon_t_per_mwh if flexible.generator and "carbon" in capped else 0.0,
        capped=capped,
        sources=tuple(_sources(year, phase, "carbon" in capped)),
        connection=year.connection.share.get(phase),
        export=export_of(year, phase, inside),
        response=response_of(year, flexible, phase),
        energy_rises=tuple(inside * rise for _, rise in reachable(year)),
    )
    return shape, outside


def _sources(year: SiteYear, phase: str, capped: bool) -> Iterator[SourceShape]:
    for name, source in year.sources.items():
        yield SourceShape(
            name=name,
            availability=source.availability[year.kept.hours],
            usd_per_mwh=source_usd_per_mwh(year, name, phase),
            carbon_t_per_mwh=source.carbon_t_per_mwh if capped else 0.0,
            hours=source.hours,
        )


def _charges(year: SiteYear, factor: float) -> Iterator[Charge]:
    prices, kept = year.prices, year.kept
    flat = prices.demand_usd_per_mva_month
    if flat or prices.block_mva is not None or prices.uncontracted_usd_per_mw_month is not None:
        yield Charge(factor * flat / year.power_factor, np.ones(len(kept.hours), dtype=np.bool_))
    for window in prices.windows:
        yield Charge(
            factor * window.usd_per_mva_month / year.power_factor,
            window.mask[kept.hours],
            factor * window.usd_per_mva_year / year.power_factor,
            window.ratchet_fraction,
            window.minimum_fraction,
        )


def _placing(year: SiteYear, load: Load, mean: float, water_usd_per_m3: float) -> Placing:
    j = year.loads.index(load)
    assert year.flexible is not None
    work, profile = year.flexible.moving[load], year.it_per_mw[j] * mean
    room, litres = work.most_per_mw * mean - (1 - work.fraction) * profile, year.litres_per_kwh[j]
    return Placing(
        load=load,
        deferred=work.fraction * profile,
        room=room,
        overhead=year.overhead[j],
        water_usd_per_mwh=water_usd_per_m3 * litres,
        water_m3_per_mwh=litres,
    )
