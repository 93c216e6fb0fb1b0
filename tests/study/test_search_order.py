"""Which cell is solved when and whose bounds it takes: a matter of the points alone."""

from __future__ import annotations

from itertools import product

import pytest

from optimizer.study.search_order import BESIDE_BASE, PointSpace

CUBE = [list(point) for point in product([10, 20, 30], [0.1, 0.2, 0.3], [-1.0, 0.0, 1.0])]


def test_every_point_is_in_one_level() -> None:
    for points in (CUBE, CUBE[:1], CUBE[:5], [[k] for k in range(100)], [[None], [1.0], [2.0]]):
        levels = PointSpace(points).levels()
        assert sorted(place for level in levels for place in level) == list(range(len(points)))
        assert all(level == sorted(level) for level in levels)


def test_the_corners_come_first_and_then_the_middle() -> None:
    levels = PointSpace(CUBE).levels()
    corners = {CUBE.index(list(point)) for point in product([10, 30], [0.1, 0.3], [-1.0, 1.0])}
    assert set(levels[0]) | set(levels[1]) == corners
    assert set(levels[0]) | set(levels[1]) == PointSpace(CUBE).anchors
    assert len(levels[0]) == BESIDE_BASE
    assert {0, len(CUBE) - 1} <= set(levels[0])
    assert CUBE.index([20, 0.2, 0.0]) in levels[2]


def test_a_sample_has_its_corners_where_it_comes_nearest_to_them() -> None:
    points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.1], [0.2, 0.8], [0.95, 0.9], [0.4, 0.6]]
    assert PointSpace(points).anchors == {1, 2, 3, 4}


def test_values_that_are_no_numbers_have_their_own_corners() -> None:
    points = [[regime, price] for regime in ("a", "b", "c") for price in range(9)]
    first = [place for level in PointSpace(points).levels()[:2] for place in level]
    assert {points[place][0] for place in first} == {"a", "b", "c"}


def test_a_truth_value_is_no_number() -> None:
    space = PointSpace([[True, 1], [False, 2]])
    assert len(space.kinds) == 1
    assert len(space.numbers) == 1


def test_sources_stand_on_every_side() -> None:
    """Of a line 0 .. 10 with sources at 0, 1, 2, 3 and 10, the cell at 4 gets the nearest two and the one above it."""
    space = PointSpace([[k] for k in range(11)])
    space.add_sources([0, 1, 2, 3, 10])
    assert space.neighbours(4) == [3, 2, 10]
    assert space.neighbours(0) == [0, 1]


def test_sources_of_another_kind_are_asked_only_if_they_are_nearest() -> None:
    points = [[kind, price] for kind in ("a", "b") for price in range(5)]
    space = PointSpace(points)
    space.add_sources([0, 4, 5, 9])
    assert [points[place] for place in space.neighbours(2)] == [["a", 0], ["a", 4]]


def test_ties_go_to_the_smaller_number_in_whatever_order_they_are_added() -> None:
    one, two = PointSpace(CUBE), PointSpace(CUBE)
    for number in (26, 0, 8, 18):
        one.add_sources([number])
    two.add_sources([18, 0, 26, 8])
    for number in range(len(CUBE)):
        assert one.neighbours(number) == two.neighbours(number)


def test_many_factors_have_a_source_on_both_sides_of_each() -> None:
    points = [list(point) for point in product([0, 1, 2], repeat=5)]
    space = PointSpace(points)
    assert 2 <= len(space.anchors) <= 10
    space.add_sources([0, len(points) - 1])
    assert sorted(space.neighbours(points.index([1, 1, 1, 1, 1]))) == [0, len(points) - 1]


@pytest.mark.parametrize("count", [1_000, 10_000])
def test_large_studies_are_ordered_in_seconds(count: int) -> None:
    levels = PointSpace([[k % 10, k // 10 % 10, k // 100] for k in range(count)]).levels()
    assert sum(map(len, levels)) == count
    assert len(levels) < 30
