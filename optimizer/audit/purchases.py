"""Everything that is bought, with its price and life: docs/model.md sections 2, 6, 7, 8 and 11."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from optimizer.audit.case import AuditCase, type_of
from optimizer.audit.refresh import longest_years, lots
from optimizer.audit.storage import battery_of
from optimizer.audit.substation import Substation, move_price_usd, moves
from optimizer.inputs.battery import Battery
from optimizer.inputs.cooling import Cooling
from optimizer.inputs.generators import Generator
from optimizer.inputs.quantity import USD_PER_MUSD, Resale
from optimizer.inputs.substation import Transformer
from optimizer.inputs.ups import Ups

Asset = Cooling | Transformer | Ups | Battery | Generator


@dataclass(frozen=True, kw_only=True)
class AuditedPurchase:
    """One payment at the start of a phase for something with a life."""

    account: str
    site: str
    p: int
    musd: float
    life_years: float
    maintenance_fraction: float
    warranty_years: float = 0.0
    resale: Resale = ()
    """Value by age; without it a straight line."""
    service_years: float | None = None
    """Longest time in service, if it is not the life."""
    ageing_per_year: float = 0.0
    """Maintenance that every year beyond the life adds, as a share of the price."""
    retired: int | None = None
    """Position of the phase in which it leaves before its time."""

    def serves(self, case: AuditCase, p: int) -> bool:
        """Whether it is in service in a phase."""
        if self.retired is not None and p >= self.retired:
            return False
        longest = self.life_years if self.service_years is None else self.service_years
        return case.periods.in_service(self.p, p, longest)


def chip_price_usd(case: AuditCase, accelerator: str, p: int) -> float:
    """Price of one accelerator delivered in a phase."""
    chip = case.instance.accelerators[accelerator]
    price: float = chip.price_usd * (1.0 + chip.price_trend_fraction) ** case.periods.years_from_planning(p)
    for pattern, factor in case.instance.phases[case.periods.phases[p]].accelerator_price_factors.items():
        if fnmatchcase(accelerator, pattern):
            price *= factor
    return price


def purchases(case: AuditCase, substations: dict[tuple[str, int], Substation | None]) -> tuple[AuditedPurchase, ...]:
    """All purchases of a design. Licence fees and porting have no life and are not among them."""
    return (
        *_pods(case),
        *_cooling(case),
        *_substations(case, substations),
        *_ups(case),
        *_batteries(case),
        *_generators(case),
        *_generation(case),
        *_fitout(case),
    )


def _pods(case: AuditCase) -> Iterator[AuditedPurchase]:
    for lot in lots(case):
        row = lot.delivery
        p, pod = case.periods.index(row.phase), case.pod(row.site, type_of(row))
        chip, count = case.instance.accelerators[row.accelerator], lot.pods * pod.accelerators
        usd = {
            "capex_accelerators": count * chip_price_usd(case, row.accelerator, p)
            + lot.pods * pod.servers * chip.server_rest_usd,
            "capex_fabric": count * case.interconnect(row.site, type_of(row)).usd_per_accelerator,
            "capex_storage": count * case.instance.network.storage_usd_per_accelerator,
            "capex_racks": lot.pods * pod.racks * case.instance.coolings[row.cooling].usd_per_rack,
        }
        for account, amount in usd.items():
            machines = account == "capex_accelerators"
            yield AuditedPurchase(
                account=account,
                site=row.site,
                p=p,
                musd=amount / USD_PER_MUSD,
                life_years=chip.life_years,
                maintenance_fraction=chip.maintenance_fraction if machines else 0.0,
                warranty_years=chip.warranty_years,
                resale=chip.resale if machines else (),
                service_years=longest_years(case.instance, row.accelerator),
                ageing_per_year=chip.ageing.maintenance_fraction_per_year if machines else 0.0,
                retired=lot.retired,
            )


def _asset(asset: Asset, account: str, site: str, p: int, usd: float) -> AuditedPurchase:
    """A row of a table of assets, on the terms it states."""
    return AuditedPurchase(
        account=account,
        site=site,
        p=p,
        musd=usd / USD_PER_MUSD,
        life_years=asset.life_years,
        maintenance_fraction=asset.maintenance_fraction,
        resale=asset.resale,
    )


def _cooling(case: AuditCase) -> Iterator[AuditedPurchase]:
    for row in case.decisions.cooling:
        technology, p = case.instance.coolings[row.cooling], case.periods.index(row.phase)
        yield _asset(technology, "capex_cooling", row.site, p, row.units * technology.usd_per_module)
        opening_usd = technology.usd_open if row.opened else 0.0
        yield replace(_asset(technology, "capex_cooling", row.site, p, opening_usd), resale=())


def _substations(case: AuditCase, substations: dict[tuple[str, int], Substation | None]) -> Iterator[AuditedPurchase]:
    for move in moves(case, substations):
        if move.after is not None:
            transformer = case.instance.transformers[move.after.transformer]
            yield _asset(transformer, "capex_substation", move.site, move.p, move_price_usd(case, move))


def _ups(case: AuditCase) -> Iterator[AuditedPurchase]:
    for row in case.decisions.ups:
        ups = case.instance.upses[case.instance.sites[row.site].ups]
        yield _asset(ups, "capex_ups", row.site, case.periods.index(row.phase), row.mw * ups.usd_per_mw)


def _batteries(case: AuditCase) -> Iterator[AuditedPurchase]:
    for row in case.decisions.batteries:
        battery = battery_of(case, row.site)
        if battery is not None:
            usd = row.mw * battery.usd_per_mw + row.mwh * battery.usd_per_mwh
            usd += battery.usd_fixed if row.opened else 0.0
            yield _asset(battery, "capex_battery", row.site, case.periods.index(row.phase), usd)


def _generators(case: AuditCase) -> Iterator[AuditedPurchase]:
    for row in case.decisions.generators:
        backup = case.instance.sites[row.site].backup
        if backup is not None:
            generator = case.instance.generators[backup.generator]
            usd = row.units * generator.usd_per_unit
            yield _asset(generator, "capex_generators", row.site, case.periods.index(row.phase), usd)


def _generation(case: AuditCase) -> Iterator[AuditedPurchase]:
    for row in case.decisions.generation:
        kind = case.instance.generation[row.source]
        yield AuditedPurchase(
            account="capex_generation",
            site=row.site,
            p=case.periods.index(row.phase),
            musd=row.units * kind.usd_per_unit / USD_PER_MUSD,
            life_years=kind.life_years,
            maintenance_fraction=kind.maintenance_fraction,
            resale=kind.resale,
        )


def _fitout(case: AuditCase) -> Iterator[AuditedPurchase]:
    for row in case.decisions.fitout:
        building, p = case.instance.sites[row.site].building, case.periods.index(row.phase)
        usd = row.white_m2 * building.fitout_usd_per_m2 + row.plant_m2 * building.plant_fitout_usd_per_m2
        life, maintenance = building.fitout_life_years, building.maintenance_fraction
        yield AuditedPurchase(
            account="capex_fitout",
            site=row.site,
            p=p,
            musd=usd / USD_PER_MUSD,
            life_years=life,
            maintenance_fraction=maintenance,
        )
