"""Slips of unit: in which other unit a value was probably given, and what is to be written instead."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from optimizer.inputs.quantity import Plausible


@dataclass(frozen=True)
class Slip:
    """A unit that is often given by mistake, and how its values are turned into the right one."""

    unit: str
    convert: Callable[[float], float]
    back: Callable[[float], float]
    """From the right unit to the mistaken one."""


def _times(factor: float, unit: str) -> Slip:
    return Slip(unit, lambda value: value * factor, lambda value: value / factor)


_PER_CENT = (_times(1e-2, "per cent"),)
_MONEY = (_times(1e3, "thousand USD"), _times(1e6, "million USD"), _times(1e-2, "cents"))
_PER_KVA = (_times(1e-3, "per MVA"), _times(1 / 12, "per year"))
_CELSIUS = (
    Slip("Fahrenheit", lambda value: (value - 32) / 1.8, lambda value: value * 1.8 + 32),
    Slip("kelvin", lambda value: value - 273.15, lambda value: value + 273.15),
)

SLIPS: dict[str, tuple[Slip, ...]] = {
    "price_per_kwh": (_times(1e-3, "per MWh"), _times(1e-2, "cents")),
    "export_price_per_kwh": (_times(1e-3, "per MWh"), _times(1e-2, "cents")),
    "clause_per_kwh": (_times(1e-3, "per MWh"), _times(1e-2, "cents")),
    "per_kwh": (_times(1e-3, "per MWh"), _times(1e-2, "cents")),
    "kg_per_kwh": (_times(1e-3, "g per kWh"), _times(1e-6, "mg per kWh")),
    "kg_per_mwh": (_times(1e3, "kg per kWh"), _times(1e-3, "g per MWh")),
    "l_per_kwh": (_times(1e-3, "l per MWh"),),
    "usd_per_mwh": (_times(1e3, "USD per kWh"),),
    "usd_per_mw": (_times(1e3, "USD per kW"), _times(1e6, "million USD per MW")),
    "m2_per_mwh": (_times(1e3, "m2 per kWh"),),
    "m2_per_mw": (_times(1e3, "m2 per kW"),),
    "per_kva_month": _PER_KVA,
    "per_kw_month": (_times(1e-3, "per MW"), _times(1 / 12, "per year")),
    "usd_per_w": (_times(1e-3, "USD per kW"), _times(1e-6, "USD per MW")),
    "usd_per_t": (_times(1e3, "USD per kg"),),
    "usd_per_m3": (_times(1e3, "USD per litre"),),
    "usd_per_m2": (_times(1e3, "thousand USD"), _times(10.764, "USD per square foot")),
    "usd_per_m2_year": (_times(12, "USD per month"), _times(10.764, "USD per square foot")),
    "usd_per_engineer_year": (_times(1e3, "thousand USD"), _times(12, "USD per month")),
    "usd_per_hour": (_times(1 / 730, "USD per month"), _times(1 / 8760, "USD per year"), _times(1e-2, "cents")),
    "usd_per_eflop": (_times(1e3, "USD per PFLOP"), _times(1 / 31_536, "USD per PFLOPS and year")),
    "musd": (_times(1e-6, "USD"), _times(1e-3, "thousand USD"), _times(1e3, "billion USD")),
    "per_usd": (Slip("USD per unit of the currency", lambda value: 1 / value, lambda value: 1 / value),),
    "mw_per_minute": (_times(1e-3, "kW per minute"),),
    "mwh_per_year": (_times(1e-3, "kWh"), _times(1e3, "GWh")),
    "t_per_year": (_times(1e-3, "kg"), _times(1e3, "thousand t")),
    "m3_per_year": (_times(1e-3, "litres"),),
    "tokens_b_per_day": (_times(1e-9, "tokens"), _times(1e-3, "million tokens"), _times(1e3, "trillion tokens")),
    "tokens_t": (_times(1e-12, "tokens"), _times(1e-3, "billion tokens")),
    "context_tokens": (_times(1e3, "thousand tokens"),),
    "total_b": (_times(1e-9, "parameters"), _times(1e-3, "millions"), _times(1e3, "trillions")),
    "active_b": (_times(1e-9, "parameters"), _times(1e-3, "millions"), _times(1e3, "trillions")),
    "kv_bytes_per_token": (_times(1024, "KiB"),),
    "kw_per_accelerator": (_times(1e-3, "W"),),
    "usd": _MONEY,
    "mw": (_times(1e-3, "kW"), _times(1e-6, "W"), _times(1e3, "GW")),
    "mwh": (_times(1e-3, "kWh"), _times(1e3, "GWh")),
    "mva": (_times(1e-3, "kVA"),),
    "kva": (_times(1e3, "MVA"),),
    "kwh": (_times(1e3, "MWh"), _times(1e6, "GWh"), _times(1e-3, "Wh")),
    "kv": (_times(1e-3, "V"),),
    "kw": (_times(1e-3, "W"), _times(1e3, "MW")),
    "kw_max": (_times(1e-3, "W"),),
    "w": (_times(1e3, "kW"), _times(1e-3, "mW")),
    "pflops": (_times(1e-3, "TFLOPS"), _times(1e3, "EFLOPS")),
    "tflops": (_times(1e-3, "GFLOPS"), _times(1e3, "PFLOPS")),
    "tops": (_times(1e3, "POPS"), _times(1e-3, "GOPS")),
    "gb": (_times(1e-9, "bytes"), _times(1e-3, "MB"), _times(1e3, "TB")),
    "gbs": (_times(1e3, "TB/s"), _times(1e-3, "MB/s")),
    "kg": (_times(1e-3, "g"), _times(1e3, "t")),
    "kpa": (_times(9.80665e-3, "kg per m2"), _times(1e-3, "Pa"), _times(0.047880, "pounds per square foot")),
    "mm2": (_times(100, "cm2"), _times(1e6, "m2")),
    "per_rack": _MONEY,
    "rack_footprint_m2": (_times(0.092903, "square feet"),),
    "m2_per_rack": (_times(0.092903, "square feet"),),
    "years": (_times(1 / 12, "months"), _times(1 / 365.25, "days")),
    "months": (_times(12, "years"), _times(1 / 30.4, "days")),
    "minutes": (_times(1 / 60, "seconds"), _times(60, "hours")),
    "c": _CELSIUS,
    "fraction": _PER_CENT,
    "factor": _PER_CENT,
    "factors": _PER_CENT,
    "rate": _PER_CENT,
    "pu": _PER_CENT,
    "utilisation": _PER_CENT,
    "probability": _PER_CENT,
    "profile": _PER_CENT,
}
"""By the last words of a key, the longest that are listed."""

_MONEY_PREFIXES = ("usd_open", "usd_per", "usd_fixed")
_PLAIN_FACTORS = ("power_factor", "exponent_factor")


def slips_of(key: str) -> tuple[Slip, ...]:
    """The slips of the unit in a key's name."""
    if key in _PLAIN_FACTORS:
        return ()
    parts = key.split("_")
    for start in range(len(parts)):
        slip = SLIPS.get("_".join(parts[start:]))
        if slip is not None:
            return slip
    return _MONEY if any(word in key for word in _MONEY_PREFIXES) else ()


def middle(usual: Plausible) -> float:
    """A typical value of a range: the geometric mean of its ends, or a third of the upper one if it crosses zero."""
    return math.sqrt(usual.low * usual.high) if usual.low > 0 else usual.high / 3


def typical_slips(key: str, usual: Plausible) -> tuple[Slip, ...]:
    """The slips that a typical value of the range gives away: in the mistaken unit it lies outside."""
    return tuple(slip for slip in slips_of(key) if not usual.holds(slip.back(middle(usual))))


def meant(key: str, value: float, usual: Plausible) -> str | None:
    """What was probably meant: the value to write, and the unit in which it was given."""
    likely = [(slip.unit, slip.convert(value)) for slip in slips_of(key) if value or slip.unit == "kelvin"]
    fitting = [f"{_number(right)} ({unit} given?)" for unit, right in likely if usual.holds(right)]
    return f"did you mean {' or '.join(fitting[:2])}?" if fitting else None


def _number(value: float) -> str:
    return f"{value:.6g}" if abs(value) < 1e6 else f"{value:.10g}"
