"""An engine whose model holds the bills of dispatching years up by cuts.

The model alone is a relaxation: its bounds hold, its solutions may pay too little. A linear solve is therefore
repeated, cuts added, until every bill is what its year costs. A mixed-integer solve is one solve, bound and all; its
solution becomes a design only when `fixed_lp` has paid for it. Cuts do not depend on the objective and are kept.

Coarse to fine: relaxations are first separated over groups of like days only (coarse_year.py), whose cuts hold all the
same; what is paid always looks at every hour. What is fixed is paid as it is best over groups, which may prove the gap
already, and then looks at every hour. If a search is not at its end by then, its relaxations are separated over every
hour too, so that in the end nothing is left out.
Source: J. F. Benders, Partitioning procedures, Numerische Mathematik 4 (1962); cuts without a constant: docs/model.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf

import numpy as np

from optimizer.inputs.quantity import MUSD
from optimizer.solve.bill_cuts import BillCut, Cuts
from optimizer.solve.compiled import Compiled
from optimizer.solve.learning import LearningEngine
from optimizer.solve.outcome import Basis, Hooks, LinearForm, Outcome, Request, SolverStatus, Suffices, Vector
from optimizer.solve.parametric import Parametric
from optimizer.solve.unsound import Unsound
from optimizer.solve.warm_start import relaxation
from optimizer.solve.year_lp import NOTHING, Bases, YearBill, YearLp

_HONEST_SHARE = 0.1
"""Part of a relaxation's slack beyond which a bill that was raised when it was paid leaves its cut behind."""
_HONEST = 1e-9
_SMALLEST = 1e-9
_ROUNDS = 200
COARSE_STEPS = 2
"""Mixed-integer solves whose relaxations were separated over groups of like days only."""


@dataclass(frozen=True, eq=False)
class DispatchYear:
    """A site and phase: where its capacities and its bill are among the columns, and which programme prices it."""

    shape: str
    """Digest of the programme."""
    scale: float
    capacities: np.ndarray
    bill: int


@dataclass(frozen=True, eq=False)
class Years:
    """All of them, and the programmes by digest."""

    years: tuple[DispatchYear, ...]
    programmes: dict[str, Parametric]
    cuts: Cuts = field(default_factory=dict)
    """What is known of these programmes from other searches."""


Answers = dict[int, tuple[Vector, YearBill]]
"""Last capacities and their bill, by the number of the year."""


class CuttingEngine(LearningEngine):
    """The master model with cuts; drop-in for Engine."""

    def __init__(
        self, compiled: Compiled, years: Years, hooks: Hooks | None = None, slack: float = 1e-5, threads: int = 1
    ) -> None:
        self.years = years
        self.slack = slack
        """Relative error of a bill that a linear relaxation may keep."""
        self.seconds = {"master": 0.0, "years": 0.0}
        bases = Bases()
        coarse = {digest: given.coarse for digest, given in years.programmes.items() if given.coarse is not None}
        self._coarse = {digest: YearLp(given, bases) for digest, given in coarse.items()}
        self._lps = {d: YearLp(given, bases, self._coarse.get(d)) for d, given in years.programmes.items()}
        self._every_hour = not self._coarse
        """Whether relaxations are separated over every hour."""
        self._steps = 0
        self._of_heuristic = False
        """Whether the last mixed-integer solve was a heuristic's."""
        self._underpaid: Vector | None = None
        self._pool: dict[str, list[BillCut]] = {digest: [] for digest in years.programmes}
        self._held: set[tuple[int, int]] = set()
        self._answers: Answers = {}
        self._coarse_answers: Answers = {}
        super().__init__(compiled, hooks, threads=threads)
        self._seed()
        self._take_known(years.cuts)

    @property
    def solves(self) -> int:
        """Number of year programmes solved."""
        return sum(lp.solves for lp in self._lps.values())

    @property
    def cuts(self) -> Cuts:
        """Cuts that a year's bill was held up by, for other searches."""
        held = {digest: set[int]() for digest in self._pool}
        for k, number in self._held:
            held[self.years.years[k].shape].add(number)
        return {digest: tuple(self._pool[digest][n] for n in sorted(numbers)) for digest, numbers in held.items()}

    def solve(self, request: Request) -> Outcome:
        """As Engine; a relaxed request is answered when no bill pays too little."""
        if request.relaxed:
            return self._separated(request)
        self._of_heuristic = request.node_limit is not None
        if self._of_heuristic:
            # A heuristic's solve proves nothing, so it is no step of the search.
            return self._once(request)
        deadline, self._steps = time.monotonic() + request.time_limit_s, self._steps + 1
        if self._underpaid is not None and self._steps > 1:
            # The gap was missed, and the prices of the last design are known: they leave their cuts behind.
            self._ask(self._underpaid, max(_HONEST, _HONEST_SHARE * self.slack), self._answer)
        if self._steps > COARSE_STEPS:
            self._look_at_every_hour(request)
        outcome = self._once(replace(request, time_limit_s=max(0.0, deadline - time.monotonic())))
        if outcome.status is SolverStatus.INFEASIBLE:
            # Whether fractions would do is asked next: of every hour.
            self._look_at_every_hour(replace(request, time_limit_s=max(0.0, deadline - time.monotonic())))
        return outcome

    def another(self) -> None:
        """None: it would solve every year's programme anew."""

    def _look_at_every_hour(self, request: Request) -> None:
        """Separate the request's relaxation over every hour, once, and all relaxations from now on."""
        if not self._every_hour:
            self._every_hour = True
            self._separated(replace(request, relaxed=True, start=None))

    def lp_relaxation(self, form: LinearForm, time_limit_s: float = inf, basis: Basis | None = None) -> Outcome:
        """A relaxation of the relaxation: its bound holds, its bills may not."""
        return self._once(relaxation(form, time_limit_s, basis))

    def fixed_lp(self, cost: Vector, offset: float = 0.0, suffices: Suffices | None = None) -> Outcome:
        """The LP left inside `integers_fixed`, best to within the slack, every bill paid in full.

        The best over groups of like days, paid in full too, ends it where that `suffices`, and where it is a
        heuristic's, which is one to begin with: the best by the hour is 1e-6 of N better and asks a year 20 times.
        """
        if not self._every_hour and (self._of_heuristic or suffices is not None):
            roughly = self._fixed(cost, offset, every_hour=False)
            found = roughly.x is not None and (self._of_heuristic or (suffices is not None and suffices(roughly.x)))
            if found or self.hooks.stopping:
                return roughly
        return self._fixed(cost, offset, every_hour=True)

    def _fixed(self, cost: Vector, offset: float, every_hour: bool) -> Outcome:
        """`fixed_lp`, separated over every hour or over groups of days; paid by the hour."""
        before, self._every_hour = self._every_hour, every_hour
        try:
            outcome = super().fixed_lp(cost, offset)
        finally:
            self._every_hour = before
        if outcome.status is not SolverStatus.OPTIMAL or outcome.x is None:
            return outcome
        x = self._paid(outcome.x)
        if x is None:
            return replace(outcome, status=SolverStatus.NO_SOLUTION, x=None, objective=inf)
        self._underpaid = outcome.x
        return replace(outcome, x=x, objective=float(cost @ x) + offset)

    def is_design(self, x: Vector) -> bool:
        """Its mixed-integer solutions may pay too little."""
        return False

    def holds(self, x: Vector) -> bool:
        """True if x keeps every row and bound and pays every bill."""
        if not super().holds(x):
            return False
        # One year that pays too little is enough, and a solution of the relaxation has one soon.
        return all(self._pays(k, x) for k in range(len(self.years.years)))

    def _pays(self, k: int, x: Vector) -> bool:
        """Whether a year is served at x and its bill paid."""
        began, year, answer = time.monotonic(), self.years.years[k], self._answer(k, x)
        self.seconds["years"] += time.monotonic() - began
        if not answer.served and answer.value > NOTHING:
            return False
        bill = MUSD * year.scale * answer.value if answer.served else 0.0
        return bool(x[year.bill] >= bill - 1e-7 * max(1.0, abs(bill)))

    def _once(self, request: Request) -> Outcome:
        began = time.monotonic()
        outcome = super()._once(request)
        self.seconds["master"] += time.monotonic() - began
        return outcome

    def _seed(self) -> None:
        """One cut per programme before the first solve, so that no bill is free of charge."""
        for digest, lp in self._lps.items():
            answer = self._coarse.get(digest, lp).first()
            self._learn(digest, BillCut(answer.served, answer.cut))
            for k, year in enumerate(self.years.years):
                if year.shape == digest:
                    self._give(k, 0)

    def _take_known(self, cuts: Cuts) -> None:
        """Cuts of other searches wait in the pool until a solution breaks them."""
        for digest, found in cuts.items():
            if digest not in self._pool:
                continue
            size = len(self._lps[digest].given.coordinates)
            if any(cut.cut.shape != (size,) or not np.isfinite(cut.cut).all() for cut in found):
                raise Unsound((), "a cut that was handed on does not fit the programme whose digest it bears")
            self._pool[digest].extend(found)

    def _learn(self, digest: str, cut: BillCut) -> None:
        """Keep a cut for every year of the shape."""
        self._pool[digest].append(cut)

    def _answer(self, k: int, x: Vector) -> YearBill:
        """What a year costs at x; asked again for the same capacities it answers from memory."""
        return self._asked(self._lps, self._answers, k, x)

    def _asked(self, lps: dict[str, YearLp], known: Answers, k: int, x: Vector) -> YearBill:
        year = self.years.years[k]
        at = np.maximum(x[year.capacities], 0.0)
        if k not in known or not np.array_equal(known[k][0], at):
            known[k] = (at, lps[year.shape].answer(at))
        return known[k][1]

    def _known(self, k: int, x: Vector, slack: float) -> bool:
        """Give a year the cuts found for others that x breaks; False if there are none."""
        year = self.years.years[k]
        at, violated = np.maximum(x[year.capacities], 0.0), False
        for number, cut in enumerate(self._pool[year.shape]):
            if (k, number) not in self._held and self._broken(year, x, (cut.served, float(cut.cut @ at)), slack):
                self._give(k, number)
                violated = True
        return violated

    @staticmethod
    def _broken(year: DispatchYear, x: Vector, cut: tuple[bool, float], slack: float) -> bool:
        served, value = cut
        if not served:
            return value > NOTHING
        value *= MUSD * year.scale
        return bool(value - x[year.bill] > slack * max(1e-3, abs(value)))

    def _give(self, k: int, number: int) -> None:
        year = self.years.years[k]
        self._held.add((k, number))
        cut = self._pool[year.shape][number]
        # A cut that forbids is scaled to coefficients near 1; one of the bill is in its unit, million USD.
        factor = MUSD * year.scale if cut.served else 1.0 / max(float(np.abs(cut.cut).max()), 1e-6)
        values = -factor * cut.cut
        kept = np.abs(values) > _SMALLEST
        entries, row = year.capacities[kept], values[kept]
        if cut.served:
            entries, row = np.append(entries, year.bill), np.append(row, 1.0)
        self._add_row((entries.astype(np.int32), row, 0.0, inf))

    def _separate(self, x: Vector) -> bool:
        """Add what x breaks; False if nothing. A year asks its programme if no cut of its shape is broken already."""
        rows = super()._separate(x)
        began = time.monotonic()
        rows |= self._ask(x, self.slack, self._coarse_answer)
        if not rows and self._every_hour:
            rows = self._ask(x, self.slack, self._answer)
        self.seconds["years"] += time.monotonic() - began
        return rows

    def _ask(self, x: Vector, slack: float, answer_of: Callable[[int, Vector], YearBill | None]) -> bool:
        """Add what x breaks of the cuts known and of those that the answers hold."""
        violated = False
        for k, year in enumerate(self.years.years):
            if self._known(k, x, slack):
                violated = True
                continue
            answer = answer_of(k, x)
            if answer is not None and self._broken(year, x, (answer.served, answer.value), slack):
                self._learn(year.shape, BillCut(answer.served, answer.cut))
                self._give(k, len(self._pool[year.shape]) - 1)
                violated = True
        return violated

    def _coarse_answer(self, k: int, x: Vector) -> YearBill | None:
        """What a year costs at x at least, over groups of days; None if no days are alike."""
        known = self.years.years[k].shape in self._coarse
        return self._asked(self._coarse, self._coarse_answers, k, x) if known else None

    def _paid(self, x: Vector) -> Vector | None:
        """x with every bill raised to what its year costs; None if a year cannot be served."""
        began = time.monotonic()
        x = x.copy()
        served = True
        for k, year in enumerate(self.years.years):
            answer = self._answer(k, x)
            if answer.served:
                x[year.bill] = max(x[year.bill], MUSD * year.scale * answer.value)
            elif answer.value > NOTHING:
                self._learn(year.shape, BillCut(False, answer.cut))
                self._give(k, len(self._pool[year.shape]) - 1)
                served = False
        self.seconds["years"] += time.monotonic() - began
        return x if served else None
