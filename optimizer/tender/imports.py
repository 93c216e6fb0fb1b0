"""Tables of chips, prices and quotes as an overlay of an instance: every row with its source and grade.

Nothing is evaluated. What cannot be read is told by file, sheet and cell; what is read is held to the schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import ValidationError

from optimizer.diagnostics import Diagnostic, clean, ordered
from optimizer.errors import InputError, UsageError
from optimizer.inputs.compute import Accelerator
from optimizer.inputs.setting import WorkloadClass
from optimizer.reading.catalogue import catalogue_rows
from optimizer.reading.layers import Layer, Origin, ValuePosition
from optimizer.reading.messages import diagnose
from optimizer.reading.refusals import findings_of
from optimizer.reading.schema_walk import Shape, did_you_mean
from optimizer.reading.toml_positions import KeyPath
from optimizer.tender.spreadsheet import Sheet, read_workbook, refusal
from optimizer.tender.tables import Columns, Kind, TableRow, read_csv, table

PROVENANCE: Columns = {"source": "text", "grade": "text", "price_year": "whole", "note": "text"}
PRICES: Columns = {"accelerator": "text", "price_usd": "number", **PROVENANCE}
QUOTES: Columns = {
    "accelerator": "text",
    "supplier": "text",
    "unit_price": "number",
    "currency": "text",
    "per_usd": "number",
    "quoted": "date",
    "valid_until": "date",
    "lead_time_weeks": "number",
    **PROVENANCE,
}
LISTS = ("coolings",)
GRADES = ("A", "B", "C")


def _kind(annotation: Any) -> Kind | None:
    """How a field is written in a cell; None for what is no single value."""
    if get_origin(annotation) in (Union, UnionType):
        kinds = [_kind(part) for part in get_args(annotation) if part is not type(None)]
        return kinds[0] if len(kinds) == 1 else None
    if hasattr(annotation, "__metadata__"):
        return _kind(annotation.__origin__)
    literal = [type(value) for value in get_args(annotation)] if get_origin(annotation) is not None else []
    plain = literal[0] if literal and all(kind in (int, str) for kind in literal) else annotation
    known: dict[Any, Kind] = {bool: "flag", int: "whole", float: "number", date: "date", str: "text"}
    return known.get(plain)


def chip_columns() -> Columns:
    """Columns of a table of chips: the fields of an accelerator, those of tables within it with a dot."""
    plain = {name: _kind(spec.annotation) for name, spec in Accelerator.model_fields.items()}
    columns: dict[str, Kind] = {name: kind for name, kind in plain.items() if kind is not None}
    dotted: dict[str, Kind] = {f"utilisation.{work}": "number" for work in get_args(WorkloadClass)}
    return {"id": "text", **columns, **dict.fromkeys(LISTS, "text"), **dotted, **PROVENANCE}


@dataclass
class Overlay:
    """Rows of accelerators, growing, and where their values stand."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: dict[KeyPath, ValuePosition] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def put(self, name: str, values: dict[str, Any], row: TableRow) -> None:
        """Add a row. Two of one accelerator are an error: which of them holds is the planner's to say."""
        if name in self.rows:
            before = self.places["accelerators", name].origin.file
            hint = f"the other is at {before}; leave the one that holds"
            self.diagnostics.append(refusal("E0322", f"a second row of {clean(name, 60)}", row.where, hint))
            return
        self.rows[name] = values
        self.places["accelerators", name] = ValuePosition(Origin(kind="file", file=row.where))
        for key, where in row.places.items():
            target = "price_usd" if key == "unit_price" else key
            self.places[("accelerators", name, *target.split("."))] = ValuePosition(Origin(kind="file", file=where))


def read_overlay(paths: tuple[Path, ...]) -> Overlay:
    """The overlay of some tables. Raises InputError with every finding, InputOutputError, or UsageError."""
    made = Overlay()
    for path in paths:
        for name, sheet in _sheets(path).items():
            _read(sheet, f"{clean(path.name)}:{name}" if name else clean(path.name), made)
    made.diagnostics += _held_to_the_schema(made)
    if made.diagnostics:
        raise InputError(ordered(made.diagnostics))
    if not made.rows:
        hint = "chips: id and facts; prices: accelerator, price_usd, source, grade"
        raise UsageError("there is no row to import", hint)
    return made


def _sheets(path: Path) -> dict[str, Sheet]:
    kind = path.suffix.lower()
    if kind == ".xlsx":
        return dict(read_workbook(path))
    if kind == ".csv":
        return {"": read_csv(path)}
    raise UsageError(f"{clean(path.name)} is neither .xlsx nor .csv")


def _read(sheet: Sheet, where: str, made: Overlay) -> None:
    """One sheet; its header says what it is a table of. Sheets without a known one are notes."""
    header = next((row for row in sheet if any(cell.value is not None for cell in row)), [])
    names = {str(cell.value).strip().lower() for cell in header if cell.value is not None}
    if "id" in names:
        rows = table(sheet, chip_columns(), where, made.diagnostics)
        for row in rows:
            _chip(row, made)
    elif "accelerator" in names and "unit_price" in names:
        for row in table(sheet, QUOTES, where, made.diagnostics):
            _quote(row, made)
    elif "accelerator" in names:
        for row in table(sheet, PRICES, where, made.diagnostics):
            _price(row, made)
    elif names:
        hint = "chips have a column id, prices accelerator and price_usd, quotes accelerator and unit_price"
        made.diagnostics.append(refusal("E0706", "is no table of chips, prices or quotes", where, hint))


def _vouched(row: TableRow, made: Overlay) -> bool:
    """Whether a row says where it is from; what does not is no fact."""
    for key in ("source", "grade"):
        if key not in row.values:
            hint = "source: where it is from; grade: A official, B secondary, C estimate"
            made.diagnostics.append(refusal("E0301", f"the row has no {key}", row.where, hint))
            return False
    if row.values["grade"] not in GRADES:
        text = f'grade must be A, B or C, not "{clean(str(row.values["grade"]), 20)}"'
        made.diagnostics.append(refusal("E0313", text, row.places["grade"]))
        return False
    return True


def _chip(row: TableRow, made: Overlay) -> None:
    name = row.values.pop("id", None)
    if name is None:
        made.diagnostics.append(refusal("E0301", "the row has no id", row.where))
        return
    if not _vouched(row, made):
        return
    values: dict[str, Any] = {}
    for key, value in row.values.items():
        table_name, _, inner = key.partition(".")
        if inner:
            values.setdefault(table_name, {})[inner] = value
        else:
            values[key] = [part.strip() for part in value.split(",")] if key in LISTS else value
    made.put(name, values, row)


def _named(row: TableRow, made: Overlay, needed: tuple[str, ...]) -> str | None:
    """The accelerator a price is of, if the row is whole and the catalogue, or a table before, has it."""
    for key in ("accelerator", *needed):
        if key not in row.values:
            made.diagnostics.append(refusal("E0301", f"the row has no {key}", row.where))
            return None
    name = str(row.values["accelerator"])
    known = catalogue_rows("accelerators")
    if name not in known and name not in made.rows:
        hint = did_you_mean(name, list(known)) or "optimizer catalogue list accelerators"
        text = f'there is no accelerator "{clean(name, 60)}"'
        made.diagnostics.append(refusal("E0320", text, row.places["accelerator"], hint))
        return None
    return name if _vouched(row, made) else None


def _price(row: TableRow, made: Overlay) -> None:
    name = _named(row, made, ("price_usd",))
    if name is not None:
        made.put(name, {key: value for key, value in row.values.items() if key != "accelerator"}, row)


def _quote(row: TableRow, made: Overlay) -> None:
    """A quotation: its price in USD, its lead time, and who said so when."""
    name = _named(row, made, ("supplier", "unit_price", "quoted"))
    if name is None:
        return
    currency, rate = str(row.values.get("currency", "USD")), row.values.get("per_usd")
    if currency != "USD" and not (isinstance(rate, int | float) and rate > 0):
        text = f"a quotation in {clean(currency, 10)} needs per_usd, the units of it in a US dollar"
        made.diagnostics.append(refusal("E0714", text, row.places.get("currency", row.where)))
        return
    quoted, until = row.values["quoted"], row.values.get("valid_until")
    if until is not None and until < quoted:
        made.diagnostics.append(refusal("E0713", "the quotation ends before it was made", row.places["valid_until"]))
        return
    held = f", valid until {until.isoformat()}" if until else ""
    values = {
        "price_usd": row.values["unit_price"] / (rate if currency != "USD" else 1.0),
        "source": f"{row.values['source']} (quotation of {row.values['supplier']}, {quoted.isoformat()}{held})",
        "grade": row.values["grade"],
        "price_year": quoted.year,
    }
    if "lead_time_weeks" in row.values:
        values["lead_time_weeks"] = row.values["lead_time_weeks"]
    made.put(name, values, row)


def _held_to_the_schema(made: Overlay) -> Iterator[Diagnostic]:
    """What the schema says of the rows; keys that a row leaves out are the catalogue's."""
    layer = Layer({"accelerators": made.rows}, made.places)
    known = catalogue_rows("accelerators")
    for name, row in made.rows.items():
        own = {key: value for key, value in row.items() if key not in PROVENANCE}
        try:
            Accelerator.model_validate({**known.get(name, {}), **own})
        except ValidationError as problem:
            errors = list(problem.errors(include_url=False))
            for finding in findings_of(errors, own, ("accelerators", name), Shape((Accelerator,))):
                yield diagnose(finding, layer, "")


def overlay_text(made: Overlay, over: str | None) -> str:
    """The overlay as TOML; with `over` it extends that instance, and can be solved as it stands."""
    import tomli_w

    head = {"extends": over} if over else {}
    return tomli_w.dumps({**head, "accelerators": made.rows})
