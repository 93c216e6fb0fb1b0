"""The main decisions of a design, in a form that can be set side by side over many cells."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.design import Design
from optimizer.model.derive import Problem

NO_CHIP = "none"
ALWAYS_SHOWN = (*(about.tally for about in ASSET_TABLES.values() if about.tally), "bought.battery_mwh")
"""Counts that stand in every table, bought or not."""
MINOR_FRACTION = 0.01
"""An accelerator with less of the throughput than this is left out of a cell's set."""


def decided(problem: Problem, design: Design) -> dict[str, Any]:
    """Decisions by name, and the accelerators that carry the throughput of the last phase.

    `decisions` counts accelerators bought, plant bought by the tally of its offers, and transformers in place in the
    last phase; over all sites.
    """
    counts: dict[str, float] = defaultdict(float, dict.fromkeys(ALWAYS_SHOWN, 0.0))
    rows = design.decisions
    for kind, amount in _bought_accelerators(design).items():
        counts[f"chips.{kind}"] += amount
    for bought in problem.purchases(rows):
        if bought.offer.tally:
            counts[bought.offer.tally] += bought.quantity
    last = problem.calendar.last
    for substation in rows.substations:
        if substation.phase == last:
            counts[f"substation.{substation.transformer}"] += substation.units
    shares = _shares(design, last)
    return {
        "decisions": {name: round(value, 9) for name, value in sorted(counts.items())},
        "shares": shares,
        "dominating": max(shares, key=lambda chip: (shares[chip], chip), default=NO_CHIP),
        "chip_set": "+".join(sorted(chip for chip, part in shares.items() if part >= MINOR_FRACTION)) or NO_CHIP,
    }


def _bought_accelerators(design: Design) -> dict[str, float]:
    assert design.reported is not None
    bought: dict[str, float] = defaultdict(float)
    for entry in design.reported.ledger:
        if entry.account == "delivered_accelerators":
            bought[entry.label.split("/")[0]] += entry.amount
    return dict(bought)


def _shares(design: Design, last: str) -> dict[str, float]:
    """Share of each accelerator in the effective throughput of the last phase."""
    assert design.reported is not None
    lines = [e for e in design.reported.ledger if e.account == "effective_pflops" and e.phase == last]
    total = sum(entry.amount for entry in lines)
    parts: dict[str, float] = defaultdict(float)
    for entry in lines:
        if total:
            parts[entry.label.split("/")[0]] += entry.amount / total
    return {chip: round(part, 9) for chip, part in sorted(parts.items()) if part > 0}
