"""Designs that break export law as last read, or end of sale: each is rejected by its check."""

from __future__ import annotations

from datetime import date

import pytest

from tests.mutants.corrupted import Change, Plain, failed, put, solved

QUICK, FRUGAL, SITE = "accelerators.quick", "accelerators.frugal", "sites.paper"


def without_fees(instance: Plain, design: Plain) -> None:
    """The fees of the licences are not booked."""
    rows = design["reported"]["ledger"]
    assert any(row["account"] == "licence_fees" for row in rows)
    design["reported"]["ledger"] = tuple(row for row in rows if row["account"] != "licence_fees")


def test_the_design_is_what_the_mutants_take_it_for() -> None:
    _, design = solved("lawful")
    rows = {(row.accelerator, row.phase, row.pods) for row in design.decisions.deliveries}
    assert rows == {("quick", "a", 2), ("frugal", "a", 1), ("quick", "b", 1)}


BROKEN: dict[str, tuple[str, tuple[Change, ...]]] = {
    "exported from elsewhere": ("export.denied", (put("export.shipped_from_us", False),)),
    "bought abroad by the same parent": ("export.denied", (put(f"{SITE}.place", "singapore"),)),
    "too fast for the review": ("export.denied", (put(f"{QUICK}.bf16_tflops", 1312.5),)),
    "too much bandwidth for the review": ("export.denied", (put(f"{QUICK}.memory_bandwidth_gbs", 6500.0),)),
    "launched after the review was published": ("export.denied", (put(f"{QUICK}.launch", date(2026, 1, 16)),)),
    "one more than the cap on volume": ("export.quota", (put("export.volume_cap_accelerators", 23),)),
    # 365 days from planning to delivery are 52.1 weeks: 20 of the maker, 26 of the licence, and these.
    "import licence too late": ("availability.lead_time", (put(f"{SITE}.import_licence_weeks", 6.5),)),
    "import licence of what is free": (
        "availability.lead_time",
        (put("export.regime", "open_market"), put(f"{SITE}.import_licence_weeks", 32.5)),
    ),
    "after its last delivery": ("availability.last_delivery", (put(f"{QUICK}.last_delivery", date(2027, 12, 31)),)),
    "announced only": ("procurement.roadmap", (put(f"{QUICK}.roadmap", True),)),
    "a fabric for another origin": ("fabric.joins", (put("fabrics.none.origins", ("CN",)),)),
    "a fabric for another vendor": ("fabric.joins", (put("fabrics.none.vendors", ("Another",)),)),
    "Chinese design in 3A090": ("export.denied", (put("export.prc_3a090", "avoid"),)),
    "Chinese design that may be in 3A090": (
        "export.denied",
        (put("export.prc_3a090", "avoid"), put(f"{FRUGAL}.bf16_tflops", 100.0)),
    ),
}

KEPT: dict[str, tuple[str, tuple[Change, ...]]] = {
    "the cap on volume": ("export.quota", (put("export.volume_cap_accelerators", 24),)),
    "the cap of the guidance": ("export.quota", (put("export.volume_cap_accelerators", None),)),
    "import licence in time": ("availability.lead_time", (put(f"{SITE}.import_licence_weeks", 6.0),)),
    "on its last day": ("availability.last_delivery", (put(f"{QUICK}.last_delivery", date(2028, 1, 1)),)),
    "announced, and planned with": (
        "procurement.roadmap",
        (put(f"{QUICK}.roadmap", True), put("procurement.roadmap", True)),
    ),
    "Chinese design below 3A090": (
        "export.denied",
        (put("export.prc_3a090", "avoid"), put(f"{FRUGAL}.bf16_tflops", 99.0)),
    ),
    "Chinese design of too little density": (
        "export.denied",
        (
            put("export.prc_3a090", "avoid"),
            put(f"{FRUGAL}.bf16_tflops", 149.0),
            put(f"{FRUGAL}.die_mm2", 1000.0),
        ),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_export_law_is_rejected(name: str) -> None:
    check, changes = BROKEN[name]
    assert check in failed("lawful", *changes)


@pytest.mark.parametrize("name", KEPT)
def test_export_law_kept_by_a_hair_is_accepted(name: str) -> None:
    check, changes = KEPT[name]
    assert check not in failed("lawful", *changes)


@pytest.mark.parametrize(
    "change",
    [
        without_fees,
        put(f"{QUICK}.memory_bandwidth_gbs", 5000.0),  # On the bound of the band: no tariff, but a fee was booked.
        put(f"{QUICK}.bf16_tflops", 875.0),
    ],
)
def test_a_fee_that_is_not_the_tariff_is_rejected(change: Change) -> None:
    assert "ledger.licence_fees" in failed("lawful", change, report=True)
