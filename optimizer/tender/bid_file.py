"""Bids read from TOML or XLSX: the same tree either way, held to the same schema, every finding with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from optimizer.diagnostics import Diagnostic, clean, ordered
from optimizer.errors import InputError, UsageError
from optimizer.reading.document import load_document
from optimizer.reading.layers import Layer, Origin, ValuePosition, document_layer
from optimizer.reading.messages import diagnose
from optimizer.reading.refusals import findings_of
from optimizer.reading.schema_walk import Shape
from optimizer.reading.toml_positions import KeyPath
from optimizer.tender.bid import BID_VERSION, Bid
from optimizer.tender.spreadsheet import MOST_BYTES, Cell, Sheet, read_workbook, refusal
from optimizer.tender.tables import Columns, TableRow, table

ITEM_COLUMNS: Columns = {
    "id": "text",
    "accelerator": "text",
    "unit_price": "number",
    "server_price": "number",
    "min_accelerators": "whole",
    "max_accelerators": "whole",
    "earliest_delivery": "date",
    "lead_time_weeks": "number",
    "warranty_years": "number",
    "maintenance_fraction": "number",
}
OF_AN_ITEM: dict[str, tuple[str, Columns]] = {
    "Price breaks": ("price_breaks", {"item": "text", "from_accelerators": "whole", "unit_price": "number"}),
    "Deliveries": ("deliveries", {"item": "text", "delivery": "date", "accelerators": "whole"}),
    "Payments": ("payments", {"item": "text", "at": "text", "fraction": "number", "after_weeks": "number"}),
}
"""Sheets whose rows belong to an item, and the array they become."""
CHIP_COLUMNS: Columns = {"item": "text", "key": "text", "value": "any"}
OPTION_COLUMNS: Columns = {"name": "text", "price": "number", "unit": "text", "description": "text"}
HEAD: Columns = {
    "bid_version": "whole",
    "bidder": "text",
    "instance": "text",
    "reference": "text",
    "currency": "text",
    "valid_until": "date",
}
"""Keys of the sheet `Bid`."""
LISTS = ("coolings",)
"""Facts of a chip that are lists: in a cell, names with commas between them."""


@dataclass(frozen=True, kw_only=True)
class BidFile:
    """A bid, and where its values stand."""

    bid: Bid
    path: Path
    layer: Layer

    @property
    def shown(self) -> str:
        """Name of the file in messages."""
        return clean(self.path.name)


def read_bid(path: Path) -> BidFile:
    """Read a bid. Raises InputError with every finding, InputOutputError, or UsageError for another kind of file."""
    kind = path.suffix.lower()
    if kind == ".toml":
        layer = _toml(path)
    elif kind == ".xlsx":
        layer = _xlsx(path)
    else:
        raise UsageError(f"{clean(path.name)} is no bid", "bids are .toml or .xlsx: optimizer bid template writes one")
    try:
        bid = Bid.model_validate(layer.tree)
    except ValidationError as problem:
        errors = findings_of(list(problem.errors(include_url=False)), layer.tree, (), Shape((Bid,)))
        diagnostics = [_about_bids(diagnose(finding, layer, clean(path.name))) for finding in errors]
        raise InputError(ordered(diagnostics)) from None
    return BidFile(bid=bid, path=path, layer=layer)


def _about_bids(diagnostic: Diagnostic) -> Diagnostic:
    """The finding, with the remedy of a bid where that of an instance stands."""
    at_the_top = diagnostic.help is not None and "optimizer init" in diagnostic.help
    return (
        replace(diagnostic, help="optimizer bid template writes a bid with all its keys") if at_the_top else diagnostic
    )


def _toml(path: Path) -> Layer:
    document, findings = load_document(path, clean(path.name), MOST_BYTES)
    if document is None:
        raise InputError(ordered(findings))
    return document_layer(document, "file")


class _Tree:
    """The tree of a workbook's sheets, growing, and where its values stand."""

    def __init__(self, sheets: dict[str, Sheet], shown: str) -> None:
        self.sheets, self.shown = sheets, shown
        self.tree: dict[str, Any] = {"bid_version": BID_VERSION, "items": []}
        self.places: dict[KeyPath, ValuePosition] = {}
        self.diagnostics: list[Diagnostic] = []
        self.items: dict[str, int] = {}

    def rows(self, name: str, columns: Columns) -> Iterator[TableRow]:
        """The rows of a sheet; none if the workbook has no such sheet."""
        yield from table(self.sheets.get(name, []), columns, f"{self.shown}:{name}", self.diagnostics)

    def put(self, path: KeyPath, row: TableRow) -> None:
        """Note where the values of a row stand, which are put at a path."""
        self.places[path] = ValuePosition(Origin(kind="file", file=row.where))
        for key, where in row.places.items():
            self.places[(*path, key)] = ValuePosition(Origin(kind="file", file=where))

    def item(self, row: TableRow) -> int | None:
        """Number of the item a row belongs to."""
        name = row.values.pop("item", None)
        if name not in self.items:
            text = f'there is no item "{clean(str(name), 40)}"' if name else "the row names no item"
            hint = f"items: {', '.join(self.items)}"
            self.diagnostics.append(refusal("E0320", text, row.places.get("item", row.where), hint))
            return None
        return self.items[name]


def _xlsx(path: Path) -> Layer:
    shown = clean(path.name)
    made = _Tree(read_workbook(path), shown)
    for needed in ("Bid", "Items"):
        if needed not in made.sheets:
            made.diagnostics.append(
                refusal("E0706", f"there is no sheet {needed}", shown, "optimizer bid template has all")
            )
    _head(made)
    for row in made.rows("Items", ITEM_COLUMNS):
        at = len(made.tree["items"])
        made.put(("items", at), row)
        made.tree["items"].append(row.values)
        made.items.setdefault(str(row.values.get("id")), at)
    for sheet, (key, columns) in OF_AN_ITEM.items():
        for row in made.rows(sheet, columns):
            number = made.item(row)
            if number is not None:
                rows = made.tree["items"][number].setdefault(key, [])
                made.put(("items", number, key, len(rows)), row)
                rows.append(row.values)
    _chips(made)
    for at, row in enumerate(made.rows("Options", OPTION_COLUMNS)):
        made.put(("options", at), row)
        made.tree.setdefault("options", []).append(row.values)
    if made.diagnostics:
        raise InputError(ordered(made.diagnostics))
    return Layer(made.tree, made.places)


def _head(made: _Tree) -> None:
    for row in made.rows("Bid", {"key": "text", "value": "any", "note": "text"}):
        key = row.values.get("key", "")
        if key not in HEAD:
            text = f'there is no key "{clean(key, 40)}"'
            made.diagnostics.append(refusal("E0302", text, row.where, f"keys: {', '.join(HEAD)}"))
            continue
        if "value" in row.values:
            cells = [[Cell(key, row.where)], [Cell(row.values["value"], row.places["value"])]]
            for typed in table(cells, {key: HEAD[key]}, row.where, made.diagnostics):
                made.tree |= typed.values
            made.places[(key,)] = ValuePosition(Origin(kind="file", file=row.places["value"]))


def _chips(made: _Tree) -> None:
    """Facts of own chips; a key may lead into a table, such as utilisation.training."""
    for row in made.rows("Chip facts", CHIP_COLUMNS):
        number, key, value = made.item(row), str(row.values.get("key", "")), row.values.get("value")
        if number is None or not key or value is None:
            continue
        if key in LISTS:
            value = [name.strip() for name in str(value).split(",") if name.strip()]
        node = made.tree["items"][number].setdefault("chip", {})
        *tables, last = key.split(".")
        for name in tables:
            node = node.setdefault(name, {})
        node[last] = value
        path: KeyPath = ("items", number, "chip", *tables, last)
        made.places[path] = ValuePosition(Origin(kind="file", file=row.places["value"]))
