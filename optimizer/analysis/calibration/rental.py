"""What an hour of an accelerator costs its owner, against what the market asks."""

from __future__ import annotations

from optimizer.analysis.calibration.case import CalibrationCase
from optimizer.analysis.calibration.plant import FABRIC, annual_pue
from optimizer.analysis.calibration.rows import RentalFact, chip, row
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.network import Fabric
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.setting.resale import resale_fraction

RENTAL_AIM = 0.30
YEARS = 5
COST_OF_CAPITAL = 0.10
"""Nominal, of those who rent out (C)."""
USD_PER_KWH = 0.08
FACILITY_USD_PER_KW = 11_000.0
"""World average of 2026 by the template of the facilities (C)."""
FACILITY_YEARS = 15
STORAGE_USD = 1_200.0
"""Per accelerator, as the shipped instances."""
CLUSTER = 4_096
LOAD_FRACTION = 0.8


def rental(key: str, fact: RentalFact) -> CalibrationCase:
    """USD per hour owned: capital less resale, facility, energy and maintenance; no staff, no sales, no profit."""
    data = chip(fact.accelerator)
    return CalibrationCase.of(
        key,
        fact,
        group="Rental",
        what=fact.name,
        unit="USD/h",
        model=owned_usd_per_hour(data),
        fact=fact.usd_per_hour,
        aim=RENTAL_AIM,
    )


def owned_usd_per_hour(data: Accelerator) -> float:
    """Cost of an hour in which the accelerator is there, at work or not."""
    fabric = Fabric.model_validate(row("fabrics", FABRIC))
    included = data.rack_scale is not None and data.rack_scale.fabric_included
    joined_usd = next(tier.usd_per_accelerator for tier in fabric.tiers if tier.up_to_accelerators >= CLUSTER)
    server_usd = data.price_usd + data.server_rest_usd / data.per_server
    capital_usd = server_usd + STORAGE_USD + (0.0 if included else joined_usd)
    kw = data.server_kw / data.per_server + (0.0 if included else fabric.kw_per_accelerator)
    kept = resale_fraction(data.resale, YEARS) if data.resale else 0.0
    left_usd = server_usd * kept / (1 + COST_OF_CAPITAL) ** YEARS
    yearly = (capital_usd - left_usd) * _annuity(YEARS) + data.maintenance_fraction * server_usd
    yearly += FACILITY_USD_PER_KW * kw * _annuity(FACILITY_YEARS)
    cooling = "direct_to_chip" if "air" not in data.coolings else "air"
    drawn_kwh = kw * LOAD_FRACTION * annual_pue("phoenix", cooling, "li_ion_eco", LOAD_FRACTION) * HOURS_PER_YEAR
    return (yearly + drawn_kwh * USD_PER_KWH) / HOURS_PER_YEAR


def _annuity(years: int) -> float:
    return COST_OF_CAPITAL / (1 - (1 + COST_OF_CAPITAL) ** -years)
