"""What a solution is worth whose integers are kept and whose rest is made best for the ratio."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.errors import SolverCrash
from optimizer.solve import dinkelbach
from optimizer.solve.dinkelbach import RatioOptions
from optimizer.solve.highs import Engine
from optimizer.solve.integers_kept import Ratio, best_with_integers
from optimizer.solve.outcome import Hooks, LinearForm, Outcome, Request, SolverStatus, Suffices, Vector

from .small import INF, model

HALLS = model([[1, -4]], -INF, 0, [5, 0], [8, 3], [False, True])
"""Hall b (whole) opens 4 units of floor for 3; compute x costs 1 up to the floor of the halls, need 5, at most 8."""
COST, COMPUTE = LinearForm(np.array([1.0, 3.0]), 0.0), LinearForm(np.array([1.0, 0.0]), 0.0)
SHORT = np.array([5.0, 2.0])
"""Two halls, no more compute than is needed: (5 + 6) / 5 = 2.2. With 8 units they cost (8 + 6) / 8 = 1.75."""


def asked(trial: float) -> Request:
    return Request(cost=COST.coefficients - trial * COMPUTE.coefficients, relaxed=True)


RATIO = Ratio(COST, COMPUTE, asked)


@pytest.mark.parametrize("trial", [0.0, 1.5, 2.0, 9.0])
def test_two_halls_are_worth_what_they_cost_when_they_are_full(trial: float) -> None:
    kept = best_with_integers(Engine(HALLS), RATIO, SHORT, trial)
    assert kept.ratio == pytest.approx(1.75)
    assert kept.x == pytest.approx([8, 2])
    assert kept.unsound is None


def test_what_suffices_is_handed_to_the_engine_which_may_stop_there() -> None:
    class Content(Engine):
        """Takes the first solution that suffices, as a search over years that dispatch does."""

        def fixed_lp(self, cost: Vector, offset: float = 0.0, suffices: Suffices | None = None) -> Outcome:
            assert suffices is not None
            assert suffices(SHORT)
            return Outcome(status=SolverStatus.OPTIMAL, x=SHORT, objective=0.0)

    kept = best_with_integers(Content(HALLS), RATIO, SHORT, 1.0, lambda x: RATIO.at(x) <= 2.5)
    assert kept.ratio == pytest.approx(2.2)


def test_halves_of_halls_are_no_design_and_unsound() -> None:
    kept = best_with_integers(Engine(HALLS), RATIO, np.array([5.0, 1.5]), 1.0)
    assert (kept.x, kept.ratio) == (None, INF)
    assert kept.unsound is not None
    assert kept.unsound.status is SolverStatus.UNSOUND


def test_integers_without_a_design_are_worth_nothing() -> None:
    kept = best_with_integers(Engine(HALLS), RATIO, np.array([5.0, 0.0]), 1.0)
    assert (kept.x, kept.ratio) == (None, INF)


def seen(trial: float, least: int, monkeypatch: pytest.MonkeyPatch) -> tuple[float, list[Vector]]:
    """What a search whose tree runs at a trial sees of the two halls, its best design being at 2.0."""
    monkeypatch.setattr(dinkelbach, "LEAST_INTEGERS", least)
    told: list[Vector] = []
    search = dinkelbach._RatioSearch(Engine(HALLS), COST, COMPUTE, RatioOptions(gap=1e-3))
    with search.listening(Hooks(on_solution=told.append)):
        search.best, search.trial = 2.0, trial
        search.engine.hooks.on_solution(SHORT)  # type: ignore[misc]
        return search.seen.ratio, told


def test_a_tree_apart_from_the_best_design_is_asked_what_its_solutions_are_worth(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert seen(1.5, 0, monkeypatch)[0] == pytest.approx(1.75)
    assert seen(2.0, 0, monkeypatch)[0] == pytest.approx(2.2)
    assert seen(1.5, 1000, monkeypatch)[0] == pytest.approx(2.2), "a small model's tree is as soon at its end"
    assert [list(x) for x in seen(1.5, 0, monkeypatch)[1]] == [list(SHORT)]


def test_the_best_that_a_tree_showed_is_kept_though_it_ended_with_another() -> None:
    """Of a site for 2, a tree at a trial of 0 ends with one hall at (4 + 3 + 2) / 4; the two it met are at 16 / 8."""
    c = model([[1, -4]], -INF, 0, [4, 0], [8, 3], [False, True])

    class Passing(Engine):
        """Shows two full halls on its way to the one it ends with."""

        def solve(self, request: Request) -> Outcome:
            outcome = super().solve(request)
            if not request.relaxed and self.hooks.on_solution is not None:
                self.hooks.on_solution(np.array([8.0, 2.0]))
                return replace(outcome, x=np.array([4.0, 1.0]), objective=0.0, bound=-INF, status=SolverStatus.FEASIBLE)
            return outcome

    site = LinearForm(COST.coefficients, 2.0)
    search = dinkelbach._RatioSearch(Passing(c), site, COMPUTE, RatioOptions(gap=1e-3))
    with search.listening(Hooks()):
        search.range.find(search.engine, 10.0)
        search._mip_step(first=True)
    assert search.best == pytest.approx(2.0)
    assert search.best_x == pytest.approx([8, 2])


def test_a_second_engine_that_crashes_does_not_end_the_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise SolverCrash("refused")

    monkeypatch.setattr(dinkelbach, "best_with_integers", crash)
    assert seen(1.5, 0, monkeypatch)[0] == pytest.approx(2.2)
