"""A number of an instance by its dotted path: what stands there, and the instance with another."""

from __future__ import annotations

from typing import Any

from optimizer.inputs.schema import Instance

TARIFF = "tariff_factor"


def value_at(instance: Instance, path: str) -> float | None:
    """The number at a dotted path; None if there is none. `tariff_factor` is that of the first phase."""
    if path == TARIFF:
        return next(iter(instance.phases.values())).tariff_factor
    node: Any = instance
    for step in path.split("."):
        node = node.get(step) if isinstance(node, dict) else getattr(node, step, None)
        if node is None:
            return None
    return float(node) if isinstance(node, int | float) and not isinstance(node, bool) else None


def with_value(instance: Instance, path: str, value: float) -> Instance:
    """The instance with another number at a dotted path; `tariff_factor` scales that of every phase."""
    if path == TARIFF:
        scale = value / (value_at(instance, path) or 1.0)
        factors = {name: phase.tariff_factor * scale for name, phase in instance.phases.items()}
        phases = {name: instance.phases[name].model_copy(update={TARIFF: f}) for name, f in factors.items()}
        return instance.model_copy(update={"phases": phases})
    changed: Instance = _changed(instance, path.split("."), value)
    return changed


def _changed(node: Any, steps: list[str], value: float) -> Any:
    if not steps:
        return value
    step, *rest = steps
    if isinstance(node, dict):
        return {**node, step: _changed(node[step], rest, value)}
    return node.model_copy(update={step: _changed(getattr(node, step), rest, value)})
