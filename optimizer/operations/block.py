"""Operations: a year of import at every site, exact over all hours for a load without storage.

Given       years[s] with yearly sums per MW of IT power at work and the hours that can hold each month's maximum
Decides     peak_mw[s, p, m] highest hourly import of month m
Subject to  highest[s, p, m, i]   peak_mw >= import in each hour i that no other hour of the month dominates
Posts       energy, demand, water, carbon; import_mwh, it_mwh, water_m3, carbon_t, peak_import_mw
"""

from __future__ import annotations

from typing import Any

from pyomo.environ import Block, NonNegativeReals, Var, value

from optimizer.ledger.ledger import Ledger, Place, add_up
from optimizer.operations.coefficients import SiteYear
from optimizer.quantity import HOURS_PER_YEAR, MONTHS_PER_YEAR

MUSD = 1e-6
MONTHS = range(MONTHS_PER_YEAR)


def add(block: Block, years: dict[str, SiteYear], ledger: Ledger) -> None:
    """Add the operations of every site and phase."""
    here = [(s, p) for s in years for p in ledger.calendar.phases]
    block.peak_mw = Var([(s, p, m) for s, p in here for m in MONTHS], domain=NonNegativeReals)
    block.load = {
        (s, p): {(c, w): ledger.total("load_mw", p, s, f"{c}/{w}") for c, w in years[s].loads} for s, p in here
    }
    block.standing = {(s, p): ledger.total("standing_mw", p, s) for s, p in here}
    hours = [(s, p, m, i) for s, p in here for m in MONTHS for i in range(len(years[s].peaks[m]))]

    @block.Constraint(hours)
    def highest(b: Block, s: str, p: str, m: int, i: int) -> Any:
        return (None, _hour(b, years[s], (s, p, m, i)) - b.peak_mw[s, p, m], 0)

    for s, p in here:
        _post(block, years[s], ledger, (s, p))


def _hour(block: Block, year: SiteYear, key: tuple[str, str, int, int]) -> Any:
    s, p, m, i = key
    row = year.peaks[m][i]
    at_work = add_up(float(row[j]) * block.load[s, p][load] for j, load in enumerate(year.loads))
    return at_work + block.standing[s, p]


def _post(block: Block, year: SiteYear, ledger: Ledger, where: tuple[str, str]) -> None:
    s, p = where
    trend = year.prices.trend[p]
    for load, mw in block.load[s, p].items():
        here = Place(p, s, "/".join(load))
        ledger.post("energy", here, MUSD * trend * year.energy_usd[load] * mw)
        ledger.post("import_mwh", here, year.import_mwh[load] * mw)
        ledger.post("it_mwh", here, year.it_mwh[load] * mw)
        ledger.post("water_m3", here, year.water_m3[load] * mw)
        ledger.post("water", here, MUSD * year.water_usd_per_m3 * year.water_m3[load] * mw)
    standing, base = block.standing[s, p], Place(p, s, "standing load")
    ledger.post("energy", base, MUSD * trend * year.standing_energy_usd * standing)
    ledger.post("import_mwh", base, HOURS_PER_YEAR * standing)
    demand_usd = trend * year.prices.demand_usd_per_mva_month / year.power_factor
    for m in MONTHS:
        here = Place(p, s, f"month {m + 1:02d}")
        ledger.post("peak_import_mw", here, block.peak_mw[s, p, m])
        ledger.post("demand", here, MUSD * demand_usd * block.peak_mw[s, p, m])
    grid = Place(p, s, "grid import")
    carbon_t = year.carbon_t_per_mwh * ledger.total("import_mwh", p, s)
    ledger.post("carbon_t", grid, carbon_t)
    ledger.post("carbon", grid, MUSD * year.carbon_price_usd_per_t * carbon_t)


def settle(block: Block, years: dict[str, SiteYear]) -> None:
    """Put every month's peak on the import that sets it; without a demand charge nothing else does."""
    for (s, p, m), peak in block.peak_mw.items():
        highest = max(value(_hour(block, years[s], (s, p, m, i))) for i in range(len(years[s].peaks[m])))
        peak.set_value(max(0.0, highest), skip_validation=True)
