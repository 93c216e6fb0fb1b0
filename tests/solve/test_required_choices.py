"""Rows "at most one of these" that every design fills: found where they are, and no design lost by it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from optimizer.solve.compiled import Compiled
from optimizer.solve.guards import violated
from optimizer.solve.outcome import Hooks
from optimizer.solve.required_choices import with_required_choices

from .small import INF, model


def strengthened(compiled: Compiled, time_limit_s: float = 60.0) -> Compiled:
    return with_required_choices(compiled, Hooks(), True, time_limit_s)


def two_sites(target: float) -> Compiled:
    """Two substations at either site, of 3 or 5 MW at the first and 10 or 20 at the second; one at most at each."""
    return model([[1, 1, 0, 0], [0, 0, 1, 1], [3, 5, 10, 20]], [-INF, -INF, target], [1, 1, INF], 0, 1, True)


@pytest.mark.parametrize(
    ("target", "required"),
    [
        (4.0, (False, False)),  # either site alone
        (5.5, (False, True)),  # beyond the first alone, 5 MW
        (20.0, (False, True)),
        (20.5, (True, True)),  # beyond the second alone
        (25.5, (False, False)),  # no design at all: left as it is, for the search to say so
    ],
)
def test_a_site_that_the_target_needs_has_one_of_its_substations(target: float, required: tuple[bool, bool]) -> None:
    compiled = strengthened(two_sites(target))
    assert tuple(bool(low == 1.0) for low in compiled.row_lower[:2]) == required
    assert compiled.row_upper.tolist() == [1.0, 1.0, INF]


def test_a_row_of_other_factors_is_read_as_well_and_one_of_amounts_is_not() -> None:
    rows, low, high = [[2, 2, 0], [0, 1, 1], [1, 1, 1], [3, 3, 0]], [-INF, -INF, 1.5, -INF], [2, 1, INF, 4]
    compiled = strengthened(model(rows, low, high, 0, 1, [True, True, False]))
    # 2 (x0 + x1) <= 2 is a choice and needed, as x2 <= 1; x2 is no whole number; 3 (x0 + x1) <= 4 is no such row.
    assert compiled.row_lower.tolist() == [2.0, -INF, 1.5, -INF]


def test_a_choice_that_another_row_demands_is_made_without_a_question() -> None:
    """2 x0 + x1 >= 1 within the choice of x0, x1, x2 demands it; a row with a binary from outside does not."""
    rows, low, high = [[1, 1, 1, 0], [2, 1, 0, 0], [0, 0, 1, 1]], [-INF, 1.0, 1.0], [1, INF, INF]
    compiled = strengthened(model(rows, low, high, 0, 1, True), time_limit_s=0.0)
    assert compiled.row_lower.tolist() == [1.0, 1.0, 1.0]
    rows[1] = [2, 1, 0, 1]
    assert strengthened(model(rows, low, high, 0, 1, True), time_limit_s=0.0).row_lower[0] == -INF
    rows[1] = [2, -1, 0, 0]
    assert strengthened(model(rows, low, high, 0, 1, True), time_limit_s=0.0).row_lower[0] == -INF


def test_nothing_is_asked_without_time() -> None:
    assert strengthened(two_sites(20.5), time_limit_s=0.0).row_lower[:2].tolist() == [-INF, -INF]


def random_choices(seed: int) -> Compiled:
    """Eight binaries in three choices, under two random demands."""
    rng = np.random.default_rng(seed)
    choices = [[1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0, 1, 1]]
    demand = rng.integers(0, 6, (2, 8))
    least = [float(rng.integers(0, demand[i].sum() // 2 + 2)) for i in range(2)]
    return model([*choices, *demand.tolist()], [-INF] * 3 + least, [1] * 3 + [INF] * 2, 0, 1, True)


@pytest.mark.parametrize("seed", range(60))
def test_the_designs_are_the_same(seed: int) -> None:
    """Every choice of eight binaries under three choices and two random rows, before and after."""
    before = random_choices(seed)
    after = strengthened(before)
    for point in product((0.0, 1.0), repeat=8):
        assert bool(violated(before, np.array(point), 1e-9)) == bool(violated(after, np.array(point), 1e-9))


def test_random_choices_do_get_tighter() -> None:
    """The test above compares something: of its models a good part has rows that become equations."""
    tighter = 0
    for seed in range(60):
        before = random_choices(seed)
        tighter += int((strengthened(before).row_lower != before.row_lower).any())
    assert tighter > 10
