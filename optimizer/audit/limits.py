"""The caps on the whole plan; docs/model.md section 10. Every field of `limits` has a row here, or fails the design."""

from __future__ import annotations

from collections.abc import Callable

from optimizer.audit.affordability import check_affordability
from optimizer.audit.case import AuditCase
from optimizer.audit.figures import capex_musd, levelised_cost
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.money import Books, npv_cost_musd, npv_eflop
from optimizer.audit.state import State
from optimizer.inputs.policies import Limits

OF_THE_PLAN: dict[str, Callable[[Books, float, float], float]] = {
    "capex_musd": lambda books, cost, eflop: capex_musd(books),
    "total_cost_musd": lambda books, cost, eflop: cost,
    "lcoc_usd_per_eflop": lambda books, cost, eflop: levelised_cost(cost, eflop),
}
"""By field: the amount, from the books, the net present cost in MUSD and the EFLOP delivered."""
OF_EACH_PHASE: dict[str, tuple[str, ...]] = {
    "energy_mwh_per_year": ("import_mwh",),
    "carbon_t_per_year": ("carbon_t",),
    "water_m3_per_year": ("water_m3",),
    "floor_area_m2": ("white_m2", "plant_m2"),
    "accelerators": ("installed_accelerators",),
}
"""By field: the lines of the books that add up to the amount."""


def check_limits(case: AuditCase, state: State, books: Books, recorder: Recorder) -> None:
    """Every limit that is given, and the caps of affordability."""
    cost, eflop = npv_cost_musd(case, books), npv_eflop(case, state)
    for name in Limits.model_fields:
        limit = getattr(case.instance.limits, name)
        if limit is None:
            continue
        if name in OF_THE_PLAN:
            recorder.at_most(f"limits.{name}", "plan", OF_THE_PLAN[name](books, cost, eflop), limit, name)
        elif name in OF_EACH_PHASE:
            for p, phase in enumerate(case.periods.phases):
                amount = sum(books.total(line, p) for line in OF_EACH_PHASE[name])
                recorder.at_most(f"limits.{name}", phase, amount, limit, name)
        else:
            recorder.holds(f"limits.{name}", "plan", False, "a limit that the audit does not know")
    _check_sites(case, books, recorder)
    check_affordability(case, cost, eflop, recorder)


def _check_sites(case: AuditCase, books: Books, recorder: Recorder) -> None:
    """The cap of a site on its carbon, in every phase: docs/model.md section 8b."""
    for site, spec in case.instance.sites.items():
        if spec.carbon_t_per_year is None:
            continue
        for p, phase in enumerate(case.periods.phases):
            carbon_t = books.amounts["carbon_t", p, site]
            recorder.at_most(
                "limits.site_carbon", joined(site, phase), carbon_t, spec.carbon_t_per_year, "t of carbon of the site"
            )
