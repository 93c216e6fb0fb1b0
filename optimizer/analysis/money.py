"""Money as a reader knows it: figures are kept in US dollars and told in the currency of the instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.number_format import number

if TYPE_CHECKING:
    from optimizer.inputs.schema import Instance

USD = "USD"
SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
"""Words for amounts whose digits nobody counts."""


@dataclass(frozen=True, kw_only=True)
class Currency:
    """A currency to tell amounts in. `per_usd` units of it buy one US dollar."""

    code: str = USD
    per_usd: float = 1.0

    def of(self, usd: float) -> float:
        """An amount of US dollars (or millions of them) in this currency."""
        return usd * self.per_usd

    def unit(self, unit: str) -> str:
        """A unit of money as it is read: of MUSD and HKD, MHKD. Any other unit stands as it is."""
        return unit.replace(USD, self.code) if is_money(unit) else unit

    def value(self, value: float, unit: str) -> float:
        """A figure of that unit, converted if it is one of money."""
        return self.of(value) if is_money(unit) else value

    def figure(self, value: float, unit: str, digits: int = 4) -> str:
        """A figure with its unit; an amount of US dollars is converted first, and a huge one told in words."""
        told, named = self.value(value, unit), self.unit(unit)
        if is_money(unit):
            millions = unit.startswith("M")
            amount = told * (1e6 if millions else 1.0)
            for size, scale in SCALES if abs(amount) >= (1e11 if millions else 1e8) else ():
                if abs(amount) >= size * 0.99995:
                    return f"{number(amount / size, digits)} {scale} {named.removeprefix('M')}"
        return f"{number(told, digits)} {named}".rstrip()

    def large(self, musd: float) -> str:
        """Millions, in billions or more where that reads better."""
        amount = self.of(musd)
        for size, scale in ((1e6, "trillion "), (1e3, "billion ")):
            if abs(amount) >= size * 0.99995:
                return f"{number(amount / size)} {scale}{self.code}"
        return f"{number(amount)} M{self.code}"


DOLLARS = Currency()


def is_money(unit: str) -> bool:
    """Whether a unit of the product is one of money, such as MUSD/year."""
    return unit.removeprefix("M").startswith(USD)


def money_of(instance: Instance) -> Currency:
    """The currency of the instance. Its rate is there: reading refuses an instance without."""
    if instance.currency == USD:
        return DOLLARS
    return Currency(code=instance.currency, per_usd=instance.exchange_rates[instance.currency].per_usd)


def other_money(instance: Instance) -> Currency | None:
    """A second currency to tell the first figures in: US dollars where the instance's is another.

    Else that of the first site's bills, where there is a rate for it, or the only one with a rate; None without.
    """
    if instance.currency != USD:
        return DOLLARS
    rates = {code: rate.per_usd for code, rate in instance.exchange_rates.items() if code != USD}
    bills = instance.tariffs[next(iter(instance.sites.values())).tariff].currency
    code = bills if bills in rates else next(iter(rates), "") if len(rates) == 1 else ""
    return Currency(code=code, per_usd=rates[code]) if code else None
