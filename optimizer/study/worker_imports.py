"""What a worker needs to solve and audit a cell, imported once by the server that forks the workers.

Hardly anything here is used by name, and no thread is started: a search starts its own.
"""

import highspy  # noqa: F401
import pyomo.core  # noqa: F401

import optimizer.audit.audit
import optimizer.model.build
import optimizer.model.readback
import optimizer.pipeline
import optimizer.solve.benders
import optimizer.solve.search
import optimizer.solve.years
import optimizer.study.cell
import optimizer.study.main_decisions  # noqa: F401
from optimizer.solve.child import hold_signals_of_our_own_only

hold_signals_of_our_own_only()
