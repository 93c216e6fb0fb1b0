"""Which instance a use case is about, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer.reading.read import ReadOptions


@dataclass(frozen=True)
class Source:
    """Which instance, and how it is read."""

    path: Path
    scenario: str | None = None
    sets: tuple[str, ...] = ()
    strict: bool = False
    allow_paths: tuple[Path, ...] = ()

    @property
    def options(self) -> ReadOptions:
        """As the reader takes them."""
        from optimizer.reading.read import ReadOptions

        return ReadOptions(scenario=self.scenario, sets=self.sets, strict=self.strict, allow_paths=self.allow_paths)

    @property
    def arguments(self) -> str:
        """The instance as it is written in a command that reads the same thing."""
        parts = [str(self.path)]
        parts += [f"--scenario {self.scenario}"] if self.scenario else []
        parts += [f"--set {text}" for text in self.sets]
        return " ".join(parts)
