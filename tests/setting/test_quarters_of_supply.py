"""Supply by quarter and by year on paper: what one buyer can obtain by a day."""

from __future__ import annotations

from datetime import date

import pytest

from optimizer.setting.supply import (
    end_of,
    first_day,
    has_quarters,
    per_quarter,
    quarter_of,
    quarters_between,
    supplied,
    supplied_at_most,
    supplied_since_phase_before,
)
from tests.tiny import TWO_PHASES, tiny

BY_QUARTER = {"accelerators.quick.supply_by_quarter": {"2026Q1": 90, "2026Q3": 184}}
"""Planning is on 1 January 2026; the launch lies before it. 90 and 184: one a day, and two a day."""


@pytest.mark.parametrize(
    ("day", "quarter"), [(date(2026, 1, 1), "2026Q1"), (date(2026, 3, 31), "2026Q1"), (date(2026, 12, 31), "2026Q4")]
)
def test_a_day_is_in_its_quarter(day: date, quarter: str) -> None:
    assert quarter_of(day) == quarter
    assert first_day(quarter) <= day < end_of(quarter)


def test_quarters_between_two_days_cross_the_year() -> None:
    assert list(quarters_between(date(2026, 11, 30), date(2027, 4, 1))) == ["2026Q4", "2027Q1"]
    assert list(quarters_between(date(2027, 4, 1), date(2027, 4, 1))) == []


def test_a_quarter_that_is_not_named_gives_as_many_as_the_last_named_before() -> None:
    chip = tiny(BY_QUARTER).accelerators["quick"]
    assert [per_quarter(chip, name) for name in ("2025Q4", "2026Q1", "2026Q2", "2026Q3", "2029Q4")] == [
        0, 90, 90, 184, 184,
    ]  # fmt: skip


def test_with_a_number_for_every_quarter_the_table_is_of_exceptions() -> None:
    chip = tiny({**BY_QUARTER, "accelerators.quick.supply_per_quarter": 10}).accelerators["quick"]
    assert [per_quarter(chip, name) for name in ("2026Q1", "2026Q2", "2026Q3", "2026Q4")] == [90, 10, 184, 10]


@pytest.mark.parametrize(
    ("until", "made"),
    [
        (date(2026, 1, 1), 0.0),
        (date(2026, 1, 31), 30.0),
        (date(2026, 4, 1), 90.0),
        (date(2026, 7, 1), 180.0),
        (date(2026, 7, 11), 200.0),
    ],
)
def test_what_is_made_by_a_day(until: date, made: float) -> None:
    """The first quarter has 90 days and 90 chips; the third 92 days and 184."""
    assert supplied(tiny(BY_QUARTER), "quick", until) == pytest.approx(made)


def test_nothing_is_made_before_the_launch() -> None:
    instance = tiny({**BY_QUARTER, "accelerators.quick.launch": date(2026, 3, 2)})
    assert supplied(instance, "quick", date(2026, 4, 1)) == pytest.approx(30.0)


def test_a_factor_holds_from_its_phase_on() -> None:
    """Half as many are made in phase a (2027): 92 of the 184 of each quarter."""
    halved = tiny({**TWO_PHASES, **BY_QUARTER, "phases.a.accelerator_supply_factors": {"qui*": 0.5}})
    whole = tiny({**TWO_PHASES, **BY_QUARTER})
    by_phase_a, by_quarter = date(2027, 1, 1), date(2027, 4, 1)
    assert supplied(halved, "quick", by_phase_a) == supplied(whole, "quick", by_phase_a)
    assert supplied(whole, "quick", by_quarter) - supplied(halved, "quick", by_quarter) == pytest.approx(92.0)


def test_supply_per_year_counts_from_the_phase_before() -> None:
    """40 a year: for phase a the year since planning, for phase b the year since phase a."""
    instance = tiny({**TWO_PHASES, "accelerators.quick.supply_per_year": 40})
    assert [supplied_since_phase_before(instance, "quick", p) for p in ("a", "b")] == pytest.approx([40.0, 40.0])
    assert supplied_at_most(instance, "quick", "b") == pytest.approx(80.0)
    assert supplied_at_most(instance, "frugal", "b") == float("inf")


def test_of_two_limits_the_lower_one_holds() -> None:
    instance = tiny({**TWO_PHASES, **BY_QUARTER, "accelerators.quick.supply_per_year": 40})
    assert has_quarters(instance.accelerators["quick"])
    assert not has_quarters(instance.accelerators["frugal"])
    assert supplied_at_most(instance, "quick", "a") == pytest.approx(40.0)
