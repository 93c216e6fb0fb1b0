"""Which versions of other packages the suite has been run with: the lowest allowed, those pinned, and the newest."""

from __future__ import annotations

from optimizer.runs.provenance import versions

TESTED = {
    "python": ("3.11", "3.11"),
    "pyomo": ("6.10.1", "6.10.1"),
    "highspy": ("1.15.1", "1.16.0"),
    "numpy": ("1.26.0", "2.4.6"),
    "scipy": ("1.11.1", "1.17.1"),
    "pydantic": ("2.12.0", "2.14.4"),
    "pandas": ("2.2.0", "3.1.1"),
    "pyarrow": ("15.0.0", "26.0.1"),
}
"""Oldest and newest by name; what lies between is taken to work."""


def _parts(version: str, count: int) -> tuple[int, ...]:
    numbers = [int("".join(c for c in part if c.isdigit()) or 0) for part in version.split(".")]
    return tuple((*numbers, 0, 0, 0)[:count])


def within(name: str, version: str) -> bool:
    """Whether a version lies in the range that was tested, to the digits its ends are given with."""
    oldest, newest = TESTED[name]
    low, high = (_parts(end, end.count(".") + 1) for end in (oldest, newest))
    return low <= _parts(version, len(low)) and _parts(version, len(high)) <= high


def ranges() -> dict[str, dict[str, str | bool]]:
    """Range and verdict by package, for JSON."""
    return {
        name: {"oldest": oldest, "newest": newest, "within": within(name, versions()[name])}
        for name, (oldest, newest) in TESTED.items()
    }


def range_text(name: str, version: str) -> str:
    """The range in words, and whether the version lies outside it; empty for what has no range."""
    if name not in TESTED:
        return ""
    oldest, newest = TESTED[name]
    span = oldest if oldest == newest else f"{oldest} to {newest}"
    return span if within(name, version) else f"{span}: NOT TESTED with this version"
