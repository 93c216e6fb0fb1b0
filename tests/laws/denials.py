"""The law that a verified design implies no static bound denies it, for every test that solves something."""

from __future__ import annotations

from optimizer.analysis.static_bounds import obstacles
from optimizer.pipeline import Result


def assert_not_denied(result: Result) -> None:
    """What `plan` and `explain --quick` say without a search does not contradict a verified design."""
    assert result.verified, (result.status, result.message, result.audit and result.audit.findings)
    assert obstacles(result.problem) == ()
