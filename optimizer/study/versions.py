"""Versions a cell's result depends on."""

from __future__ import annotations

import platform
from importlib import metadata

from optimizer.version import __version__

PACKAGES = ("highspy", "numpy", "pyomo", "scipy", "pydantic")


def versions() -> dict[str, str]:
    """Versions of the product, of Python and of the packages between an instance and its design."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"optimizer": __version__, "python": python, **{name: metadata.version(name) for name in PACKAGES}}


def difference(ours: dict[str, str], theirs: dict[str, str]) -> str:
    """What differs, in words; empty if nothing does."""
    names = sorted({*ours, *theirs})
    parts = [
        f"{n} {theirs.get(n, 'absent')}, here {ours.get(n, 'absent')}" for n in names if ours.get(n) != theirs.get(n)
    ]
    return "; ".join(parts)
