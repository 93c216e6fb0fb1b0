"""The tiny site with a choice of fabrics.

A pod of 32 chips draws 40 kW without a fabric, 48 kW on `ib` (0.25 kW and 1,000 USD a chip in a cluster of 512) and
44 kW on `eth` (0.125 kW and 600 USD, twice the exponent). `none` joins no servers, and costs and draws nothing.
"""

from __future__ import annotations

from audit_tasks import POD, without_fabric
from audit_tiny import Change, Plain

TABLES = ("deliveries", "retirements", "assignments", "clusters")
SHORT = {"fabric_reference_accelerators": 1024, "fabric_exponent": 0.1}


def with_fabrics(instance: Plain, design: Plain) -> None:
    """Fabrics beside `ib`, and jobs of one server; nothing is chosen yet."""
    tiers = ({"up_to_accelerators": 511, "usd_per_accelerator": 300.0}, {"up_to_accelerators": 512})
    eth = {"name": "Ethernet", "kw_per_accelerator": 0.125, "exponent_factor": 2.0}
    instance["fabrics"]["eth"] = eth | {"tiers": (tiers[0], tiers[1] | {"usd_per_accelerator": 600.0})}
    for name, joined in (("east", {"origins": ("CN",)}), ("own", {"vendors": ("Eastern", "Other")})):
        instance["fabrics"][name] = instance["fabrics"]["ib"] | {"name": name} | joined
    without_fabric(instance, design)
    del instance["sites"]["here"]["fabric"]


def chosen(*names: str) -> Change:
    """The network's fabric is chosen from a list; every row is on the first of it."""

    def change(instance: Plain, design: Plain) -> None:
        with_fabrics(instance, design)
        del instance["network"]["fabric"]
        instance["network"]["fabrics"] = names
        on(names[0])(instance, design)

    return change


def on(fabric: str | None, *tables: str) -> Change:
    """The rows of some tables (of all) name a fabric."""

    def change(instance: Plain, design: Plain) -> None:
        for table in tables or TABLES:
            for row in design["decisions"].get(table, ()):
                row["fabric"] = fabric

    return change


def split(**pods: int) -> Change:
    """The ten pods on several fabrics, all at work on the throughput class."""

    def change(instance: Plain, design: Plain) -> None:
        rows = tuple(POD | {"fabric": name, "pods": number} for name, number in pods.items())
        design["decisions"]["deliveries"] = rows
        design["decisions"]["assignments"] = tuple(
            row | {"workload": "train", "pods": float(row["pods"])} for row in rows
        )

    return change


def system(instance: Plain, design: Plain) -> None:
    """The US chip comes as a system of one rack that holds four servers and the fabric between them."""
    system = {"racks": 1, "densest_rack_kw": 40.0, "fabric_included": True}
    instance["accelerators"]["us"] |= {
        "per_server": 32,
        "server_kw": 40.0,
        "server_units": 32,
        "server_kg": 400.0,
        "server_rest_usd": 240_000.0,
        "rack_scale": system,
    }
    on(None)(instance, design)
