"""The same tariff in another currency is the same tariff: digits of yen and rupiah, a locale with a decimal comma."""

from __future__ import annotations

import locale
from datetime import date

import pytest

from tests.hand.on_paper import best, solve

USD = {
    "tariffs.flat.demand_per_kva_month": 10.0,
    "tariffs.flat.demand_block_kva": 60.0,
    "tariffs.flat.demand_above_block_per_kva_month": 30.0,
    "tariffs.flat.fuel_clause_per_kwh": 0.02,
}


def in_currency(code: str, per_usd: float):
    """The changes of `USD`, and the energy price of 0.10 USD, as money of another currency."""
    money = {key: usd if key.endswith("kva") else usd * per_usd for key, usd in USD.items()}
    rates = {} if code == "USD" else {"exchange_rates": {code: {"per_usd": per_usd, "quoted": date(2026, 1, 1)}}}
    energy = [{"label": "all hours", "price_per_kwh": 0.10 * per_usd}]
    return {**money, **rates, "tariffs.flat.currency": code, "tariffs.flat.energy": energy}


@pytest.mark.parametrize(("code", "per_usd"), [("JPY", 150.0), ("IDR", 16_384.0), ("KWD", 0.3125)])
def test_a_tariff_in_another_currency_gives_the_same_design(code, per_usd):
    dollars, others = solve(in_currency("USD", 1.0)), solve(in_currency(code, per_usd))
    assert best(others) == pytest.approx(best(dollars), rel=1e-9)
    assert others.design.decisions.deliveries == dollars.design.decisions.deliveries


def test_a_locale_with_a_decimal_comma_changes_no_digit():
    before = locale.setlocale(locale.LC_ALL)
    expected = best(solve(in_currency("USD", 1.0)))
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "id_ID.UTF-8", "German_Germany"):
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        try:
            assert best(solve(in_currency("USD", 1.0))) == expected
        finally:
            locale.setlocale(locale.LC_ALL, before)
        return
    pytest.skip("no locale with a decimal comma is installed")
