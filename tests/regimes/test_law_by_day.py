"""What the law said on twelve days: the regime in force, and its rulings on four chips for Hong Kong."""

from __future__ import annotations

from datetime import date

import pytest
from regime_chips import ask, trade

from optimizer.regimes.order import DATED
from optimizer.regimes.table import regime

F, L, D = "free", "licence", "denied"
DAYS = (
    (date(2022, 10, 6), "before_oct_2022", (F, F, F, F)),
    (date(2022, 10, 7), "oct_2022", (D, F, F, D)),
    (date(2023, 11, 16), "oct_2022", (D, F, F, D)),
    (date(2023, 11, 17), "oct_2023", (D, D, F, D)),
    (date(2025, 4, 8), "oct_2023", (D, D, F, D)),
    (date(2025, 4, 9), "apr_2025", (D, D, D, D)),
    (date(2025, 8, 11), "aug_2025", (D, D, L, D)),
    (date(2026, 1, 14), "aug_2025", (D, D, L, D)),
    (date(2026, 1, 15), "jan_2026", (L, L, L, D)),
    (date(2026, 5, 31), "may_2026", (L, L, L, D)),
    (date(2026, 7, 9), "may_2026", (L, L, L, D)),
    (date(2026, 11, 28), "jul_2026", (L, L, L, D)),
)
"""H200, H800, H20 and B200: sections 3 and 5 of docs/export_rules.md read by hand."""


@pytest.mark.parametrize(("day", "law", "rulings"), DAYS)
def test_the_law_of_a_day(day: date, law: str, rulings: tuple[str, ...]) -> None:
    in_force = [name for name in DATED if regime(name).effective <= day]
    assert (in_force or ["before_oct_2022"])[-1] == law
    chips = ("h200_sxm", "h800_sxm", "h20_sxm", "b200_hgx")
    assert tuple(ask(law, chip, trade("hong_kong", delivery=day)).status.value for chip in chips) == rulings
