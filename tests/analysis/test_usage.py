"""What is used of a limit, as a reader sees it."""

from __future__ import annotations

import pytest

from optimizer.analysis.usage import Use
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
