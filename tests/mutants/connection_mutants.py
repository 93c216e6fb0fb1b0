"""Designs that break a rule of the grid by the hour: rows of the table in test_broken_rules.py."""

from __future__ import annotations

from tests.mutants.corrupted import Change, Mutant, edit, put
from tests.mutants.generation_mutants import fed

SITE = "sites.paper"


def connected(check: str, *changes: Change, beside: tuple[str, ...] = ()) -> Mutant:
    return Mutant(check, changes, beside, kind="connected")


CONNECTION_MUTANTS: dict[str, Mutant] = {
    # In the evening 40 kW come from engines: of 90.3 on the mean 50.3 are imported, of full work 65.
    "hours.within": connected("connection.import", put(f"{SITE}.flexible_connection.firm_mw", 0.06)),
    "hours.calm": connected("connection.import", put(f"{SITE}.flexible_connection.firm_mw", 0.045)),
    "hours.sold": connected(
        "connection.export_firm", put("transformers.ideal.unit_mva", 0.055), beside=("power.firm",)
    ),
    "hours.offered": connected("connection.export", put(f"{SITE}.export_max_mw", 0.05)),
    "hours.drop": connected("response.dropped", fed("engine", {18: -0.02})),
    # Of 40 kW 27.4 are there on the mean of the year.
    "hours.mean": connected(
        "response.dropped",
        put(f"{SITE}.demand_response.max_mw", 0.05),
        edit("dispatch", {"phase": "only"}, demand_response_mw=0.02),
    ),
    # More is sold in the evening than is dropped: who enrols has promised otherwise.
    "hours.asked": connected("response.dropped", fed("engine", {19: -0.03}), beside=("connection.import",)),
    "hours.enrolled": connected("response.enrolled", put(f"{SITE}.demand_response.max_mw", 0.005)),
    "site_caps.carbon": connected("limits.site_carbon", put(f"{SITE}.carbon_t_per_year", 300.0)),
}
