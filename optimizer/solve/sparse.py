"""scipy.sparse, and the parts of it the solver's room uses, without scipy.stats.

Pyomo asks for scipy.stats as soon as both are loaded, which takes longer than compiling a model. Whoever needs sparse
matrices takes them from here, so that Pyomo meets a placeholder in its place, whichever of the two is loaded first.
"""

from __future__ import annotations

import sys
from types import ModuleType

_NAME = "scipy.stats"


def load_scipy() -> None:
    """Let Pyomo load scipy, with a placeholder for scipy.stats; a later import of it gets the real module."""
    if _NAME in sys.modules:
        return
    sys.modules[_NAME] = ModuleType(_NAME)
    try:
        from pyomo.common.dependencies import scipy_available

        bool(scipy_available)
    finally:
        del sys.modules[_NAME]


load_scipy()

from scipy.sparse import csc_matrix, csr_matrix, hstack, identity, vstack  # noqa: E402

__all__ = ["csc_matrix", "csr_matrix", "hstack", "identity", "load_scipy", "vstack"]
