"""Operations: a year of import at every site, exact over all hours.

A site that dispatches nothing needs no programme: yearly sums, and of each month only the hours that no other hour
dominates. The bill of a site that dispatches is bounded from below by cuts, or by its hours themselves; see year.py.

Given       years[s] with yearly sums per MW of IT power at work and the hours that can hold each month's maximum;
            what is drawn on the mean is a share of full work (occupancy): energy follows it, peaks do not
Decides     alike_mw[s, p, c, w] load of all that draws in every hour as a share of one load (c, w) does, in MW of it
            peak_mw[s, p, m] highest hourly import of month m;  window_mw[s, p, r, m] within the hours of charge r;
            year_mw[s, p, r] highest of the year;  billed_mw[s, p, r, m] what a month is billed for
            above_mw[s, p, m] demand beyond the block;  contract_mw[s, p] contracted, beyond_mw[s, p, m] above it
            x[s, p, i] capacities of a year that dispatches;  bill[s, p] what it costs, million USD per year
            enrols[s, p] 1 if load that can be dropped is enrolled
Subject to  together[s, p, c, w]  alike_mw >= load at work that draws as (c, w) does
            highest[s, p, m, i]   peak_mw >= import in each hour i that no other hour of the month dominates
            window[s, p, r, m, i] the same within the hours of a charge
            yearly[s, p, r, m]    year_mw >= window_mw, where the year's highest counts
            charged[s, p, r, m]   billed_mw >= window_mw;  ratchet[s, p, r, m]  billed_mw >= fraction * year_mw
            least[s, p, r, m]     billed_mw >= fraction * grid_mw in force, where there is a substation
            tier[s, p, m]         above_mw >= peak_mw - block
            excess[s, p, m]       beyond_mw >= peak_mw - contract_mw
            rebate[s, p, m, k]    see rebates.py, with one[s, p, m], reach[s, p] and paid[s, p, m]
            beyond_block[s, p, k, m]  see energy_blocks.py
            at[s, p, i]           x = capacity i (free power, free energy and generators: at most what there is)
            price[s, p]           bill >= cost of the hours, where all hours are in this model
Posts       energy, demand, water, carbon; import_mwh, it_mwh, water_m3, carbon_t, peak_import_mw
"""

from __future__ import annotations

from typing import Any

from pyomo.core import Block, NonNegativeReals, Var, value

from optimizer.inputs.quantity import HOURS_PER_YEAR, MONTHS_PER_YEAR, MUSD
from optimizer.ledger.evaluation import value_of
from optimizer.ledger.ledger import Ledger, Place, add_up, is_variable
from optimizer.operations import dispatching, eligibility, energy_blocks, rebates
from optimizer.operations.alike import alike
from optimizer.operations.coefficients import SiteYear
from optimizer.operations.month_energy import Where
from optimizer.operations.transformer_loss import LOAD_LOSS


def add(block: Block, years: dict[str, SiteYear], ledger: Ledger, totals: dispatching.YearlyTotals) -> None:
    """Add the operations of every site and phase."""
    phases = ledger.calendar.phases
    rigid = [(s, p) for s, year in years.items() if year.flexible is None for p in phases]
    ready = [(s, p) for s, year in years.items() if year.flexible is not None for p in phases]
    block.peak_mw = Var([(s, p, m) for s, p in rigid for m in years[s].kept.months], domain=NonNegativeReals)
    block.load = {
        (s, p): {(c, w): ledger.total("load_mw", p, s, f"{c}/{w}") for c, w in years[s].loads}
        for s, p in (*rigid, *ready)
    }
    block.standing = {(s, p): ledger.total("standing_mw", p, s) for s, p in (*rigid, *ready)}
    _add_up_alike(block, years, rigid)
    hours = [(s, p, m, i) for s, p, m in block.peak_mw for i in range(len(years[s].peaks[m]))]

    @block.Constraint(hours)
    def highest(b: Block, s: str, p: str, m: int, i: int) -> Any:
        return (None, _scale(years[s]) * (_hour(b, years[s], (s, p), years[s].peaks[m][i]) - b.peak_mw[s, p, m]), 0)

    _demand(block, years, rigid)
    _beyond_month(block, years, ledger)
    block.load_loss = {(s, p): ledger.weighted("standing_mw", p, s, {LOAD_LOSS: 1.0}) for s, p in rigid}
    rebates.add(block, years, rigid)
    energy_blocks.add(block, years, rigid)
    for where in rigid:
        _post(block, years[where[0]], ledger, where)
    dispatching.add(block, years, ledger, ready, totals)


def _add_up_alike(block: Block, years: dict[str, SiteYear], rigid: list[Where]) -> None:
    """What draws alike as one load. No more than its rows need: only the highest imports read it, from below."""
    kinds = {s: alike(years[s]) for s in dict.fromkeys(s for s, _ in rigid)}
    sums = {
        (s, p, *first): add_up(each * block.load[s, p][load] for load, each in group.items())
        for s, p in rigid
        for first, group in kinds[s].items()
    }
    block.alike = {key: at_work for key, at_work in sums.items() if is_variable(at_work)}
    block.alike_mw = Var(list(block.alike), domain=NonNegativeReals)

    @block.Constraint(list(block.alike))
    def together(b: Block, s: str, p: str, c: str, w: str) -> Any:
        return (0, _scale(years[s]) * (b.alike_mw[s, p, c, w] - block.alike[s, p, c, w]), None)


def _scale(year: SiteYear) -> float:
    """In kW where rebates must be earned: a watt too little of a small site's peak reaches what its hours do not."""
    return 1.0 if year.prices.eligible_hours is None else eligibility.KW


def _hour(block: Block, year: SiteYear, where: Where, row: Any) -> Any:
    firsts = ((j, (*where, *load)) for j, load in enumerate(year.loads))
    drawn = (float(row[j]) * block.alike_mw[key] for j, key in firsts if key in block.alike_mw)
    return add_up(drawn) + block.standing[where]


def _demand(block: Block, years: dict[str, SiteYear], rigid: list[Where]) -> None:
    """Charges beside the one on the month's highest import."""
    windows = [(s, p, r, m) for s, p in rigid for r, m in years[s].window_peaks]
    block.window_mw = Var(windows, domain=NonNegativeReals)
    tiers = [key for key in block.peak_mw if years[key[0]].prices.block_mva is not None]
    block.above_mw = Var(tiers, domain=NonNegativeReals)
    contracts = [key for key in rigid if years[key[0]].prices.uncontracted_usd_per_mw_month is not None]
    block.contract_mw = Var(contracts, domain=NonNegativeReals)
    beyond = [(s, p, m) for s, p, m in block.peak_mw if (s, p) in block.contract_mw]
    block.beyond_mw = Var(beyond, domain=NonNegativeReals)

    @block.Constraint([(*key, i) for key in windows for i in range(len(years[key[0]].window_peaks[key[2:]]))])
    def window(b: Block, s: str, p: str, r: int, m: int, i: int) -> Any:
        return (None, _hour(b, years[s], (s, p), years[s].window_peaks[r, m][i]) - b.window_mw[s, p, r, m], 0)

    @block.Constraint(tiers)
    def tier(b: Block, s: str, p: str, m: int) -> Any:
        return (None, b.peak_mw[s, p, m] - b.above_mw[s, p, m], block_mw(years[s]))

    @block.Constraint(beyond)
    def excess(b: Block, s: str, p: str, m: int) -> Any:
        return (None, b.peak_mw[s, p, m] - b.beyond_mw[s, p, m] - b.contract_mw[s, p], 0)


def _beyond_month(block: Block, years: dict[str, SiteYear], ledger: Ledger) -> None:
    """Charges that look beyond the month: at the year's highest, or at what is held available."""
    rows = {key: years[key[0]].prices.windows[key[2]] for key in block.window_mw}
    seen = [key for key, row in rows.items() if row.sees_year]
    more = [key for key, row in rows.items() if row.bills_more]
    block.year_mw = Var(list(dict.fromkeys(key[:3] for key in seen)), domain=NonNegativeReals)
    block.billed_mw = Var(more, domain=NonNegativeReals)

    @block.Constraint(seen)
    def yearly(b: Block, *key: Any) -> Any:
        return (None, b.window_mw[key] - b.year_mw[key[:3]], 0)

    @block.Constraint(more)
    def charged(b: Block, *key: Any) -> Any:
        return (None, b.window_mw[key] - b.billed_mw[key], 0)

    @block.Constraint([key for key in more if rows[key].ratchet_fraction > 0])
    def ratchet(b: Block, *key: Any) -> Any:
        return (None, rows[key].ratchet_fraction * b.year_mw[key[:3]] - b.billed_mw[key], 0)

    lowest = [key for key in more if rows[key].minimum_fraction > 0]
    block.least_mw = {key: _least_mw(years, ledger, key) for key in lowest}

    @block.Constraint(lowest)
    def least(b: Block, *key: Any) -> Any:
        return (None, b.least_mw[key] - b.billed_mw[key], 0)


def _least_mw(years: dict[str, SiteYear], ledger: Ledger, key: Any) -> Any:
    s, p, r, _ = key
    fraction = years[s].prices.windows[r].minimum_fraction
    return fraction * years[s].grid_mw[p] * ledger.total("active_sites", p, s)


def block_mw(year: SiteYear) -> float:
    """Import up to which the lower demand price holds."""
    return (year.prices.block_mva or 0.0) * year.power_factor


def _post(block: Block, year: SiteYear, ledger: Ledger, where: Where) -> None:
    s, p = where
    trend = year.prices.trend[p]
    for load, mw in block.load[s, p].items():
        here, drawn = Place(p, s, "/".join(load)), year.mean(load, p)
        ledger.post("energy", here, MUSD * trend * year.energy_usd[load] * drawn * mw)
        ledger.post("import_mwh", here, year.import_mwh[load] * drawn * mw)
        ledger.post("it_mwh", here, year.it_mwh[load] * drawn * mw)
        ledger.post("water_m3", here, year.water_m3[load] * drawn * mw)
        ledger.post("water", here, MUSD * year.water_usd_per_m3 * year.water_m3[load] * drawn * mw)
    standing, base = block.standing[s, p], Place(p, s, "standing load")
    ledger.post("energy", base, MUSD * trend * year.standing_energy_usd * standing)
    ledger.post("import_mwh", base, HOURS_PER_YEAR * standing)
    monthly = year.kept.month_weight
    demand_usd = monthly * trend * year.prices.demand_usd_per_mva_month / year.power_factor
    for m in year.kept.months:
        here = Place(p, s, f"month {m + 1:02d}")
        ledger.post("peak_import_mw", here, block.peak_mw[s, p, m])
        ledger.post("demand", here, MUSD * demand_usd * block.peak_mw[s, p, m])
    _post_charges(block, year, ledger, where)
    grid = Place(p, s, "grid import")
    carbon_t = year.carbon_t_per_mwh * ledger.total("import_mwh", p, s)
    ledger.post("carbon_t", grid, carbon_t)
    ledger.post("carbon", grid, MUSD * year.carbon_price_usd_per_t * carbon_t)


def _post_charges(block: Block, year: SiteYear, ledger: Ledger, where: Where) -> None:
    s, p = where
    prices, factor = year.prices, MUSD * year.prices.trend[p]
    monthly = factor * year.kept.month_weight
    for r, m in year.window_peaks:
        here = Place(p, s, f"{prices.windows[r].label}, month {m + 1:02d}")
        usd = prices.windows[r].usd_per_mva_month / year.power_factor
        billed = block.billed_mw if (s, p, r, m) in block.billed_mw else block.window_mw
        ledger.post("demand", here, monthly * usd * billed[s, p, r, m])
    for r, row in enumerate(prices.windows):
        if row.usd_per_mva_year:
            usd = row.usd_per_mva_year / year.power_factor
            ledger.post("demand", Place(p, s, f"{row.label}, year"), factor * usd * block.year_mw[s, p, r])
    for m in year.kept.months if prices.block_mva is not None else ():
        usd = prices.above_usd_per_mva_month / year.power_factor
        ledger.post("demand", Place(p, s, f"month {m + 1:02d}, above"), monthly * usd * block.above_mw[s, p, m])
    if prices.uncontracted_usd_per_mw_month is not None:
        usd = MONTHS_PER_YEAR * prices.contracted_usd_per_mw_month
        ledger.post("demand", Place(p, s, "contracted"), factor * usd * block.contract_mw[s, p])
        for m in year.kept.months:
            usd = prices.uncontracted_usd_per_mw_month
            ledger.post(
                "demand", Place(p, s, f"month {m + 1:02d}, uncontracted"), monthly * usd * block.beyond_mw[s, p, m]
            )
    energy_blocks.post(block, year, ledger, where)
    for m in (m for m in year.kept.months if (s, p, m) in block.rebate_musd):
        musd = year.prices.trend[p] * year.kept.month_weight * block.rebate_musd[s, p, m]
        ledger.post("energy", Place(p, s, f"rebate, month {m + 1:02d}"), -musd)


def settle(block: Block, years: dict[str, SiteYear]) -> None:
    """Put every demand on the import that sets it; without a charge nothing else does."""
    for key, at_work in block.alike.items():
        block.alike_mw[key].set_value(max(0.0, value_of(at_work)), skip_validation=True)
    for (s, p, m), peak in block.peak_mw.items():
        highest = max(value_of(_hour(block, years[s], (s, p), row)) for row in years[s].peaks[m])
        peak.set_value(max(0.0, highest), skip_validation=True)
    for (s, p, r, m), peak in block.window_mw.items():
        highest = max(value_of(_hour(block, years[s], (s, p), row)) for row in years[s].window_peaks[r, m])
        peak.set_value(max(0.0, highest), skip_validation=True)
    for where, highest_mw in block.year_mw.items():
        peaks = [peak.value for key, peak in block.window_mw.items() if key[:3] == where]
        highest_mw.set_value(max(peaks), skip_validation=True)
    for key, billed in block.billed_mw.items():
        row = years[key[0]].prices.windows[key[2]]
        ratchet = row.ratchet_fraction * block.year_mw[key[:3]].value if row.ratchet_fraction else 0.0
        least = value(block.least_mw[key]) if row.minimum_fraction else 0.0
        billed.set_value(max(block.window_mw[key].value, ratchet, least), skip_validation=True)
    for (s, p, m), above in block.above_mw.items():
        above.set_value(max(0.0, block.peak_mw[s, p, m].value - block_mw(years[s])), skip_validation=True)
    for (s, p, m), beyond in block.beyond_mw.items():
        over = block.peak_mw[s, p, m].value - block.contract_mw[s, p].value
        beyond.set_value(max(0.0, over), skip_validation=True)
    rebates.settle(block, years)
    energy_blocks.settle(block, years)
