"""What a thing of some age is worth, how long it stays and how it ages, on paper."""

from __future__ import annotations

from datetime import date

import pytest

from optimizer.assets.compute.ageing import ageing
from optimizer.inputs.quantity import ResalePoint
from optimizer.setting.calendar import calendar_of
from optimizer.setting.resale import resale_fraction
from optimizer.setting.service_life import is_kept_longer, service_years, years_beyond
from tests.tiny import TWO_PHASES, tiny

RESALE = (ResalePoint(years=1.0, fraction=0.8), ResalePoint(years=3.0, fraction=0.4))
KEPT = {
    **TWO_PHASES,
    "finance.base_date": date(2027, 1, 1),
    "procurement.refresh": True,
    "accelerators.quick.life_years": 1.0,
    "accelerators.quick.life_max_years": 4.0,
    "accelerators.quick.ageing": {"maintenance_fraction_per_year": 0.02, "failed_fraction_per_year": 0.1},
}
"""Quick lives one year and may be kept for four; every year beyond costs 2 % and fails a tenth."""


@pytest.mark.parametrize(("age", "fraction"), [(0.0, 0.8), (1.0, 0.8), (1.5, 0.7), (2.0, 0.6), (3.0, 0.4), (9.0, 0.4)])
def test_resale_is_linear_between_its_rows_and_flat_beyond(age: float, fraction: float) -> None:
    assert resale_fraction(RESALE, age) == pytest.approx(fraction)


def test_without_rows_there_is_no_value_by_age() -> None:
    with pytest.raises(ValueError, match="by age"):
        resale_fraction((), 1.0)


@pytest.mark.parametrize(
    ("youngest", "oldest", "mean"), [(0.0, 1.0, 0.0), (1.0, 2.0, 0.5), (0.0, 2.0, 0.25), (3.0, 4.0, 2.5)]
)
def test_years_beyond_a_life_of_one_year(youngest: float, oldest: float, mean: float) -> None:
    """The mean of max(0, age - 1): from 0 to 2 it is the triangle of area 1/2 over two years."""
    assert years_beyond(1.0, youngest, oldest) == pytest.approx(mean)


def test_kept_longer_only_with_refresh() -> None:
    assert service_years(tiny(KEPT), "quick") == 4.0
    assert is_kept_longer(tiny(KEPT), "quick")
    plain = tiny({**KEPT, "procurement.refresh": False})
    assert service_years(plain, "quick") == 1.0
    assert not is_kept_longer(plain, "quick")
    assert not is_kept_longer(tiny(KEPT), "frugal")


def test_ageing_begins_at_the_end_of_the_life() -> None:
    """In service from 2027: phase a is within the life, phase b lies from 365 days to a year later beyond it."""
    instance = tiny(KEPT)
    calendar = calendar_of(instance)
    within = ageing(instance, calendar, "quick", "a", 0.0)
    assert (within.maintenance_fraction, within.failed) == (0.0, 0.0)
    start = 365 / 365.25
    beyond = start**2 / 2
    aged = ageing(instance, calendar, "quick", "b", 0.0)
    assert aged.maintenance_fraction == pytest.approx(0.02 * beyond)
    assert aged.failed == pytest.approx(0.1 * beyond)


def test_no_more_than_all_fail() -> None:
    instance = tiny({**KEPT, "accelerators.quick.ageing": {"failed_fraction_per_year": 1.0}})
    assert ageing(instance, calendar_of(instance), "quick", "b", -2.0).failed == 1.0
    assert ageing(instance, calendar_of(instance), "frugal", "b", -2.0).failed == 0.0
