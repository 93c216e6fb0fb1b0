"""Units as the names of keys state them: a key's last words are its unit."""

from __future__ import annotations

UNITS: tuple[tuple[str, str], ...] = (
    ("usd_per_eflop", "USD/EFLOP"),
    ("usd_per_mwh", "USD/MWh"),
    ("usd_per_mw_year", "USD/MW and year"),
    ("usd_per_mw", "USD/MW"),
    ("usd_per_m2", "USD/m2"),
    ("usd_per_t", "USD/t"),
    ("usd_per_m3", "USD/m3"),
    ("usd_per_year", "USD/year"),
    ("musd_per_year", "MUSD/year"),
    ("kg_per_kwh", "kg/kWh"),
    ("mw_per_minute", "MW/minute"),
    ("per_year", "a year"),
    ("musd", "MUSD"),
    ("usd", "USD"),
    ("tflops", "TFLOPS"),
    ("tops", "TOPS"),
    ("pflops", "PFLOPS"),
    ("gbs", "GB/s"),
    ("gb", "GB"),
    ("mwh", "MWh"),
    ("mw", "MW"),
    ("mva", "MVA"),
    ("kw", "kW"),
    ("w", "W"),
    ("kg", "kg"),
    ("m2", "m2"),
    ("m3", "m3"),
    ("c", "degrees Celsius"),
    ("k", "K"),
    ("years", "years"),
    ("weeks", "weeks"),
    ("minutes", "minutes"),
    ("hours", "hours"),
    ("fraction", "1"),
    ("rate", "1/year"),
)
"""Longest first, so that the first that fits is the whole unit."""


def unit_of_key(key: str) -> str | None:
    """The unit a key's name ends in; None if it has none."""
    return next((unit for suffix, unit in UNITS if key == suffix or key.endswith(f"_{suffix}")), None)


def key_text(key: str) -> str:
    """A key as a reader says it: `tdp_w` is "tdp, in W"."""
    suffix = next((suffix for suffix, _ in UNITS if key.endswith(f"_{suffix}")), None)
    name = (key.removesuffix(f"_{suffix}") if suffix else key).replace("_", " ")
    unit = unit_of_key(key)
    if not suffix:
        return f"{name}."
    return f"{name}, as a fraction of one." if unit == "1" else f"{name}, in {unit}."
