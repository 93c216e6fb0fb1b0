"""Designs that break a rule of runs, services, programmes, staff or prices: rows of test_broken_rules.py."""

from __future__ import annotations

from tests.mutants.corrupted import Change, Mutant, Plain, drop, put, report, scale

RUN_B = {"workload": "run", "phase": "b"}
FILL_B = {"workload": "training", "accelerator": "quick", "phase": "b"}
FILL_A = {"workload": "training", "accelerator": "quick", "phase": "a"}


def no_programme(instance: Plain, design: Plain) -> None:
    """The pods deliver what they do with a ported stack, and nobody ports it."""
    design["decisions"]["programmes"] = ()


def a_little_on_quick(instance: Plain, design: Plain) -> None:
    """A thousandth of a quick pod serves too, in place of the throughput class."""
    rows = design["decisions"]["assignments"]
    here = next(row for row in rows if all(row[key] == value for key, value in FILL_B.items()))
    design["decisions"]["assignments"] = (*rows, {**here, "workload": "chat", "pods": 0.001})
    here["pods"] -= 0.001


QUICK_TAKEN = ("serving.tokens", "throughput.floor", "training.at_once", "training.drawn")
"""What else fails where a cluster draws on all quick pods."""


def of_replicas(*changes: Change, beside: tuple[str, ...] = ()) -> Mutant:
    return Mutant("serving.replica", changes, beside, kind="replica")


def of_work(check: str, *changes: Change, beside: tuple[str, ...] = ()) -> Mutant:
    return Mutant(check, changes, beside, kind="work")


def claimed(check: str, change: Change, beside: tuple[str, ...] = ()) -> Mutant:
    return Mutant(check, (change,), beside, kind="work", report=True)


WORK_MUTANTS: dict[str, Mutant] = {
    "training.one": of_work(
        "training.cluster", drop("clusters", phase="b"), beside=("training.elsewhere", "throughput.floor")
    ),
    # Two and a half pods at work for a cluster of two.
    "training.between": of_work(
        "training.beyond",
        scale("assignments", "pods", 2.5, **RUN_B),
        scale("assignments", "pods", 0.25, **FILL_B),
        beside=("throughput.floor",),
    ),
    # Between its runs nine tenths of what is left of the cluster work, and the rest is said to draw nothing.
    "training.drawn": of_work(
        "training.drawn", scale("assignments", "pods", 0.9, **FILL_A), beside=("throughput.floor",)
    ),
    "throughput.tokens": of_work("serving.tokens", scale("assignments", "pods", 0.999, workload="chat")),
    # Two quick pods are half a replica; and what they serve is more than is asked for.
    "serving.gate": of_replicas(a_little_on_quick, beside=QUICK_TAKEN),
    # Five frugal pods have 40 accelerators.
    "serving.whole": of_replicas(put("workloads.chat.replica_accelerators", 41)),
    # Two quick pods would be a replica, but the cluster takes both.
    "serving.beside": of_replicas(
        a_little_on_quick,
        put("workloads.chat.replica_accelerators", 16),
        beside=QUICK_TAKEN,
    ),
    "porting.gate": of_work("serving.tokens", no_programme, beside=("throughput.floor", "training.compute")),
    # Pods that are not at work gain nothing.
    "porting.part": claimed("ledger.effective_pflops", report("effective_pflops", 1.01, "quick/training")),
    "porting.whole": claimed("ledger.effective_pflops", report("effective_pflops", 0.99, "frugal/chat")),
    # The cluster is as small as it is because the stack is mature within half a year.
    "porting.sooner": of_work(
        "training.compute",
        put("stacks.mature.programme_ramp_months", 24.0),
        beside=("serving.tokens", "throughput.floor"),
    ),
    "staff.most": of_work("staff.max_engineers", put("staff.max_engineers", 4.7)),
}
PRICE_MUTANTS = (
    of_work("affordability.list_price", put("affordability.list_price_max_usd_per_eflop", 0.68)),
    of_work("affordability.subsidy", put("affordability.subsidy_cap_musd", 0.27)),
    Mutant("limits.total_cost_musd", (put("limits.total_cost_musd", 0.1),)),
)
"""Caps on what users and the public purse pay, and on the whole cost."""
