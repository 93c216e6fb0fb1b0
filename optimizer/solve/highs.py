"""One HiGHS instance holding one model; the only module that knows highspy.

The model is loaded once from arrays. Costs, bounds and starts change on the loaded model. Every call's status is
checked, because HiGHS reports a refused row by return value only. The working directory is left alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from math import inf, isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from optimizer.errors import SolverCrash
from optimizer.solve.callbacks import Listener, run_watched
from optimizer.solve.compiled import Compiled
from optimizer.solve.guards import check_highspy, check_matrix, falling, violated, whole
from optimizer.solve.otherwise import RunRefused, later, refuse_contradiction, run_otherwise, told
from optimizer.solve.outcome import Basis, Hooks, LinearForm, Outcome, Request, SolverStatus, Suffices, Vector
from optimizer.solve.solver_options import brief, joined, options_for, options_of, rest_of
from optimizer.solve.unsound import Unsound
from optimizer.solve.warm_start import basis_of, relaxation, send_start, simplex_from

WHOLE_TOLERANCE = 1e-5
"""An integer further than this from whole is not rounded but refused."""
RESIDUAL_TOLERANCE = 1e-5
_FINISH_S = 60.0
_FINISH_AFTER_STOP_S = 3.0


class Engine:
    """A loaded model that can be solved again and again with other costs."""

    added_rows = 0  # rows the engine has added to the model by itself

    def __init__(self, compiled: Compiled, hooks: Hooks | None = None, presolve: bool = True, threads: int = 1) -> None:
        """Check and load the model; raises Unsound or SolverCrash."""
        import highspy

        check_highspy()
        check_matrix(compiled)
        self.compiled, self.hooks, self.presolve, self.threads = compiled, hooks or Hooks(), presolve, threads
        self._integers = np.flatnonzero(compiled.is_integer).astype(np.int32)
        self._all = np.arange(compiled.columns, dtype=np.int32)
        self._api = highspy
        self._load()

    def solve(self, request: Request) -> Outcome:
        """Minimise the request's cost over the loaded model; integers as the solver left them, see `polish`."""
        first = brief(request, len(self._integers))
        if first is None:
            return self._solved(request)
        found = self._solved(first)
        rest = rest_of(request, found)
        return found if rest is None else joined(found, self._solved(rest))

    def _solved(self, request: Request) -> Outcome:
        """One run of the solver."""
        began = time.monotonic()
        if not self.compiled.columns:
            return self._empty_outcome(request)
        listener = self._solve_raw(request)
        if listener.abandoned:
            return listener.left_behind(request)
        kind, statuses = self._highs.getModelStatus(), self._api.HighsModelStatus
        if kind in (statuses.kUnboundedOrInfeasible, statuses.kUnbounded):
            return self._decide(request, began)
        return replace(self._read(request, listener), seconds=time.monotonic() - began)

    def lp_relaxation(self, form: LinearForm, time_limit_s: float = inf, basis: Basis | None = None) -> Outcome:
        """Minimise the form without the integer requirement, perhaps from a `basis`; the outcome carries duals."""
        return self.solve(relaxation(form, time_limit_s, basis))

    @property
    def basis(self) -> Basis | None:
        """The basis that the last relaxation ended with."""
        return basis_of(self._highs)

    def polish(self, x: Vector, cost: Vector, offset: float = 0.0, suffices: Suffices | None = None) -> Outcome:
        """Round the integers of x, fix them and minimise cost over the rest.

        UNSOUND if an integer is not whole within 1e-5 or the rest has no solution: then x leant on the tolerances.
        The outcome's bound holds for these integers only; its duals are those of the fixed LP.
        """
        try:
            with self.integers_fixed(x):
                return self.fixed_lp(cost, offset, suffices)
        except Unsound as error:
            return Outcome(status=SolverStatus.UNSOUND, names=error.names, message=error.reason)

    def fixed_lp(self, cost: Vector, offset: float = 0.0, suffices: Suffices | None = None) -> Outcome:
        """The LP left inside `integers_fixed`, to its optimum: never interrupted, but short-lived after a stop."""
        limit_s = _FINISH_AFTER_STOP_S if self.hooks.stopping else _FINISH_S
        request = Request(cost=cost, offset=offset, time_limit_s=limit_s, relaxed=True, obey_stop=False)
        outcome = self.solve(request)
        if outcome.status is SolverStatus.INFEASIBLE and self.presolve:
            # Presolve works to tighter tolerances than the simplex that accepted the integers.
            with self._presolve_off():
                outcome = self.solve(request)
        if outcome.status is SolverStatus.INFEASIBLE:
            message = "with its integers rounded to whole numbers the design is infeasible (it leant on tolerances)"
            return replace(outcome, status=SolverStatus.UNSOUND, message=message)
        return outcome

    @contextmanager
    def integers_fixed(self, x: Vector) -> Iterator[Vector]:
        """Fix the integers at the whole numbers next to x; yields x with them rounded. Raises Unsound."""
        fixed = self.rounded(x)
        self._change_bounds(fixed[self._integers], fixed[self._integers])
        try:
            yield fixed
        finally:
            self._change_bounds(self.compiled.column_lower[self._integers], self.compiled.column_upper[self._integers])

    @contextmanager
    def integers_idle(self, idle: npt.NDArray[np.bool_]) -> Iterator[None]:
        """Keep the integers among `idle` (one flag per column) at zero, or as near to it as their bounds allow."""
        low, high = self.compiled.column_lower[self._integers], self.compiled.column_upper[self._integers]
        still = np.clip(0.0, low, high)
        kept = idle[self._integers]
        self._change_bounds(np.where(kept, still, low), np.where(kept, still, high))
        try:
            yield
        finally:
            self._change_bounds(low, high)

    @contextmanager
    def held(self, form: LinearForm, at_most: float) -> Iterator[None]:
        """Add the row form <= at_most for a while; a run that is left behind takes it along."""
        entries = np.flatnonzero(np.abs(form.coefficients) > 1e-9).astype(np.int32)
        row = (-inf, at_most - form.constant, len(entries), entries, form.coefficients[entries])
        self._check(self._highs.addRow(*row), "addRow")
        try:
            yield
        finally:
            if self._highs.getNumRow() > self.compiled.rows:
                self._check(self._highs.deleteRows(1, np.array([self.compiled.rows], dtype=np.int32)), "deleteRows")
            self._compare_sizes()

    def rounded(self, x: Vector) -> Vector:
        """x with whole integers; raises Unsound, see guards.whole."""
        return whole(self.compiled, x, WHOLE_TOLERANCE)

    def another(self) -> Engine | None:
        """A second one, for what is asked while this one runs; None if that would take too long."""
        return type(self)(self.compiled, Hooks(stop=self.hooks.stop), self.presolve)

    def is_design(self, x: Vector) -> bool:
        """Whether a solution of the loaded model is a design; of a relaxation it may be none."""
        return True

    def holds(self, x: Vector) -> bool:
        """True if x keeps every row and bound within the tolerance a solution is accepted with."""
        return not violated(self.compiled, x, RESIDUAL_TOLERANCE)

    def _load(self) -> None:
        """Put the model into a fresh HiGHS instance."""
        self._highs = self._api.Highs()
        parallel = {"threads": self.threads, "parallel": "on" if self.threads > 1 else "off"}
        self._set_options({"output_flag": False, "log_to_console": False, "presolve": self._usual_presolve, **parallel})
        self._set_options(options_for(len(self._integers)))
        c, lp = self.compiled, self._api.HighsLp()
        lp.num_col_, lp.num_row_ = c.columns, c.rows
        lp.col_cost_, lp.offset_ = c.cost, c.cost_offset
        lp.col_lower_, lp.col_upper_ = c.column_lower, c.column_upper
        lp.row_lower_, lp.row_upper_ = c.row_lower, c.row_upper
        lp.a_matrix_.format_ = self._api.MatrixFormat.kColwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = c.columns, c.rows
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = c.start, c.index, c.value
        if len(self._integers):
            kinds = (self._api.HighsVarType.kContinuous, self._api.HighsVarType.kInteger)
            lp.integrality_ = [kinds[int(whole)] for whole in c.is_integer]
        self._check(self._highs.passModel(lp), "passModel")
        self._compare_sizes()

    def _compare_sizes(self) -> None:
        sizes = (self._highs.getNumCol(), self._highs.getNumRow(), self._highs.getNumNz())
        expected = (self.compiled.columns, self.compiled.rows, len(self.compiled.value))
        if sizes != expected:
            raise Unsound((), f"HiGHS holds {sizes} columns, rows and non-zeros, the model has {expected}")

    def _solve_raw(self, request: Request) -> Listener:
        self._change_cost(request.cost, request.offset)
        self._set_options({**options_of(request), **simplex_from(self._highs, request.basis)})
        try:  # An earlier solve must not colour a mixed-integer one: same request, same answer.
            listener = self._run(request) if request.relaxed else self._run_anew(request)
            again = request.relaxed and not told(self._highs, listener)
            return self._run_anew(later(request, listener.seconds)) if again else listener
        except RunRefused:
            return run_otherwise(self._run_anew, self._set_options, request, self._usual_presolve)

    def _run_anew(self, request: Request) -> Listener:
        self._check(self._highs.clearSolver(), "clearSolver")
        if request.start is not None:
            send_start(self._highs, request.start)
        listener = self._run(request)
        refuse_contradiction(self._highs, request, discrete=len(self._integers) > 0)
        return listener

    def _run(self, request: Request) -> Listener:
        listener = Listener(self.hooks, request)
        logging = self.hooks.log_path is not None or self.hooks.on_log is not None
        self._set_options({"log_file": str(self.hooks.log_path or ""), "output_flag": logging})
        # An LP's limit counts from the instance's first run, a MIP's from the start of this one.
        already_s = self._highs.getRunTime() if request.relaxed or not len(self._integers) else 0.0
        self._set_options({"time_limit": already_s + max(request.time_limit_s, 1e-3)})
        listener.attach(self._highs, self._api.cb.HighsCallbackType)
        try:
            status = run_watched(self._highs, listener)
        except BaseException:
            self._load()
            raise
        listener.forget()
        if listener.abandoned:
            self._load()
        else:
            self._highs.setCallback(None, None)
        if listener.failure is not None:
            raise listener.failure
        if not listener.abandoned and (status is None or status == self._api.HighsStatus.kError):
            raise RunRefused("HiGHS refused run")
        return listener

    def _read(self, request: Request, listener: Listener) -> Outcome:
        kind, statuses = self._highs.getModelStatus(), self._api.HighsModelStatus
        if kind == statuses.kInfeasible:
            return Outcome(status=SolverStatus.INFEASIBLE, bound=inf)
        discrete, optimal = len(self._integers) > 0 and not request.relaxed, kind == statuses.kOptimal
        x, bound = self._best_x(listener), -inf
        objective = inf if x is None else float(request.cost @ x) + request.offset
        if discrete:
            bound = float(self._highs.getInfo().mip_dual_bound)
            # What it told on the way holds too; at an interrupt it may tell less.
            bound = max(bound if isfinite(bound) else -inf, listener.bound)
        elif optimal:
            bound = objective
        outcome = Outcome(
            status=SolverStatus.OPTIMAL if optimal else SolverStatus.FEASIBLE,
            x=x,
            objective=objective,
            bound=min(bound, objective),
            nodes=max(0, int(self._highs.getInfo().mip_node_count)),
            interrupted=listener.stopped and not optimal,
        )
        if x is None:
            unsound = optimal or kind in (statuses.kUnknown, statuses.kNotset)
            status = SolverStatus.UNSOUND if unsound else SolverStatus.NO_SOLUTION
            return replace(outcome, status=status, message=self._highs.modelStatusToString(kind))
        names = violated(self.compiled, x, RESIDUAL_TOLERANCE)
        if names:
            return replace(outcome, status=SolverStatus.UNSOUND, names=names, message="limits missed by the solution")
        return outcome if discrete else self._with_duals(outcome)

    def _best_x(self, listener: Listener) -> Vector | None:
        solution, info = self._highs.getSolution(), self._highs.getInfo()
        if solution.value_valid and info.primal_solution_status == self._api.SolutionStatus.kSolutionStatusFeasible:
            return np.array(solution.col_value, dtype=np.float64)
        return listener.best_x

    def _with_duals(self, outcome: Outcome) -> Outcome:
        solution = self._highs.getSolution()
        if not solution.dual_valid:
            return outcome
        row_duals = np.array(solution.row_dual, dtype=np.float64)[: self.compiled.rows]
        return replace(outcome, row_duals=row_duals, column_duals=np.array(solution.col_dual, dtype=np.float64))

    def _decide(self, request: Request, began: float) -> Outcome:
        """HiGHS says "unbounded" or "one of the two": without costs only feasibility is left to find out."""
        left_s = request.time_limit_s - (time.monotonic() - began)
        self._solve_raw(replace(request, cost=np.zeros_like(request.cost), time_limit_s=left_s))
        kind, statuses = self._highs.getModelStatus(), self._api.HighsModelStatus
        decided = {statuses.kOptimal: SolverStatus.UNBOUNDED, statuses.kInfeasible: SolverStatus.INFEASIBLE}
        status = decided.get(kind, SolverStatus.NO_SOLUTION)
        names = falling(self.compiled, request.cost) if status is SolverStatus.UNBOUNDED else ()
        bound = inf if status is SolverStatus.INFEASIBLE else -inf
        message = "" if status is not SolverStatus.UNBOUNDED else "the objective falls for ever"
        return Outcome(status=status, bound=bound, seconds=time.monotonic() - began, names=names, message=message)

    def _empty_outcome(self, request: Request) -> Outcome:
        x = np.zeros(0)
        if violated(self.compiled, x, RESIDUAL_TOLERANCE):
            return Outcome(status=SolverStatus.INFEASIBLE, bound=inf)
        return Outcome(status=SolverStatus.OPTIMAL, x=x, objective=request.offset, bound=request.offset)

    @property
    def _usual_presolve(self) -> str:
        return "choose" if self.presolve else "off"

    @contextmanager
    def _presolve_off(self) -> Iterator[None]:
        self._set_options({"presolve": "off"})
        try:
            yield
        finally:
            self._set_options({"presolve": self._usual_presolve})

    def _change_cost(self, cost: Vector, offset: float) -> None:
        if cost.shape != (self.compiled.columns,) or not (np.isfinite(cost).all() and isfinite(offset)):
            raise Unsound((), "a cost vector that is not finite or has the wrong length")
        self._check(self._highs.changeColsCost(len(cost), self._all, cost), "changeColsCost")
        self._check(self._highs.changeObjectiveOffset(float(offset)), "changeObjectiveOffset")

    def _change_bounds(self, lower: Vector, upper: Vector) -> None:
        if len(self._integers):
            status = self._highs.changeColsBounds(len(self._integers), self._integers, lower, upper)
            self._check(status, "changeColsBounds")

    def _set_options(self, options: Mapping[str, bool | int | float | str]) -> None:
        """Set options by name; HiGHS itself refuses unknown names and wrong types by status only."""
        for name, value in options.items():
            self._check(self._highs.setOptionValue(name, value), f"option {name} = {value!r}")

    def _check(self, status: Any, what: str) -> None:
        if status == self._api.HighsStatus.kError:
            raise SolverCrash(f"HiGHS refused {what}")
