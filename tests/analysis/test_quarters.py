"""By which quarter how many must be made, and two readings of the supply by quarter against each other."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from optimizer.analysis.quarters import QuarterLine, quarter_lines
from optimizer.audit.stock import _made_on
from optimizer.pipeline import Options, run
from optimizer.setting.supply import end_of, first_day, quarter_of, supplied
from tests.tiny import TWO_PHASES, tiny

HERE = Path(__file__).parent
QUARTERS = st.builds(lambda year, q: f"{year}Q{q}", st.integers(2025, 2030), st.integers(1, 4))


def lines_of(changes: dict[str, Any]) -> tuple[QuarterLine, ...]:
    result = run(tiny({**TWO_PHASES, **changes}), HERE, Options(isolated=False))
    assert result.verified, result.audit and result.audit.findings
    assert result.design is not None
    return quarter_lines(result.problem, result.design.decisions)


def test_as_late_as_supply_allows() -> None:
    """16 quick accelerators for 2027, 10 a quarter: all of the fourth quarter and 6 of the third. 8 more for 2028."""
    lines = lines_of({"accelerators.quick.supply_per_quarter": 10, "phases.b.demand_pflops": 12.0})
    told = [(line.quarter, line.supply, line.made, line.by_then, line.order_by) for line in lines]
    weeks = timedelta(weeks=20)
    assert told == [
        ("2026Q3", 10.0, 6, 6, date(2026, 9, 30) - weeks),
        ("2026Q4", 10.0, 10, 16, date(2026, 12, 31) - weeks),
        ("2027Q4", 10.0, 8, 24, date(2027, 12, 31) - weeks),
    ]


def test_no_lines_without_quarters() -> None:
    assert lines_of({"accelerators.quick.supply_per_year": 40}) == ()


def test_quarters_of_the_calendar() -> None:
    assert [quarter_of(date(2027, month, 1)) for month in (1, 3, 4, 9, 10, 12)] == [
        *("2027Q1", "2027Q1", "2027Q2", "2027Q3", "2027Q4", "2027Q4"),
    ]
    assert (first_day("2027Q4"), end_of("2027Q4"), end_of("2027Q1")) == (
        date(2027, 10, 1),
        date(2028, 1, 1),
        date(2027, 4, 1),
    )


@given(
    table=st.dictionaries(QUARTERS, st.integers(0, 500), max_size=4),
    flat=st.none() | st.integers(0, 500),
    launch=st.dates(date(2025, 1, 1), date(2028, 1, 1)),
    until=st.dates(date(2026, 1, 1), date(2031, 1, 1)),
    factor=st.sampled_from([0.0, 0.25, 1.0, 2.0]),
)
def test_model_and_audit_count_alike(
    table: dict[str, int], flat: int | None, launch: date, until: date, factor: float
) -> None:
    changes: dict[str, Any] = {
        **TWO_PHASES,
        "accelerators.quick.supply_by_quarter": table,
        "accelerators.quick.supply_per_quarter": flat,
        "accelerators.quick.launch": launch,
    }
    instance = tiny({**changes, "phases.a.accelerator_supply_factors": {"q*": factor}})
    chip, day, made = instance.accelerators["quick"], max(date(2026, 1, 1), launch), 0.0
    while day < until:
        made += _made_on(chip, day) * (factor if date(2027, 1, 1) <= day < date(2028, 1, 1) else 1.0)
        day += timedelta(days=1)
    assert abs(supplied(instance, "quick", until) - made) <= 1e-9 * max(1.0, made)
