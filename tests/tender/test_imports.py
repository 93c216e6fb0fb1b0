"""Tables of chips, prices and quotations become an overlay; what is wrong is named by file, sheet and cell."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from optimizer.errors import InputError, UsageError
from optimizer.reading.read import read_instance
from optimizer.tender.imports import overlay_text, read_overlay
from tests.tiny import ROOT

CHIP: dict[str, Any] = {
    "id": "new_chip",
    "name": "New chip",
    "vendor": "A maker",
    "architecture": "First",
    "tier": 1,
    "origin": "US",
    "stack": "cuda",
    "launch": date(2026, 1, 1),
    "bf16_tflops": 1000,
    "memory_gb": 96,
    "memory_bandwidth_gbs": 4000.5,
    "link_gbs": 900,
    "price_usd": 21_000,
    "per_server": 8,
    "server_kw": 10.2,
    "server_rest_usd": 40_000,
    "server_units": 8,
    "server_kg": 130,
    "coolings": "air, direct_to_chip",
    "utilisation.training": 0.4,
    "entity_listed": False,
    "source": "data sheet of 2026",
    "grade": "B",
}


def book(path: Path, rows: list[dict[str, Any]], sheet: str = "Chips") -> Path:
    made = openpyxl.Workbook()
    page = made.active
    page.title = sheet
    page.append(list(rows[0]))
    for row in rows:
        page.append([row.get(key) for key in rows[0]])
    made.save(path)
    return path


def csv(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def findings(*paths: Path) -> set[tuple[str, str]]:
    with pytest.raises(InputError) as raised:
        read_overlay(paths)
    return {(found.code, found.file) for found in raised.value.diagnostics}


PRICES = "accelerator,price_usd,source,grade\nh20_sxm,12500,list of October 2026,B\n"
QUOTES = (
    "accelerator;supplier;unit_price;currency;per_usd;quoted;valid_until;lead_time_weeks;source;grade\n"
    "mi300x;Acme;117000;HKD;7.8;2026-10-01;2027-01-31;22;offer 17;A\n"
)


def test_overlay_is_read_by_the_instance_with_source_and_grade(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text((ROOT / "instances" / "minimal.toml").read_text(encoding="utf-8"))
    chip = book(tmp_path / "chips.xlsx", [CHIP])
    made = read_overlay((chip, csv(tmp_path / "prices.csv", PRICES), csv(tmp_path / "quotes.csv", QUOTES)))
    include = '\n[procurement]\ninclude = ["quick", "frugal", "new_chip", "h20_sxm", "mi300x"]\n'
    path = tmp_path / "with.toml"
    path.write_text(overlay_text(made, "base.toml") + include, encoding="utf-8")
    reading = read_instance(path)
    chips = reading.instance.accelerators
    assert (chips["new_chip"].memory_bandwidth_gbs, chips["new_chip"].coolings) == (4000.5, ("air", "direct_to_chip"))
    assert (chips["h20_sxm"].price_usd, chips["mi300x"].price_usd) == (12_500, pytest.approx(15_000))
    assert chips["mi300x"].lead_time_weeks == 22
    origin = reading.origins["accelerators.mi300x.price_usd"]
    assert origin.grade == "A"
    assert origin.source == ("offer 17 (quotation of Acme, 2026-10-01, valid until 2027-01-31)",)
    assert reading.origins["accelerators.new_chip.memory_gb"].grade == "B"


@pytest.mark.parametrize(
    ("change", "code", "cell"),
    [
        ({"memory_gb": "=80+16"}, "E0702", "J2"),
        ({"memory_gb": "96 GB"}, "E0705", "J2"),
        ({"memory_gb": -1}, "E0312", "J2"),
        ({"tier": 4}, "E0313", "E2"),
        ({"tier": 1.5}, "E0705", "E2"),
        ({"launch": "01/02/2026"}, "E0705", "H2"),
        ({"entity_listed": "perhaps"}, "E0705", "U2"),
        ({"utilisation.training": 40}, "E0312", "T2"),
        ({"source": None}, "E0301", "A2"),
        ({"grade": "D"}, "E0313", "W2"),
        ({"id": None}, "E0301", "A2"),
        ({"per_server": None}, "E0301", "A2"),
    ],
)
def test_a_chip_that_is_wrong_is_told_by_its_cell(tmp_path: Path, change: dict[str, Any], code: str, cell: str) -> None:
    assert (code, f"chips.xlsx:Chips:{cell}") in findings(book(tmp_path / "chips.xlsx", [CHIP | change]))


def test_a_second_row_and_an_unknown_column(tmp_path: Path) -> None:
    assert ("E0322", "chips.xlsx:Chips:A3") in findings(book(tmp_path / "chips.xlsx", [CHIP, CHIP]))
    strange = {key if key != "memory_gb" else "memmory_gb": value for key, value in CHIP.items()}
    assert ("E0706", "chips.xlsx:Chips:J1") in findings(book(tmp_path / "chips.xlsx", [strange]))


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("12500", "12,500", "E0201", None),
        ("12500", "-5", "E0312", "prices.csv:2:2"),
        ("12500", "=1+1", "E0705", "prices.csv:2:2"),
        ("h20_sxm", "h20", "E0320", "prices.csv:2:1"),
        (",B", ",", "E0301", "prices.csv:2:1"),
        ("price_usd", "price", "E0706", "prices.csv:1:2"),
    ],
)
def test_a_price_that_is_wrong(tmp_path: Path, old: str, new: str, code: str, place: str | None) -> None:
    path = csv(tmp_path / "prices.csv", PRICES.replace(old, new, 1))
    if place is None:
        # A comma for thousands moves everything after it: nothing of the row is what its column asks for.
        assert findings(path)
    else:
        assert (code, place) in findings(path)


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        (";7.8;", ";;", "E0714", "quotes.csv:2:4"),
        ("2027-01-31", "2026-09-30", "E0713", "quotes.csv:2:7"),
        ("2026-10-01", "October", "E0705", "quotes.csv:2:6"),
        (";Acme;", ";;", "E0301", "quotes.csv:2:1"),
    ],
)
def test_a_quotation_that_is_wrong(tmp_path: Path, old: str, new: str, code: str, place: str) -> None:
    assert (code, place) in findings(csv(tmp_path / "quotes.csv", QUOTES.replace(old, new, 1)))


def test_what_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no row"):
        read_overlay((csv(tmp_path / "empty.csv", "\n"),))
    with pytest.raises(UsageError, match=r"neither \.xlsx nor \.csv"):
        read_overlay((tmp_path / "chips.ods",))
    assert ("E0706", "notes.csv") in findings(csv(tmp_path / "notes.csv", "a,b\n1,2\n"))
