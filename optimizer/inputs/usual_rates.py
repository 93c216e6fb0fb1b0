"""Usual exchange rates, to tell one that is upside down or far off."""

from __future__ import annotations

USUAL_RATES: dict[str, float] = {
    "AED": 3.67,
    "AUD": 1.5,
    "BRL": 5.5,
    "CAD": 1.4,
    "CHF": 0.85,
    "CNY": 7.1,
    "EUR": 0.9,
    "GBP": 0.77,
    "HKD": 7.8,
    "IDR": 16_000,
    "INR": 86,
    "JPY": 150,
    "KRW": 1_400,
    "MOP": 8.0,
    "MXN": 18.5,
    "MYR": 4.3,
    "NOK": 10.3,
    "NZD": 1.7,
    "PHP": 57,
    "SAR": 3.75,
    "SEK": 9.8,
    "SGD": 1.3,
    "THB": 33,
    "TWD": 31,
    "VND": 26_000,
    "ZAR": 18,
}
"""Units of a currency per US dollar, roughly, in 2026 (grade C): only to tell a rate that is upside down."""
