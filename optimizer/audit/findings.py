"""Comparisons, and what is kept of them. Every check of the audit goes through this page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

TOLERANCE = 1e-6
"""Limits may be exceeded by TOLERANCE * max(1, |limit|); docs/model.md section 13."""


def slack(limit: float) -> float:
    """How far a value may lie beyond a limit, in the limit's own unit (0 where the limit is not finite)."""
    return TOLERANCE * max(1.0, abs(limit)) if math.isfinite(limit) else 0.0


def within(value: float, limit: float) -> bool:
    """True if value <= limit, but for the tolerance. False if either is not a number."""
    return not _exceeds(value, limit)


def _exceeds(value: float, limit: float) -> bool:
    # Written with `not` so that a comparison with NaN counts as a violation.
    return not (value <= limit + slack(limit))


def _relative(value: float, limit: float) -> float:
    """How far a value lies beyond a limit, as a share of the limit (of 1 if that is larger); infinite for NaN."""
    if math.isfinite(limit):
        return (value - limit) / max(1.0, abs(limit))
    return 0.0 if value <= limit else math.inf


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a design."""

    check: str
    """Stable id of the check, such as `floor.white`."""
    where: str
    """Site, phase and row, in words."""
    value: float
    limit: float
    message: str


@dataclass
class Recorder:
    """Counts the comparisons and keeps those that fail."""

    findings: list[Finding] = field(default_factory=list)
    checks_by_family: dict[str, int] = field(default_factory=dict)
    worst_by_family: dict[str, float] = field(default_factory=dict)

    def at_most(self, check: str, where: str, value: float, limit: float, message: str) -> bool:
        """Check value <= limit. Returns whether it holds."""
        return self._keep(Finding(check, where, value, limit, message), within(value, limit), _relative(value, limit))

    def at_least(self, check: str, where: str, value: float, limit: float, message: str) -> bool:
        """Check value >= limit. Returns whether it holds."""
        return self._keep(
            Finding(check, where, value, limit, message), within(-value, -limit), _relative(-value, -limit)
        )

    def same(self, check: str, where: str, value: float, expected: float, message: str) -> bool:
        """Check that a reported value is the recomputed one."""
        difference = abs(value - expected)
        # Equality first: both may be infinite. A NaN fails both comparisons.
        holds = value == expected or difference <= slack(expected)
        excess = 0.0 if value == expected else difference / max(1.0, abs(expected))
        return self._keep(Finding(check, where, value, expected, message), holds, excess)

    def holds(self, check: str, where: str, condition: bool, message: str) -> bool:
        """Check a plain condition. The finding's value is 1 and its limit 0."""
        return self._keep(Finding(check, where, 1.0, 0.0, message), bool(condition), 0.0 if condition else 1.0)

    def whole(self, check: str, where: str, value: float) -> bool:
        """Check that a count is a whole number and not negative."""
        ok = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return self.holds(check, where, ok, f"must be a whole number of at least 0, is {value!r}")

    def _keep(self, finding: Finding, holds: bool, excess: float) -> bool:
        family = finding.check.partition(".")[0]
        self.checks_by_family[family] = self.checks_by_family.get(family, 0) + 1
        if math.isnan(excess):
            excess = math.inf
        self.worst_by_family[family] = max(self.worst_by_family.get(family, 0.0), excess)
        if not holds:
            self.findings.append(finding)
        return holds


def joined(*parts: str | None) -> str:
    """The parts that are given, joined for a finding's `where`."""
    return " / ".join(part for part in parts if part)


def listed(items: Iterable[str]) -> str:
    """Names in a sentence."""
    return ", ".join(sorted(items))
