"""Tornado: every axis at its low and its high end, all others as they are; the largest effect first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from optimizer.errors import InputError, UsageError
from optimizer.model.derive import derive
from optimizer.reading.read import Variants
from optimizer.study.axes import Axis, parse_axis
from optimizer.study.cell import Record
from optimizer.study.designs import Definition
from optimizer.study.plan import StudyPlan, plan
from optimizer.study.plan_rules import cheapest_first
from optimizer.study.targets import Factor
from optimizer.study.uncertain import Change

CHIP_AXES = (
    "accelerators.{}.price_usd=-20%:+20%:2",
    "accelerators.{}.utilisation.*=-10%:+10%:2",
    "accelerators.{}.server_kw=-10%:+10%:2",
    "accelerators.{}.life_years=-20%:+20%:2",
)
MOST_CHIPS = 5
"""Accelerators that are moved one by one, the cheapest to buy first: a plan turns where one of them differs."""
USUAL_AXES = (
    "tariffs.*.energy.*.price_per_kwh=-20%:+20%:2",
    "tariffs.*.demand_per_kva_month=-20%:+20%:2",
    "finance.discount_rate=-25%:+25%:2",
    "fabrics.*.usd_per_accelerator=-20%:+20%:2",
    "coolings.*.usd_per_module=-20%:+20%:2",
    "staff.usd_per_engineer_year=-20%:+20%:2",
    "sites.*.building.fitout_usd_per_m2=-20%:+20%:2",
    "sites.*.grid_mw=-10%:+10%:2",
)
"""What is tried when the planner names no axis: usual uncertainties of prices, power, use and life."""


def usual_axes(variants: Variants, one_by_one: bool = False) -> tuple[Axis, ...]:
    """The usual axes an instance has: those that are there and are not zero.

    Indices move all accelerators together; `one_by_one` moves each of those that a plan might buy, since estimates of
    one accelerator are wrong apart from those of another.
    """
    axes = []
    for text in (*_chip_axes(variants, one_by_one), *USUAL_AXES):
        axis = parse_axis(text)
        try:
            plan(variants, Definition("one_at_a_time", (axis,)))
        except InputError:
            continue
        axes.append(axis)
    return tuple(axes)


def _chip_axes(variants: Variants, one_by_one: bool) -> list[str]:
    if not one_by_one:
        return [text.format("*") for text in CHIP_AXES]
    reading = variants.read()
    chips = cheapest_first(derive(reading.instance, reading.folder))
    return [text.format(chip) for text in CHIP_AXES for chip in chips[:MOST_CHIPS]]


def ends(factors: Sequence[Factor]) -> tuple[Axis, ...]:
    """The axes with their two ends alone; of a change its lower and upper tenth. Raises UsageError for one value."""
    settings = []
    for factor in factors:
        values = (factor.values[0], factor.values[-1])
        if len(factor.values) < 2:
            raise UsageError(f"{factor.path} has one value; a tornado needs a low and a high end")
        if isinstance(factor, Axis):
            settings.append(replace(factor, values=values))
        else:
            assert isinstance(factor, Change)
            settings.append(Axis(path=factor.path, values=values, relative=factor.relative, source=factor.source))
    return tuple(settings)


def tornado_rows(planned: StudyPlan, records: Mapping[int, Record]) -> list[dict[str, Any]]:
    """One row per axis: levelised cost at both ends, and the swing between them, largest first.

    Cell 0 is the instance as it is; axis k has its low end in cell 2 k + 1 and its high end in cell 2 k + 2.
    An axis without a design at one of its ends has the swing from the instance as it is to the other end.
    """
    base = lcoc_of(records[0])
    rows = []
    for place, factor in enumerate(planned.definition.factors):
        row: dict[str, Any] = {"axis": factor.path, "relative": factor.relative}
        costs = [] if base is None else [base]
        for offset, end in enumerate(("low", "high"), start=1):
            record = records[2 * place + offset]
            cost = lcoc_of(record)
            row |= {
                f"{end}_value": factor.values[offset - 1],
                f"{end}_lcoc": cost,
                f"{end}_status": record["status"],
                f"{end}_chip_set": record.get("chip_set"),
            }
            costs += [] if cost is None else [cost]
        rows.append(row | {"swing": max(costs) - min(costs) if costs else 0.0})
    return sorted(rows, key=lambda row: (-row["swing"], row["axis"]))


def lcoc_of(record: Record) -> float | None:
    """Levelised cost of a verified cell."""
    lcoc = record.get("kpis", {}).get("lcoc_usd_per_eflop")
    return float(lcoc) if lcoc is not None else None
