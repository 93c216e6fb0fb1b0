"""What is set side by side: runs, and bids that answer the question of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from optimizer.analysis.verdict import verdict
from optimizer.inputs.design import Decisions, Reported
from optimizer.inputs.schema import Instance
from optimizer.pipeline import Result
from optimizer.reading.layers import Origin


@dataclass(frozen=True, kw_only=True)
class Side:
    """One design in a comparison. Its result has a design that reports its figures."""

    name: str
    result: Result
    is_bid: bool = False
    doubts: tuple[str, ...] = ()
    """Why its folder is not as the run left it, in words."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Where its values come from, by dotted path; empty if that was not recorded."""
    scenario: str = ""
    """The scenario its command asked for; empty without one, and of bids."""
    folder: Path | None = None
    """Folder of its run, where studies of the design may be kept; None of a design that is in none."""

    @property
    def instance(self) -> Instance:
        return self.result.problem.instance

    @property
    def decisions(self) -> Decisions:
        return self.result.decisions

    @property
    def reported(self) -> Reported:
        return self.result.reported

    @cached_property
    def verdict(self) -> str:
        """Verified or not, proven or not."""
        if not self.is_bid:
            return verdict(self.result)
        if self.result.verified:
            return "VERIFIED BID: every limit holds; nobody searched for a better one."
        count = len(self.result.audit.findings) if self.result.audit else 0
        return (
            f"BID NOT VERIFIED: {count} checks of the audit fail, so its figures are not those of a design that works."
        )

    @property
    def only_site(self) -> str | None:
        """The site if there is just one: then sites of different names are set side by side."""
        sites = list(self.instance.sites)
        return sites[0] if len(sites) == 1 else None
