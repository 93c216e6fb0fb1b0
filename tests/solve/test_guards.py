"""Numbers and versions that are refused before the solver sees them."""

from __future__ import annotations

import pickle
from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest

from optimizer.errors import UnsoundError
from optimizer.solve.guards import check_highspy, check_matrix, violated
from optimizer.solve.highs import Engine
from optimizer.solve.outcome import LinearForm, Request
from optimizer.solve.unsound import Unsound

from .small import INF, model


def sound():  # type: ignore[no-untyped-def]
    return model([[1, 2], [3, 4]], [0, -INF], [5, 6], 0, [INF, 9], False, [1, 1])


def test_a_sound_model_passes() -> None:
    check_matrix(sound())


@pytest.mark.parametrize("number", [1e15, 1e12, -1e13, nan, inf, 1e-10])
def test_a_bad_coefficient_is_named_by_row_and_column(number: float) -> None:
    c = sound()
    c.value[1] = number  # column x0, row r1
    with pytest.raises(Unsound, match="row r1, column x0") as caught:
        check_matrix(c)
    assert isinstance(caught.value, UnsoundError)
    with pytest.raises(Unsound):
        Engine(c)


def test_a_range_over_1e9_names_both_ends() -> None:
    c = sound()
    c.value[0], c.value[3] = 1e-4, 2e6
    with pytest.raises(Unsound, match=r"row r0, column x0 = 0\.0001, row r1, column x1 = 2e\+06"):
        check_matrix(c)


@pytest.mark.parametrize("field", ["cost", "row_lower", "row_upper", "column_lower", "column_upper"])
@pytest.mark.parametrize("number", [nan, 2e12])
def test_a_bad_vector_entry_is_named(field: str, number: float) -> None:
    c = sound()
    getattr(c, field)[1] = number
    with pytest.raises(Unsound, match=r"(r1|x1) ="):
        check_matrix(c)


def test_bad_forms_and_constants_are_named() -> None:
    with pytest.raises(Unsound, match="form eflop x1"):
        check_matrix(replace(sound(), forms={"eflop": LinearForm(np.array([0.0, nan]))}))
    with pytest.raises(Unsound, match="constant of eflop"):
        check_matrix(replace(sound(), forms={"eflop": LinearForm(np.zeros(2), nan)}))
    with pytest.raises(Unsound, match="constant of cost"):
        check_matrix(replace(sound(), cost_offset=inf))


def test_a_bad_cost_of_a_request_is_refused() -> None:
    with pytest.raises(Unsound, match="not finite"):
        Engine(sound()).solve(Request(cost=np.array([nan, 1.0])))


@pytest.mark.parametrize("found", ["1.14.0", "1.13.1", "1.15.0", "0.9"])
def test_old_solvers_are_refused(found: str) -> None:
    with pytest.raises(Unsound, match=r"1\.15\.1"):
        check_highspy(found)


@pytest.mark.parametrize("found", ["1.15.1", "1.15.1rc2", "1.16.0", "2.0", None])
def test_new_solvers_pass(found: str | None) -> None:
    check_highspy(found)


def test_violated_names_rows_columns_and_nan() -> None:
    assert violated(sound(), np.array([1.0, 0.5]), 1e-6) == ()
    assert violated(sound(), np.array([2.0, 2.0]), 1e-6) == ("r0", "r1")
    assert violated(sound(), np.array([-1.0, 0.5]), 1e-6) == ("x0",)
    assert "x1" in violated(sound(), np.array([0.0, nan]), 1e-6)


def test_the_error_keeps_its_names_across_processes() -> None:
    error = pickle.loads(pickle.dumps(Unsound(("r1", "x2"), "odd")))
    assert (error.names, str(error)) == (("r1", "x2"), "odd: r1, x2")
