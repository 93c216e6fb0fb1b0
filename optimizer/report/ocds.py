"""A planning and tender release of the Open Contracting Data Standard 1.1, in functions: no price, no brand.

What only the buyer knows (the registered prefix of its identifiers, its own identifier) is taken from `[tender]`. The
value of the tender is left out: a buyer publishes its estimate by its own decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from optimizer.analysis.orders import OrderLine
from optimizer.inputs.assets import ASSET_TABLES
from optimizer.inputs.schema import Instance
from optimizer.inputs.tender import Tender

VERSION = "1.1"
CLASSES = {
    "accelerators": ("48820000", "Servers"),
    **{table: about.cpv for table, about in ASSET_TABLES.items() if about.cpv[0]},
}
"""Common procurement vocabulary (CPV 2008) by table of the instance."""
PLANT = {about.account: (table, about.purchase or about.account_label) for table, about in ASSET_TABLES.items()}
"""What plant is called, by the account it is paid from."""


def release_package(instance: Instance, lines: Sequence[OrderLine]) -> dict[str, Any]:
    """The package, ready for JSON. Identifiers depend on the procedure and the requirement alone."""
    tender = instance.tender or Tender()
    ocid = f"{tender.ocid_prefix}-{tender.reference}"
    day = f"{instance.planning_date.isoformat()}T00:00:00Z"
    buyer = {"id": "buyer", "name": tender.buyer}
    release = {
        "ocid": ocid,
        "id": f"{ocid}-tender-{instance.planning_date.isoformat()}",
        "date": day,
        "language": "en",
        "tag": ["planning", "tender"],
        "initiationType": "tender",
        "parties": [{**buyer, "roles": ["buyer", "procuringEntity"]}],
        "buyer": buyer,
        "planning": {"rationale": _rationale(instance), "milestones": list(_milestones(instance))},
        "tender": _tender(instance, tender, lines),
    }
    return {
        "uri": f"urn:ocds:{ocid}:{instance.planning_date.isoformat()}",
        "version": VERSION,
        "publishedDate": day,
        "publisher": {"name": tender.buyer},
        "releases": [release],
    }


def _rationale(instance: Instance) -> str:
    last = list(instance.phases.values())[-1]
    return f"{last.target_pflops:,.0f} effective PFLOPS are needed from {last.start.isoformat()} on."


def _milestones(instance: Instance) -> Iterator[dict[str, Any]]:
    for name, phase in instance.phases.items():
        yield {
            "id": f"in-service-{name}",
            "title": f"In service: {phase.target_pflops:,.0f} effective PFLOPS",
            "type": "delivery",
            "dueDate": f"{phase.start.isoformat()}T00:00:00Z",
            "status": "scheduled",
        }


def _tender(instance: Instance, tender: Tender, lines: Sequence[OrderLine]) -> dict[str, Any]:
    quality = ", ".join(row.name for row in tender.quality.values())
    record: dict[str, Any] = {
        "id": tender.reference,
        "title": f"Accelerated computing facility, {len(instance.sites)} site(s)",
        "status": "planned",
        "mainProcurementCategory": "goods",
        "additionalProcurementCategories": ["works"],
        "procurementMethod": "open",
        "awardCriteria": "ratedCriteria" if tender.quality_weight_fraction else "costOnly",
        "awardCriteriaDetails": f"Life-cycle cost of the facility{f' and quality: {quality}' if quality else ''}.",
        "items": [*_computing(instance), *_plant(lines)],
        "milestones": list(_milestones(instance)),
    }
    if tender.closing is not None:
        record["tenderPeriod"] = {"endDate": f"{tender.closing.isoformat()}T23:59:59Z"}
    return record


def _computing(instance: Instance) -> Iterator[dict[str, Any]]:
    """Compute is asked for as a function: effective PFLOPS by day."""
    before = 0.0
    for name, phase in instance.phases.items():
        if phase.target_pflops > before:
            yield _item(
                f"computing-{name}",
                f"Accelerated computing, effective PFLOPS in service from {phase.start.isoformat()}",
                "accelerators",
                phase.target_pflops - before,
                "effective PFLOPS",
            )
        before = max(before, phase.target_pflops)


def _plant(lines: Sequence[OrderLine]) -> Iterator[dict[str, Any]]:
    """Plant in numbers, by kind and phase; names of products are left out."""
    sums: dict[tuple[str, str, str], float] = {}
    for line in lines:
        if line.account in PLANT and line.unit != "lump sum":
            key = (line.account, line.phase, line.unit)
            sums[key] = sums.get(key, 0.0) + line.quantity
    for (account, phase, unit), quantity in sums.items():
        table, what = PLANT[account]
        yield _item(f"{account.removeprefix('capex_')}-{phase}-{unit}".replace(" ", "-"), what, table, quantity, unit)


def _item(item_id: str, description: str, table: str, quantity: float, unit: str) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": item_id,
        "description": description,
        "quantity": round(quantity, 6),
        "unit": {"name": unit},
    }
    if table in CLASSES:
        code, name = CLASSES[table]
        record["classification"] = {"scheme": "CPV", "id": code, "description": name}
    return record
