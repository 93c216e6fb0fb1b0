"""Designs that are on another fabric than they say, or may be: rows of test_broken_rules.py."""

from __future__ import annotations

from typing import Any

from tests.mutants.corrupted import Change, Mutant, Plain, add, put, report

TABLES = ("deliveries", "assignments", "clusters")
QUICK = {"accelerator": "quick", "phase": "b"}
RETIRED = {"site": "paper", "accelerator": "frugal", "cooling": "warm_water", "phase": "b", "pods": 1}


def renamed(fabric: str | None, *tables: str, **where: Any) -> Change:
    """The rows of some tables (of all) that match name another fabric; counts stay as they are."""

    def change(instance: Plain, design: Plain) -> None:
        for table in tables or TABLES:
            rows = [r for r in design["decisions"][table] if all(r[key] == value for key, value in where.items())]
            assert rows, f"no row {where} in {table}"
            for row in rows:
                row["fabric"] = fabric

    return change


def wired(check: str, *changes: Change, beside: tuple[str, ...] = ()) -> Mutant:
    return Mutant(check, changes, beside, kind="wired")


def said(check: str, *changes: Change, beside: tuple[str, ...] = ()) -> Mutant:
    """With what the design reports of itself."""
    return Mutant(check, changes, beside, kind="wired", report=True)


def fewer_days(instance: Plain, design: Plain) -> None:
    """The run is said to take as long as on a fabric that loses nothing."""
    kpis = design["reported"]["kpis"]
    kpis["training_days_max"] *= (16 / 12) ** -0.1


def no_choice(instance: Plain, design: Plain) -> None:
    """One fabric for the whole site: rows have to leave it out."""
    instance["sites"]["paper"]["fabric"] = "fast"


def split_cluster(instance: Plain, design: Plain) -> None:
    """Of the two quick pods of the cluster, one is on the slow fabric."""
    rows = [row for row in design["decisions"]["deliveries"] if row["accelerator"] == "quick"]
    assert [row["pods"] for row in rows] == [2]
    rows[0]["pods"] = 1
    design["decisions"]["deliveries"] = (*design["decisions"]["deliveries"], rows[0] | {"fabric": "slow"})


def existing_on(fabric: str) -> Change:
    """The old pods are on another fabric than the design takes them for."""

    def change(instance: Plain, design: Plain) -> None:
        for row in instance["sites"]["paper"]["existing_pods"]:
            row["fabric"] = fabric

    return change


TOTALS = (
    *(f"result.{name}" for name in ("lcoc_usd_per_eflop", "npv_cost_musd")),
    *(f"figures.{name}" for name in ("lcoc_usd_per_eflop", "npv_cost_musd", "opex_musd_per_year", "subsidy_musd")),
    *(f"figures.{name}_price_usd_per_eflop" for name in ("list", "user")),
)
MONEY = (*TOTALS, "ledger.residual_value", "ledger.insurance", "figures.capex_musd")
POWER = (
    *TOTALS,
    *(f"ledger.{name}" for name in ("energy", "import_mwh", "peak_import_mw")),
    *(f"figures.{name}" for name in ("it_mw", "peak_import_mw", "energy_mwh_per_year", "firm_capacity_utilisation")),
    "figures.effective_pflops_per_mw",
    "power.ups",
)
NOT_THERE = ("assignment.installed", "training.at_once")
NOTHING = ("training.cluster", "throughput.floor", "serving.tokens", "affordability.list_price")
"""Of all that is asked for, with every row left out."""
ELSEWHERE = (
    *(f"training.{name}" for name in ("at_once", "busy", "drawn", "elsewhere")),
    "assignment.installed",
    "throughput.floor",
)
"""What else is wrong where a run is at work on another type than its cluster."""

FABRIC_MUTANTS: dict[str, Mutant] = {
    # The slow fabric is cheaper and draws less; the throughput class and the run lose more on it.
    "run on a slower fabric": wired("training.compute", renamed("slow", **QUICK), beside=("throughput.floor",)),
    "run inside servers": wired("training.fabric", renamed("inside", **QUICK), beside=("assignment.fabric",)),
    "cluster inside servers": wired("training.fabric", renamed("inside", "clusters", **QUICK), beside=ELSEWHERE),
    "cluster of two fabrics": wired("training.at_once", split_cluster, beside=("assignment.installed",)),
    "money of another": said("ledger.capex_fabric", renamed("dear", **QUICK), beside=MONEY),
    "power of another": said("ledger.it_mw", renamed("hungry", **QUICK), beside=POWER),
    "better exponent": said(
        "ledger.effective_pflops", report("effective_pflops", (16 / 12) ** 0.2, "frugal/training", "a")
    ),
    "days of a better exponent": said("figures.training_days_max", fewer_days),
    "outside the list": wired("fabric.joins", put("network.fabrics", ("slow",))),
    "wrong origin": wired("fabric.joins", renamed("east", **QUICK)),
    "wrong vendor": wired("fabric.joins", renamed("maker", **QUICK)),
    "unknown": wired("ids.unknown", renamed("nowhere", **QUICK), beside=("training.cluster", "throughput.floor")),
    "retired from another": wired("retirement.existing", add("retirements", **RETIRED, fabric="fast")),
    "retired from one not there": wired("retirement.existing", add("retirements", **RETIRED, fabric="maker")),
    "none named": wired("fabric.named", renamed(None, "deliveries", **QUICK), beside=NOT_THERE),
    "named without a choice": wired(
        "fabric.named",
        no_choice,
        beside=NOTHING,
    ),
    "work on another": wired("assignment.installed", renamed("slow", "assignments", **QUICK), beside=ELSEWHERE),
    "existing on another": wired("assignment.installed", existing_on("fast"), beside=("training.at_once", "power.ups")),
}
