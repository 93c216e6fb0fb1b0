"""Loads what will be needed later while others work."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from threading import Thread


def load_meanwhile(*modules: str) -> None:
    """Import the modules in a thread; what cannot be imported is left to whoever needs it."""
    Thread(target=_load, args=modules, daemon=True).start()


def _load(*modules: str) -> None:
    for name in modules:
        with suppress(ImportError):
            import_module(name)
