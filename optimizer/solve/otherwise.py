"""What is done where HiGHS ends a run in an error of its own: the same question with other options."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from optimizer.errors import SolverCrash
from optimizer.solve.callbacks import Listener
from optimizer.solve.outcome import Request

CLOSER = 1e-9
"""How near to whole integers are asked to be where the usual tolerance led into the error."""
Options = dict[str, bool | int | float | str]


class RunRefused(SolverCrash):
    """A run ended in an error of HiGHS itself."""


def run_otherwise(
    run: Callable[[Request], Listener], set_options: Callable[[Options], None], request: Request, presolve: str
) -> Listener:
    """Ask for whole numbers more closely, then leave presolve out too; `presolve` is the option that holds else.

    HiGHS gives up on what its own presolve or its tolerance made of a model; it may do without them.
    Raises SolverCrash if neither helps.
    """
    until_s = time.monotonic() + request.time_limit_s
    set_options({"mip_feasibility_tolerance": min(request.integrality_tolerance, CLOSER)})
    for option in (presolve, "off"):
        set_options({"presolve": option})
        try:
            return run(replace(request, time_limit_s=max(0.0, until_s - time.monotonic())))
        except RunRefused:
            continue
        finally:
            set_options({"presolve": presolve})
    raise SolverCrash("HiGHS refused run, with presolve and without")
