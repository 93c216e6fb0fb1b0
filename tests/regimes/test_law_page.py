"""docs/export_rules.md against the code: every clause, flag and source stands there, with the day it was last seen."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path

import pytest

import optimizer
from optimizer.inputs.compute import Accelerator
from optimizer.regimes.facts import ChipFacts, MissingFact, chip_facts
from optimizer.regimes.flags import FLAGS, SUPERCOMPUTER
from optimizer.regimes.places import PLACES, place
from optimizer.regimes.ruling import Buyer, Ruling, Trade
from optimizer.regimes.table import REGIMES, regime

PAGE = (Path(__file__).parents[2] / "docs" / "export_rules.md").read_text(encoding="utf-8")
PROVENANCE = ("source", "grade", "price_year", "grades", "sources", "note", "by_place")
DAYS = (date(2025, 10, 1), date(2028, 1, 1))
BUYERS: tuple[Buyer, ...] = ("other", "listed")
LIMB = re.compile(r"(15 CFR 3A090\.[ab]) \(.*?\)")
LATEST = date(2026, 11, 28)


def section(number: int) -> str:
    """Text of a numbered section."""
    return PAGE.split(f"\n## {number}. ")[1].split("\n## ")[0]


def cells(text: str) -> list[list[str]]:
    """Rows of the first table of a text, without its head."""
    lines = re.search(r"(?:^\|.*\n?)+", text, re.M).group().splitlines()  # type: ignore[union-attr]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def sources() -> dict[str, date]:
    """When each source was last seen."""
    found = {}
    for ids, _, seen in cells(section(14)):
        found |= {name.strip(): date.fromisoformat(seen) for name in ids.split(",")}
    return found


@cache
def chips() -> dict[str, ChipFacts]:
    table = tomllib.loads((Path(optimizer.__file__).parent / "catalogue" / "accelerators.toml").read_text("utf-8"))
    rows = {name: {k: v for k, v in row.items() if k not in PROVENANCE} for name, row in table.items()}
    return {name: chip_facts(name, Accelerator.model_validate(row)) for name, row in rows.items()}


@cache
def rulings() -> frozenset[tuple[str, str, date]]:
    """Clause, source and date of every ruling on the catalogue, for trades that meet every row of section 5."""
    return frozenset((LIMB.sub(r"\1 (...)", found.clause), found.source, found.effective) for found in _rulings())


def _rulings() -> Iterator[Ruling]:
    parents = ("hong_kong", "singapore", "united_arab_emirates", "united_states")
    places = ("hong_kong", "macau", "singapore", "malaysia", "saudi_arabia", "united_arab_emirates", "united_states")
    for entry, to, parent, buyer in product(REGIMES, places, parents, BUYERS):
        for chip in chips().values():
            try:
                yield entry.rule(chip, Trade(place(to), place(parent), DAYS[1], buyer))
            except MissingFact:
                continue


def test_sections_stand_in_order_and_the_sources_last() -> None:
    numbers = [int(found) for found in re.findall(r"^## (\d+)\. ", PAGE, re.M)]
    assert numbers == list(range(1, 15))


def test_every_source_cited_was_seen_on_a_day() -> None:
    cited = set(re.findall(r"\[(S\d+)\]", PAGE)) | {entry.source for entry in REGIMES}
    cited |= {flag.source for flag in (*FLAGS, SUPERCOMPUTER)} | {source for _, source, _ in rulings()}
    assert cited - set(sources()) == set()
    assert all(date(2026, 1, 1) <= seen <= LATEST for seen in sources().values())


def test_every_source_listed_is_used() -> None:
    assert [name for name in sources() if not re.search(rf"\b{name}\b", PAGE.split("\n## 14. ")[0])] == []


def test_every_clause_stands_on_the_page_with_its_source_and_its_date() -> None:
    by_day = {row[1]: row[3] for row in cells(section(5))}
    assert len({clause for clause, _, _ in rulings()}) > 15
    for clause, source, effective in sorted(rulings()):
        lines = [line for line in PAGE.splitlines() if f"`{clause}`" in line]
        assert lines, clause
        assert effective.isoformat() in by_day, clause
        assert by_day[effective.isoformat()] == source or any(source in line for line in lines), (clause, source)


def test_the_policy_of_the_planner_stands_there_too() -> None:
    line = next(line for line in PAGE.splitlines() if "General Prohibition 10 avoided" in line)
    assert "(2025-05-13, S162)" in line


@pytest.mark.parametrize("flag", [*FLAGS, SUPERCOMPUTER], ids=lambda flag: flag.id)
def test_every_flag_stands_on_the_page_with_its_clause_and_source(flag: object) -> None:
    lines = [line for line in section(7).splitlines() if f"`{flag.id}`" in line]  # type: ignore[attr-defined]
    assert any(f"{flag.clause} [{flag.source}]" in line for line in lines)  # type: ignore[attr-defined]


TRADES = {
    "HK": ("hong_kong", "hong_kong"),
    "HK>SG": ("singapore", "hong_kong"),
    "SG": ("singapore", "singapore"),
}
COLUMNS = (
    ("oct_2022", "HK"), ("oct_2023", "HK"), ("apr_2025", "HK"), ("aug_2025", "HK"),
    ("jul_2026", "HK"), ("jul_2026", "HK>SG"), ("jul_2026", "SG"),
)  # fmt: skip


def answer(chip: str, law: str, trade: str) -> str:
    """A ruling as a cell of section 9 writes it."""
    to, parent = TRADES[trade]
    ruling = regime(law).rule(chips()[chip], Trade(place(to), place(parent), DAYS[1]))
    status = ruling.status.value
    return f"{status} {ruling.fee_fraction:.0%}".replace("%", " %") if status == "licence" else status


@pytest.mark.parametrize("row", cells(section(9))[:-1], ids=lambda row: row[0])
def test_worked_answers_are_those_of_the_catalogue(row: list[str]) -> None:
    names = [name.strip() for name in row[0].split(",")]
    for number, name in enumerate(names):
        chip = chips()[name]
        tpp = row[1].split(";")[min(number, row[1].count(";"))]
        density = row[2].split(";")[min(number, row[2].count(";"))]
        assert f"{chip.tpp:,.0f}" == tpp.strip()
        assert chip.performance_density is not None
        assert f"{chip.performance_density:.2f}".rstrip("0").rstrip(".") == density.strip()
        for (law, trade), cell in zip(COLUMNS, row[5:], strict=True):
            mine = next((part for part in cell.split(", ") if part.startswith(name.split("_")[0])), cell)
            assert mine.removeprefix(name.split("_")[0]).strip().removeprefix("licence ") == answer(
                name, law, trade
            ).removeprefix("licence "), (name, law, trade)


def test_the_places_of_the_page_are_all_there_are() -> None:
    assert {name for row in cells(section(2)) for name in re.findall(r"`(\w+)`", row[0])} == {p.id for p in PLACES}
