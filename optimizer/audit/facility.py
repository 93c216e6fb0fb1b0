"""The facility around the plant: its items, what is paid for them, their time on site. docs/model.md section 9a."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.fleet import Fleet
from optimizer.audit.handover import commissioning_weeks, plant_weeks
from optimizer.audit.power import distributed_mw, installed_it_mw
from optimizer.audit.purchases import AuditedPurchase
from optimizer.audit.substation import Substation, existing_substation
from optimizer.inputs.facility import FacilityItem
from optimizer.inputs.quantity import USD_PER_MUSD

Substations = dict[tuple[str, int], Substation | None]
ACCOUNTS = {
    "shell": "capex_shell",
    "mv_ring": "capex_mv_ring",
    "lv_distribution": "capex_lv_distribution",
    "controls": "capex_controls",
    "hall_fitout": "capex_hall_fitout",
    "commissioning": "capex_commissioning",
    "connection": "capex_connection",
}
"""Account of every item of section 9a."""
PLANT_ACCOUNTS = (
    "capex_cooling",
    "capex_substation",
    "capex_ups",
    "capex_battery",
    "capex_generators",
    "capex_fitout",
    *ACCOUNTS.values(),
)
"""What design and contingency are a share of."""
FACILITY_ACCOUNTS = (*PLANT_ACCOUNTS, "capex_design", "capex_contingency")


def stated_items(case: AuditCase, site: str) -> dict[str, FacilityItem]:
    """The items the site's facility states; none without a facility."""
    name = case.instance.sites[site].facility
    if name is None:
        return {}
    stated = {item: getattr(case.instance.facilities[name], item) for item in ACCOUNTS}
    return {item: spec for item, spec in stated.items() if spec is not None}


def can_be_bought(case: AuditCase, site: str, item: str, p: int) -> bool:
    """Whether an item ordered on the planning date is on site when it has to be."""
    lead_weeks = stated_items(case, site)[item].lead_time_weeks
    before = commissioning_weeks(case, site) if item == "commissioning" else plant_weeks(case, site)
    return case.periods.order_in_time(p, lead_weeks + before)


def opening(case: AuditCase, site: str, p: int, substations: Substations) -> int:
    """1 if the site gets its first substation in this phase."""
    if existing_substation(case, site) is not None:
        return 0
    active = substations[site, p] is not None
    before = p > 0 and substations[site, p - 1] is not None
    return int(active) - int(before)


def _bought_mw(case: AuditCase, site: str, item: str) -> dict[int, float]:
    """MW of an item by phase of purchase."""
    bought: dict[int, float] = {}
    for row in case.decisions.facility:
        if (row.site, row.item) == (site, item):
            p = case.periods.index(row.phase)
            bought[p] = bought.get(p, 0.0) + row.mw
    return bought


def facility_purchases(
    case: AuditCase, substations: Substations, others: Iterable[AuditedPurchase]
) -> tuple[AuditedPurchase, ...]:
    """Items, design and contingency; `others` is everything else that is bought."""
    items = tuple(_items(case, substations))
    return (*items, *_on_top(case, (*others, *items)))


def _items(case: AuditCase, substations: Substations) -> Iterator[AuditedPurchase]:
    for site in case.instance.sites:
        for item, spec in stated_items(case, site).items():
            bought = _bought_mw(case, site, item)
            for p in range(len(case.periods.phases)):
                usd = bought.get(p, 0.0) * spec.usd_per_mw + opening(case, site, p, substations) * spec.usd_fixed
                yield AuditedPurchase(
                    account=ACCOUNTS[item],
                    site=site,
                    p=p,
                    musd=usd / USD_PER_MUSD,
                    life_years=spec.life_years,
                    maintenance_fraction=spec.maintenance_fraction,
                )


def _on_top(case: AuditCase, bought: tuple[AuditedPurchase, ...]) -> Iterator[AuditedPurchase]:
    for site, spec in case.instance.sites.items():
        if spec.facility is None:
            continue
        facility = case.instance.facilities[spec.facility]
        for p in range(len(case.periods.phases)):
            plant = sum(b.musd for b in bought if (b.site, b.p) == (site, p) and b.account in PLANT_ACCOUNTS)
            design = facility.design_fraction * plant
            contingency = facility.contingency_fraction * (plant + design)
            for account, musd in (("capex_design", design), ("capex_contingency", contingency)):
                yield AuditedPurchase(
                    account=account, site=site, p=p, musd=musd, life_years=facility.life_years, maintenance_fraction=0.0
                )


def check_facility(case: AuditCase, fleet: Fleet, substations: Substations, recorder: Recorder) -> None:
    """Every item carries the installed IT power; rows are of stated items, bought and opened in time."""
    for row in case.decisions.facility:
        where = joined("facility", row.site, row.phase, row.item)
        stated = row.item in stated_items(case, row.site)
        recorder.holds("facility.item", where, stated, "the site's facility has no such item")
        if stated and row.mw > 0:
            in_time = can_be_bought(case, row.site, row.item, case.periods.index(row.phase))
            recorder.holds("availability.lead_time", where, in_time, "ordered before the planning date")
    for site in case.instance.sites:
        for item, spec in stated_items(case, site).items():
            for p, phase in enumerate(case.periods.phases):
                where = joined("facility", site, phase, item)
                _check_capacity(case, fleet, (site, p, item), recorder)
                if spec.usd_fixed > 0 and opening(case, site, p, substations):
                    in_time = can_be_bought(case, site, item, p)
                    recorder.holds("facility.opening", where, in_time, "opened before it could be ordered")
    _check_fitout(case, recorder)


def _check_capacity(case: AuditCase, fleet: Fleet, at: tuple[str, int, str], recorder: Recorder) -> None:
    site, p, item = at
    spec = stated_items(case, site)[item]
    if not spec.usd_per_mw > 0:
        return
    bought = _bought_mw(case, site, item)
    there = sum(mw for q, mw in bought.items() if case.periods.in_service(q, p, spec.life_years))
    mw = case.instance.sites[site].existing_facility_mw + there
    where = joined("facility", site, case.periods.phases[p], item)
    needed = distributed_mw if item == "lv_distribution" else installed_it_mw
    recorder.at_least("facility.capacity", where, mw, needed(case, fleet, site, p), "MW of IT power served")


def _check_fitout(case: AuditCase, recorder: Recorder) -> None:
    """Floor is fitted out while there is time for it."""
    for row in case.decisions.fitout:
        if case.instance.sites[row.site].facility is None or not (row.white_m2 > 0 or row.plant_m2 > 0):
            continue
        in_time = case.periods.order_in_time(case.periods.index(row.phase), plant_weeks(case, row.site))
        where = joined("fitout", row.site, row.phase)
        recorder.holds("availability.lead_time", where, in_time, "ordered before the planning date")


def facility_figures(
    case: AuditCase, fleet: Fleet, amounts: dict[tuple[str, int, str | None], float]
) -> dict[str, float]:
    """USD per W of IT power of the facility without IT; `amounts` are the books, by account, phase and site."""
    sites = [site for site, spec in case.instance.sites.items() if spec.facility is not None]
    if not sites:
        return {}
    musd = sum(
        amount for (account, _, site), amount in amounts.items() if account in FACILITY_ACCOUNTS and site in sites
    )
    mw = max(
        sum(installed_it_mw(case, fleet, s, p) - case.instance.sites[s].existing_facility_mw for s in sites)
        for p in range(len(case.periods.phases))
    )
    return {"facility_usd_per_w_it": musd / mw if abs(mw) >= 1e-6 else 0.0}
