"""A number of an instance by its dotted path: what stands there, and the instance with another."""

from __future__ import annotations

from typing import Any

from optimizer.inputs.quantity import ResalePoint
from optimizer.inputs.schema import Instance

TARIFF = "tariff_factor"
RESALE = ".resale"
"""End of the path of what something fetches by age. Its number is what it fetches when it is new, the first row."""


def value_at(instance: Instance, path: str) -> float | None:
    """The number at a dotted path; None if there is none. `tariff_factor` is that of the first phase."""
    if path == TARIFF:
        return next(iter(instance.phases.values())).tariff_factor
    if path.endswith(RESALE):
        rows = _resale_of(instance, path)
        return rows[0].fraction if rows else 1.0
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
    if path.endswith(RESALE):
        resale: Instance = _changed(instance, path.split("."), _scaled(instance, path, value))
        return resale
    changed: Instance = _changed(instance, path.split("."), value)
    return changed


def _resale_of(instance: Instance, path: str) -> tuple[ResalePoint, ...]:
    table, name, _ = path.split(".")
    rows: tuple[ResalePoint, ...] = getattr(instance, table)[name].resale
    return rows


def _scaled(instance: Instance, path: str, new: float) -> tuple[ResalePoint, ...]:
    """All rows by the same factor. What fetches nothing, or states none, falls on a line to the end of its life."""
    table, name, _ = path.split(".")
    rows, first = _resale_of(instance, path), value_at(instance, path) or 0.0
    if rows and first > 0:
        return tuple(row.model_copy(update={"fraction": min(1.0, row.fraction * new / first)}) for row in rows)
    life_years = getattr(instance, table)[name].life_years
    return (ResalePoint(years=0.0, fraction=new), ResalePoint(years=life_years, fraction=0.0))


def _changed(node: Any, steps: list[str], value: Any) -> Any:
    if not steps:
        return value
    step, *rest = steps
    if isinstance(node, dict):
        return {**node, step: _changed(node[step], rest, value)}
    return node.model_copy(update={step: _changed(getattr(node, step), rest, value)})
