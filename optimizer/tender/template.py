"""A bid to be filled in: what a plan asks for, with the prices left blank; and any bid as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from optimizer.inputs.design import Decisions
from optimizer.inputs.schema import Instance
from optimizer.model.derive import Problem
from optimizer.tender.bid import BID_VERSION
from optimizer.tender.bid_file import CHIP_COLUMNS, HEAD, ITEM_COLUMNS, OF_AN_ITEM, OPTION_COLUMNS
from optimizer.tender.tables import Columns

VALID_DAYS = 120
"""Days beyond the closing of the tender for which a bid is asked to hold."""
NOTES = (
    "One file for each bidder. Fill in unit_price (of one accelerator) and what else the bid states; delete rows that "
    "do not apply. Formulas, merged cells and hidden sheets are refused.",
    "Items: an accelerator of the catalogue, or an equivalent one whose facts are given on the sheet Chip facts.",
    "Price breaks: the price of the whole quantity from that quantity on. Deliveries: how many are there by which day; "
    "max_accelerators is their sum, if it is not stated.",
    "Payments: parts of the price, adding up to 1, on the day of the order or of the delivery, or weeks after it.",
)


def blank_bid(problem: Problem, decisions: Decisions) -> dict[str, Any]:
    """The tree of a bid for what a design buys, without prices."""
    instance = problem.instance
    return {
        "bid_version": BID_VERSION,
        "bidder": "",
        "instance": instance.name,
        "reference": instance.tender.reference if instance.tender else "tender",
        "currency": instance.currency,
        "valid_until": _closing(instance) + timedelta(days=VALID_DAYS),
        "items": list(_items(problem, decisions)),
    }


def _closing(instance: Instance) -> date:
    return (instance.tender.closing if instance.tender else None) or instance.planning_date


def _items(problem: Problem, decisions: Decisions) -> Iterator[dict[str, Any]]:
    """One item for each product; what is bought for several phases or sites is delivered by phase."""
    instance = problem.instance
    demanded: dict[str, dict[date, int]] = {}
    for row in decisions.deliveries:
        product = instance.accelerators[row.accelerator].product or row.accelerator
        days = demanded.setdefault(product, {})
        day, size = problem.calendar.starts[row.phase], problem.compute.types[row.type_key].size
        days[day] = days.get(day, 0) + row.pods * size.accelerators
    for name, days in demanded.items():
        chip = instance.accelerators[name]
        yield {
            "id": name[:40],
            "accelerator": name,
            "lead_time_weeks": chip.lead_time_weeks,
            "warranty_years": chip.warranty_years,
            "maintenance_fraction": chip.maintenance_fraction,
            "deliveries": [{"delivery": day, "accelerators": count} for day, count in sorted(days.items())],
        }


def toml_text(tree: dict[str, Any]) -> str:
    """A bid as TOML; prices that are missing stand there as comments to be filled in."""
    import tomli_w

    text = tomli_w.dumps({key: value for key, value in tree.items() if key != "items"})
    lines = [f"# {note}" for note in NOTES] + ["", text.rstrip()]
    if not tree["bidder"]:
        lines = [line.replace('bidder = ""', 'bidder = ""          # fill in') for line in lines]
    for item in tree["items"]:
        lines += ["", "[[items]]", *([] if "unit_price" in item else ["# unit_price =            # fill in"])]
        lines.append(tomli_w.dumps({key: value for key, value in item.items() if key != "chip"}).rstrip())
        if item.get("chip"):
            lines += ["", tomli_w.dumps({"items": {"chip": item["chip"]}}).rstrip()]
    return "\n".join(lines) + "\n"


def workbook_bytes(tree: dict[str, Any]) -> bytes:
    """A bid as a workbook: one sheet for each table, values only."""
    import xlsxwriter

    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheets: dict[str, tuple[Columns, list[dict[str, Any]]]] = {
        "Bid": (
            {"key": "text", "value": "any"},
            [{"key": key, "value": tree.get(key)} for key in HEAD],
        ),
        "Items": (ITEM_COLUMNS, tree["items"]),
        **{name: (columns, _of_items(tree, key)) for name, (key, columns) in OF_AN_ITEM.items()},
        "Chip facts": (CHIP_COLUMNS, list(_chip_rows(tree))),
        "Options": (OPTION_COLUMNS, tree.get("options", [])),
    }
    for name, (columns, rows) in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.set_column(0, len(columns), 20)
        for at, column in enumerate(columns):
            sheet.write_string(0, at, column, bold)
        for number, row in enumerate(rows, 1):
            for at, column in enumerate(columns):
                value = row.get(column)
                if isinstance(value, date):
                    sheet.write_datetime(number, at, value, day)
                elif isinstance(value, bool):
                    sheet.write_boolean(number, at, value)
                elif isinstance(value, int | float):
                    sheet.write_number(number, at, value)
                elif value not in (None, ""):
                    sheet.write_string(number, at, str(value))
    notes = book.add_worksheet("Read me")
    for number, note in enumerate(NOTES):
        notes.write_string(number, 0, note)
    book.close()
    return stream.getvalue()


def _of_items(tree: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [{"item": item["id"], **row} for item in tree["items"] for row in item.get(key, [])]


def _chip_rows(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Facts of own chips, tables flattened to dotted keys and lists to names with commas."""
    for item in tree["items"]:
        for key, value in item.get("chip", {}).items():
            parts = value.items() if isinstance(value, dict) else [("", value)]
            for name, part in parts:
                shown = ", ".join(map(str, part)) if isinstance(part, list | tuple) else part
                yield {"item": item["id"], "key": f"{key}.{name}" if name else key, "value": shown}
