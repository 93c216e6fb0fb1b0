"""Cuts of a year: tight where they were made, valid everywhere, shared only by years of one shape."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.model.derive import derive
from optimizer.operations.shapes import SourceShape, YearShape, shape_of
from optimizer.solve.parametric import Parametric, compile_year
from optimizer.solve.year_lp import Bases, YearLp
from tests.operations import random_years
from tests.operations.dispatching_cases import ALL, BATTERY, FLEXIBLE_WORK, NO_CAPS
from tests.tiny import GENERATION, tiny

HERE = Path(__file__).parent
POINTS = 200
SOURCES = [
    {"source": "engine", "fuel_usd_per_gj": 5.0, "full_load_hours_per_year": 3000.0},
    {"source": "sun"},
]
INSTANCES: dict[str, dict[str, Any]] = {
    "all": ALL,
    "battery": BATTERY,
    "work": FLEXIBLE_WORK,
    "generation": {**GENERATION, **BATTERY, "sites.paper.generation": SOURCES},
    "generation beside all": {**GENERATION, **ALL, "sites.paper.generation": SOURCES},
}
WITH_CAPS = ("all", "generation beside all")


@cache
def shape(name: str) -> YearShape:
    if name == "every branch":
        return random_years.random_shape(np.random.default_rng(2), 72, frozenset(random_years.MENU))
    year = derive(tiny(INSTANCES[name]), HERE).years["paper"]
    return shape_of(year, "a", ("energy", "carbon", "water") if name in WITH_CAPS else ())[0]


@cache
def programme(name: str) -> Parametric:
    return compile_year(shape(name))


def anywhere(names: tuple[str, ...], rng: np.random.Generator) -> np.ndarray:
    """Capacities of any size; the yearly caps near what they cap, so that some bind and some cannot be met."""
    load = rng.uniform(0, 2)
    x = []
    for name in names:
        if name.startswith("load/"):
            x.append(load)
        elif name in ("energy", "carbon", "water"):
            per_mw = {"energy": 8760 * 1.05, "carbon": 8760 * 0.55, "water": 3000.0}[name]
            x.append(load * per_mw * rng.uniform(0.6, 1.3))
        elif name == "limit":
            x.append(load * rng.uniform(0.9, 1.6))
        else:
            x.append(rng.uniform(0, 0.6) * rng.integers(0, 2))
    return np.array(x)


def places(name: str) -> list[np.ndarray]:
    """Capacities at random."""
    rng = np.random.default_rng(7)
    if name == "every branch":
        return [random_years.anywhere(shape(name), rng) for _ in range(POINTS)]
    return [anywhere(programme(name).coordinates, rng) for _ in range(POINTS)]


SLOW = pytest.param("generation beside all", marks=pytest.mark.long)


@pytest.mark.parametrize("name", ["all", "battery", "work", "generation", "every branch", SLOW])
def test_cuts_are_tight_and_valid_at_hundreds_of_capacities(name: str) -> None:
    """Every cut against every point: the price is never above the value, and no cut forbids what can be served."""
    lp, points = YearLp(programme(name)), places(name)
    answers = [lp.answer(x) for x in points]
    served = [k for k, answer in enumerate(answers) if answer.served]
    for source in (j for j, what in enumerate(programme(name).coordinates) if what.startswith("source/")):
        assert len({k for k in served if points[k][source] > 0}) > 5, "generation is there and is not"
        assert any(answers[k].cut[source] < 0 for k in served), "more of it saves something"
    assert 5 <= len(served) < POINTS if name != "work" else served
    for x, answer in zip(points, answers, strict=True):
        assert float(answer.cut @ x) == pytest.approx(answer.value, rel=1e-6, abs=1e-6)
        for k in served:
            if answer.served:
                assert float(answer.cut @ points[k]) <= answers[k].value + 1e-6 * max(1.0, abs(answers[k].value))
            else:
                assert float(answer.cut @ points[k]) <= 1e-6


def test_the_bill_is_homogeneous() -> None:
    """Twice the capacities, twice the bill; and a mixture of two designs costs no more than their mixed bills."""
    rng = np.random.default_rng(3)
    lp = YearLp(programme("battery"))
    names = programme("battery").coordinates
    roomy = [np.where(np.array(names) == "limit", 9.0, anywhere(names, rng)) for _ in range(20)]
    for x, z in pairwise(roomy):
        once, other, both = lp.answer(x).value, lp.answer(z).value, lp.answer(x + z).value
        assert lp.answer(2 * x).value == pytest.approx(2 * once, rel=1e-7, abs=1e-6)
        assert both <= once + other + 1e-6 * max(1.0, abs(both))


def test_a_warm_answer_is_that_of_a_cold_one() -> None:
    rng = np.random.default_rng(5)
    names = programme("all").coordinates
    warm = YearLp(programme("all"))
    for _ in range(15):
        x = anywhere(names, rng)
        cold = YearLp(programme("all")).answer(x)
        assert warm.answer(x).served is cold.served
        assert warm.answer(x).value == pytest.approx(cold.value, rel=1e-7, abs=1e-6)


def test_a_year_with_other_prices_begins_at_the_basis_of_the_one_before() -> None:
    """The same answer, within a few steps of the simplex method; none is known of another layout."""
    year = shape("all")
    dearer = compile_year(replace(year, energy_usd_per_mwh=1.02 * year.energy_usd_per_mwh))
    bases, x = Bases(), anywhere(programme("all").coordinates, np.random.default_rng(5))
    assert bases.of(dearer)[0] is None
    YearLp(programme("all"), bases).answer(x)
    assert bases.of(dearer)[0] is not None
    assert bases.of(programme("battery"))[0] is None
    near, cold = YearLp(dearer, bases), YearLp(dearer)
    assert near.answer(x).value == pytest.approx(cold.answer(x).value, rel=1e-9)
    assert steps(near) < 0.2 * steps(cold)


def steps(lp: YearLp) -> int:
    """Iterations of the simplex method in its last run."""
    return int(lp._price._highs.getInfo().simplex_iteration_count)


def other(value: Any) -> Any:
    """Something else of the same kind; None where the field has no other value that makes sense."""
    if isinstance(value, np.ndarray):
        changed = value.copy()
        changed.flat[0] += 1
        return changed
    if isinstance(value, float):
        return value + 0.125
    if value is None:
        return 1.0
    return value[:-1] if value else None


SUN = SourceShape(name="sun", availability=np.ones(168), usd_per_mwh=0.0, carbon_t_per_mwh=0.0, hours=None)


@pytest.mark.parametrize("field", [field.name for field in fields(YearShape)])
def test_years_that_differ_in_anything_do_not_share(field: str) -> None:
    """No number of the programme is left out of the digest."""
    base = replace(shape("all"), sources=(SUN,), energy_rises=(5.0, 9.0))
    changed = other(getattr(base, field))
    assert changed is not None
    assert replace(base, **{field: changed}).digest != base.digest


def test_what_a_load_or_a_charge_holds_counts() -> None:
    """Also numbers inside the parts of a shape."""
    base = shape("all")
    for number, part in enumerate(base.charges):
        more = replace(part, usd_per_mw_month=part.usd_per_mw_month + 1)
        assert replace(base, charges=(*base.charges[:number], more, *base.charges[number + 1 :])).digest != base.digest
    for told in ({"name": "moon"}, {"usd_per_mwh": 1.0}, {"hours": 9.0}, {"availability": np.full(168, 0.5)}):
        other_sun = replace(SUN, **told)
        assert replace(base, sources=(other_sun,)).digest != replace(base, sources=(SUN,)).digest
    later = replace(base.placing[0], room=base.placing[0].room + 1e-9)
    assert replace(base, placing=(later,)).digest != base.digest


def shapes_by_phase(changes: dict[str, Any]) -> list[tuple[str, float]]:
    problem = derive(tiny(changes), HERE)
    found = [shape_of(problem.years["paper"], p, ()) for p in problem.calendar.phases]
    return [(one.digest, scale) for one, scale in found]


def test_a_trend_stands_outside_only_if_the_tariff_is_all_there_is_to_pay() -> None:
    """Phases share a scaled shape; with a price that has no trend they do not share at all."""
    trend = {**NO_CAPS, "tariffs.flat.real_trend_fraction": 0.05}
    (first, low), (second, high) = shapes_by_phase(trend)
    assert first == second
    assert high == pytest.approx(1.05 * low, rel=1e-3)
    for more in (
        {"sites.paper.carbon_price_usd_per_t": 10.0},
        {"batteries.cell": {**BATTERY["batteries.cell"], "degradation_usd_per_mwh": 1.0}},
    ):
        (first, one), (second, too) = shapes_by_phase({**trend, **more})
        assert first != second
        assert (one, too) == (1.0, 1.0)


def test_phases_without_trend_share() -> None:
    (first, _), (second, _) = shapes_by_phase({**ALL, "limits": {}})
    assert first == second


def test_a_limit_that_binds_exactly_is_served() -> None:
    """Rounding may leave the last hour short by less than the audit's tolerance; the bill is then that of the limit."""
    lp, names = YearLp(programme("battery")), programme("battery").coordinates
    x = np.array([0.1 if name.startswith("load/") else 0.0 for name in names])
    x[names.index("limit")] = 9.0
    roomy = lp.answer(x)
    need = 0.1 * 1.05
    assert roomy.served
    for short in (0.0, 1e-10, 2e-11):
        x[names.index("limit")] = need - short
        tight = lp.answer(x)
        assert tight.served
        assert tight.value == pytest.approx(roomy.value, rel=1e-5)
        assert tight.value == pytest.approx(float(tight.cut @ x), rel=1e-12)
    x[names.index("limit")] = need - 1e-4
    assert not lp.answer(x).served
