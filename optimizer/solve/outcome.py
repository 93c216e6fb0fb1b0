"""The words the solver room shares: requests, outcomes and hooks. Nothing here imports a solver.

Shapes      x, cost and the coefficients of a form have one number per column, in the order of the compiled model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from math import inf
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

Suffices = Callable[[Vector], bool]
"""Whether a design is good enough as it is."""


class SolverStatus(Enum):
    """What is known after a solve; a time limit is never called infeasible."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    NO_SOLUTION = "no_solution"
    UNSOUND = "unsound"

    @property
    def undecided(self) -> bool:
        """Whether a run ended, sound, before it was through."""
        return self in (SolverStatus.FEASIBLE, SolverStatus.NO_SOLUTION)


@dataclass(frozen=True)
class Size:
    """Size of a compiled model."""

    rows: int
    columns: int
    integers: int
    nonzeros: int
    fingerprint: str
    """SHA-256 of the matrix, its bounds and its forms."""


@dataclass(frozen=True)
class LinearForm:
    """coefficients . x + constant, over the columns of a compiled model."""

    coefficients: Vector
    constant: float = 0.0

    def at(self, x: Vector) -> float:
        """Value of the form at x."""
        return float(self.coefficients @ x) + self.constant


@dataclass(frozen=True)
class Progress:
    """A glance at a running solve; for a ratio, incumbent and bound are ratios."""

    seconds: float
    incumbent: float
    bound: float
    nodes: int


@dataclass(frozen=True)
class Hooks:
    """How a caller watches and stops a solve.

    stop            once set, the solve ends within about a second and returns its best design
    on_progress     called at most twice a second
    on_solution     called with each improving x
    on_log          called with each line of the solver's log
    log_path        file the solver appends its log to
    """

    stop: Event | None = None
    on_progress: Callable[[Progress], None] | None = None
    on_solution: Callable[[Vector], None] | None = None
    on_log: Callable[[str], None] | None = None
    log_path: Path | None = None

    @property
    def stopping(self) -> bool:
        """True once the caller has asked to stop."""
        return self.stop is not None and self.stop.is_set()


@dataclass(frozen=True, kw_only=True)
class Basis:
    """The basis of a relaxation's solution: the solver's own status of every column and row."""

    columns: Sequence[Any]
    rows: Sequence[Any]


@dataclass(frozen=True, kw_only=True)
class Request:
    """Minimise cost . x + offset over the loaded model.

    relaxed                 drop the integer requirement
    basis                   of a relaxed one: what an earlier run of it ended with (Engine.basis), to go on from
    start                   a design to start from, dropped if it is infeasible
    obey_stop               False for the short solves that finish a design after a stop
    integrality_tolerance   how far from whole the solver may leave an integer
    enough                  told every proven bound of this solve as it rises; True ends it, as if its gap were reached
    node_limit              end after so many nodes
    likely_short            a tree that will not take many nodes
    sub_mips                the solver may look for better solutions by solving restrictions of the model on its own
    """

    cost: Vector
    offset: float = 0.0
    relative_gap: float = 0.0
    absolute_gap: float = 0.0
    time_limit_s: float = inf
    seed: int = 0
    start: Vector | None = None
    relaxed: bool = False
    basis: Basis | None = None
    obey_stop: bool = True
    integrality_tolerance: float = 1e-6
    enough: Callable[[float], bool] | None = None
    node_limit: int | None = None
    likely_short: bool = False
    sub_mips: bool = True


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Result of one solve. objective is inf without x; bound is a proven lower bound (-inf if none).

    names and message say what is wrong if the status is UNSOUND. Duals exist for relaxed solves only.
    """

    status: SolverStatus
    x: Vector | None = None
    objective: float = inf
    bound: float = -inf
    seconds: float = 0.0
    nodes: int = 0
    interrupted: bool = False
    names: tuple[str, ...] = ()
    message: str = ""
    row_duals: Vector | None = None
    column_duals: Vector | None = None


def relative_gap(objective: float, bound: float) -> float:
    """(objective - bound) / |objective|, at least 0; inf if either is missing."""
    if not (abs(objective) < inf and abs(bound) < inf):
        return inf
    return max(0.0, objective - bound) / max(abs(objective), 1e-10)
