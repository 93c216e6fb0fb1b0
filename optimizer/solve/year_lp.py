"""A year's programme held by HiGHS: solved again and again for other capacities, from the last basis.

Every answer is a price of the year, V(x), with a cut u such that V(z) >= u . z for every z >= 0, or, where the
capacities do not suffice, the least unserved energy S(x) with a cut that forbids them: 0 >= s . z for every z that
suffices. Cuts are computed from the row duals alone: reduced costs follow from them, so that a cut holds whatever the
solver's tolerance on duals was.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from optimizer.errors import SolverCrash
from optimizer.operations.shapes import AVAILABLE
from optimizer.solve.outcome import Vector
from optimizer.solve.parametric import Parametric, vector_of
from optimizer.solve.sparse import csc_matrix, hstack, vstack
from optimizer.solve.unsound import Unsound

if TYPE_CHECKING:
    from highspy import HighsBasis

NOTHING = 5e-7
"""Unserved energy in MWh below which capacities suffice: half of what the audit lets a limit be missed by."""
_PLENTY = dict.fromkeys(("energy", "carbon", "water"), 1e7)
_EASED = ("limit", AVAILABLE, "energy", "carbon", "water")
"""Coordinates that limit a year: where they bind exactly, rounding decides whether the year is served."""
SMALLEST_CUT = 1e-9
DUAL_SLACK = 1e-5
"""USD per unit by which the reduced cost of a column without upper bound may be negative: noise of the solver."""


@dataclass(frozen=True)
class YearBill:
    """Price in USD per year and its cut; `served` False: unserved MWh and the cut that forbids x."""

    served: bool
    value: float
    cut: Vector
    y: Vector


class Bases:
    """Last basis of an optimum for every layout of rows and columns: where programmes that look alike begin.

    Years of one site differ in prices and limits only, if in anything; from the basis of another of them such a
    programme of 8,760 hours takes 0.03 to 0.3 CPU s, and 0.9 from nothing.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[tuple[str, ...], tuple[str, ...]], HighsBasis] = {}

    def of(self, given: Parametric) -> HighsBasis | None:
        """That of a programme with the same rows and columns; None if there was none."""
        return self._last.get((given.row_names, given.column_names))

    def keep(self, given: Parametric, basis: HighsBasis) -> None:
        """Remember the basis of an optimum."""
        self._last[given.row_names, given.column_names] = basis


_first: WeakKeyDictionary[Parametric, tuple[YearBill, HighsBasis | None]] = WeakKeyDictionary()


def first_answer(given: Parametric, bases: Bases) -> YearBill:
    """What every search asks first: the bill of ample capacities, from nothing; its basis is kept in `bases`.

    The next search of the same programme has both from memory, and goes on as if it had asked itself.
    """
    known = _first.get(given)
    if known is None:
        own = Bases()
        known = _first[given] = (YearLp(given, own).answer(_ample(given)), own.of(given))
    if known[1] is not None:
        bases.keep(given, known[1])
    return known[0]


def _ample(given: Parametric) -> Vector:
    """One MW of every load, and what serves it."""
    loads = [name for name in given.coordinates if name.startswith("load/")]
    amounts = {"standing": 0.1, "limit": 10.0 * len(loads), "free_mw": 1.0, "free_mwh": 2.0}
    return vector_of(given.coordinates, {**amounts, **_PLENTY, **dict.fromkeys(loads, 1.0)})


class YearLp:
    """One shape's programme. Not for threads."""

    def __init__(self, given: Parametric, bases: Bases | None = None) -> None:
        """`bases` is shared by programmes that are solved one after the other."""
        self.given = given
        self.solves = 0
        self._price = _Held(given.cost, given, bases)
        self._serve: _Held | None = None
        self._rescue: Parametric | None = None

    def answer(self, x: Vector) -> YearBill:
        """Least bill at x >= 0, or what is missing. Raises SolverCrash if HiGHS has no answer at all."""
        self.solves += 1
        x = np.maximum(x, 0.0)
        priced = self._price.solve(x)
        if priced is not None:
            return YearBill(True, priced[0], priced[1], priced[2])
        if self._serve is None:
            self._rescue = with_rescue(self.given)
            self._serve = _Held(self._rescue.cost, self._rescue)
        missing = self._serve.solve(x)
        if missing is None:
            raise SolverCrash("a year's programme has no solution even with unserved energy")
        if missing[0] <= NOTHING:
            priced = self._price.solve(self._eased(x))
            if priced is not None:
                return YearBill(True, float(priced[1] @ x), priced[1], priced[2])
        return YearBill(False, missing[0], missing[1], missing[2])

    def _eased(self, x: Vector) -> Vector:
        """Capacities that are short by rounding alone, with limits higher by as much."""
        there = np.isin(self.given.coordinates, _EASED)
        return x + np.where(there, NOTHING * np.maximum(1.0, x), 0.0)


def with_rescue(given: Parametric) -> Parametric:
    """The programme with unserved energy in every balance, limit and yearly cap, at a price of 1, and all else free."""
    eased = ("year.balance[", "year.cap[", "year.limit[", "year.within[", "year.calm[")
    rows = [i for i, name in enumerate(given.row_names) if name.startswith(eased)]
    sign = np.array([1.0 if given.row_names[i].startswith("year.balance[") else -1.0 for i in rows])
    extra = csc_matrix((sign, (rows, np.arange(len(rows)))), shape=(len(given.row_names), len(rows)))
    more = csc_matrix((len(rows), given.u.shape[1]))
    return Parametric(
        cost=np.concatenate([np.zeros(len(given.cost)), np.ones(len(rows))]),
        a=hstack([given.a, extra]).tocsc(),
        b=given.b,
        u=vstack([given.u, more]).tocsr(),
        bounded=np.concatenate([given.bounded, np.zeros(len(rows), dtype=bool)]),
        row_low=given.row_low,
        row_high=given.row_high,
        row_names=given.row_names,
        column_names=(*given.column_names, *(f"unserved[{given.row_names[i]}]" for i in rows)),
        coordinates=given.coordinates,
    )


_viewed: WeakKeyDictionary[Parametric, tuple[Any, ...]] = WeakKeyDictionary()


def _views(given: Parametric) -> tuple[Any, ...]:
    """Bounded columns (indices), their U, and the transposes of A, B and that U, made once for each programme."""
    if given not in _viewed:
        columns = np.flatnonzero(given.bounded).astype(np.int32)
        u = given.u[columns]
        _viewed[given] = (columns, u, given.a.T.tocsr(), given.b.T.tocsr(), u.T.tocsr())
    return _viewed[given]


class _Held:
    """A parametric programme in a HiGHS instance."""

    def __init__(self, cost: Vector, given: Parametric, bases: Bases | None = None) -> None:
        import highspy

        self._api, self._given, self._cost, self._bases = highspy, given, cost, bases
        self._tried: HighsBasis | None = None
        self._highs = highspy.Highs()
        for name, option in {"output_flag": False, "log_to_console": False, "threads": 1, "solver": "simplex"}.items():
            self._check(self._highs.setOptionValue(name, option), f"option {name}")
        self._rows = np.arange(len(given.row_low), dtype=np.int32)
        self._columns, self._u, self._at, self._bt, self._ut = _views(given)
        self._load()

    def _load(self) -> None:
        lp, given = self._api.HighsLp(), self._given
        lp.num_col_, lp.num_row_ = len(given.cost), len(given.row_low)
        lp.col_cost_ = self._cost
        lp.col_lower_ = np.zeros(len(given.cost))
        lp.col_upper_ = np.where(given.bounded, 0.0, inf)
        lp.row_lower_, lp.row_upper_ = given.row_low, given.row_high
        lp.a_matrix_.format_ = self._api.MatrixFormat.kColwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
        lp.a_matrix_.start_ = given.a.indptr.astype(np.int32)
        lp.a_matrix_.index_ = given.a.indices.astype(np.int32)
        lp.a_matrix_.value_ = given.a.data
        self._check(self._highs.passModel(lp), "passModel")
        if (self._highs.getNumRow(), self._highs.getNumNz()) != (len(given.row_low), given.a.nnz):
            raise Unsound((), "HiGHS does not hold the whole of a year's programme")

    def forget(self) -> None:
        """Forget the basis."""
        self._check(self._highs.clearSolver(), "clearSolver")

    def _begin(self) -> None:
        """Until it has a basis of its own: take one that is known, once, as no other x may do better from it."""
        basis = None if self._bases is None else self._bases.of(self._given)
        if basis is not None and basis is not self._tried:
            self._tried = basis
            self._check(self._highs.setBasis(basis), "setBasis")

    def solve(self, x: Vector) -> tuple[float, Vector, Vector] | None:
        """(value, cut, columns) at x; None if infeasible."""
        given = self._given
        shift = -(given.b @ x)
        with np.errstate(invalid="ignore"):
            low, high = given.row_low + shift, given.row_high + shift
        self._check(self._highs.changeRowsBounds(len(self._rows), self._rows, low, high), "changeRowsBounds")
        upper = np.maximum(self._u @ x, 0.0)
        zeros = np.zeros(len(self._columns))
        status = self._highs.changeColsBounds(len(self._columns), self._columns, zeros, upper)
        self._check(status, "changeColsBounds")
        self._begin()
        self._check(self._highs.run(), "run")
        kind, kinds = self._highs.getModelStatus(), self._api.HighsModelStatus
        if kind != kinds.kOptimal:
            # Once more from nothing: a warm start may end in doubt where a cold one does not.
            self.forget()
            self._check(self._highs.run(), "run")
            kind = self._highs.getModelStatus()
        if kind in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            return None
        if kind != kinds.kOptimal:
            raise SolverCrash(f"a year's programme ended {self._highs.modelStatusToString(kind)}")
        if self._bases is not None:
            self._bases.keep(given, self._highs.getBasis())
            self._bases = None
        solution = self._highs.getSolution()
        y = np.array(solution.col_value, dtype=np.float64)
        return float(self._cost @ y), self._cut(np.array(solution.row_dual, dtype=np.float64)), y

    def _cut(self, dual: Vector) -> Vector:
        """u from row duals: those of the wrong sign dropped, reduced costs computed, bounds priced with them."""
        given = self._given
        dual = np.where((dual > 0) & (given.row_low == -inf), 0.0, dual)
        dual = np.where((dual < 0) & (given.row_high == inf), 0.0, dual)
        reduced = self._cost - self._at @ dual
        worst = reduced[~given.bounded].min(initial=0.0)
        if worst < -DUAL_SLACK:
            raise Unsound((), f"a cut with a reduced cost of {worst:g} where no bound can take it up")
        cut = -(self._bt @ dual) + self._ut @ np.minimum(reduced[self._columns], 0.0)
        return np.where(np.abs(cut) < SMALLEST_CUT, 0.0, cut)

    def _check(self, status: Any, what: str) -> None:
        if status == self._api.HighsStatus.kError:
            raise SolverCrash(f"HiGHS refused {what} of a year's programme")
