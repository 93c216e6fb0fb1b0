"""The words of the search for a ratio: what is asked of it, its steps, and what came out."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from optimizer.solve.outcome import LinearForm, SolverStatus, Vector

GAP_SHARE = 0.3
"""Part of the asked gap that one step may leave open, so that the next one starts from a good bound."""


@dataclass(frozen=True, kw_only=True)
class RatioOptions:
    """gap is relative and of the ratio; time_limit_s is the total over all steps; start is a design to begin with.

    share is the part of the gap one step may leave open: the nearer to 1, the sooner a good start is proven, and the
    likelier that a start which is not good needs one step more. known are further designs; proofs are forms that are
    proven not to be negative on any design.
    """

    gap: float = 1e-4
    time_limit_s: float = inf
    seed: int = 0
    start: Vector | None = None
    share: float = GAP_SHARE
    known: tuple[Vector, ...] = ()
    proofs: tuple[LinearForm, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RatioStep:
    """One solve at a trial ratio: best ratio and proven bound known after it."""

    trial: float
    incumbent: float
    bound: float
    seconds: float
    nodes: int
    relaxed: bool


@dataclass(frozen=True, kw_only=True)
class RatioOutcome:
    """Best design and what is proven of it; ratio is inf without a design, gap is relative.

    relaxation_feasible tells an infeasible model whose linear relaxation is feasible: only whole numbers conflict.
    """

    status: SolverStatus
    x: Vector | None
    ratio: float
    bound: float
    gap: float
    steps: tuple[RatioStep, ...]
    seconds: float
    interrupted: bool
    names: tuple[str, ...] = ()
    message: str = ""
    relaxation_feasible: bool | None = None
