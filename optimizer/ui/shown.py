"""What goes back to the browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from optimizer.report.html.bundle import explorer_script, page_script, plotly_script, policy
from optimizer.runs.own_files import own_file


@dataclass(frozen=True)
class Shown:
    """What goes back to the browser."""

    body: bytes | str
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def stored(place: Path, name: str) -> Shown:
    """A page of ours from a folder, under the policy of our own scripts."""
    scripts = (plotly_script(), page_script(), explorer_script())
    return Shown(own_file(place, name).read_bytes(), headers={"content-security-policy": policy(scripts)})
