"""The audit's reading of the export rules against the page, and against the rules themselves, on every chip."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import optimizer
from optimizer.audit import rulings as second
from optimizer.audit.own_rules import Rulings
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.schema import Instance
from optimizer.policies.rulings import rulings_of
from optimizer.regimes.facts import ChipFacts, MissingFact, chip_facts
from optimizer.regimes.places import PLACES, place
from optimizer.regimes.ruling import Buyer, Trade
from optimizer.regimes.table import REGIMES
from optimizer.setting.calendar import calendar_of
from tests.tiny import tiny

CATALOGUE = Path(optimizer.__file__).parent / "catalogue" / "accelerators.toml"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "export_rules.md"
PROVENANCE = ("source", "grade", "price_year", "grades", "sources", "note", "by_place")
PARENTS = ("hong_kong", "macau", "singapore", "united_arab_emirates", "united_states")
TERMS: tuple[tuple[Buyer, bool, int | None], ...] = (
    ("other", True, None),
    ("government", True, 40),
    ("listed", False, 0),
)
"""Buyer, whether sellers ship from the United States, and the planner's cap on volume."""
EMIRATES_CHANGE = date(2026, 7, 10)


@cache
def rows() -> dict[str, dict[str, Any]]:
    """Every accelerator of the catalogue, as an instance would hold it."""
    with CATALOGUE.open("rb") as stream:
        table = tomllib.load(stream)
    return {name: {k: v for k, v in row.items() if k not in PROVENANCE} for name, row in table.items()}


@cache
def chips() -> dict[str, tuple[Accelerator, ChipFacts]]:
    """Each for either side."""
    found = {name: Accelerator.model_validate(row) for name, row in rows().items()}
    return {name: (chip, chip_facts(name, chip)) for name, chip in found.items()}


def page_table(title: str) -> list[list[str]]:
    """Cells of the first table of a section of the page, without its head."""
    text = PAGE.read_text(encoding="utf-8").split(f"\n## {title}")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize(("day", "since"), [(date(2026, 7, 9), 0), (EMIRATES_CHANGE, 1)])
def test_places_and_groups_are_those_of_the_page(day: date, since: int) -> None:
    """Both sides; the row of a place that has changed states both, the older first."""
    found: dict[str, frozenset[str]] = {}
    for names, groups, *_ in page_table("2. Places"):
        parts = groups.split(";") if "from 10 July 2026" in groups else [groups]
        part = parts[since if len(parts) > 1 and "until" in parts[0] else 0].split("named beside")[0]
        for name in re.findall(r"`(\w+)`", names):
            found[name] = frozenset(re.findall(r"[AD]:\d", part))
    assert {name: second.groups(name, day) for name in second.GROUPS} == found
    assert {entry.id: entry.on(day).country_groups for entry in PLACES} == found


def test_regimes_and_days_are_those_of_the_page() -> None:
    dated = [row for row in page_table("5. Regimes") if re.fullmatch(r"\d{4}-\d\d-\d\d", row[1])]
    page = {row[0].strip("`"): date.fromisoformat(row[1]) for row in dated}
    assert page == second.EFFECTIVE
    assert {regime.id: regime.effective for regime in REGIMES} == page


def first_side(regime: Any, facts: ChipFacts, trade: Trade) -> tuple[object, ...] | str:
    try:
        found = regime.rule(facts, trade)
    except MissingFact:
        return "a fact is missing"
    return found.status.value, found.fee_fraction, found.extra_lead_weeks, found.quota_accelerators


def second_side(regime: str, chip: Accelerator, trade: second.AuditedTrade) -> tuple[object, ...] | str:
    try:
        found = second.rule(regime, chip, trade)
    except second.MissingFactError:
        return "a fact is missing"
    return found.status, found.fee_fraction, found.extra_lead_weeks, found.quota


def kinds_of_place() -> list[str]:
    """One place for each set of country groups before and after the change, and every place that a rule names."""
    named = {"hong_kong", "macau", "united_arab_emirates", "united_states"}
    days = EMIRATES_CHANGE - timedelta(days=1), EMIRATES_CHANGE
    by_groups = {tuple(second.groups(name, day) for day in days): name for name in second.GROUPS}
    return sorted(named | set(by_groups.values()))


def disagreements(
    pairs: dict[str, tuple[Accelerator, ChipFacts]], regime: Any, destinations: Iterable[str] = tuple(second.GROUPS)
) -> list[object]:
    """Chips and trades on which the two sides differ; nothing else about a delivery may decide."""
    found: list[object] = []
    for destination, parent, terms in product(destinations, PARENTS, TERMS):
        # A delivery on either side of the change of groups: the day on which a regime is asked changes nothing.
        ours = [
            Trade(place(destination), place(parent), day, *terms)
            for day in (EMIRATES_CHANGE - timedelta(days=1), date(2028, 1, 1))
        ]
        theirs = second.AuditedTrade(destination, parent, *terms)
        for name, (chip, facts) in pairs.items():
            answers = {first_side(regime, facts, trade) for trade in ours}
            if answers != {second_side(regime.id, chip, theirs)}:
                found.append((name, destination, parent, terms, answers, second_side(regime.id, chip, theirs)))
    return found


@pytest.mark.parametrize("regime", REGIMES, ids=lambda regime: regime.id)
def test_both_sides_rule_alike_on_the_catalogue(regime: Any) -> None:
    assert disagreements(chips(), regime) == []


def test_both_sides_name_the_same_clauses() -> None:
    """The audit's words stand in the ruling's; where a quota counts, one clause of one side is one of the other."""
    pairs: set[tuple[str, str]] = set()
    for regime, destination, parent in product(REGIMES, kinds_of_place(), PARENTS):
        ours_of, theirs_of = Trade(place(destination), place(parent), date(2028, 1, 1)), (destination, parent)
        counted: dict[str, set[str]] = {}
        for chip, facts in chips().values():
            try:
                ours = regime.rule(facts, ours_of)
            except MissingFact:
                continue
            theirs = second.rule(regime.id, chip, second.AuditedTrade(*theirs_of))
            if theirs.status != "free":
                assert theirs.clause in ours.clause, (regime.id, theirs.clause, ours.clause)
                pairs.add((theirs.clause, ours.clause))
            if theirs.quota is not None:
                counted.setdefault(theirs.clause, set()).add(ours.clause)
        assert all(len(found) == 1 for found in counted.values())
    assert len({theirs for theirs, _ in pairs}) >= 7


EDGES = {
    "bf16_tflops": (99.0, 100.0, 149.0, 150.0, 299.0, 300.0, 875.0, 876.0, 1093.75, 1093.8, 1300.0, 1312.5, 1318.75),
    "die_mm2": (None, 250.0, 400.0, 750.0, 1000.0),
    "memory_bandwidth_gbs": (1000.0, 1400.0, 4500.0, 4501.0, 5000.0, 5800.0, 6000.0, 6200.0, 6500.0),
    "link_gbs": (300.0, 700.0, 1100.0),
    "data_centre": (True, False),
    "launch": (date(2026, 1, 15), date(2026, 1, 16)),
}
"""On and beside every threshold of sections 3 and 5."""


@cache
def edge_chips() -> dict[str, tuple[Accelerator, ChipFacts]]:
    """Every thirty-seventh of the combinations, which meets every value of every fact."""
    base = {**rows()["h100_sxm"]}
    for peak in ("fp64_tflops", "tf32_tflops", "fp8_tflops", "int8_tops"):
        base.pop(peak)
    found = {}
    for number, values in enumerate(product(*EDGES.values())):
        if number % 37 == 0:
            facts = {key: value for key, value in zip(EDGES, values, strict=True) if value is not None}
            row = {key: value for key, value in base.items() if key != "die_mm2"} | facts
            chip = Accelerator.model_validate(row)
            found[str(number)] = (chip, chip_facts("edge", chip))
    return found


def test_the_edge_chips_meet_every_threshold() -> None:
    for key, values in EDGES.items():
        assert {getattr(chip, key) for chip, _ in edge_chips().values()} == set(values)


@pytest.mark.long
@pytest.mark.parametrize("regime", REGIMES, ids=lambda regime: regime.id)
def test_both_sides_rule_alike_at_every_threshold(regime: Any) -> None:
    assert disagreements(edge_chips(), regime, kinds_of_place()) == []


def test_both_sides_rule_alike_at_the_thresholds_of_today() -> None:
    few = {name: pair for name, pair in edge_chips().items() if int(name) % 5 == 0}
    assert disagreements(few, next(regime for regime in REGIMES if regime.id == "jul_2026")) == []


MEMO = {"name": "Memo", "source": "a memo", "based_on": "may_2026"}
GROUPED = [
    {"when": [{"fact": "destination_group", "value": "D:4"}], "ruling": "denied", "clause": "D:4"},
    {"when": [{"fact": "parent_group", "value": "A:5"}], "ruling": "licence", "clause": "A:5", "extra_lead_weeks": 3.0},
]
LAWS: dict[str, dict[str, Any]] = {
    "a regime": {"export.regime": "jul_2026"},
    "import licence": {"export.regime": "jul_2026", "sites.paper.import_licence_weeks": 4.5},
    "an open market with import licence": {
        "export.regime": "open_market",
        "sites.paper.import_licence_weeks": 4.5,
    },
    "no Chinese 3A090": {"export.regime": "jul_2026", "export.prc_3a090": "avoid"},
    "no Chinese 3A090, domestic": {
        "export.regime": "domestic_only",
        "export.prc_3a090": "avoid",
        "sites.paper.import_licence_weeks": 4.0,
    },
    "no Chinese 3A090 in an open market": {"export.regime": "open_market", "export.prc_3a090": "avoid"},
    "buyer": {"export.regime": "jul_2026", "export.buyer": "government"},
    "re-exports": {"export.regime": "jul_2026", "export.shipped_from_us": False},
    "volume cap": {"export.regime": "jul_2026", "export.volume_cap_accelerators": 12},
    "volume cap of nothing": {"export.regime": "jan_2026", "export.volume_cap_accelerators": 0},
    "own, of the day before": {
        "export.regime": "memo",
        "regimes.memo": MEMO | {"effective": date(2026, 7, 9), "tests": GROUPED},
    },
    "own, of the day": {
        "export.regime": "memo",
        "regimes.memo": MEMO | {"effective": EMIRATES_CHANGE, "tests": GROUPED},
    },
    "own, without tests, on an older law": {
        "export.regime": "memo",
        "regimes.memo": MEMO | {"effective": date(2026, 11, 1)},
    },
    "own, older than the law it is based on": {
        "export.regime": "memo",
        "regimes.memo": MEMO | {"effective": date(2026, 1, 1), "based_on": "jul_2026"},
    },
    "own on own": {
        "export.regime": "memo",
        "regimes.memo": MEMO | {"effective": date(2026, 11, 1), "based_on": "older", "tests": GROUPED[1:]},
        "regimes.older": MEMO | {"effective": date(2026, 5, 1), "based_on": "jul_2026", "tests": GROUPED[:1]},
    },
    "by date": {
        "export.regime": None,
        "export.timeline": [
            {"from_date": date(2026, 1, 1), "regime": "may_2026"},
            {"from_date": date(2028, 1, 1), "regime": "jul_2026"},
        ],
        "sites.paper.import_licence_weeks": 2.0,
    },
}


def sold_everywhere(law: dict[str, Any], where: str, parent: str) -> Instance:
    """The tiny instance with every chip of the catalogue beside its own, in two phases."""
    phases = {
        p: {"start": date(year, 1, 1), "years": 1.0, "target_pflops": 1.0} for p, year in (("a", 2027), ("b", 2028))
    }
    here = {"phases": phases, "sites.paper.place": where, "export.parent": parent}
    return tiny({**{f"accelerators.{name}": row for name, row in rows().items()}, **here, **law})


@pytest.mark.parametrize("where", ["hong_kong", "macau", "singapore", "united_arab_emirates", "united_states"])
@pytest.mark.parametrize("law", LAWS)
def test_both_sides_read_an_instance_alike(law: str, where: str) -> None:
    for parent in ("hong_kong", "united_arab_emirates"):
        instance = sold_everywhere(LAWS[law], where, parent)
        calendar = calendar_of(instance)
        audit_side = Rulings(instance, tuple(calendar.starts.values()))
        for (site, name, phase), ours in rulings_of(instance, calendar).items():
            theirs = audit_side.on(site, name, calendar.phases.index(phase))
            assert (
                ours.status.value,
                ours.fee_fraction,
                ours.extra_lead_weeks,
                ours.quota_accelerators,
                ours.entry,
            ) == (theirs.status, theirs.fee_fraction, theirs.extra_lead_weeks, theirs.quota, theirs.entry), (
                name,
                phase,
            )
