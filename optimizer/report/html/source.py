"""What the page is made from: a result fresh from the search, or a run's folder read back and audited anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from optimizer.pipeline import Result
from optimizer.reading.layers import Origin
from optimizer.report.document import Block
from optimizer.report.studies import STOPPED, Studies

if TYPE_CHECKING:
    from optimizer.reading.read import Reading

ORIGINS_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class ReportSource:
    """Everything the page may show. What is empty is left out of it."""

    result: Result
    instance_file: str = "INSTANCE"
    """The instance as it is written in a command."""
    warnings: tuple[str, ...] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """Where the values come from, by dotted path; empty if that was not recorded."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    """What was changed since the run, in words: the page says that it no longer holds."""
    doubts: tuple[str, ...] = ()
    """Files that are not what the run wrote, or not under its seal, in words."""
    studies: Studies = field(default_factory=Studies)
    """What was studied of the design, if that was asked (each takes solves of its own)."""
    explanation: tuple[Block, ...] = ()
    """Why no design exists, if a study of that was made; else single requirements are examined."""


def with_studies(source: ReportSource, studies: Studies) -> ReportSource:
    """The source with the studies of its design."""
    warnings = (*source.warnings, STOPPED) if studies.stopped else source.warnings
    return replace(source, studies=studies, warnings=warnings)


def from_reading(result: Result, reading: Reading, record: Mapping[str, Any], instance_file: str) -> ReportSource:
    """The source of a run that has just ended. `record` is its provenance."""
    warnings = tuple(warning.told for warning in reading.warnings)
    return ReportSource(
        result=result, instance_file=instance_file, warnings=warnings, origins=reading.origins, provenance=record
    )


def origins_json(reading: Reading) -> str:
    """The origins of a reading as text, to be kept in the run's folder."""
    values = {
        path: {key: value for key, value in asdict(origin).items() if value not in (None, ())}
        for path, origin in reading.origins.items()
        if not path.startswith("climates.")
    }
    return json.dumps({"format_version": ORIGINS_VERSION, "values": values}, sort_keys=True, indent=0) + "\n"
