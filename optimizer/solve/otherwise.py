"""What is done where HiGHS ends a run in an error or contradicts itself: the question anew, or with other options."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from optimizer.errors import SolverCrash
from optimizer.solve.callbacks import Listener
from optimizer.solve.outcome import Request

CLOSER = 1e-9
"""How near to whole integers are asked to be where the usual tolerance led into the error."""
ROUNDING = 1e-6
"""Of the sum of an objective's terms: what HiGHS may lose between its presolved model and ours."""
Options = dict[str, bool | int | float | str]


class RunRefused(SolverCrash):
    """A run ended in an error of HiGHS itself."""


def refuse_contradiction(highs: Any, request: Request, discrete: bool) -> None:
    """Raises RunRefused where HiGHS calls optimal a value that its own solution does not have.

    Presolve may have made another model of ours (seen with 1.16.0): then its bound is none of ours either.
    """
    if not discrete or highs.modelStatusToString(highs.getModelStatus()) != "Optimal":
        return
    x, told = np.array(highs.getSolution().col_value), float(highs.getInfo().objective_function_value)
    value, terms = float(request.cost @ x) + request.offset, float(np.abs(request.cost) @ np.abs(x))
    if abs(told - value) > ROUNDING * max(1.0, terms):
        raise RunRefused(f"HiGHS calls a solution of {value:.9g} optimal at {told:.9g}")


def told(highs: Any, listener: Listener) -> bool:
    """Whether HiGHS knows how its run ended. A linear programme begun at an old basis may end not knowing.

    Seen: the optimum of a ratio's last step, 1e-13, with a dual infeasibility of 2e-5 left; begun anew, optimal.
    """
    return listener.abandoned or listener.stopped or highs.modelStatusToString(highs.getModelStatus()) != "Unknown"


def later(request: Request, seconds: float) -> Request:
    """The request with the time that is left of its limit so many seconds later."""
    return replace(request, time_limit_s=max(0.0, request.time_limit_s - seconds))


def run_otherwise(
    run: Callable[[Request], Listener], set_options: Callable[[Options], None], request: Request, presolve: str
) -> Listener:
    """Ask for whole numbers more closely, then leave presolve out too; `presolve` is the option that holds else.

    HiGHS gives up on what its own presolve or its tolerance made of a model; it may do without them.
    Raises SolverCrash if neither helps.
    """
    began = time.monotonic()
    set_options({"mip_feasibility_tolerance": min(request.integrality_tolerance, CLOSER)})
    for option in (presolve, "off"):
        set_options({"presolve": option})
        try:
            return run(later(request, time.monotonic() - began))
        except RunRefused:
            continue
        finally:
            set_options({"presolve": presolve})
    raise SolverCrash("HiGHS refused run, with presolve and without")
