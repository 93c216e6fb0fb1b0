"""One comparison of the model with a published fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from optimizer.analysis.calibration.rows import Fact


@dataclass(frozen=True, kw_only=True)
class CalibrationCase:
    """One comparison."""

    key: str
    """Row of the published facts."""
    group: str
    what: str
    unit: str
    model: float
    fact: float
    source: tuple[str, ...]
    grade: str
    aim: float | None
    """Largest relative error aimed at; None: none."""
    why: str
    """What explains the error."""
    read_off: bool
    """A value of the catalogue was read off the fact."""

    @classmethod
    def of(cls, key: str, published: Fact, **figures: Any) -> Self:
        """A case of a row; `figures` are group, what, unit, model, fact and aim."""
        return cls(
            key=key,
            source=published.source,
            grade=published.grade,
            why=published.why,
            read_off=published.read_off,
            **figures,
        )

    @property
    def error(self) -> float:
        """Relative error of the model."""
        return (self.model - self.fact) / self.fact

    @property
    def hits(self) -> bool:
        """Within its aim; of what has none, always."""
        return self.aim is None or abs(self.error) <= self.aim
