"""Loads what will be needed later while others work."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module


def load(*modules: str) -> None:
    """Import the modules; what cannot be imported is left to whoever needs it."""
    for name in modules:
        with suppress(ImportError):
            import_module(name)
