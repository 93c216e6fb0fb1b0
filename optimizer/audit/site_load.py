"""What a site draws around its IT power: overheads, standing load, loss of transformers. docs/model.md section 7."""

from __future__ import annotations

import numpy as np

from optimizer.audit.case import AuditCase
from optimizer.audit.cooling import Draw
from optimizer.audit.halls import room
from optimizer.audit.power import ups_mw
from optimizer.audit.psychrometrics import Hours
from optimizer.audit.substation import Substation


def overhead(case: AuditCase, site: str, hall: str, draw: Draw) -> Hours:
    """MW of load per MW of IT power in every hour kept, in one hall of a site."""
    measured = case.instance.sites[site].measured_pue
    if measured is None:
        return 1.0 + room(case.instance, site, hall).loss_fraction + draw.kw_per_kw
    by_month = np.asarray(measured if isinstance(measured, tuple) else (measured,) * 12, dtype=np.float64)
    return by_month[case.kept.month]


def standing_mw(
    case: AuditCase, at: tuple[str, int], substation: Substation | None, rated_mw: float, fans_mw: float
) -> float:
    """Load of all hours alike: auxiliaries, idle transformers, the house, the UPS, fans. `rated_mw` is at work."""
    site, p = at
    spec = case.instance.sites[site]
    if spec.measured_pue is not None:
        return 0.0
    ups, active = case.instance.upses[spec.ups], float(substation is not None)
    house = 0.0 if spec.facility is None else case.instance.facilities[spec.facility].house_load_fraction * rated_mw
    bought_mw = ups_mw(case, site, p) - spec.existing_ups_mw
    idle_ups = ups.no_load_loss_fraction * (spec.existing_ups_mw * active + bought_mw)
    if substation is None:
        return house + idle_ups + fans_mw
    no_load_kw = substation.units * case.instance.transformers[substation.transformer].no_load_loss_kw
    return spec.auxiliary_mw + no_load_kw / 1000.0 + house + idle_ups + fans_mw


def load_loss_mw(case: AuditCase, site: str, substation: Substation | None, mean_mw: float) -> float:
    """Loss of the transformers in place under the year's mean load, constant through the year."""
    spec = case.instance.sites[site]
    if substation is None or spec.measured_pue is not None:
        return 0.0
    transformer = case.instance.transformers[substation.transformer]
    share = mean_mw / (spec.grid.power_factor * substation.units * transformer.unit_mva) if substation.units else 0.0
    return substation.units * transformer.load_loss_kw / 1000.0 * share**2
