"""Comparisons that no NaN gets past."""

from __future__ import annotations

import math

import pytest

from optimizer.audit.findings import Recorder, within


@pytest.mark.parametrize(
    ("value", "limit", "holds"),
    [
        (1.0, 1.0, True),
        (1.0 + 9e-7, 1.0, True),
        (1.0 + 2e-6, 1.0, False),
        (1000.0009, 1000.0, True),
        (1000.002, 1000.0, False),
        (9e-7, 0.0, True),
        (-1.0, -1.0, True),
        (math.nan, 1.0, False),
        (1.0, math.nan, False),
        (math.inf, 1.0, False),
        (1.0, math.inf, True),
    ],
)
def test_within(value: float, limit: float, holds: bool) -> None:
    assert within(value, limit) is holds


def test_nothing_is_the_same_as_nan_and_worst_is_infinite() -> None:
    recorder = Recorder()
    assert not recorder.same("x.y", "here", math.nan, 1.0, "")
    assert not recorder.same("x.y", "here", 1.0, math.nan, "")
    assert not recorder.same("x.y", "here", 1.0 + 2e-6, 1.0, "")
    assert recorder.same("x.y", "here", math.inf, math.inf, "")
    assert recorder.at_least("x.z", "here", 1.0, 2.0, "") is False
    assert recorder.checks_by_family == {"x": 5}
    assert recorder.worst_by_family == {"x": math.inf}
    assert len(recorder.findings) == 4
