"""What this process loads while it waits for its solver: modules that telling and writing the answer will need.

The waiting loop imports them one by one. A thread would hold locks of the import that a later fork copies, and then
the child would wait for them for ever.
"""

from __future__ import annotations

import sys
from collections import deque
from contextlib import suppress
from importlib import import_module

_wanted: deque[str] = deque()


def load_meanwhile(*modules: str) -> None:
    """Have these modules imported, in their order, whenever this process waits for a solver."""
    _wanted.extend(modules)


def load_one() -> bool:
    """Import the next module that is not there yet; False if there is none.

    What cannot be imported is left to whoever needs it, who says what is missing.
    """
    while _wanted:
        name = _wanted.popleft()
        if name not in sys.modules:
            with suppress(ImportError):
                import_module(name)
            return True
    return False
