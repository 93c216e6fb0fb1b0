"""Facility optimiser: the AI or HPC centre with the least levelised cost per effective FLOP.

    import optimizer as op

    result = op.solve("instances/minimal.toml")
    result.lcoc, result.orders

Names are imported when they are first used; docs/api.md shows them, and each has its own help.
"""

from importlib import import_module
from types import ModuleType
from typing import Any

from optimizer import solve as _room
from optimizer.version import __version__ as __version__

_HOMES = {
    "read": "instance",
    "FacilityInstance": "instance",
    "solve": "solving",
    "DesignResult": "solving",
    "plan": "planning",
    "PlanResult": "planning",
    "verify": "verifying",
    "AuditResult": "verifying",
    "explain": "explaining",
    "InfeasibilityResult": "explaining",
    "compare": "comparing",
    "ComparisonResult": "comparing",
    "sweep": "studying",
    "SweepResult": "studying",
    "frontier": "studying",
    "FrontierResult": "studying",
    "robust": "hedging",
    "RobustResult": "hedging",
    "bid": "bidding",
    "BidResult": "bidding",
    "AwardResult": "bidding",
    "Options": "options",
    "StudyOptions": "options",
}
"""Where in `optimizer.api` each public name is kept."""

__all__ = ["__version__", *_HOMES]


class _SolverRoom(ModuleType):
    """The room of the solver, which shares its name with the public function: called, it is that function."""

    @property
    def __wrapped__(self) -> Any:
        """The public function: help and signatures are read off it."""
        return import_module("optimizer.api.solving").solve

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.__wrapped__(*given, **named)


_room.__class__ = _SolverRoom


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'optimizer' has no attribute {name!r}")
    return getattr(import_module(f"optimizer.api.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
