"""The coarse year is a relaxation of the year: never dearer, never short of what the year can serve, its cuts valid."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.operations.coarse_year import coarse_span, like_days
from optimizer.operations.shapes import YearShape
from optimizer.solve.parametric import compile_coarse_year, compile_year
from optimizer.solve.year_lp import NOTHING, YearLp
from tests.operations.random_years import MENU, anywhere, random_shape

TOLERANCE = 1e-6
"""Of the solver, relative to the value or in USD."""


def assert_never_above(shape: YearShape, rng: np.random.Generator, points: int = 3) -> int:
    """At random capacities the coarse value and its cuts are at most the exact one; returns how many are served."""
    exact, coarse = YearLp(compile_year(shape)), YearLp(compile_coarse_year(shape))
    places = [anywhere(shape, rng) for _ in range(points)]
    values = [exact.answer(x) for x in places]
    for x, value in zip(places, values, strict=True):
        found = coarse.answer(x)
        if value.served:
            assert found.served, "the coarse year forbids what the year can serve"
            assert found.value <= value.value + TOLERANCE * max(1.0, abs(value.value))
        elif not found.served:
            assert found.value <= value.value + TOLERANCE * max(1.0, value.value)
        for z, other in zip(places, values, strict=True):
            if other.served:
                most = other.value if found.served else NOTHING
                size = float(np.abs(found.cut) @ z)
                assert float(found.cut @ z) <= most + TOLERANCE * max(1.0, abs(most), size)
    return sum(value.served for value in values)


def test_never_above_the_year() -> None:
    """Forty programmes of all kinds at three capacities each; most of them short years."""
    rng = np.random.default_rng(11)
    served = [assert_never_above(random_shape(rng, 24 * int(rng.integers(1, 25))), rng) for _ in range(40)]
    assert 40 <= sum(served) < 120


@pytest.mark.long
def test_never_above_the_year_at_hundreds_of_programmes() -> None:
    rng = np.random.default_rng(12)
    days = [*rng.integers(1, 15, 500), *rng.integers(15, 60, 20)]
    served = [assert_never_above(random_shape(rng, 24 * int(length)), rng) for length in days]
    served += [assert_never_above(random_shape(rng, 8760), rng, 2) for _ in range(3)]
    assert sum(served) > 500


def test_the_mean_over_like_days_of_any_dispatch_is_one_of_the_coarse_year() -> None:
    """The proof of section 12a, done with numbers: rows and bounds hold at the means, and the cost is no higher."""
    rng = np.random.default_rng(3)
    for _ in range(12):
        shape = random_shape(rng, 24 * int(rng.integers(2, 40)), frozenset(MENU) - set(rng.choice(MENU, 3)))
        most = {"limit": 60.0, "available": 1200.0, "energy": 1e6, "carbon": 1e6, "water": 1e6}
        x = np.array([most.get(name, 10.0) for name in shape.coordinates])
        exact, coarse = compile_year(shape), compile_coarse_year(shape)
        lp = YearLp(exact)
        answer = lp.answer(x)
        assert answer.served
        y = averaged(shape, dict(zip(exact.column_names, lp.columns(), strict=True)), coarse.column_names)
        activity = coarse.a @ y + coarse.b @ x
        assert (activity >= coarse.row_low - 1e-6).all()
        assert (activity <= coarse.row_high + 1e-6).all()
        assert (y[coarse.bounded] <= (coarse.u @ x)[coarse.bounded] + 1e-6).all()
        assert coarse.cost @ y <= answer.value + 1e-6 * abs(answer.value)


def averaged(shape: YearShape, y: dict[str, float], names: tuple[str, ...]) -> np.ndarray:
    """The coarse columns as means of the exact ones over the days of each group."""
    groups, days = like_days(shape), shape.hours // 24
    period = coarse_span(shape).period
    assert period is not None
    soc = np.array([y.get(f"year.soc[one,{t}]", 0.0) for t in range(shape.hours)]).reshape(days, 24)
    of_day = np.cumsum(np.concatenate([[0], np.diff(shape.month[::24]) != 0]))

    def value(name: str) -> float:
        kind, label = name.removeprefix("year.").rstrip("]").split("[")
        index = label.split(",")[1:]
        if kind == "end":
            return float(np.roll(soc[:, 0], -1)[groups[int(index[0])]].mean())
        if kind == "edge":
            return float(soc[np.argmax(of_day == int(index[0])), 0])
        if kind in ("imported", "charge", "discharge", "soc", "running", "fed", "exported", "placed"):
            group, hour = divmod(int(index[-1]), 24)
            inside = "".join(f"{i}," for i in index[:-1])
            return float(np.mean([y[f"year.{kind}[one,{inside}{24 * day + hour}]"] for day in groups[group]]))
        return y[name]

    return np.array([value(name) for name in names])


def test_every_day_is_in_one_group_of_days_that_are_alike() -> None:
    shape = random_shape(np.random.default_rng(5), 24 * 60, frozenset(MENU))
    assert shape.response is not None
    masks = [shape.response.called, *(charge.mask for charge in shape.charges)]
    groups = like_days(shape)
    assert sorted(np.concatenate(groups)) == list(range(60))
    for group in groups:
        for series in (shape.energy_usd_per_mwh, shape.month, *masks):
            of_days = series.reshape(60, 24)[group]
            assert (of_days == of_days[0]).all()


def test_a_year_of_days_that_are_alone_is_the_year_itself() -> None:
    """Where no day is like another, only the order of the days is lost, and that only stored energy knows."""
    rng = np.random.default_rng(8)
    shape = random_shape(rng, 240, frozenset(MENU) - {"energy", "carbon", "water", "battery"})
    shape = replace(shape, energy_usd_per_mwh=rng.uniform(20.0, 200.0, 240))
    x = np.array([4.0 if name == "limit" else 0.5 for name in shape.coordinates])
    exact, coarse = YearLp(compile_year(shape)).answer(x), YearLp(compile_coarse_year(shape)).answer(x)
    assert coarse.value == pytest.approx(exact.value, rel=1e-9)
