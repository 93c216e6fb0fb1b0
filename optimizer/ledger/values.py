"""Decisions out of a block of the model, zeros left out. What reads them back for every asset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def whole_values(component: Any) -> Iterator[tuple[Any, int]]:
    """Index and value of whole numbers that are not zero."""
    for key, variable in component.items():
        number = round(variable.value)
        if number:
            yield key, number


def real_values(component: Any) -> Iterator[tuple[Any, float]]:
    """Index and value of real numbers that are not zero."""
    for key, variable in component.items():
        if variable.value:
            yield key, variable.value
