"""A year of operation as it was dispatched: hourly series, and the lines of the bill. Pure.

Used for the final ledger, the key figures and the report. Nothing is optimised here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.inputs.design import DispatchRow
from optimizer.inputs.halls import room_of
from optimizer.inputs.hourly import unpack_hours
from optimizer.inputs.quantity import MONTHS_PER_YEAR, MUSD
from optimizer.operations.coefficients import SiteYear, site_import, site_it
from optimizer.operations.energy_thresholds import surcharges
from optimizer.operations.flexible import Load

Hours = NDArray[np.float64]
BILL = ("energy", "demand", "water", "carbon", "fuel", "degradation", "export_revenue", "demand_response")
"""Accounts dispatch can change."""


_LEAST_WORK = 1e-3


@dataclass(frozen=True, eq=False, kw_only=True)
class Dispatched:
    """One site in one phase; series in MW over the N hours kept, `soc_mwh` the free energy at the start of each."""

    import_mw: Hours
    """Grid import, on the mean of the year: what is idle at times counts with its occupancy."""
    it_mw: Hours
    load_mw: Hours
    """What the site draws, moved work included."""
    rigid_mw: Hours
    """What it would draw if nothing moved."""
    idle_mw: Hours
    """What full work draws beyond all of these, and its IT power below."""
    idle_it_mw: Hours
    charge_mw: Hours
    discharge_mw: Hours
    soc_mwh: Hours
    generator_mw: Hours
    moved_mw: dict[Load, Hours] = field(default_factory=dict)
    fed_mw: dict[str, Hours] = field(default_factory=dict)
    """What generation beside the grid gives, by source."""
    left_mw: Hours | float = 0.0
    """What it could give beyond that."""
    exported_mw: Hours | float = 0.0
    """Surplus that is sold."""
    response_mw: float = 0.0
    """Load that can be dropped in every hour called."""

    @property
    def beside_mw(self) -> Hours:
        """Generators and generation beside the grid."""
        return np.asarray(self.generator_mw + sum(self.fed_mw.values(), np.zeros(len(self.generator_mw))))

    @property
    def pue(self) -> Hours:
        """What full work draws over its IT power; NaN in hours of less than a thousandth of the highest IT power."""
        work = self.full_it_mw
        works = (work >= _LEAST_WORK * (1 - 1e-9) * work.max()) & (work > 0)
        return np.divide(self.load_mw + self.idle_mw, work, out=np.full_like(work, np.nan), where=works)

    @property
    def full_it_mw(self) -> Hours:
        """IT power of full work."""
        return self.it_mw + self.idle_it_mw

    @property
    def drawn_mw(self) -> Hours:
        """Grid import in an hour of full work: what the connection carries and charges on demand look at."""
        return np.asarray(self.import_mw + np.maximum(0.0, self.idle_mw - self.left_mw - self.exported_mw))


@dataclass(frozen=True)
class Capacity:
    """What is at work at a site: rated IT power, standing load, generation beside the grid, in MW."""

    load_mw: dict[Load, float]
    standing_mw: float
    sources_mw: dict[str, float] = field(default_factory=dict)


def replay(year: SiteYear, phase: str, capacity: Capacity, row: DispatchRow | None) -> Dispatched:
    """The hours of a site with this capacity at work; without a row nothing is dispatched."""
    load_mw, standing_mw = capacity.load_mw, capacity.standing_mw
    count = len(year.kept.hours)
    mean_mw = {load: mw * year.mean(load, phase) for load, mw in load_mw.items()}
    beyond_mw = {load: mw - mean_mw[load] for load, mw in load_mw.items()}
    most = {name: mw * year.sources[name].availability[year.kept.hours] for name, mw in capacity.sources_mw.items()}
    rigid, work = site_import(year, mean_mw, standing_mw), site_it(year, mean_mw)
    idle, idle_it = site_import(year, beyond_mw, 0.0), site_it(year, beyond_mw)
    zeros = np.zeros(count)
    undispatched = Dispatched(
        import_mw=rigid,
        it_mw=work,
        load_mw=rigid,
        rigid_mw=rigid,
        idle_mw=idle,
        idle_it_mw=idle_it,
        charge_mw=zeros,
        discharge_mw=zeros,
        soc_mwh=zeros,
        generator_mw=zeros,
        left_mw=sum(most.values(), zeros),
    )
    return undispatched if row is None else _dispatched(year, row, undispatched)


def _dispatched(year: SiteYear, row: DispatchRow, undispatched: Dispatched) -> Dispatched:
    """The same hours with battery, generators, sources and moved work as the row has them."""
    count = len(year.kept.hours)
    charge, discharge = unpack_hours(row.charge_mw, count), unpack_hours(row.discharge_mw, count)
    running = unpack_hours(row.generator_mw, count)
    moved = {(room_of(m.cooling, m.hall), m.workload): unpack_hours(m.moved_mw, count) for m in row.moved}
    load = undispatched.load_mw.copy()
    for name, series in moved.items():
        load += series * year.overhead[year.loads.index(name)]
    battery = year.flexible.battery if year.flexible else None
    kept = battery.efficiency if battery else 1.0
    gained = np.cumsum(kept * charge - discharge / kept)
    soc = row.soc_start_mwh + np.concatenate([[0.0], gained[:-1]])
    fed = {given.source: unpack_hours(given.fed_mw, count) for given in row.fed}
    imported = load + charge - discharge - running - sum(fed.values(), np.zeros(count))
    sells = year.prices.export_usd_per_mwh is not None
    exported = np.maximum(0.0, -imported) if sells else np.zeros(count)
    imported = np.maximum(0.0, imported) if sells else imported
    return replace(
        undispatched,
        import_mw=imported,
        it_mw=undispatched.it_mw + sum(moved.values(), np.zeros(count)),
        load_mw=load,
        charge_mw=charge,
        discharge_mw=discharge,
        soc_mwh=soc,
        generator_mw=running,
        moved_mw=moved,
        fed_mw=fed,
        left_mw=undispatched.left_mw - sum(fed.values(), np.zeros(count)),
        exported_mw=exported,
        response_mw=row.demand_response_mw,
    )


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the utility holds for a site in a phase, in MW."""

    contract_mw: float = 0.0
    available_mw: float = 0.0
    """grid_mw in force, where there is a substation; else 0."""


@dataclass(frozen=True)
class OperatingLine:
    """A line of the ledger, of one site and phase."""

    account: str
    label: str
    amount: float


def lines(year: SiteYear, phase: str, hours: Dispatched, load_mw: dict[Load, float], held: Held) -> list[OperatingLine]:
    """Everything a year's hours cost and use, as the ledger has it. Tests of generators are posted elsewhere."""
    bill = [*_energy(year, phase, hours), *_demand(year, phase, hours.drawn_mw, held.contract_mw)]
    bill += _windows(year, phase, hours.drawn_mw, held.available_mw)
    bill += [*_water(year, phase, hours, load_mw), *_fuel(year, hours), *_fed(year, phase, hours)]
    bill += _paid_for(year, phase, hours)
    return [line for line in bill if line.amount]


def _energy(year: SiteYear, phase: str, hours: Dispatched) -> Iterator[OperatingLine]:
    weight, trend = year.kept.weight, year.prices.trend[phase]
    mwh = weight * float(hours.import_mw.sum())
    yield OperatingLine("energy", "dispatch", MUSD * trend * weight * float(hours.import_mw @ year.energy_price))
    for label, usd in surcharges(year, hours.import_mw):
        yield OperatingLine("energy", label, MUSD * trend * usd)
    yield OperatingLine("import_mwh", "dispatch", mwh)
    flat = year.carbon_t_per_mwh
    carbon_t = flat * mwh if isinstance(flat, float) else weight * float(hours.import_mw @ flat)
    yield OperatingLine("carbon_t", "grid import", carbon_t)
    yield OperatingLine("carbon", "grid import", MUSD * year.carbon_price_usd_per_t * carbon_t)


def _demand(year: SiteYear, phase: str, imported: Hours, contract_mw: float) -> Iterator[OperatingLine]:
    prices, kept, pf = year.prices, year.kept, year.power_factor
    factor = MUSD * prices.trend[phase]
    monthly = factor * kept.month_weight
    block_mw = (prices.block_mva or 0.0) * pf
    for m in kept.months:
        inside = kept.month == m
        peak, name = float(imported[inside].max()), f"month {m + 1:02d}"
        yield OperatingLine("peak_import_mw", name, peak)
        yield OperatingLine("demand", name, monthly * prices.demand_usd_per_mva_month / pf * peak)
        if prices.block_mva is not None:
            above = max(0.0, peak - block_mw)
            yield OperatingLine("demand", f"{name}, above", monthly * prices.above_usd_per_mva_month / pf * above)
        if prices.uncontracted_usd_per_mw_month is not None:
            over = max(0.0, peak - contract_mw)
            yield OperatingLine(
                "demand", f"{name}, uncontracted", monthly * prices.uncontracted_usd_per_mw_month * over
            )
    if prices.uncontracted_usd_per_mw_month is not None:
        usd = MONTHS_PER_YEAR * prices.contracted_usd_per_mw_month * contract_mw
        yield OperatingLine("demand", "contracted", factor * usd)


def _windows(year: SiteYear, phase: str, imported: Hours, available_mw: float) -> Iterator[OperatingLine]:
    """Charges on the demand of some hours, by month and by year."""
    kept, pf = year.kept, year.power_factor
    factor = MUSD * year.prices.trend[phase]
    for window in year.prices.windows:
        inside = window.mask[kept.hours]
        peaks = {m: float(imported[inside & (kept.month == m)].max()) for m in np.unique(kept.month[inside])}
        highest = max(peaks.values(), default=0.0)
        least = window.minimum_fraction * available_mw
        for m, peak in peaks.items():
            billed = max(peak, window.ratchet_fraction * highest, least)
            usd = kept.month_weight * window.usd_per_mva_month / pf * billed
            yield OperatingLine("demand", f"{window.label}, month {m + 1:02d}", factor * usd)
        yield OperatingLine("demand", f"{window.label}, year", factor * window.usd_per_mva_year / pf * highest)


def _water(year: SiteYear, phase: str, hours: Dispatched, load_mw: dict[Load, float]) -> Iterator[OperatingLine]:
    weight = year.kept.weight
    for j, load in enumerate(year.loads):
        moved = hours.moved_mw.get(load)
        mw = load_mw.get(load, 0.0) * year.mean(load, phase)
        m3 = year.water_m3[load] * mw
        if moved is not None:
            m3 += weight * float(moved @ year.litres_per_kwh[j])
        yield OperatingLine("water_m3", "/".join(load), m3)
        yield OperatingLine("water", "/".join(load), MUSD * year.water_usd_per_m3 * m3)
        yield OperatingLine("it_mwh", "/".join(load), year.it_mwh[load] * mw)


def _fuel(year: SiteYear, hours: Dispatched) -> Iterator[OperatingLine]:
    flexible, weight = year.flexible, year.kept.weight
    if flexible is not None and flexible.generator is not None:
        mwh = weight * float(hours.generator_mw.sum())
        carbon_t = flexible.generator.carbon_t_per_mwh * mwh
        yield OperatingLine("fuel", "generators beside the grid", MUSD * flexible.generator.fuel_usd_per_mwh * mwh)
        yield OperatingLine("carbon_t", "generators beside the grid", carbon_t)
        yield OperatingLine("carbon", "generators beside the grid", MUSD * year.carbon_price_usd_per_t * carbon_t)
    if flexible is not None and flexible.battery is not None:
        mwh = weight * float(hours.discharge_mw.sum())
        yield OperatingLine("degradation", "battery", MUSD * flexible.battery.degradation_usd_per_mwh * mwh)


def _fed(year: SiteYear, phase: str, hours: Dispatched) -> Iterator[OperatingLine]:
    """Generation beside the grid: energy, fuel and running cost, carbon."""
    for name, fed_mw in hours.fed_mw.items():
        source = year.sources[name]
        mwh = year.kept.weight * float(fed_mw.sum())
        carbon_t = source.carbon_t_per_mwh * mwh
        yield OperatingLine("generated_mwh", name, mwh)
        yield OperatingLine("fuel", name, MUSD * source.usd_per_mwh[phase] * mwh)
        yield OperatingLine("carbon_t", name, carbon_t)
        yield OperatingLine("carbon", name, MUSD * year.carbon_price_usd_per_t * carbon_t)


def _paid_for(year: SiteYear, phase: str, hours: Dispatched) -> Iterator[OperatingLine]:
    """What the site is paid: surplus that is sold, and load that can be dropped."""
    sold, response = year.prices.export_usd_per_mwh, year.connection.response
    if sold is not None:
        mwh = year.kept.weight * float(np.sum(hours.exported_mw))
        yield OperatingLine("exported_mwh", "dispatch", mwh)
        yield OperatingLine("export_revenue", "dispatch", -MUSD * year.prices.trend[phase] * sold * mwh)
    if response is not None:
        yield OperatingLine("demand_response_mw", "dispatch", hours.response_mw)
        yield OperatingLine("demand_response", "dispatch", -MUSD * response.usd_per_mw_year * hours.response_mw)


def bill_musd(bill: list[OperatingLine]) -> float:
    """Sum of the accounts dispatch can change, million USD per year."""
    return sum(line.amount for line in bill if line.account in BILL)
