"""Power, PUE and price of halls against those published."""

from __future__ import annotations

import math
from functools import cache

from optimizer.analysis.calibration.case import CalibrationCase
from optimizer.analysis.calibration.rows import FacilityFact, PowerFact, PueFact, chip, row
from optimizer.assets.cooling.coefficients import standing_mw_per_module
from optimizer.assets.cooling.physics import heat_shares, rack_year
from optimizer.inputs.cooling import Cooling
from optimizer.inputs.facility import ITEMS, Facility
from optimizer.inputs.generators import Generator
from optimizer.inputs.network import Fabric
from optimizer.inputs.quantity import USD_PER_MUSD
from optimizer.inputs.setting import Climate
from optimizer.inputs.substation import Transformer
from optimizer.inputs.ups import Ups
from optimizer.reading.catalogue import catalogue_rows
from optimizer.setting.weather import from_normals

POWER_AIM, PUE_AIM = 0.15, 0.05
DISTRIBUTION_LOSS_FRACTION = 0.010
HOUSE_LOAD_FRACTION = 0.012
"""Both of the shipped instances: busway, PDU and cables; lighting, controls and offices."""
POWER_FACTOR = 0.95
SUBSTATION = "mv_22kv_2_5mva"
FABRIC = "infiniband_ndr"
HALL_MW = 10.0
"""Rated IT power of the hall that is priced and metered."""
BACKUP = "diesel_2mw"


def power(key: str, fact: PowerFact) -> CalibrationCase:
    """kW of the accelerators at their rated power; with cooling and losses, the mean of a year at that load."""
    data = chip(fact.accelerator)
    kw = fact.accelerators * data.server_kw / data.per_server
    if fact.parts != "servers" and not (data.rack_scale and data.rack_scale.fabric_included):
        kw += fact.accelerators * Fabric.model_validate(row("fabrics", FABRIC)).kw_per_accelerator
    if fact.parts == "all":
        kw *= annual_pue(fact.climate, fact.cooling, "li_ion_eco", 1.0)
    aim = POWER_AIM if fact.aim else None
    return CalibrationCase.of(key, fact, group="Power", what=fact.name, unit="kW", model=kw, fact=fact.kw, aim=aim)


def pue(key: str, fact: PueFact) -> CalibrationCase:
    """Yearly PUE of a hall of its climate, cooling and UPS at its mean load."""
    value = annual_pue(fact.climate, fact.cooling, fact.ups, fact.load_fraction, fact.fan_pump_standing_fraction)
    aim = PUE_AIM / fact.pue
    return CalibrationCase.of(key, fact, group="PUE", what=fact.name, unit="", model=value, fact=fact.pue, aim=aim)


@cache
def annual_pue(climate: str, cooling: str, ups: str, load_fraction: float, fans_on: float = 0.0) -> float:
    """Overheads of section 7 of the contract for a hall of 10 MW at a constant share of its rated power.

    `fans_on` is the share of fans and pumps that runs at any load, of a plant as large as the hall.
    """
    weather = from_normals(Climate.model_validate(row("climates", climate)))
    rows = catalogue_rows("coolings").items()
    coolings = {x: Cooling.model_validate(each | {"fan_pump_standing_fraction": fans_on}) for x, each in rows}
    store = Ups.model_validate(row("upses", ups))
    cool = float(rack_year(coolings, cooling, weather).kw_per_kw.mean())
    over = 1 + DISTRIBUTION_LOSS_FRACTION + store.loss_fraction * store.protected_fraction + cool
    standing = HOUSE_LOAD_FRACTION + store.no_load_loss_fraction * store.protected_fraction * (
        1 + store.redundancy_fraction
    )
    plant = heat_shares(coolings, cooling).items()
    standing += sum(share * standing_mw_per_module(coolings[x]) / coolings[x].module_mw for x, share in plant)
    units, transformer = _substation(HALL_MW * (over + standing))
    standing += units * transformer.no_load_loss_kw / 1000 / HALL_MW
    mean_mw = HALL_MW * (load_fraction * over + standing)
    share = mean_mw / (POWER_FACTOR * units * transformer.unit_mva)
    load_loss = units * transformer.load_loss_kw / 1000 * share**2
    return (mean_mw + load_loss) / (load_fraction * HALL_MW)


def _substation(peak_mw: float) -> tuple[int, Transformer]:
    """Units that carry a peak with one to spare."""
    transformer = Transformer.model_validate(row("transformers", SUBSTATION))
    return math.ceil(peak_mw / POWER_FACTOR / transformer.unit_mva) + 1, transformer


def facility(key: str, fact: FacilityFact) -> CalibrationCase:
    """USD per W of an air-cooled hall of 10 MW with its own shell and generators; aim: the published band."""
    place = Facility.model_validate(row("facilities", fact.city))
    peak_mw = HALL_MW * annual_pue(row("cities", fact.city)["climate"], "air", "li_ion", 1.0) * 1.1
    plant = _cooling_usd() + _electrical_usd(fact.city, peak_mw)
    items = [item for name in ITEMS if (item := getattr(place, name)) is not None]
    of_place = sum(item.usd_per_mw * HALL_MW + item.usd_fixed for item in items)
    soft = (1 + place.design_fraction) * (1 + place.contingency_fraction) / HALL_MW / USD_PER_MUSD
    usd_per_w = (plant + of_place) * soft
    low, high = place.published_low_usd_per_w, place.published_high_usd_per_w
    assert low is not None
    assert high is not None
    middle = (low + high) / 2
    end = min(max(usd_per_w, low), high)
    why = "" if end == usd_per_w else _outside(plant * soft, end - usd_per_w, f"{end:g}")
    return CalibrationCase.of(
        key,
        fact.model_copy(update={"why": " ".join(filter(None, (fact.why, why)))}),
        group="Facilities",
        what=f"{fact.name}, published {low:g} to {high:g}",
        unit="USD/W",
        model=usd_per_w,
        fact=middle,
        aim=(high - low) / 2 / middle,
    )


def _outside(plant: float, missing: float, end: str) -> str:
    """What a price outside its band comes from: USD per W of the plant, and what is missing to the end of the band."""
    way = "dearer" if missing > 0 else "cheaper"
    return (
        f"Outside its band: chillers, UPS, transformers and sets, {plant:.2f} USD per W with their design and "
        f"contingency, have one price in every city, and would have to be {100 * abs(missing) / plant:.0f} % {way} to "
        f"reach {end}. No price of them by place was found, and scaling by the published total would give it back."
    )


def _cooling_usd() -> float:
    air = Cooling.model_validate(row("coolings", "air"))
    return air.usd_open + (math.ceil(HALL_MW / air.module_mw) + air.spare_modules) * air.usd_per_module


def _electrical_usd(city: str, peak_mw: float) -> float:
    transformer = Transformer.model_validate(row("transformers", row("cities", city)["transformers"][0]))
    store = Ups.model_validate(row("upses", "li_ion"))
    engine = Generator.model_validate(row("generators", BACKUP))
    units = math.ceil(peak_mw / POWER_FACTOR / transformer.unit_mva) + 1
    ups_mw = HALL_MW * store.protected_fraction * (1 + store.redundancy_fraction)
    engines = math.ceil(peak_mw / engine.unit_mw) + 1
    return (
        transformer.usd_fixed
        + units * transformer.usd_per_unit
        + ups_mw * store.usd_per_mw
        + engines * engine.usd_per_unit
    )
