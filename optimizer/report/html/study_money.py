"""The figures of a study in the currency of its instance: files keep US dollars, the page tells the reader's money."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.report.html.study_source import Row, StudySource
from optimizer.report.html.study_text import unit_of

Data = TypeVar("Data")
_AMOUNT = re.compile(r"(^|_)m?usd(_per_\w+)?$|^expected_lcoc_by_plan$")
"""Keys of the files of `robust` and `regimes` under which amounts of US dollars stand."""
TORNADO = dict.fromkeys(("low_lcoc", "high_lcoc", "base_lcoc", "swing"), "USD/EFLOP")
MORRIS = ("mu", "mu_star", "mu_star_conf", "sigma")


def in_currency(source: StudySource) -> StudySource:
    """The study with every amount converted. What was varied stays as it was written."""
    money = source.money
    if money == DOLLARS:
        return source
    measures = {name: unit_of(str(source.definition.get(name, ""))) for name in ("x", "y")}
    varied = dict.fromkeys(source.inputs, "") | measures | {"cap_x": measures["x"]}
    output = unit_of(str(source.definition.get("output", "")))
    return replace(
        source,
        cells=_rows(source.cells, varied, money),
        tornado=_rows(source.tornado, TORNADO, money),
        indices=_rows(source.indices, dict.fromkeys(MORRIS, output), money),
        points=_rows(source.points, {"cap_x": measures["x"], "usd_per_unit": "USD"}, money),
        robust=amounts_in(source.robust, money),
        regimes=amounts_in(source.regimes, money),
    )


def _rows(rows: tuple[Row, ...], units: Mapping[str, str], money: Currency) -> tuple[Row, ...]:
    """Rows with the figures of money converted: by the unit given for a column, else by that of the key figure."""
    return tuple(
        {name: _value(value, units.get(name, unit_of(name)), money) for name, value in row.items()} for row in rows
    )


def _value(value: Any, unit: str, money: Currency) -> Any:
    return money.value(value, unit) if isinstance(value, int | float) and not isinstance(value, bool) else value


def amounts_in(data: Data, money: Currency) -> Data:
    """Plain data with every number under a key of money converted."""
    told: Data = _converted(data, money)
    return told


def _converted(value: Any, money: Currency, amounts: bool = False) -> Any:
    if isinstance(value, Mapping):
        return {key: _converted(part, money, amounts or bool(_AMOUNT.search(str(key)))) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_converted(part, money, amounts) for part in value]
    return _value(value, "USD" if amounts else "", money)
