"""Days and shares of payment on paper: what paying before delivery is worth."""

from __future__ import annotations

import math
from datetime import date

import pytest

from optimizer.inputs.export import Payment
from optimizer.setting.payment import payment_days, payment_terms, prepayment_fraction
from tests.tiny import tiny

DELIVERY = date(2027, 1, 1)
HALF_AT_ORDER = (Payment(at="order", fraction=0.5), Payment(at="delivery", fraction=0.5))


def test_nothing_stated_is_paid_on_delivery() -> None:
    assert payment_days((), DELIVERY, 20.0) == ((DELIVERY, 1.0),)
    assert prepayment_fraction((), DELIVERY, 20.0, math.log(1.1)) == 0.0


def test_parts_stand_in_order_of_time_and_half_a_day_is_a_day() -> None:
    """20 weeks before 1 January 2027 is 14 August 2026; half a week after delivery is 3.5 days, so the fifth."""
    parts = (Payment(at="delivery", fraction=0.3, after_weeks=0.5), Payment(at="order", fraction=0.7))
    assert payment_days(parts, DELIVERY, 20.0) == ((date(2026, 8, 14), 0.7), (date(2027, 1, 5), 0.3))


def test_half_paid_a_year_ahead_costs_half_the_interest_of_the_year() -> None:
    """365.25 / 7 weeks are 365 whole days: half the price grows by 1.1 ** (365 / 365.25)."""
    adds = prepayment_fraction(HALF_AT_ORDER, DELIVERY, 365.25 / 7, math.log(1.1))
    assert adds == pytest.approx(0.5 * (1.1 ** (365 / 365.25) - 1), rel=1e-12)


def test_without_interest_the_day_of_payment_is_worth_nothing() -> None:
    assert prepayment_fraction(HALF_AT_ORDER, DELIVERY, 52.0, 0.0) == pytest.approx(0.0, abs=1e-15)


def test_paying_late_makes_it_cheaper() -> None:
    late = (Payment(at="delivery", fraction=1.0, after_weeks=10.0),)
    assert prepayment_fraction(late, DELIVERY, 20.0, math.log(1.05)) == pytest.approx(1.05 ** (-70 / 365.25) - 1)


def test_an_accelerator_with_terms_of_its_own_keeps_them() -> None:
    of_all = [{"at": "order", "fraction": 0.4}, {"at": "delivery", "fraction": 0.6}]
    own = [{"at": "delivery", "fraction": 1.0, "after_weeks": 4.0}]
    instance = tiny({"procurement.payment": of_all, "accelerators.quick.payment": own})
    assert [part.fraction for part in payment_terms(instance, "frugal")] == [0.4, 0.6]
    assert [part.after_weeks for part in payment_terms(instance, "quick")] == [4.0]
