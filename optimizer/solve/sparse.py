"""scipy.sparse for the solver's room, without what Pyomo would load beside it.

As soon as both are loaded, Pyomo asks for scipy.stats, scipy.integrate and scipy.spatial, of which nothing here is used
and which take longer than compiling a model. Whoever needs sparse matrices takes them from here, so that Pyomo meets
placeholders, whichever of the two is loaded first. scipy in turn copies every name of numpy, which loads what numpy
loads on demand only: its Fortran compiler and its tests.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import numpy

UNUSED = ("scipy.stats", "scipy.integrate", "scipy.spatial")
UNUSED_OF_NUMPY = ("f2py", "testing")


def load_scipy() -> None:
    """Let Pyomo load scipy with placeholders for what is not used; a later import of one gets the real module."""
    absent = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update({name: ModuleType(name) for name in absent})
    try:
        with _numpy_alone():
            from pyomo.common.dependencies import scipy_available

            bool(scipy_available)
    finally:
        for name in absent:
            del sys.modules[name]


@contextmanager
def _numpy_alone() -> Iterator[None]:
    """Within it, whoever copies numpy's names gets placeholders for what is not used."""
    placed = {name: ModuleType(f"numpy.{name}") for name in UNUSED_OF_NUMPY if name not in vars(numpy)}
    vars(numpy).update(placed)
    try:
        yield
    finally:
        for name, module in placed.items():
            if vars(numpy).get(name) is module:
                del vars(numpy)[name]


load_scipy()

from scipy.sparse import csc_matrix, csr_matrix, hstack, identity, vstack  # noqa: E402

__all__ = ["csc_matrix", "csr_matrix", "hstack", "identity", "load_scipy", "vstack"]
