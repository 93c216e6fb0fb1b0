"""A calendar year of supply is one year, leap or not; the audit counts by itself."""

from __future__ import annotations

from datetime import date

import pytest

from optimizer.audit.rules import years_of_supply
from optimizer.setting.supply import calendar_years


@pytest.mark.parametrize(
    ("since", "until", "years"),
    [
        (date(2026, 1, 1), date(2027, 1, 1), 1.0),
        (date(2028, 1, 1), date(2029, 1, 1), 1.0),
        (date(2026, 1, 1), date(2029, 1, 1), 3.0),
        (date(2027, 7, 1), date(2028, 7, 1), 184 / 365 + 182 / 366),
        (date(2027, 3, 1), date(2027, 3, 1), 0.0),
        (date(2027, 3, 1), date(2026, 3, 1), 0.0),
    ],
)
def test_days_count_as_shares_of_their_own_year(since: date, until: date, years: float) -> None:
    assert calendar_years(since, until) == pytest.approx(years, abs=1e-12)
    assert years_of_supply(since, until) == pytest.approx(years, abs=1e-12)
