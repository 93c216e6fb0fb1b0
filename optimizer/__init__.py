"""Facility optimiser: the AI or HPC centre with the least levelised cost per effective FLOP.

    import optimizer as op

    result = op.solve("instances/minimal.toml")
    result.lcoc, result.orders

Names are imported when they are first used; docs/api.md shows them, and each has its own help.
"""

from importlib import import_module

__version__ = "0.2.0"

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


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'optimizer' has no attribute {name!r}")
    if name == "solve":
        # The room of the solver has the same name; it can be called, and is then this function.
        return import_module("optimizer.solve")
    return getattr(import_module(f"optimizer.api.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
