"""Bids as files: TOML and XLSX mean the same; what is wrong is named by line or cell, and nothing is evaluated."""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from optimizer.diagnostics import Diagnostic
from optimizer.errors import InputError, UsageError
from optimizer.tender import spreadsheet
from optimizer.tender.bid_file import read_bid
from optimizer.tender.checks import check_bids
from tests.report.spreadsheet import convert, needs_engine
from tests.tender.bid_cases import FULL, as_toml, as_xlsx, tree
from tests.tiny import tiny


def findings(path: Path, changes: dict[str, Any] | None = None) -> list[Diagnostic]:
    """What is found in a bid, read and held to the minimal instance."""
    with pytest.raises(InputError) as raised:
        check_bids([read_bid(path)], tiny(changes))
    return list(raised.value.diagnostics)


def test_both_kinds_of_file_mean_the_same(tmp_path: Path) -> None:
    toml, xlsx = as_toml(tmp_path / "bid.toml", FULL), as_xlsx(tmp_path / "bid.xlsx", FULL)
    assert read_bid(toml).bid == read_bid(xlsx).bid
    assert read_bid(toml).bid.items[0].chip["utilisation"] == {"training": 0.55}
    assert read_bid(xlsx).bid.options[0].name == "=Spare server"
    check_bids([read_bid(xlsx)], tiny())


def test_saved_again_by_openpyxl_it_means_the_same(tmp_path: Path) -> None:
    path = as_xlsx(tmp_path / "bid.xlsx", FULL)
    before = read_bid(path).bid
    book = openpyxl.load_workbook(path)
    book.save(path)
    assert read_bid(path).bid == before


@pytest.mark.long
@needs_engine
def test_saved_again_by_libreoffice_it_means_the_same(tmp_path: Path) -> None:
    path = as_xlsx(tmp_path / "bid.xlsx", FULL)
    (tmp_path / "out").mkdir()
    (saved,) = convert([path], tmp_path / "out")
    assert read_bid(saved).bid == read_bid(path).bid


ITEM = ("items", 0)
BREAKS = [{"from_accelerators": 80, "unit_price": 18_000}]


@pytest.mark.parametrize(
    ("item", "code", "cell"),
    [
        ({"unit_price": -1}, "E0312", "Items:C2"),
        ({"unit_price": 0}, "E0312", "Items:C2"),
        ({"price_breaks": [{"from_accelerators": 80, "unit_price": -5}]}, "E0312", "Price breaks:C2"),
        ({"price_breaks": [{"from_accelerators": 0, "unit_price": 5}]}, "E0312", "Price breaks:B2"),
        ({"price_breaks": [*BREAKS, {"from_accelerators": 40, "unit_price": 5}]}, "E0711", "Price breaks:B3"),
        ({"price_breaks": [*BREAKS, *BREAKS]}, "E0711", "Price breaks:B3"),
        ({"price_breaks": BREAKS, "min_accelerators": 80}, "E0711", "Price breaks:B2"),
        ({"price_breaks": BREAKS, "max_accelerators": 79}, "E0711", "Price breaks:B2"),
        ({"max_accelerators": 7, "min_accelerators": 8}, "E0712", "Items:F2"),
        (
            {"max_accelerators": 40, "deliveries": [{"delivery": date(2026, 12, 1), "accelerators": 80}]},
            "E0712",
            "Items:A2",
        ),
        (
            {"lead_time_weeks": 20, "deliveries": [{"delivery": date(2026, 2, 1), "accelerators": 80}]},
            "E0715",
            "Deliveries:B2",
        ),
        ({"deliveries": [{"delivery": date(2025, 12, 31), "accelerators": 80}]}, "E0715", "Deliveries:B2"),
        ({"deliveries": [{"delivery": date(2027, 1, 2), "accelerators": 80}]}, "E0715", "Deliveries:B2"),
        ({"payments": [{"at": "order", "fraction": 0.4}]}, "E0457", "Items:A2"),
        ({"accelerator": "quik"}, "E0320", "Items:B2"),
        ({"accelerator": "own", "chip": {"memory_gb": 96}}, "E0301", "Items:A2"),
    ],
)
def test_a_fault_is_told_by_cell_and_by_line(tmp_path: Path, item: dict[str, Any], code: str, cell: str) -> None:
    bid = tree(**item)
    in_book = findings(as_xlsx(tmp_path / "bid.xlsx", bid))
    assert (code, f"bid.xlsx:{cell}") in {(found.code, found.file) for found in in_book}
    in_text = findings(as_toml(tmp_path / "bid.toml", bid))
    assert code in {found.code for found in in_text}
    assert all(found.file == "bid.toml" and found.line for found in in_text)


@pytest.mark.parametrize(
    ("changes", "code", "cell"),
    [
        ({"currency": "HKD"}, "E0714", "Bid:B6"),
        ({"valid_until": date(2025, 12, 31)}, "E0713", "Bid:B7"),
        ({"instance": "another"}, "E0718", "Bid:B4"),
        ({"currency": "US dollars"}, "E0314", "Bid:B6"),
    ],
)
def test_a_fault_of_the_bid_itself(tmp_path: Path, changes: dict[str, Any], code: str, cell: str) -> None:
    (found,) = findings(as_xlsx(tmp_path / "bid.xlsx", tree() | changes))
    assert (found.code, found.file) == (code, f"bid.xlsx:{cell}")


def test_two_bids_of_one_bidder(tmp_path: Path) -> None:
    files = [read_bid(as_toml(tmp_path / name, tree())) for name in ("a.toml", "b.toml")]
    with pytest.raises(InputError) as raised:
        check_bids(files, tiny())
    assert {(found.code, found.file) for found in raised.value.diagnostics} == {("E0719", "b.toml")}


def test_other_kinds_of_file_are_no_bid(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no bid"):
        read_bid(tmp_path / "bid.ods")


# What people's workbooks hold.


def edited(tmp_path: Path, change: Callable[[openpyxl.Workbook], None]) -> Path:
    """A bid that somebody has worked on with openpyxl."""
    path = as_xlsx(tmp_path / "bid.xlsx", tree())
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def put(sheet: str, cell: str, value: object) -> Callable[[openpyxl.Workbook], None]:
    def change(book: openpyxl.Workbook) -> None:
        book[sheet][cell] = value

    return change


def merge(book: openpyxl.Workbook) -> None:
    book["Items"].merge_cells("B2:B3")


def hide(book: openpyxl.Workbook) -> None:
    book["Items"].sheet_state = "hidden"


def very_hidden(book: openpyxl.Workbook) -> None:
    book["Options"].sheet_state = "veryHidden"


def units_row(book: openpyxl.Workbook) -> None:
    book["Items"].insert_rows(2)
    book["Items"]["C2"] = "USD"


def no_items(book: openpyxl.Workbook) -> None:
    del book["Items"]


def far_cell(book: openpyxl.Workbook) -> None:
    book["Items"]["A1000000"] = "x"


FAULTY: list[tuple[Callable[[openpyxl.Workbook], None], str, str]] = [
    (merge, "E0703", "Items:B2:B3"),
    (put("Items", "C2", "=20000+1"), "E0702", "Items:C2"),
    (put("Items", "C2", "#REF!"), "E0702", "Items:C2"),
    (put("Items", "C2", "20,000"), "E0705", "Items:C2"),
    (put("Items", "C2", True), "E0705", "Items:C2"),
    (put("Items", "E2", 8.5), "E0705", "Items:E2"),
    (put("Items", "G2", "1/2/2027"), "E0705", "Items:G2"),
    (put("Items", "C1", "price"), "E0706", "Items:C1"),
    (put("Items", "K1", "unit_price"), "E0706", "Items:K1"),
    (put("Price breaks", "A2", "nothing"), "E0320", "Price breaks:A2"),
    (put("Bid", "A9", "colour"), "E0302", "Bid:A9"),
    (hide, "E0704", "Items"),
    (very_hidden, "E0704", "Options"),
    (units_row, "E0705", "Items:C2"),
    (no_items, "E0706", ""),
    (far_cell, "E0707", "Items"),
]
"""What was done to a workbook, the code of the finding, and where."""


@pytest.mark.parametrize(("change", "code", "place"), FAULTY)
def test_a_workbook_is_refused_by_its_cell(
    tmp_path: Path, change: Callable[[openpyxl.Workbook], None], code: str, place: str
) -> None:
    found = findings(edited(tmp_path, change))
    assert (code, f"bid.xlsx:{place}" if place else "bid.xlsx") in {(one.code, one.file) for one in found}


@pytest.mark.long
@needs_engine
def test_saved_by_libreoffice_the_same_workbooks_are_refused_by_the_same_cells(tmp_path: Path) -> None:
    sources = []
    for number, (change, _, _) in enumerate(FAULTY):
        (tmp_path / str(number)).mkdir()
        sources.append(edited(tmp_path / str(number), change).rename(tmp_path / f"bid{number}.xlsx"))
    (tmp_path / "out").mkdir()
    differ: dict[str, set[tuple[str, str]]] = {}
    for path, (_, code, place) in zip(convert(sources, tmp_path / "out"), FAULTY, strict=True):
        where = f"{path.name}:{place}" if place else path.name
        found = {(one.code, one.file) for one in findings(path)}
        if (code, where) not in found:
            differ[place] = found
    # It writes what is true as a formula, which is refused as such; all else is as openpyxl left it.
    assert differ == {"Items:C2": {("E0702", "bid4.xlsx:Items:C2")}}


def accepted(book: openpyxl.Workbook) -> None:
    """Dates as text, an empty row, numbers as text, a sheet of the bidder's own, spaces around names."""
    items = book["Items"]
    items["G2"], items["C2"], items["A2"] = "2026-06-01", "20000.0", "  chips "
    items.insert_rows(2)
    book.create_sheet("Our company")["A1"] = "a word of our own"


def test_what_can_only_mean_one_thing_is_read(tmp_path: Path) -> None:
    bid = read_bid(edited(tmp_path, accepted)).bid
    assert (bid.items[0].id, bid.items[0].unit_price, bid.items[0].earliest_delivery) == (
        "chips",
        20_000.0,
        date(2026, 6, 1),
    )


def with_part(path: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        ("xl/vbaProject.bin", b"macro", "E0701", "macros"),
        ("xl/externalLinks/externalLink1.xml", b"<x/>", "E0701", "other workbooks"),
        ("xl/bomb.xml", b"0" * 2_000_000, "E0707", "unpacked"),
        ("xl/entities.xml", b'<!DOCTYPE x [<!ENTITY a "b">]>', "E0701", "entities"),
    ],
)
def test_what_a_bid_never_needs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, code: str, words: str
) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_UNPACKED_BYTES", 1_000_000)
    (found,) = findings(with_part(as_xlsx(tmp_path / "bid.xlsx", tree()), name, content))
    assert (found.code, found.file) == (code, "bid.xlsx")
    assert words in found.message


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0 old or locked"])
def test_what_is_no_workbook_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bid.xlsx"
    path.write_bytes(content)
    (found,) = findings(path)
    assert found.code == "E0701"


def test_a_workbook_that_is_too_large_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_BYTES", 100)
    (found,) = findings(as_xlsx(tmp_path / "bid.xlsx", tree()))
    assert (found.code, found.file) == ("E0707", "bid.xlsx")


def test_a_zip_without_a_workbook(tmp_path: Path) -> None:
    path = with_part(tmp_path / "bid.xlsx", "readme.txt", b"hello")
    assert [found.code for found in findings(path)] == ["E0701"]


def test_prices_in_another_currency_are_turned_into_usd(tmp_path: Path) -> None:
    from optimizer.tender.offers import offer_rows, with_offers

    instance = tiny({"exchange_rates": {"HKD": {"per_usd": 7.8, "quoted": date(2026, 1, 1)}}})
    bid = copy.deepcopy(tree(unit_price=78_000, server_price=7_800)) | {"currency": "HKD"}
    file = read_bid(as_toml(tmp_path / "bid.toml", bid))
    check_bids([file], instance)
    rows = offer_rows(instance, [file.bid], fixed=False)
    chip = with_offers(instance, rows).accelerators["acme_chips_1"]
    assert (chip.price_usd, chip.server_rest_usd) == (pytest.approx(10_000), pytest.approx(1_000))


def test_two_items_with_facts_of_their_own_stay_apart(tmp_path: Path) -> None:
    bid = tree(chip={"memory_gb": 96.0})
    other = bid["items"][0] | {"id": "others", "chip": {"utilisation": {"training": 0.4}}}
    path = as_toml(tmp_path / "bid.toml", bid | {"items": [bid["items"][0], other]})
    assert [item.chip for item in read_bid(path).bid.items] == [{"memory_gb": 96.0}, {"utilisation": {"training": 0.4}}]
