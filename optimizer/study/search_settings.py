"""How a study of one design searches: the options of every solve, and its hooks."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.pipeline import Options
from optimizer.solve.outcome import Hooks


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """What every solve of a study has in common."""

    options: Options
    hooks: Hooks | None = None

    @property
    def stopping(self) -> bool:
        """Whether whoever asked wants no more."""
        return self.hooks is not None and self.hooks.stopping
