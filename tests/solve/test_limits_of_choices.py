"""Limits that hold only with a choice: which rows they are, that no design is lost, and that the bound rises."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from optimizer.solve.compiled import Compiled
from optimizer.solve.highs import Engine
from optimizer.solve.limits_of_choices import LEAST_INTEGERS, with_limits_of_choices
from optimizer.solve.outcome import LinearForm

from .small import INF, model


def dense(compiled: Compiled) -> np.ndarray:
    matrix = np.zeros((compiled.rows, compiled.columns))
    matrix[compiled.index, np.repeat(np.arange(compiled.columns), np.diff(compiled.start))] = compiled.value
    return matrix


def two_sites() -> Compiled:
    """x0 and x1 pods at two sites, 50 at most at each and 10 in all, both for z = x2; 3 x0 + 2 x1 >= 12."""
    rows = [[1, 0, -50], [0, 1, -50], [1, 1, 0], [3, 2, 0]]
    return model(rows, [-INF, -INF, -INF, 12], [0, 0, 10, INF], 0, [INF, INF, 1], True)


def test_a_limit_of_all_sites_is_multiplied_by_the_choice_that_all_of_them_need() -> None:
    compiled = with_limits_of_choices(two_sites(), 0)
    assert dense(compiled).tolist() == [[1, 0, -50], [0, 1, -50], [1, 1, -10], [3, 2, 0]]
    assert compiled.row_upper.tolist() == [0, 0, 0, INF]
    assert compiled.row_lower.tolist() == [-INF, -INF, -INF, 12]


def test_the_relaxation_pays_for_as_much_of_the_choice_as_it_uses_of_the_limit() -> None:
    """2.4 pods at either site share 2.4 / 50 of z; by the limit of both 4 at the first are least, for 4 / 10 of z."""
    dear = LinearForm(np.array([1.0, 1.0, 100.0]))
    assert Engine(two_sites()).lp_relaxation(dear).objective == pytest.approx(4.8 + 100 * 2.4 / 50)
    assert Engine(with_limits_of_choices(two_sites(), 0)).lp_relaxation(dear).objective == pytest.approx(
        4 + 100 * 4 / 10
    )


@pytest.mark.parametrize(
    "change",
    [
        {"matrix": [[1, 0, -50, 0], [0, 1, 0, -50], [1, 1, 0, 0]]},  # each of them another choice
        {"matrix": [[1, 0, -50, 0], [0, 1, -50, 0], [1, 1, -1, 0]]},  # the limit grows with the choice as it is
        {"matrix": [[1, 0, -50, 0], [0, 0, -50, 1], [1, 1, 0, 0]]},  # one of them needs none
        {"lower": [-1, 0, 0, 0]},  # less than nothing may be left without the choice
        {"integer": False},  # no choice
        {"row_lower": [-INF, -INF, 1]},  # something is asked for, with the choice or without
        {"row_upper": [0, 3, 10]},  # three of it may be had without the choice
    ],
)
def test_rows_of_which_that_is_not_true_stay_as_they_are(change: dict[str, object]) -> None:
    usual: dict[str, object] = {
        "matrix": [[1, 0, -50, 0], [0, 1, -50, 0], [1, 1, 0, 0]], "row_lower": -INF, "row_upper": [0, 0, 10],
        "lower": 0, "upper": [INF, INF, 1, 1], "integer": True,
    }  # fmt: skip
    assert with_limits_of_choices(model(**usual), 0).row_upper[2] == 0
    compiled = model(**(usual | change))
    assert with_limits_of_choices(compiled, 0) is compiled


def test_only_models_of_many_whole_numbers_are_changed() -> None:
    few = two_sites()
    assert with_limits_of_choices(few) is few
    more = LEAST_INTEGERS - 3
    many = model(
        np.hstack((dense(few), np.zeros((4, more)))),
        few.row_lower, few.row_upper, 0, np.r_[few.column_upper, np.ones(more)], True,
    )  # fmt: skip
    assert with_limits_of_choices(many).row_upper[2] == 0
    fewer = replace(many, is_integer=np.r_[many.is_integer[:-1], False])
    assert with_limits_of_choices(fewer) is fewer


def random_model(seed: int) -> Compiled:
    """Four numbers up to 2 and three binaries; most numbers need one or two of these, under three random limits."""
    rng = np.random.default_rng(seed)
    rows, upper = [], []
    for j, z in product(range(4), range(4, 7)):
        if rng.random() < 0.6:
            rows.append([float(k == j) - 2.0 * (k == z) for k in range(7)])
            upper.append(0.0)
    for _ in range(3):
        rows.append([*rng.integers(0, 3, 4).astype(float), 0.0, 0.0, float(rng.random() < 0.1)])
        upper.append(float(rng.integers(1, 6)))
    return model(rows, -INF, upper, 0, [2, 2, 2, 2, 1, 1, 1], True, [*-rng.random(4), *rng.random(3)])


def designs(compiled: Compiled) -> list[bool]:
    """Of every point with whole numbers whether it keeps the rows; all of them keep the bounds."""
    points = np.array(list(product(range(3), range(3), range(3), range(3), *[range(2)] * 3)), dtype=float)
    activity = points @ dense(compiled).T
    kept: list[bool] = ((activity >= compiled.row_lower) & (activity <= compiled.row_upper)).all(axis=1).tolist()
    return kept


def test_the_designs_are_the_same_and_no_relaxation_is_lower() -> None:
    """All 648 points of sixty models before and after; of a good part of the models the bound rises."""
    changed = higher = 0
    for seed in range(60):
        before = random_model(seed)
        after = with_limits_of_choices(before, 0)
        changed += after is not before
        assert designs(before) == designs(after)
        low, high = (Engine(each).lp_relaxation(before.objective).objective for each in (before, after))
        assert high >= low - 1e-9
        higher += high > low + 1e-6
    assert changed > 20
    assert higher > 5
