"""The basis of a coarse year as the year's: what stands for what, and answers that do not depend on they begin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from docs.bench.cases import Facility, facility, write
from optimizer.model.build import build
from optimizer.model.derive import derive
from optimizer.operations.coarse_year import like_days
from optimizer.operations.shapes import YearShape
from optimizer.reading.read import read_instance
from optimizer.solve.coarse_basis import stands_for
from optimizer.solve.parametric import Parametric, compile_coarse_year, compile_year
from optimizer.solve.year_lp import Bases, YearLp
from optimizer.solve.years import programmes
from tests.operations.random_years import MENU, anywhere, random_shape


def grouped(shape: YearShape) -> Parametric:
    """The programme with its coarse one, however few days are alike."""
    exact, coarse = compile_year(shape), compile_coarse_year(shape)
    names = ((given.column_names, given.row_names) for given in (exact, coarse))
    return replace(exact, coarse=coarse, stands_for=stands_for(*names, like_days(shape)))


def begun(given: Parametric) -> YearLp:
    """Begins at the coarse year's basis where a capacity is new or gone."""
    assert given.coarse is not None
    bases = Bases()
    return YearLp(given, bases, YearLp(given.coarse, bases))


def test_a_day_is_stood_for_by_the_day_of_its_group() -> None:
    shape = random_shape(np.random.default_rng(0), 24 * 140, frozenset(MENU) - {"windows"})
    given, days = grouped(shape), like_days(shape)
    assert given.coarse is not None
    assert given.stands_for is not None
    group = {int(day): number for number, members in enumerate(days) for day in members}
    assert len(days) < len(group)
    by_hour = {"imported", "charge", "discharge", "soc", "running", "fed", "placed", "exported"}
    by_hour |= {"balance", "store", "limit", "highest", "within", "calm", "offered", "drop", "trading", "base"}
    seen = set()
    for names, small, places in (
        (given.column_names, given.coarse.column_names, given.stands_for.columns),
        (given.row_names, given.coarse.row_names, given.stands_for.rows),
    ):
        assert len(names) == len(places)
        for name, place in zip(names, places.tolist(), strict=True):
            assert place >= 0, name
            kind, _, inside = name.removeprefix("year.").partition("[")
            labels, stood = inside[:-1].split(","), small[place].partition("[")[2][:-1].split(",")
            assert small[place].startswith(f"year.{kind}[")
            if kind in by_hour:
                day, hour = divmod(int(labels[-1]), 24)
                labels[-1] = str(24 * group[day] + hour)
            elif kind == "day":
                labels[-1] = str(group[int(labels[-1])])
            assert stood == labels
            seen.add(kind)
    assert {"imported", "soc", "placed", "store", "highest", "day", "peak", "calm", "drop", "used"} <= seen


def test_answers_do_not_depend_on_where_they_begin() -> None:
    """Programmes of all kinds at capacities that come and go."""
    rng = np.random.default_rng(4)
    served = 0
    for _ in range(25):
        shape = random_shape(rng, 24 * int(rng.integers(8, 40)))
        given = grouped(shape)
        lp = begun(given)
        for _ in range(4):
            x = anywhere(shape, rng) * (rng.random(len(given.coordinates)) > 0.2)
            here, cold = lp.answer(x), YearLp(given).answer(x)
            assert here.served is cold.served
            assert here.value == pytest.approx(cold.value, rel=1e-7, abs=1e-6)
            served += cold.served
    assert 20 <= served < 100


def test_a_battery_that_is_new_costs_few_steps(tmp_path: Path) -> None:
    reading = read_instance(write(tmp_path, facility(Facility(1, hours=2688))))
    given = next(iter(programmes(build(derive(reading.instance, reading.folder), "lcoc")).values()))
    amounts = {"limit": 2.0, "free_mw": 0.0, "free_mwh": 0.0}
    without = np.array([amounts.get(name, 0.5 if name.startswith("load/") else 0.0) for name in given.coordinates])
    x = without + np.isin(given.coordinates, ("free_mw", "free_mwh")) * 0.3
    last, coarse = YearLp(given), begun(given)
    for lp in (last, coarse):
        assert lp.answer(without).served
    assert coarse.answer(x).value == pytest.approx(last.answer(x).value, rel=1e-9)
    assert steps(coarse) < 0.5 * steps(last)


def steps(lp: YearLp) -> int:
    """Iterations of the simplex method in its last run."""
    return int(lp._price._highs.getInfo().simplex_iteration_count)
