"""Designs that break a rule of dispatch or of its bill: rows of the table in test_broken_rules.py."""

from __future__ import annotations

from tests.mutants.corrupted import Change, Mutant, Plain, add, put, report, scale, shift

SITE = "sites.paper"
MORE_ENERGY = put("batteries.cell.max_mwh", 10.0)
RESERVE = add("step_reserves", site="paper", phase="b", mw=0.015)
TOTALS = ("ledger.total",)
"""A line that is off is also off in the sum."""
COSTLIER = (
    "result.npv_cost_musd",
    "result.lcoc_usd_per_eflop",
    "figures.npv_cost_musd",
    "figures.lcoc_usd_per_eflop",
    "figures.opex_musd_per_year",
    "figures.dispatch_savings_musd_per_year",
)
"""What changes with the true bill."""


def less_contracted(instance: Plain, design: Plain) -> None:
    """A tenth less is contracted in b than the bill says: what lies beyond is dearer."""
    row = next(row for row in design["decisions"]["contracts"] if row["phase"] == "b")
    row["mw"] *= 0.9


def in_part(changes: tuple[Change, ...], check: str, beside: tuple[str, ...] = ()) -> Mutant:
    return Mutant(check, changes, beside, kind="dispatch")


def billed(change: Change, account: str, kind: str = "dispatch", beside: tuple[str, ...] = TOTALS) -> Mutant:
    return Mutant(f"ledger.{account}", (change,), beside, kind, report=True)


DISPATCH_MUTANTS: dict[str, Mutant] = {
    # 33 kW charge; a twentieth less is there.
    "battery.free_power": in_part((scale("batteries", "mw", 0.9, phase="b"),), "dispatch.trading"),
    # Energy that a ramp of 15 kW at 0.03 kW a minute takes is not free: 0.015^2 / (120 x 3e-5) = 62 kWh, twice.
    "battery.free_ramp": in_part(
        (RESERVE, put(f"{SITE}.grid.ramp_mw_per_minute", 3e-5)),
        "dispatch.full",
        ("dispatch.trading",),
    ),
    "battery.free_ride": in_part((put(f"{SITE}.backup.ride_through_minutes", 60.0),), "dispatch.full"),
    "hours.balance": billed(report("import_mwh", 0.99), "import_mwh", beside=()),
    "hours.limit": in_part((put(f"{SITE}.grid_mw", 0.05),), "power.grid"),
    "hours.charging": in_part(
        (shift("charge_mw", "b", {72: 1e-4, 73: -1e-4}),), "dispatch.trading", ("dispatch.full",)
    ),
    # With 15 kW reserved 18 are free; 33 charge and 21 discharge.
    "hours.discharging": in_part((RESERVE,), "dispatch.trading", ("dispatch.full",)),
    # 33 kW charge in hour 72; 9 kW discharged beside it, and 10 kW charged again later, are one inverter too many.
    "hours.trading": in_part(
        (shift("discharge_mw", "b", {72: 0.009}), shift("charge_mw", "b", {74: 0.01})), "dispatch.trading"
    ),
    "hours.holding": in_part((scale("batteries", "mwh", 0.95, phase="b"),), "dispatch.full"),
    "hours.store": in_part((put("batteries.cell.round_trip_fraction", 0.85),), "dispatch.closes", ("dispatch.empty",)),
    # Two sets of 10 kW run at 20.5 kW in an hour, and so beyond their 20 hours of the year too.
    "hours.parallel": in_part(
        (shift("generator_mw", "b", {0: 0.0205}),), "dispatch.generator", ("dispatch.generator_hours",)
    ),
    "hours.fuelled": in_part((put(f"{SITE}.backup.peak_shaving_hours_per_year", 9.0),), "dispatch.generator_hours"),
    # 26.2 of 28 kW at night.
    "hours.room": in_part((shift("moved_mw", "b", {0: 0.003, 1: -0.003}),), "dispatch.moved_top"),
    "hours.day": in_part((shift("moved_mw", "b", {0: 0.001}),), "dispatch.moved_day"),
    "hours.highest": billed(report("peak_import_mw", 0.99, "month 07"), "peak_import_mw", beside=()),
    "hours.yearly": billed(report("demand", 0.99, "basic, year"), "demand"),
    "hours.charged": billed(report("demand", 0.99, "basic, month 07"), "demand"),
    "hours.ratchet": billed(report("demand", 0.9, "basic, month 09"), "demand"),
    "hours.least": billed(report("demand", 0.6, "basic, month 11"), "demand"),
    "hours.tier": billed(report("demand", 0.99, "month 07, above"), "demand"),
    "hours.excess": billed(less_contracted, "demand", beside=COSTLIER),
    "hours.cap": in_part((put("limits.carbon_t_per_year", 80.0),), "limits.carbon_t_per_year"),
    # A battery of a tenth can neither charge as much nor hold as much.
    "operations.at": in_part(
        (scale("batteries", "mw", 0.1, phase="a"), scale("batteries", "mwh", 0.1, phase="a")),
        "dispatch.full",
        ("dispatch.trading", "battery.power"),
    ),
    "operations.price": billed(report("energy", 0.99, "dispatch"), "energy"),
    "operations.window": billed(report("demand", 0.99, "day, month 07"), "demand", "charged"),
    "operations.yearly": billed(report("demand", 0.99, "basic, year"), "demand", "charged"),
    "operations.charged": billed(report("demand", 0.99, "basic, month 07"), "demand", "charged"),
    "operations.ratchet": billed(report("demand", 0.9, "basic, month 08"), "demand", "charged"),
    "operations.least": billed(report("demand", 0.6, "basic, month 09"), "demand", "charged"),
    "operations.tier": billed(report("demand", 0.9, "month 07, above"), "demand", "charged"),
    "operations.excess": billed(less_contracted, "demand", "charged", COSTLIER),
    "operations.rebate": billed(report("energy", 1.5, "rebate, month 07"), "energy", "charged"),
    "operations.beyond_block": billed(report("energy", 0.9, "beyond 5,000 kWh, month 07"), "energy", "charged"),
    "hours.month": billed(report("energy", 0.9, "beyond 5,000 kWh, month 07"), "energy"),
    "hours.beyond_block": billed(report("energy", 0.9, "beyond 10,000 kWh, month 07"), "energy"),
    # Of 693 kWh per kVA 720 are asked for, and none of the rebates is earned; or they are, and one is not paid.
    "operations.reach": billed(
        put("tariffs.flat.load_factor_eligible_hours", 720.0), "energy", "charged", beside=COSTLIER
    ),
    "operations.paid": billed(report("energy", 0.0, "rebate, month 07"), "energy", "charged"),
    # A rebate on every kWh, not only on those beyond the threshold.
    "operations.one": billed(report("energy", 2.0, "rebate, month 08"), "energy", "charged"),
}
