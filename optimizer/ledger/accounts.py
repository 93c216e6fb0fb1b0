"""The accounts: where every cost and every quantity is posted, once.

A money account is in million US dollars (per year if yearly). The other accounts hold levels or yearly quantities.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.design import Timing


@dataclass(frozen=True)
class Account:
    """One account: its unit, when its entries count, and whether they are money."""

    id: str
    unit: str
    timing: Timing
    meaning: str

    @property
    def is_money(self) -> bool:
        return self.unit == "MUSD"

    @property
    def is_capital(self) -> bool:
        return self.id.startswith("capex_")


ACCOUNTS = (
    Account("capex_accelerators", "MUSD", Timing.START, "accelerators and their servers"),
    Account("capex_fabric", "MUSD", Timing.START, "scale-out network"),
    Account("capex_storage", "MUSD", Timing.START, "storage"),
    Account("capex_racks", "MUSD", Timing.START, "racks, doors, manifolds, tanks"),
    *(Account(about.account, "MUSD", Timing.START, about.account_meaning) for about in ASSET_TABLES.values()),
    Account("capex_fitout", "MUSD", Timing.START, "fit-out of white and plant space"),
    Account("capex_shell", "MUSD", Timing.START, "shell, core and site"),
    Account("capex_mv_ring", "MUSD", Timing.START, "medium-voltage switchgear and ring"),
    Account("capex_lv_distribution", "MUSD", Timing.START, "low-voltage switchboards, busway, PDU"),
    Account("capex_controls", "MUSD", Timing.START, "building and power management, fire, security"),
    Account("capex_hall_fitout", "MUSD", Timing.START, "containment, trays and floor of the data hall"),
    Account("capex_commissioning", "MUSD", Timing.START, "commissioning with load banks"),
    Account("capex_connection", "MUSD", Timing.START, "connection charge"),
    Account("capex_design", "MUSD", Timing.START, "design, project management, permits"),
    Account("capex_contingency", "MUSD", Timing.START, "contingency"),
    Account("capex_porting", "MUSD", Timing.START, "porting software to a stack"),
    Account("licence_fees", "MUSD", Timing.START, "export licence fees and tariffs on accelerators"),
    Account("prepayment", "MUSD", Timing.START, "paying accelerators before (or after) their delivery"),
    Account("salvage", "MUSD", Timing.START, "proceeds of pods that leave (negative), less their removal"),
    Account("energy", "MUSD", Timing.YEARLY, "energy and fuel clause"),
    Account("demand", "MUSD", Timing.YEARLY, "monthly maximum demand"),
    Account("water", "MUSD", Timing.YEARLY, "water"),
    Account("carbon", "MUSD", Timing.YEARLY, "carbon price"),
    Account("fuel", "MUSD", Timing.YEARLY, "generator fuel"),
    Account("export_revenue", "MUSD", Timing.YEARLY, "surplus sold to the grid (negative)"),
    Account("demand_response", "MUSD", Timing.YEARLY, "paid for load that can be dropped (negative)"),
    Account("degradation", "MUSD", Timing.YEARLY, "wear of the battery in dispatch"),
    Account("maintenance", "MUSD", Timing.YEARLY, "maintenance"),
    Account("insurance", "MUSD", Timing.YEARLY, "insurance"),
    Account("rent", "MUSD", Timing.YEARLY, "rent of fitted-out space"),
    Account("staff", "MUSD", Timing.YEARLY, "engineers"),
    Account("residual_value", "MUSD", Timing.END, "worth at the end of the horizon (negative)"),
    Account("effective_pflops", "PFLOPS", Timing.NONE, "effective throughput in use"),
    Account("peak_pflops", "PFLOPS", Timing.NONE, "dense peak of the pods in use, at the precision used"),
    Account("installed_accelerators", "1", Timing.NONE, "accelerators installed"),
    Account("working_accelerators", "1", Timing.NONE, "accelerators at work"),
    Account("delivered_accelerators", "1", Timing.NONE, "accelerators delivered at the start of the phase"),
    Account("racks", "1", Timing.NONE, "racks installed"),
    Account("it_mw", "MW", Timing.NONE, "rated IT power installed, by cooling technology"),
    Account("load_mw", "MW", Timing.NONE, "rated IT power at work, by cooling technology and workload"),
    Account("step_mw", "MW", Timing.NONE, "power that swings within seconds"),
    Account("pod_m2", "m2", Timing.NONE, "white space under pods, aisles included"),
    Account("plant_use_m2", "m2", Timing.NONE, "plant space under equipment"),
    Account("white_m2", "m2", Timing.NONE, "white space fitted out"),
    Account("plant_m2", "m2", Timing.NONE, "plant space fitted out"),
    Account("active_sites", "1", Timing.NONE, "1 for a site with a substation"),
    Account(
        "standing_mw",
        "MW",
        Timing.NONE,
        "constant load: losses of transformers and idle UPS, auxiliaries, house load, fans and pumps at any load",
    ),
    Account("firm_mw", "MW", Timing.NONE, "firm import capacity of the substation"),
    Account("step_limit_mw", "MW", Timing.NONE, "load step the substation and grid tolerate"),
    Account("critical_mw", "MW", Timing.NONE, "load that must survive a grid outage"),
    Account("free_mw", "MW", Timing.NONE, "battery power free for dispatch"),
    Account("free_mwh", "MWh", Timing.NONE, "battery energy free for dispatch"),
    Account("working_generators_mw", "MW", Timing.NONE, "generators that may run beside the grid, spare sets left out"),
    Account("source_mw", "MW", Timing.NONE, "generation beside the grid, spare units left out, by source"),
    Account("generation_mw", "MW", Timing.NONE, "generation beside the grid in service, by source"),
    Account("generated_mwh", "MWh", Timing.YEARLY, "energy of generation beside the grid, by source"),
    Account("exported_mwh", "MWh", Timing.YEARLY, "surplus sold to the grid"),
    Account("demand_response_mw", "MW", Timing.NONE, "load that can be dropped in the hours called"),
    Account("import_mwh", "MWh", Timing.YEARLY, "grid import"),
    Account("it_mwh", "MWh", Timing.YEARLY, "energy of the pods at work"),
    Account("peak_import_mw", "MW", Timing.NONE, "largest hourly import, by month"),
    Account("water_m3", "m3", Timing.YEARLY, "water evaporated and blown down"),
    Account("carbon_t", "t", Timing.YEARLY, "carbon of grid import and generator tests"),
    Account("engineers", "1", Timing.NONE, "engineers needed"),
    Account("cooling_modules", "1", Timing.NONE, "plant modules in service, by technology"),
    Account("substation_units", "1", Timing.NONE, "transformers in service"),
    Account("battery_mw", "MW", Timing.NONE, "battery power in service"),
    Account("battery_mwh", "MWh", Timing.NONE, "battery energy in service"),
    Account("generator_units", "1", Timing.NONE, "generator sets in service"),
)
BY_ID = {account.id: account for account in ACCOUNTS}
