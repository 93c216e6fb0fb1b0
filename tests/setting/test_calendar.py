"""Time and money on paper."""

from __future__ import annotations

import math
from datetime import date

import pytest

from optimizer.inputs.design import Timing
from optimizer.setting.calendar import calendar_of, order_date
from tests.tiny import TWO_PHASES, tiny


def test_annuity_without_discounting_is_the_length() -> None:
    calendar = calendar_of(tiny())
    assert calendar.annuity("only") == pytest.approx(1.0, abs=1e-12)


def test_annuity_is_the_integral_of_the_discount_factor() -> None:
    """At 5 %, r' = ln 1.05; one unit per year from year 1 to year 2 is worth (1.05^-1 - 1.05^-2) / ln 1.05."""
    calendar = calendar_of(tiny({**TWO_PHASES, "finance.discount_rate": 0.05, "finance.base_date": date(2027, 1, 1)}))
    start = 365 / 365.25
    expected = (1.05**-start - 1.05 ** -(start + 1)) / math.log(1.05)
    assert calendar.annuity("b") == pytest.approx(expected, rel=1e-12)


def test_annuity_is_continuous_at_zero_rate() -> None:
    flat = calendar_of(tiny()).annuity("only")
    near = calendar_of(tiny({"finance.discount_rate": 1e-9})).annuity("only")
    assert near == pytest.approx(flat, rel=1e-8)


@pytest.mark.parametrize(("life", "expected"), [(5.0, 0.6), (2.0, 0.0), (4.0, 0.5)])
def test_residual_is_straight_line(life: float, expected: float) -> None:
    """Bought at year 0 of a horizon of two years: 1 - 2 / life is left."""
    calendar = calendar_of(tiny({**TWO_PHASES, "finance.base_date": date(2027, 1, 1)}))
    assert calendar.residual_fraction("a", life) == pytest.approx(expected, abs=2e-3)


def test_a_life_of_one_year_does_not_serve_the_second() -> None:
    calendar = calendar_of(tiny(TWO_PHASES))
    assert calendar.serving("b", 1.0) == ("b",)
    assert calendar.serving("b", 2.0) == ("a", "b")


def test_order_dates_count_whole_days() -> None:
    assert order_date(date(2027, 10, 1), 40.0) == date(2026, 12, 25)
    assert order_date(date(2027, 1, 8), 0.5) == date(2027, 1, 4)


def test_what_cannot_arrive_cannot_be_bought() -> None:
    """Planning on 1 January 2026, delivery on 1 January 2027: 365 days, 52 weeks and a day."""
    calendar = calendar_of(tiny())
    assert calendar.buyable(52.0) == ("only",)
    assert calendar.buyable(53.0) == ()


def test_weights_of_the_three_timings() -> None:
    calendar = calendar_of(tiny({"finance.discount_rate": 0.1, "finance.base_date": date(2027, 1, 1)}))
    assert calendar.weight(Timing.START, "only") == pytest.approx(1.0)
    assert calendar.weight(Timing.END, "only") == pytest.approx(1 / 1.1)
    assert calendar.weight(Timing.YEARLY, "only") == pytest.approx((1 - 1 / 1.1) / math.log(1.1))
    assert calendar.weight(Timing.NONE, "only") == 0.0
