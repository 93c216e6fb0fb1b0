"""Figures of the first screen that are money: cost, capital, levelised cost, unit costs, end values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.analysis.end_values import end_values
from optimizer.analysis.money import Currency, money_of, other_money
from optimizer.analysis.unit_costs import UnitCosts, unit_costs
from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.labels import ACCOUNTS
from optimizer.inputs.naming import chip_name, readable, row_name
from optimizer.inputs.schema import Instance
from optimizer.number_format import percent
from optimizer.pipeline import Result
from optimizer.report.tiles import Tile

ASSETS_NAMED = 2


@dataclass(frozen=True, kw_only=True)
class _Teller:
    """The instance's currency, and another to tell the same amounts in."""

    main: Currency
    other: Currency | None

    def tile(self, name: str, usd: float, unit: str, note: str, figure: str = "") -> Tile:
        """An amount with its line; of a key figure the exact value in US dollars goes with it."""
        value, _, told_unit = self.main.figure(usd, unit, 4 if figure else 3).partition(" ")
        exact = usd if figure else None
        return Tile(name=name, value=value, unit=told_unit, note=note, figure=figure, exact=exact)

    def large(self, musd: float) -> str:
        return f"{self.other.large(musd)}; " if self.other else ""

    def each(self, usd: float) -> str:
        return f"{self.other.figure(usd, 'USD')}; " if self.other else ""


def money_tiles(result: Result) -> tuple[Tile, ...]:
    """What a design costs by every measure, in the instance's currency with a second one beneath."""
    k, instance = result.reported.kpis, result.problem.instance
    tell = _Teller(main=money_of(instance), other=other_money(instance))
    npv, capital, lcoc = (k[figure] for figure in ("npv_cost_musd", "capex_musd", "lcoc_usd_per_eflop"))
    base, a_year = result.problem.calendar.base.year, tell.main.figure(k["opex_musd_per_year"], "MUSD")
    worth = f"{tell.large(npv)}present value of {base}, less residual value"
    paid = f"{tell.large(capital)}undiscounted; then {a_year} a year to run"
    costs = unit_costs(result)
    measured = f"{tell.each(lcoc)}per effective EFLOP delivered{_other_measures(costs, tell.main)}"
    return (
        tell.tile("Whole-life cost", npv, "MUSD", worth, "npv_cost_musd"),
        tell.tile("Capital", capital, "MUSD", paid, "capex_musd"),
        tell.tile("Levelised cost (LCOC)", lcoc, "USD/EFLOP", measured, "lcoc_usd_per_eflop")
        if result.reported.npv_eflop
        else Tile(name="Levelised cost (LCOC)", value="none", unit="", note="no compute is delivered"),
        *_uses(tell, costs),
        _left(result, tell),
    )


def _other_measures(costs: UnitCosts, money: Currency) -> str:
    """The same cost per PFLOPS-year, and what electricity costs."""
    parts = []
    if costs.usd_per_pflops_year is not None:
        parts.append(f", {money.figure(costs.usd_per_pflops_year, 'USD')} a PFLOPS-year")
    if costs.usd_per_kwh is not None:
        parts.append(f"; electricity at {money.figure(costs.usd_per_kwh, 'USD/kWh', 3)} on average")
    return "".join(parts)


def _uses(tell: _Teller, costs: UnitCosts) -> Iterator[Tile]:
    """Cost of an accelerator-hour, and of a million tokens where some are served."""
    hour, tokens = costs.usd_per_accelerator_hour, costs.usd_per_million_tokens
    if hour is not None:
        note = f"{tell.each(hour)}whole-life cost over the hours of all accelerators installed"
        yield tell.tile("Per accelerator-hour", hour, "USD", note)
    if tokens is not None:
        note = f"{tell.each(tokens)}services' share of the cost over tokens read and written"
        yield tell.tile("Per million tokens", tokens, "USD", note)


def _left(result: Result, tell: _Teller) -> Tile:
    """What is left at the end of the horizon, by asset, as a share of the net cost."""
    values = end_values(result)
    named = [
        f"{asset_name(result.problem.instance, asset)} {percent(musd / values.musd, 2)}"
        for asset, musd in list(values.by_asset.items())[:ASSETS_NAMED]
    ]
    most = f"; of it {', '.join(named)}" if named else ""
    warning = "; WARNING: the cost rests on what can be sold then" if values.is_large else ""
    note = f"{tell.main.large(values.musd)} of residual value counts against the cost{most}{warning}"
    if not values.musd:
        return Tile(name="End values", value="none", note="nothing is worth anything at the end")
    share = percent(values.share, 3) if values.share != float("inf") else "all"
    return Tile(name="End values", value=share, unit="of net cost", note=note)


def asset_name(instance: Instance, label: str) -> str:
    """What a line of the ledger is about, for a reader."""
    if label in instance.accelerators:
        return chip_name(instance, label)
    for table in ASSET_TABLES:
        if label in getattr(instance, table):
            return row_name(instance, table, label)
    return ACCOUNTS.get(f"capex_{label}") or readable(label)
