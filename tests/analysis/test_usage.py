"""What is used of a limit, as a reader sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.analysis.usage import Use, _void
from optimizer.number_format import number


@pytest.mark.parametrize(
    ("used", "limit", "shown"),
    [
        # 26.125 is shown as 26.12: a use that is the limit but for the last digits must not look like 26.13.
        (26.1250000001, 26.125, "26.12"),
        (26.1249999999, 26.125, "26.12"),
        (26.124, 26.125, "26.12"),
        # More than rounding: that stays to be seen.
        (26.1252, 26.125, "26.13"),
        (0.0, 26.125, "0"),
        (0.0, 0.0, "0"),
    ],
)
def test_shown(used: float, limit: float, shown: str) -> None:
    assert (
        number(Use(requirement="firm", where=("s", "p"), used=used, limit=limit, unit="MW", path="sites.s").shown)
        == shown
    )


def test_a_trace_of_nothing_is_written_as_nothing():
    """Nine decimals are written at most: what has no digit among them is 0, and what has one keeps it."""
    assert number(3e-10) == number(-3e-10) == number(0.0) == "0"
    assert number(6e-10) == "0.000000001"
    assert number(1e-6) == "0.000001000"


def test_a_trace_of_an_import_before_the_grid_comes_is_no_use_of_it() -> None:
    """Nothing of nothing binds nothing; something of nothing stays to be seen."""
    trace = Use(requirement="grid import", where=("s", "p"), used=3e-9, limit=0.0, unit="MW", path="sites.s.grid_mw")
    assert _void(trace)
    assert not _void(replace(trace, used=0.1))
    assert not _void(replace(trace, limit=1.0))
