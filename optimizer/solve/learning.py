"""An engine whose model is a relaxation, which it tightens by rows of its own as its solutions need them.

A linear solve is repeated, rows added, until its solution breaks nothing. A mixed-integer solve is one solve, bound and
all; its solution becomes a design only when `fixed_lp` has made it keep what the rows stand for. Rows stay.
Here the rows are tangents of parabolas; benders.py adds the bills of years.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from optimizer.solve.compiled import Compiled
from optimizer.solve.highs import Engine
from optimizer.solve.outcome import Hooks, LinearForm, Outcome, Request, SolverStatus, Suffices, Vector
from optimizer.solve.parabolas import FINISHED, RELAXED, Row, Tangents
from optimizer.solve.unsound import Unsound

_ROUNDS = 200


class LearningEngine(Engine):
    """Drop-in for Engine."""

    def __init__(self, compiled: Compiled, hooks: Hooks | None = None, presolve: bool = True, threads: int = 1) -> None:
        self._rows: list[Row] = []
        self._tangents = Tangents(compiled.parabolas)
        self._error = RELAXED
        super().__init__(compiled, hooks, presolve, threads)

    def solve(self, request: Request) -> Outcome:
        """As Engine; a relaxed request is answered when its solution breaks nothing, one from a basis at once."""
        return self._separated(request) if request.relaxed and request.basis is None else self._once(request)

    def fixed_lp(self, cost: Vector, offset: float = 0.0, suffices: Suffices | None = None) -> Outcome:
        """The LP left inside `integers_fixed`, on the parabolas themselves."""
        before, self._error = self._error, FINISHED
        try:
            outcome = super().fixed_lp(cost, offset, suffices)
        finally:
            self._error = before
        if outcome.x is not None and not self.compiled.parabolas.hold(outcome.x):
            return replace(outcome, status=SolverStatus.NO_SOLUTION, x=None, objective=inf)
        return outcome

    def is_design(self, x: Vector) -> bool:
        """Whether a solution keeps the parabolas as it is."""
        return self.compiled.parabolas.hold(x)

    def holds(self, x: Vector) -> bool:
        """True if x keeps every row, bound and parabola."""
        return super().holds(x) and self.compiled.parabolas.hold(x)

    @contextmanager
    def held(self, form: LinearForm, at_most: float) -> Iterator[None]:
        """As Engine, with rows on top that stay when this one goes."""
        entries = np.flatnonzero(np.abs(form.coefficients) > 1e-9).astype(np.int32)
        row = len(self._rows)
        self._add_row((entries, form.coefficients[entries], -inf, at_most - form.constant))
        try:
            yield
        finally:
            at = np.array([self.compiled.rows + row], dtype=np.int32)
            self._check(self._highs.deleteRows(1, at), "deleteRows")
            del self._rows[row]
            # It was not learnt: a search that counts it takes every step for progress.
            self.added_rows -= 1
            self._compare_sizes()

    def _once(self, request: Request) -> Outcome:
        """One solve of the model as it stands."""
        return super().solve(request)

    def _separated(self, request: Request) -> Outcome:
        deadline = time.monotonic() + request.time_limit_s
        last: Outcome | None = None
        for _ in range(_ROUNDS):
            left_s = deadline - time.monotonic()
            outcome = self._once(replace(request, time_limit_s=max(0.0, left_s)))
            if outcome.status is not SolverStatus.OPTIMAL or outcome.x is None:
                # Time ran out between two rounds: what the last one found is a relaxation all the same.
                return last if last is not None and outcome.status is SolverStatus.NO_SOLUTION else outcome
            last = outcome
            stopping = request.obey_stop and self.hooks.stopping
            if stopping or not self._separate(outcome.x):
                break
        return last or Outcome(status=SolverStatus.NO_SOLUTION)

    def _separate(self, x: Vector) -> bool:
        """Add what x breaks; False if nothing."""
        missing = self._tangents.missing(x, self._error)
        for row in missing:
            self._add_row(row)
        return bool(missing)

    def _add_row(self, row: Row) -> None:
        entries, values, low, high = row
        self._check(self._highs.addRow(low, high, len(entries), entries, values), "addRow")
        self._rows.append(row)
        self.added_rows += 1
        self._compare_sizes()

    def _load(self) -> None:
        """A fresh HiGHS instance gets the rows of the old one."""
        rows, self._rows = self._rows, []
        super()._load()
        known = self.added_rows
        for row in rows:
            self._add_row(row)
        self.added_rows = known

    def _compare_sizes(self) -> None:
        sizes: tuple[Any, ...] = (self._highs.getNumCol(), self._highs.getNumRow(), self._highs.getNumNz())
        more = sum(len(entries) for entries, *_ in self._rows)
        expected = (self.compiled.columns, self.compiled.rows + len(self._rows), len(self.compiled.value) + more)
        if sizes != expected:
            raise Unsound((), f"HiGHS holds {sizes} columns, rows and non-zeros, the model and its cuts {expected}")
