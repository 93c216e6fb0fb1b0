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
SMALL = 2000
"""Columns: a year of two weeks has as many."""
SMALLEST_CUT = 1e-9
_THERE = 1e-9
"""A capacity below this is none."""
DUAL_SLACK = 1e-5
"""USD per unit by which the reduced cost of a column without upper bound may be negative: noise of the solver."""


@dataclass(frozen=True)
class YearBill:
    """Price in USD per year and its cut; `served` False: unserved MWh and the cut that forbids x."""

    served: bool
    value: float
    cut: Vector


class Bases:
    """First basis of an optimum for every layout of rows and columns: where programmes that look alike begin.

    Years of one site differ in prices and limits only, if in anything; from the basis of another of them such a
    programme of 8,760 hours takes 0.03 to 0.3 CPU s, if no capacity is new or gone.
    """

    def __init__(self) -> None:
        self._last: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[HighsBasis, bytes]] = {}

    def of(self, given: Parametric) -> tuple[HighsBasis | None, bytes]:
        """That of a programme with the same rows and columns, and which capacities it had; None if there was none."""
        return self._last.get((given.row_names, given.column_names), (None, b""))

    def keep(self, given: Parametric, basis: HighsBasis, had: bytes) -> None:
        """Remember the basis of an optimum."""
        self._last[given.row_names, given.column_names] = basis, had


_first: WeakKeyDictionary[Parametric, tuple[YearBill, HighsBasis | None, bytes]] = WeakKeyDictionary()


def _ample(given: Parametric) -> Vector:
    """One MW of every load, and what serves it."""
    loads = [name for name in given.coordinates if name.startswith("load/")]
    amounts = {"standing": 0.1, "limit": 10.0 * len(loads), "free_mw": 1.0, "free_mwh": 2.0}
    return vector_of(given.coordinates, {**amounts, **_PLENTY, **dict.fromkeys(loads, 1.0)})


class YearLp:
    """One shape's programme. Not for threads."""

    def __init__(self, given: Parametric, bases: Bases | None = None, coarse: YearLp | None = None) -> None:
        """`bases` is shared by programmes that are solved one after the other; `coarse` solves `given.coarse`."""
        self.given = given
        self.solves = 0
        self._bases, self._coarse = bases or Bases(), coarse
        self._had = b""
        """Which capacities there were in the last optimum; empty before the first."""
        self._tried: HighsBasis | None = None
        self._price = _Held(given.cost, given)
        self._serve: _Held | None = None
        self._rescue: Parametric | None = None

    def answer(self, x: Vector) -> YearBill:
        """Least bill at x >= 0, or what is missing. Raises SolverCrash if HiGHS has no answer at all."""
        self.solves += 1
        x = np.maximum(x, 0.0)
        priced = self._priced(x)
        if priced is not None:
            return YearBill(True, *priced)
        if self._serve is None:
            self._rescue = with_rescue(self.given)
            self._serve = _Held(self._rescue.cost, self._rescue)
        missing = self._serve.solve(x)
        if missing is None:
            raise SolverCrash("a year's programme has no solution even with unserved energy")
        if missing[0] <= NOTHING:
            priced = self._price.solve(self._eased(x))
            if priced is not None:
                return YearBill(True, float(priced[1] @ x), priced[1])
        return YearBill(False, *missing)

    @property
    def small(self) -> bool:
        """Whether it is solved from nothing in some hundredths of a second."""
        return len(self.given.cost) <= SMALL

    def first(self) -> YearBill:
        """What every search asks first: the bill of ample capacities.

        A small programme has it, with its basis, from memory if another search of this process asked it: what follows
        is the same as if it had been asked anew.
        """
        if not self.small:
            return self.answer(_ample(self.given))
        if self.given not in _first:
            own = Bases()
            _first[self.given] = (YearLp(self.given, own).answer(_ample(self.given)), *own.of(self.given))
        answer, basis, had = _first[self.given]
        if basis is not None:
            self._bases.keep(self.given, basis, had)
        return answer

    def columns(self) -> Vector:
        """Columns of the last answer, which was served."""
        return self._price.columns()

    def _priced(self, x: Vector) -> tuple[float, Vector] | None:
        """(value, cut) at x; None if infeasible."""
        has = (x > _THERE).tobytes()
        priced = self._price.solve(x, self._begin(x, has))
        if priced is not None:
            if not self._had:
                self._bases.keep(self.given, self._price.basis(), has)
            self._had = has
        return priced

    def _begin(self, x: Vector, has: bytes) -> HighsBasis | None:
        """A basis better than the last one; None if there is none."""
        if has == self._had:
            return None
        another, had = (None, b"") if self._had else self._bases.of(self.given)
        if another is self._tried:
            # No capacities that suffice were found from there, and others are as far from it as from nothing.
            another = None
        self._tried = another or self._tried
        if has == had or self._coarse is None or self.given.stands_for is None:
            return another
        # A capacity is new or gone: from there the way is longer than from the coarse year's basis, or from nothing.
        coarse = self._coarse.basis(x)
        return another if coarse is None else self.given.stands_for.expanded(coarse)

    def basis(self, x: Vector) -> HighsBasis | None:
        """Basis of the least bill at x; None if the capacities do not suffice."""
        return None if self._priced(x) is None else self._price.basis()

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
    """Rows with coordinates and their B, bounded columns and their U, the transposes of A, B and that U; made once."""
    if given not in _viewed:
        columns = np.flatnonzero(given.bounded).astype(np.int32)
        rows, u = np.flatnonzero(np.diff(given.b.indptr)).astype(np.int32), given.u[columns]
        _viewed[given] = (rows, given.b[rows], columns, u, given.a.T.tocsr(), given.b.T.tocsr(), u.T.tocsr())
    return _viewed[given]


class _Held:
    """A parametric programme in a HiGHS instance."""

    def __init__(self, cost: Vector, given: Parametric) -> None:
        import highspy

        self._api, self._given, self._cost = highspy, given, cost
        self._highs = highspy.Highs()
        for name, option in {"output_flag": False, "log_to_console": False, "threads": 1, "solver": "simplex"}.items():
            self._check(self._highs.setOptionValue(name, option), f"option {name}")
        self._rows, self._b, self._columns, self._u, self._at, self._bt, self._ut = _views(given)
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

    def basis(self) -> HighsBasis:
        """That of the last solve."""
        basis: HighsBasis = self._highs.getBasis()
        return basis

    def columns(self) -> Vector:
        """Those of the last solve."""
        return np.array(self._highs.getSolution().col_value, dtype=np.float64)

    def solve(self, x: Vector, begin: HighsBasis | None = None) -> tuple[float, Vector] | None:
        """(value, cut) at x; None if infeasible. From the basis given, or the last one."""
        given = self._given
        shift = -(self._b @ x)
        low, high = given.row_low[self._rows] + shift, given.row_high[self._rows] + shift
        self._check(self._highs.changeRowsBounds(len(self._rows), self._rows, low, high), "changeRowsBounds")
        upper = np.maximum(self._u @ x, 0.0)
        zeros = np.zeros(len(self._columns))
        status = self._highs.changeColsBounds(len(self._columns), self._columns, zeros, upper)
        self._check(status, "changeColsBounds")
        if begin is not None:
            self._check(self._highs.setBasis(begin), "setBasis")
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
        dual = np.array(self._highs.getSolution().row_dual, dtype=np.float64)
        return float(self._highs.getInfo().objective_function_value), self._cut(dual)

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
