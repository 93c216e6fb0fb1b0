"""The tiny site with a training run and with serving, both worked out on paper.

**The run.** A model of 10 billion active parameters and 7.3584e12 tokens takes 6 * 1e10 * 7.3584e12 = 4.41504e23 FLOP:
in 73 days of 86,400 s 70 PFLOPS. 2.5 runs a year keep the cluster busy for half of it: 35 PFLOPS over the year. A chip
sustains 1,000 TFLOPS * 0.4; 6 pods of 32 chips sustain 76.8 PFLOPS. 3 pods are assigned to the run, 7 to the throughput
class with its 89.6 PFLOPS. The load step is (0.5 * 7 + 0.25 * 6) * 48 kW * 1.1 = 0.264 MW, as without a run.

**Serving.** 20 billion parameters in FP8, one byte each, are 20 GB, of which 10 work on a token; a sequence keeps
100,000 bytes * 10,000 tokens = 1 GB. Of 80 GB of memory 60 may be filled: 100 sequences take 120 GB, a replica of 2.
A chip reads 2,000 TFLOPS * 0.5 / (2 * 1e10 FLOP) = 50,000 tokens/s; it writes, at 4,000 * 0.5 GB/s, one token for each
of 100 users in (20 + 100) GB / (2 * 2,000 GB/s) = 0.03 s: 100 / 0.03 / 2 = 1,666.7 tokens/s. Of 276.48e9 input tokens a
day half are cached: 138.24e9 / 50,000 = 2,764,800 s. 9.216e9 output tokens take 5,529,600 s. Together 96 chips or
3 pods, and 2e10 * (138.24e9 + 9.216e9) / 86,400 s = 34.1333 PFLOPS.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from audit_tiny import Change, Plain

POD: Plain = {"site": "here", "accelerator": "us", "cooling": "air", "phase": "p1"}
RUN_PFLOPS = 35.0
SERVED_PFLOPS = 2e10 * 147.456e9 / 86_400 / 1e15


def put(path: str, value: Any) -> Change:
    """Change one entry of the instance, given by its dotted path."""

    def change(instance: Plain, design: Plain) -> None:
        *folders, last = path.split(".")
        table = instance
        for folder in folders:
            table = table.setdefault(folder, {})
        table[last] = value

    return change


def edit(table: str, index: int, **changes: Any) -> Change:
    """Change a row of the design."""

    def change(instance: Plain, design: Plain) -> None:
        design["decisions"][table][index].update(changes)

    return change


def set_rows(table: str, *rows: Any) -> Change:
    """Replace a table of the design."""

    def change(instance: Plain, design: Plain) -> None:
        design["decisions"][table] = rows

    return change


def add_row(table: str, **changes: Any) -> Change:
    """A further row, like the first of its table but for the changes."""

    def change(instance: Plain, design: Plain) -> None:
        design["decisions"][table] += (design["decisions"][table][0] | changes,)

    return change


def work(**pods: float) -> Change:
    """Assign pods to workloads."""
    return set_rows("assignments", *(POD | {"workload": name, "pods": number} for name, number in pods.items()))


def _model(instance: Plain) -> None:
    instance["models"] = {
        "m": {
            "name": "Model",
            "params_total_b": 20.0,
            "params_active_b": 10.0,
            "tokens_t": 7.3584,
            "kv_bytes_per_token": 100_000.0,
        }
    }


def run_instance(instance: Plain, design: Plain) -> None:
    """A training run beside the throughput class."""
    _model(instance)
    instance["workloads"]["pre"] = {
        "kind": "training_run",
        "model": "m",
        "precisions": ("bf16",),
        "max_days": 73.0,
        "runs_per_year": 2.5,
        "step_fraction": 0.25,
    }
    design["decisions"]["clusters"] = (POD | {"workload": "pre", "pods": 6},)
    work(train=7.0, pre=3.0)(instance, design)


def serving_instance(instance: Plain, design: Plain) -> None:
    """Serving beside the throughput class."""
    _model(instance)
    chip = instance["accelerators"]["us"]
    chip |= {"memory_bandwidth_gbs": 4000.0, "utilisation": {"training": 0.4, "inference": 0.5}}
    instance["workloads"]["chat"] = {
        "kind": "serving",
        "model": "m",
        "precisions": ("bf16", "fp8"),
        "input_tokens_b_per_day": 276.48,
        "output_tokens_b_per_day": 9.216,
        "cached_input_fraction": 0.5,
        "context_tokens": 10_000,
        "batch_max": 100,
        "memory_fraction": 0.75,
    }
    work(train=7.0, chat=3.0)(instance, design)


def both_instance(instance: Plain, design: Plain) -> None:
    """Run, serving and throughput class. 3 + 3 + 4 pods work; a cluster of 6 and serving on 3 are less than the ten."""
    run_instance(instance, design)
    serving_instance(instance, design)
    instance["phases"]["p1"]["target_pflops"] = 100.0
    work(train=4.0, pre=3.0, chat=3.0)(instance, design)


def second_phase(instance: Plain, design: Plain) -> None:
    """A second phase of four years in which the same pods do the same."""
    instance["phases"]["p2"] = instance["phases"]["p1"] | {"start": date(2031, 1, 1)}
    instance["accelerators"]["us"]["life_years"] = 8.0
    decisions = design["decisions"]
    for table in ("substations", "assignments", "clusters", "step_reserves"):
        decisions[table] = (*decisions.get(table, ()), *(row | {"phase": "p2"} for row in decisions.get(table, ())))


def leave_out(table: str, **match: Any) -> Change:
    """Leave out the rows that match."""

    def change(instance: Plain, design: Plain) -> None:
        rows = design["decisions"][table]
        kept = tuple(row for row in rows if any(row[key] != value for key, value in match.items()))
        assert len(kept) < len(rows)
        design["decisions"][table] = kept

    return change


def without_fabric(instance: Plain, design: Plain) -> None:
    """Nothing between the servers of the site, which costs and draws nothing."""
    instance["fabrics"]["none"] = {
        "name": "None",
        "tiers": ({"up_to_accelerators": 1, "usd_per_accelerator": 0.0},),
        "kw_per_accelerator": 0.0,
        "spans_servers": False,
    }
    instance["sites"]["here"]["fabric"] = "none"
    instance["workloads"]["train"]["job_accelerators"] = 8
