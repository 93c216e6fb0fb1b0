"""How good the data are behind the money: the share of the cost by the grade of the price it follows. Pure.

Payments alone are graded: what comes back (residual value, sale of retired pods) follows from them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.analysis.orders import OrderLine
from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.design import Timing
from optimizer.inputs.facility import ITEMS
from optimizer.inputs.naming import account_name, chip_name, key_name
from optimizer.inputs.schema import Instance
from optimizer.ledger.accounts import BY_ID
from optimizer.pipeline import Result
from optimizer.reading.layers import Origin

PRICES = {
    "capex_accelerators": "accelerators.{label}.price_usd",
    "capex_fabric": "fabrics",
    "capex_storage": "network.storage_usd_per_accelerator",
    "capex_racks": "coolings",
    **{about.account: about.price_key for about in ASSET_TABLES.values()},
    "capex_fitout": "sites.{site}.building.fitout_usd_per_m2",
    **{f"capex_{item}": f"facilities.{{facility}}.{item}.usd_per_mw" for item in ITEMS},
    "capex_connection": "facilities.{facility}.connection.usd_fixed",
    "capex_design": "facilities.{facility}.design_fraction",
    "capex_contingency": "facilities.{facility}.contingency_fraction",
    "capex_porting": "stacks.{label}",
    "licence_fees": "accelerators.{label}.price_usd",
    "prepayment": "finance.discount_rate",
    "energy": "tariffs.{tariff}",
    "demand": "tariffs.{tariff}",
    "water": "sites.{site}.water_usd_per_m3",
    "carbon": "sites.{site}.carbon_price_usd_per_t",
    "fuel": "generators.{generator}.fuel_usd_per_mwh",
    "export_revenue": "sites.{site}.export_price_per_kwh",
    "demand_response": "sites.{site}.demand_response.usd_per_mw_year",
    "degradation": "batteries.{battery}.degradation_usd_per_mwh",
    "insurance": "finance.insurance_fraction",
    "rent": "sites.{site}.building.rent_usd_per_m2_year",
    "staff": "staff.usd_per_engineer_year",
}
"""Account to the input key its payments follow, or the table whose worst price counts."""
MAINTAINED = ("accelerators", "coolings", "transformers", "generation", "stacks")
"""Tables whose rows give a line of maintenance its label."""
LABELS = {
    **{
        a.maintenance_label: f"{a.price_key}.maintenance_fraction" for a in ASSET_TABLES.values() if a.maintenance_label
    },
    "fit-out": "sites.{site}.building.maintenance_fraction",
    **{item: f"facilities.{{facility}}.{item}.maintenance_fraction" for item in ITEMS},
}
"""Lines of maintenance that are labelled by a word."""
OWN = "own"
"""Grade of what the planner stated."""
UNGRADED = "?"
ORDER = (UNGRADED, "C", "B", "A", OWN)
"""Worst first: what nobody stated counts as an estimate, `C`."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An input that money follows, with its grade and share of all payments."""

    name: str
    path: str
    grade: str
    fraction: float


@dataclass(frozen=True, kw_only=True)
class DataQuality:
    """Share of the payments by grade, adding up to 1, and what they follow, largest share first."""

    fractions: dict[str, float]
    estimates: tuple[Estimate, ...]

    @property
    def weakest(self) -> Estimate | None:
        """The estimate of grade C that most money follows."""
        return next((estimate for estimate in self.estimates if estimate.grade == "C"), None)


def data_quality(result: Result, origins: Mapping[str, Origin]) -> DataQuality | None:
    """The payments of a design by grade. None without a design, without payments, or if no origin is known."""
    if result.design is None or result.design.reported is None or not origins:
        return None
    instance = result.problem.instance
    sums = payments_by_path(result)
    total = sum(sums.values())
    if total <= 0:
        return None
    shares: dict[str, float] = defaultdict(float)
    estimates = []
    for path, amount in sorted(sums.items(), key=lambda pair: -pair[1]):
        grade = grade_of(path, origins)
        shares[grade] += amount / total
        estimates.append(Estimate(name=_name(instance, path), path=path, grade=grade, fraction=amount / total))
    return DataQuality(fractions=dict(shares), estimates=tuple(estimates))


def payments_by_path(result: Result) -> dict[str, float]:
    """Present value of the payments in MUSD by the input key they follow. The result has a design with figures."""
    instance, calendar = result.problem.instance, result.problem.calendar
    sums: dict[str, float] = defaultdict(float)
    for entry in result.reported.ledger:
        if BY_ID[entry.account].is_money and entry.amount > 0:
            weight = calendar.weight(Timing(entry.timing), entry.phase)
            sums[_path(instance, entry.account, entry.label, entry.site or "")] += entry.amount * weight
    return dict(sums)


def price_grade(instance: Instance, line: OrderLine, origins: Mapping[str, Origin]) -> str:
    """Grade of the price that an order follows."""
    return grade_of(_path(instance, line.account, line.item, line.site), origins)


def grade_of(path: str, origins: Mapping[str, Origin]) -> str:
    """Grade of a value, or the worst of what is stated below a table: a default counts as an estimate."""
    matches = [origins[path]] if path in origins else [o for p, o in origins.items() if p.startswith(f"{path}.")]
    grades = {_grade(origin) for origin in matches} or {UNGRADED}
    return next((grade for grade in ORDER if grade in grades), UNGRADED)


def _grade(origin: Origin) -> str:
    if origin.kind in ("catalogue", "default"):
        return origin.grade or "C"
    return origin.grade or OWN


def _path(instance: Instance, account: str, label: str, at: str) -> str:
    """The input key a payment follows: its account, what it is for, and its site (empty: no single one)."""
    key = PRICES.get(account, "")
    if account == "maintenance":
        table = next((t for t in MAINTAINED if label in getattr(instance, t)), "")
        key = f"{table}.{{label}}.maintenance_fraction" if table else LABELS.get(label, "")
    if account == "fuel" and label in instance.generation:
        key = "sites.{site}.generation"
    site = instance.sites[at] if at else next(iter(instance.sites.values()))
    names = {field: value or "" for field, value in site if value is None or isinstance(value, str)} | {
        "label": label,
        "site": at or next(iter(instance.sites)),
        "generator": site.backup.generator if site.backup else "",
    }
    return key.format(**names) or account


def _name(instance: Instance, path: str) -> str:
    """What the payments follow, in words."""
    table, _, rest = path.partition(".")
    row, _, key = rest.partition(".")
    if table == "accelerators" and key == "price_usd":
        return f"the price of {chip_name(instance, row)}"
    if table == "tariffs":
        return f"the electricity tariff ({key_name(instance, path)})"
    return key_name(instance, path) if rest else account_name(path)
