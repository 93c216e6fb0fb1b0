"""Weather from an EnergyPlus weather file (EPW): dry bulb, relative humidity and pressure by the hour.

Layout and missing-value codes: EnergyPlus Auxiliary Programs, "EnergyPlus Weather File (EPW) Data Dictionary".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optimizer.diagnostics import Diagnostic
from optimizer.reading.epw_layout import HEADER_LINES, check_calendar, epw_records, epw_stamps
from optimizer.reading.series_text import (
    Array,
    SeriesText,
    cell_problem,
    hours_named,
    out_of_range,
    read_series_text,
    stop_if,
    strict_number,
    warm_air,
)


@dataclass(frozen=True)
class EpwSeries:
    """One year, each array of shape (8760,): dry bulb in deg C, relative humidity as a fraction, pressure in Pa."""

    dry_c: Array
    relative_humidity_fraction: Array
    pressure_pa: Array
    warnings: tuple[Diagnostic, ...]
    ghi_w_per_m2: Array | None = None
    """Global horizontal radiation; None where the file has it not in every hour."""


@dataclass(frozen=True)
class _Field:
    name: str
    column: int
    missing: float
    """This value and anything above it means that there was no measurement."""
    low: float
    high: float


_FIELDS = (
    _Field("dry bulb temperature", 6, 99.9, -90.0, 70.0),
    _Field("relative humidity", 8, 999.0, 0.0, 110.0),
    _Field("pressure", 9, 999_999.0, 31_000.0, 120_000.0),
)


def load_epw(path: Path, shown: str | None = None) -> EpwSeries:
    """The arrays of a file, hours in file order, 29 February dropped. Raises InputError or InputOutputError."""
    text = read_series_text(path, shown)
    records = epw_records(text)
    stamps = epw_stamps(text, records)
    warnings = check_calendar(text, stamps)
    keep = [row for row, stamp in enumerate(stamps) if stamp[:2] != (2, 29)]
    values = np.empty((len(_FIELDS), len(records)))
    findings: list[Diagnostic] = []
    for number, field in enumerate(_FIELDS):
        for row, cells in enumerate(records):
            parsed = strict_number(cells[field.column])
            values[number, row] = np.nan if parsed is None else parsed
            if parsed is None:
                problem, hint = cell_problem(cells[field.column])
                message = f"hour {row}, column {field.column + 1} ({field.name}) {problem}"
                findings.append(text.error("E0502", message, row + HEADER_LINES + 1, hint))
    stop_if(findings)
    for number, field in enumerate(_FIELDS):
        findings += _field_findings(text, field, values[number])
    stop_if(findings)
    dry, humidity, pressure = values[:, keep]
    warnings += [*_dry_air(text, humidity), *warm_air(text, dry)]
    # Relative humidity slightly above saturation occurs in measured files; air cannot hold more than 100 %.
    sun = _radiation(records)
    radiation = None if sun is None else sun[keep]
    return EpwSeries(dry, np.minimum(humidity, 100.0) / 100.0, pressure, tuple(warnings), radiation)


_GHI, _GHI_MISSING, _GHI_MOST = 13, 9999.0, 1500.0
"""Column of global horizontal radiation, what stands for a value that is not there, and what no hour exceeds."""


def _radiation(records: Sequence[Sequence[str]]) -> Array | None:
    """W/m2 by row; None if a value is missing or cannot be, or if the sun never shines."""
    numbers = [strict_number(cells[_GHI]) if len(cells) > _GHI else None for cells in records]
    values = np.array([np.nan if number is None else number for number in numbers])
    good = bool(((values >= 0.0) & (values <= min(_GHI_MOST, _GHI_MISSING))).all()) and float(values.max()) > 0.0
    return values if good else None


def _dry_air(text: SeriesText, humidity: Array) -> list[Diagnostic]:
    """Humidity that no year has: a fraction where per cent belong, or zeros for hours that were not measured."""
    if float(humidity.max()) <= 1.0:
        zero = float(humidity.max()) == 0.0
        fault = "is 0 in every hour: it was not measured" if zero else "is never above 1 %: fractions are given"
        hint = "use a file with humidity, or climate normals" if zero else "multiply column 9 by 100: it is in per cent"
        stop_if([text.error("E0502", f"relative humidity {fault}", HEADER_LINES + 1, hint)])
    zeros = int((humidity <= 0.0).sum())
    if not zeros:
        return []
    message = f"relative humidity is 0 in {zeros} hours: no air is so dry; were they measured?"
    return [
        text.warning("W0618", message, None, "fill the gaps: a humidity that is too low lets the plan cool too cheaply")
    ]


def _field_findings(text: SeriesText, field: _Field, values: Array) -> list[Diagnostic]:
    absent = [int(index) for index in np.flatnonzero(values >= field.missing)]
    findings = []
    if absent:
        message = f"{field.name} is missing ({field.missing:.6g}) in {len(absent)} hours: {hours_named(absent)}"
        hint = "fill the gaps, or use another file or climate normals"
        if (values[absent] > field.missing).all() and _other_unit(field, values[absent]) is not None:
            message = f"{field.name} is above {field.high:g} in {len(absent)} hours: {hours_named(absent)}"
            hint = _unit_hint(field, values[absent])
        findings.append(text.error("E0505", message, absent[0] + HEADER_LINES + 1, hint))
    odd = [row for row in out_of_range(values, (field.low, field.high)) if row not in set(absent)]
    if odd:
        message = f"{field.name} is outside {field.low:g} to {field.high:g} in {len(odd)} hours: {hours_named(odd)}"
        findings.append(text.error("E0502", message, odd[0] + HEADER_LINES + 1, _unit_hint(field, values[odd])))
    return findings


def _unit_hint(field: _Field, odd: Array) -> str:
    """The unit that was probably given, or what is wanted."""
    other = _other_unit(field, odd)
    return other or f"values belong between {field.low:g} and {field.high:g}: correct them, or use another file"


def _other_unit(field: _Field, odd: Array) -> str | None:
    middle = float(np.median(odd))
    for unit, convert, remedy in _OTHER_UNITS.get(field.name, ()):
        if field.low <= convert(middle) <= field.high:
            return f"{unit} given? {remedy}"
    return None


_OTHER_UNITS: dict[str, tuple[tuple[str, Callable[[float], float], str], ...]] = {
    "dry bulb temperature": (
        ("kelvin", lambda value: value - 273.15, "subtract 273.15"),
        ("Fahrenheit", lambda value: (value - 32) / 1.8, "(F - 32) / 1.8 is deg C"),
    ),
    "pressure": (
        ("hPa", lambda value: value * 100, "multiply column 10 by 100: it is in Pa"),
        ("kPa", lambda value: value * 1000, "multiply column 10 by 1000: it is in Pa"),
    ),
}
