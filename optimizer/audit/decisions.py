"""The rows of a design: known ids, no duplicates, proper numbers. What fails is reported and left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from optimizer.audit.fabrics import fabric_list, naming_fault
from optimizer.audit.findings import Recorder, joined
from optimizer.audit.halls import hall_fault
from optimizer.inputs.design import Decisions, Design, PodTypeRow
from optimizer.inputs.facility import ITEMS
from optimizer.inputs.quantity import Spec
from optimizer.inputs.schema import Instance

Row = TypeVar("Row", bound=Spec)

KEYS = (
    "site",
    "accelerator",
    "cooling",
    "fabric",
    "hall",
    "workload",
    "phase",
    "source",
    "transformer",
    "item",
    "bought",
)
"""Ids of a row, as far as it has them; fabric and hall may be left out."""
WHOLE = ("pods", "units")
CONTINUOUS = ("mw", "mwh", "white_m2", "plant_m2", "soc_start_mwh", "demand_response_mw")


@cache
def fields_of(row: type[Spec], names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the names that a kind of row has. To ask a row for what it has not is slow."""
    return tuple(name for name in names if name in row.model_fields)


def known_ids(instance: Instance) -> dict[str, frozenset[str]]:
    """The ids that a row's key may name."""
    return {
        "site": frozenset(instance.sites),
        "accelerator": frozenset(instance.accelerators),
        "cooling": frozenset(instance.coolings),
        "fabric": frozenset(instance.fabrics),
        "hall": frozenset(instance.halls),
        "workload": frozenset(instance.workloads),
        "phase": frozenset(instance.phases),
        "bought": frozenset(instance.phases),
        "transformer": frozenset(instance.transformers),
        "source": frozenset(instance.generation),
        "item": frozenset(ITEMS),
    }


def check_identity(instance: Instance, design: Design, recorder: Recorder) -> None:
    """The design is one of this instance."""
    recorder.holds(
        "identity.instance",
        "design",
        design.instance == instance.name,
        f"is of {design.instance}, not of {instance.name}",
    )
    same_day = design.planning_date == instance.planning_date
    recorder.holds("identity.planning_date", "design", same_day, "planning date differs from the instance's")
    if design.solve is not None:
        same_hours = design.solve.hours == instance.solve.hours
        recorder.holds("identity.hours", "design", same_hours, "looks at other hours of the year than the instance")


def check_sha256(design: Design, sha256: str, recorder: Recorder) -> None:
    """The design names the very instance it is held against, not an earlier or a changed one."""
    named = design.instance_sha256
    text = f"names an instance with SHA-256 {named[:12]}, this one has {sha256[:12]}; a bid need not name any"
    recorder.holds("identity.instance_sha256", "design", named == sha256, text)


def clean_decisions(instance: Instance, design: Design, recorder: Recorder) -> Decisions:
    """The decisions without the rows that cannot be read."""
    rows = design.decisions
    stacks = _clean_stacks(instance, "stacks", rows.stacks, recorder)

    def clean(table: str, entries: Sequence[Row]) -> tuple[Row, ...]:
        return _clean_table(instance, table, entries, recorder)

    # Built without validation: a broken number has been reported already and must not raise here.
    return Decisions.model_construct(
        deliveries=clean("deliveries", rows.deliveries),
        retirements=clean("retirements", rows.retirements),
        assignments=clean("assignments", rows.assignments),
        clusters=clean("clusters", rows.clusters),
        cooling=clean("cooling", rows.cooling),
        substations=clean("substations", rows.substations),
        ups=clean("ups", rows.ups),
        batteries=clean("batteries", rows.batteries),
        step_reserves=clean("step_reserves", rows.step_reserves),
        generators=clean("generators", rows.generators),
        generation=clean("generation", rows.generation),
        fitout=clean("fitout", rows.fitout),
        stacks=stacks,
        programmes=_clean_stacks(instance, "programmes", rows.programmes, recorder) if rows.programmes else (),
        dispatch=clean("dispatch", rows.dispatch),
        contracts=clean("contracts", rows.contracts),
        facility=clean("facility", rows.facility),
    )


def _clean_stacks(instance: Instance, table: str, names: Sequence[str], recorder: Recorder) -> tuple[str, ...]:
    """The stacks that are known."""
    known = tuple(name for name in names if name in instance.stacks)
    unknown = sorted(set(names) - set(known))
    recorder.holds("ids.unknown", table, not unknown, f"unknown stacks: {unknown}")
    recorder.holds("ids.duplicate", table, len(set(names)) == len(names), "a stack is named twice")
    return known


def _clean_table(instance: Instance, table: str, entries: Sequence[Row], recorder: Recorder) -> tuple[Row, ...]:
    """The readable rows of one table. The transformer is no part of a row's key: one substation per site and phase."""
    known, seen = known_ids(instance), set[tuple[tuple[str, str], ...]]()
    kept: list[Row] = []
    for row in entries:
        ids = {key: str(getattr(row, key)) for key in fields_of(type(row), KEYS) if getattr(row, key, None) is not None}
        where = joined(table, *ids.values())
        unknown = [f"{key} {name}" for key, name in ids.items() if name not in known[key]]
        good = recorder.holds("ids.unknown", where, not unknown, f"unknown {', '.join(unknown)}")
        key = tuple((kind, name) for kind, name in ids.items() if kind != "transformer")
        good &= recorder.holds("ids.duplicate", where, key not in seen, "the row is there twice")
        seen.add(key)
        good &= _numbers(row, table, where, recorder)
        if not unknown and isinstance(row, PodTypeRow):
            good &= _names_a_type(instance, row, where, recorder)
        if good:
            kept.append(row)
    return tuple(kept)


def _names_a_type(instance: Instance, row: PodTypeRow, where: str, recorder: Recorder) -> bool:
    """Fabric and hall are named where they are chosen, and nowhere else. A row without a pod type cannot be read."""
    good = True
    if not (row.fabric is None and fabric_list(instance, row.site) is None):  # Else: nothing chosen, nothing named.
        fault = naming_fault(instance, row.site, row.accelerator, row.fabric)
        good &= recorder.holds("fabric.named", where, fault is None, fault or "")
    if not (row.hall is None and instance.sites[row.site].halls is None):
        fault = hall_fault(instance, row.site, row.hall)
        good &= recorder.holds("hall.named", where, fault is None, fault or "")
    return good


def _numbers(row: Spec, table: str, where: str, recorder: Recorder) -> bool:
    good = True
    for field in fields_of(type(row), (*WHOLE, *CONTINUOUS)):
        value = getattr(row, field, None)
        if value is None:
            continue
        if field in WHOLE and table != "assignments":
            good &= recorder.whole("numbers.whole", where, value)
        else:
            proper = math.isfinite(value) and value >= 0.0
            good &= recorder.holds(
                "numbers.range", where, proper, f"{field} must be finite and at least 0, is {value!r}"
            )
    return good
