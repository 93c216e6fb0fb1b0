"""Writes docs/plausibility.md from the schema: `python docs/plausibility.py`."""

from __future__ import annotations

from pathlib import Path

from optimizer.inputs.plausible import WITHOUT_UNIT
from optimizer.reading.schema_walk import NumberKey, number_keys
from optimizer.reading.slips import typical_slips

PAGE = Path(__file__).with_name("plausibility.md")
INTRODUCTION = """\
# Usual ranges, and slips of unit

Every number an instance may hold, the range in which it is normally found, and the units in which it is often given by
mistake. A value you give outside its range is warned about (`W0601`; `--strict` refuses it); where one of the units
explains it, the warning names the unit and the value to write. A zero is never doubted: it is how an instance says
"none". Values of the catalogue are not warned about.

The last column lists the units that give themselves away: a typical value of the range, written in that unit, lies
outside. Money of tariffs is compared in USD, at the exchange rate of the instance. Beside the ranges:

* a peak of an accelerator that is exactly twice the catalogue's is taken for a peak with sparsity;
* an exchange rate more than one and a half times above or below the usual one of its currency is doubted, and one that
  is upside down is turned, near the dollar too (euros);
* a value 100,000 times beyond its range that no unit explains, such as `1e15` for "no limit", is refused (`E0318`):
  leave the key out instead.

Not in the table: `{without}`; what these numbers mean is said beside them, or the schema allows a few only.

This page is made from the schema by `docs/plausibility.py`, and a test keeps it current.

| key | from | to | warned about when given in |
|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = [_row(path, number) for path, number in number_keys().items() if number.usual is not None]
    return INTRODUCTION.format(without="`, `".join(WITHOUT_UNIT)) + "".join(rows)


def _row(path: str, number: NumberKey) -> str:
    usual = number.usual
    assert usual is not None
    slips = "; ".join(slip.unit for slip in typical_slips(number.key, usual))
    money = " USD" if usual.in_usd else ""
    return f"| `{path}` | {_number(usual.low)} | {_number(usual.high)}{money} | {slips} |\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.10g}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
