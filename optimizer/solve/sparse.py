"""scipy.sparse for the solver's room, without what Pyomo would load beside it.

As soon as both are loaded, Pyomo asks for scipy.stats, scipy.integrate and scipy.spatial, of which nothing here is used
and which take longer than compiling a model. Whoever needs sparse matrices takes them from here, so that Pyomo meets
placeholders, whichever of the two is loaded first.
"""

from __future__ import annotations

import sys
from types import ModuleType

UNUSED = ("scipy.stats", "scipy.integrate", "scipy.spatial")


def load_scipy() -> None:
    """Let Pyomo load scipy with placeholders for what is not used; a later import of one gets the real module."""
    absent = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update({name: ModuleType(name) for name in absent})
    try:
        from pyomo.common.dependencies import scipy_available

        bool(scipy_available)
    finally:
        for name in absent:
            del sys.modules[name]


load_scipy()

from scipy.sparse import csc_matrix, csr_matrix, hstack, identity, vstack  # noqa: E402

__all__ = ["csc_matrix", "csr_matrix", "hstack", "identity", "load_scipy", "vstack"]
