"""A search that starts from what neighbours have proven: their designs, and rows that hold for all designs."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.solve.bound_transfer import with_rows
from optimizer.solve.guards import check_proofs
from optimizer.solve.highs import Engine
from optimizer.solve.outcome import LinearForm, Outcome, SolverStatus, Vector


def with_proofs(engine: Engine, proofs: Sequence[LinearForm], x: Vector | None) -> Engine:
    """An engine of the same model with a row `form >= 0` for each form that is proven of all its designs.

    Raises Unsound if the design x, the best one known, denies one of them: whoever proved it was wrong.
    """
    if not proofs:
        return engine
    check_proofs(proofs, x)
    return Engine(with_rows(engine.compiled, proofs), engine.hooks, engine.presolve)


def best_known(engine: Engine, form: LinearForm, known: Sequence[Vector]) -> Outcome:
    """The best design by the form among those with the integers of known ones, the rest optimal."""
    best = Outcome(status=SolverStatus.NO_SOLUTION)
    for x in known:
        polished = engine.polish(x, form.coefficients, form.constant)
        if polished.x is not None and polished.status is SolverStatus.OPTIMAL and polished.objective < best.objective:
            best = polished
    return best
