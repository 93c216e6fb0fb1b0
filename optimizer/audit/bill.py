"""What a year of operation causes: energy, demand, water, carbon, fuel and wear. docs/model.md section 11."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.audit.case import AuditCase
from optimizer.audit.demand import demand_musd
from optimizer.audit.generation import carbon_t_per_mwh, usd_per_mwh
from optimizer.audit.operation import Operation
from optimizer.audit.storage import battery_of, generator_units
from optimizer.audit.tariffs import energy_musd, export_musd
from optimizer.inputs.quantity import USD_PER_MUSD


@dataclass(frozen=True)
class Bill:
    """Of one site for one year of a phase."""

    musd: dict[str, float]
    """By account."""
    carbon_t: float

    @property
    def total_musd(self) -> float:
        """All accounts."""
        return sum(self.musd.values())


def yearly_bill(case: AuditCase, site: str, p: int, operation: Operation) -> Bill:
    """The bill of a year of operation, with what was dispatched in it."""
    spec, battery = case.instance.sites[site], battery_of(case, site)
    carbon_t = import_carbon_t(case, site, operation)
    fuel_usd = 0.0
    if spec.backup:
        generator = case.instance.generators[spec.backup.generator]
        mwh = tests_mwh(case, site, p) + operation.generated_mwh
        fuel_usd = mwh * generator.fuel_usd_per_mwh
        carbon_t += mwh * generator.carbon_kg_per_mwh / 1000.0
    for source, fed_mwh in operation.fed_mwh.items():
        fuel_usd += fed_mwh * usd_per_mwh(case, site, source, p)
        carbon_t += fed_mwh * carbon_t_per_mwh(case, source)
    wear_usd = operation.discharged_mwh * (battery.degradation_usd_per_mwh if battery else 0.0)
    musd = {
        "energy": energy_musd(case, site, p, operation),
        "demand": demand_musd(case, site, p, operation),
        "water": operation.water_m3 * spec.water_usd_per_m3 / USD_PER_MUSD,
        "carbon": carbon_t * spec.carbon_price_usd_per_t / USD_PER_MUSD,
        "fuel": fuel_usd / USD_PER_MUSD,
        "degradation": wear_usd / USD_PER_MUSD,
        "export_revenue": export_musd(case, site, p, operation),
        "demand_response": response_musd(case, site, operation),
    }
    return Bill(musd, carbon_t)


def import_carbon_t(case: AuditCase, site: str, operation: Operation) -> float:
    """Carbon of a year of import, of every hour its own where a file tells it; a kg per kWh is a t per MWh."""
    told = case.grid_year(site).carbon_kg_per_kwh
    if told is None:
        return operation.import_mwh * case.instance.sites[site].carbon_kg_per_kwh
    return operation.kept.yearly(operation.import_mw * told[operation.kept.index])


def response_musd(case: AuditCase, site: str, operation: Operation) -> float:
    """What a programme pays in a year for load that can be dropped, negative and without a trend."""
    programme = case.instance.sites[site].demand_response
    if programme is None:
        return 0.0
    return -operation.demand_response_mw * programme.usd_per_mw_year / USD_PER_MUSD


def tests_mwh(case: AuditCase, site: str, p: int) -> float:
    """Energy of the yearly tests of all generator sets of a site."""
    backup = case.instance.sites[site].backup
    if backup is None:
        return 0.0
    generator = case.instance.generators[backup.generator]
    test_mw = generator_units(case, site, p) * generator.unit_mw * generator.test_load_fraction
    return test_mw * generator.test_hours_per_year
