"""Work without a solver: cells whose levelised cost is a formula, some of which take time, crash or fail.

lcoc = a + 2 b + a b     with a the price of the quick chip in 10,000 USD, b the grid in MW
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from optimizer.model.kpis import KPIS
from optimizer.study.cell import CellTask, Record, StudyContext, failure

SLEEP = "ANALYTIC_SLEEP_S"
CRASH_PRICE = 666
CRASH_TWICE_PRICE = 777
FAIL_PRICE = 888
INFEASIBLE_PRICE = 999


def lcoc(price_usd: float, grid_mw: float) -> float:
    a, b = price_usd / 10_000, grid_mw
    return a + 2 * b + a * b


def work(context: StudyContext, task: CellTask, hooks: Any) -> Record:
    """The record of a cell by formula."""
    time.sleep(float(os.environ.get(SLEEP, "0")))
    price = task.instance.accelerators["quick"].price_usd
    if price == CRASH_PRICE:
        os.kill(os.getpid(), signal.SIGKILL)
    if price == CRASH_TWICE_PRICE:
        tally = Path(os.environ["ANALYTIC_TALLY"])
        deaths = len(tally.read_text()) if tally.exists() else 0
        if deaths < 2:
            tally.write_text("x" * (deaths + 1))
            os.kill(os.getpid(), signal.SIGKILL)
    if price == FAIL_PRICE:
        return failure(task.key, "failed", "said so")
    if price == INFEASIBLE_PRICE:
        return failure(task.key, "infeasible", "")
    return solved(task, lcoc(price, task.instance.sites["paper"].grid_mw))


def solved(task: CellTask, value: float) -> Record:
    kpis = {kpi.id: 0.0 for kpi in KPIS} | {"lcoc_usd_per_eflop": value}
    return failure(task.key, "optimal", "") | {
        "verified": True,
        "objective": "lcoc",
        "value": value,
        "bound": value,
        "gap": 0.0,
        "gap_asked": 1e-3,
        "kpis": kpis,
        "decisions": {"chips.quick": 1.0},
        "shares": {"quick": 1.0},
        "dominating": "quick",
        "chip_set": "quick",
        "start": {"x": value + (task.start or {}).get("x", 0.0)},
        "seconds": time.monotonic(),
    }


def ishigami(context: StudyContext, task: CellTask, hooks: Any) -> Record:
    """Ishigami's function of three prices between 0 and 1: its Sobol indices are known in closed form."""
    from math import pi, sin

    chips, site = task.instance.accelerators, task.instance.sites["paper"]
    u = (chips["quick"].price_usd, chips["frugal"].price_usd, site.grid_mw)
    x = [pi * (2 * value - 1) for value in u]
    return solved(task, sin(x[0]) + 7 * sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * sin(x[0]))
