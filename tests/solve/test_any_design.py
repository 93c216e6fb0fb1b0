"""Whether there is a design at all: answered from the relaxation, with no more chosen or proven than was asked."""

import numpy as np
import pytest

from optimizer.solve.highs import Engine
from optimizer.solve.linear import ANY_DESIGN, LinearOptions, minimise_linear
from optimizer.solve.outcome import Hooks, LinearForm, SolverStatus
from tests.solve.small import model


def covering(least=7.0):
    """3 x0 + 5 x1 >= least, whole, at most 4 each: the relaxation of x0 + x1 is least / 5."""
    return model([[3.0, 5.0]], least, np.inf, 0, 4, True)


@pytest.fixture
def asked(monkeypatch):
    """The requests an engine gets."""
    requests = []
    solve = Engine.solve
    monkeypatch.setattr(Engine, "solve", lambda self, request: requests.append(request) or solve(self, request))
    return requests


COUNT, SECOND = LinearForm(np.array([1.0, 1.0])), LinearForm(np.array([1.0, 0.0]))


def test_any_design_is_one_and_its_bound_is_that_of_the_whole_model(asked):
    heard = []
    outcome = minimise_linear(
        Engine(covering(), Hooks(on_progress=heard.append)), COUNT, LinearOptions(gap=0.999), SECOND
    )
    assert outcome.status is SolverStatus.OPTIMAL
    assert covering().activity(outcome.x)[0] >= 7
    assert 7 / 5 - 1e-9 <= outcome.bound <= 2 + 1e-9
    assert all(progress.bound <= 2 + 1e-9 for progress in heard)
    trees = [request for request in asked if not request.relaxed and request.relative_gap]
    assert [request.start is not None for request in trees] == [True]


def test_below_it_the_second_form_chooses_among_equals(asked):
    """(0, 2) and (1, 1) need two each; the second form wants the first of them."""
    outcome = minimise_linear(Engine(covering()), COUNT, LinearOptions(gap=1e-6), SECOND)
    assert outcome.x.tolist() == [0.0, 2.0]
    assert LinearOptions().gap < ANY_DESIGN
    assert all(request.start is None for request in asked[:1])


def test_that_there_is_none_is_proven():
    outcome = minimise_linear(Engine(covering(33.0)), COUNT, LinearOptions(gap=0.999), SECOND)
    assert outcome.status is SolverStatus.INFEASIBLE
    assert outcome.relaxation_feasible is False


def test_none_in_whole_numbers_alone_is_proven_too():
    odd = model([[2.0, 2.0]], 3.0, 3.0, 0, 4, True)
    outcome = minimise_linear(Engine(odd), COUNT, LinearOptions(gap=0.999), SECOND)
    assert outcome.status is SolverStatus.INFEASIBLE
    assert outcome.relaxation_feasible is True
