"""Where a run of HiGHS begins: at a design that is known, or at the basis of a relaxation under other costs."""

from __future__ import annotations

from typing import Any

from optimizer.errors import SolverCrash
from optimizer.solve.outcome import Basis, LinearForm, Request, Vector

_DUAL, _PRIMAL = 1, 4
"""HiGHS's simplex methods. Where costs alone are new, the last basis is primal feasible still: 2 times as fast."""


def relaxation(form: LinearForm, time_limit_s: float, basis: Basis | None = None) -> Request:
    """The least value of a form without the integer requirement, from a basis if there is one."""
    return Request(cost=form.coefficients, offset=form.constant, time_limit_s=time_limit_s, relaxed=True, basis=basis)


def send_start(highs: Any, start: Vector) -> None:
    """A design to start from. Raises SolverCrash if HiGHS refuses it."""
    from highspy import HighsSolution, HighsStatus

    solution = HighsSolution()
    solution.col_value = start.tolist()
    solution.value_valid = True
    if highs.setSolution(solution) == HighsStatus.kError:
        raise SolverCrash("HiGHS refused setSolution")


def basis_of(highs: Any) -> Basis | None:
    """The basis that the last relaxation ended with; None if it has none."""
    basis = highs.getBasis()
    return Basis(columns=basis.col_status, rows=basis.row_status) if basis.valid else None


def simplex_from(highs: Any, basis: Basis | None) -> dict[str, int]:
    """Take a basis, unless it is of a model with more rows; returns the option of the method that fits.

    Rows that were added since it was found are not at their limits in it.
    """
    from highspy import HighsBasis, HighsBasisStatus, HighsStatus

    added = -1 if basis is None else highs.getNumRow() - len(basis.rows)
    if basis is None or added < 0:
        return {"simplex_strategy": _DUAL}
    extended = HighsBasis()
    extended.valid, extended.alien = True, False
    extended.col_status = list(basis.columns)
    extended.row_status = [*basis.rows, *[HighsBasisStatus.kBasic] * added]
    taken = highs.setBasis(extended) != HighsStatus.kError
    return {"simplex_strategy": _PRIMAL if taken else _DUAL}
