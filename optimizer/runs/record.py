"""The shape of provenance.json as far as it is read again: a folder may be a stranger's, or altered.

Everything may be absent, since older runs wrote less, and there may be more than is named here.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from optimizer.diagnostics import clean
from optimizer.runs.provenance import PROVENANCE_VERSION
from optimizer.runs.strict_json import check_version, read_own_json, shaped

NAME = "provenance.json"

Plain = bool | int | float | str | None


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="allow", allow_inf_nan=False)


class RecordedInstance(_Part):
    """Which instance was solved; SHA-256 as it was given and as it stands in the run."""

    name: str = ""
    sha256: str | None = None
    packed_sha256: str | None = None


class RecordedFile(_Part):
    """A file that was read."""

    file: str = ""
    sha256: str = ""


class RecordedModel(_Part):
    """Size of the model."""

    rows: int = 0
    columns: int = 0
    integers: int = 0
    nonzeros: int = 0
    fingerprint: str = ""


class RecordedSearch(_Part):
    """What was asked of the search and what it reached."""

    bound: float | None = None
    gap_asked: float | None = None
    gap_reached: float | None = None
    time_limit_s: float | None = None
    seed: int | None = None
    threads: int | None = None
    seconds: float | None = None


class RunRecord(_Part):
    """What a run says about itself."""

    status: str = ""
    message: str | None = None
    instance: RecordedInstance = Field(default_factory=RecordedInstance)
    inputs: tuple[RecordedFile, ...] = ()
    model: RecordedModel = Field(default_factory=RecordedModel)
    search: RecordedSearch = Field(default_factory=RecordedSearch)
    seconds: dict[str, float | None] = Field(default_factory=dict)
    started_utc: str | None = None
    ended_utc: str | None = None
    command: tuple[str, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    platform: dict[str, Plain] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def scenario(self) -> str:
        """The scenario that the command asked for; empty without one."""
        return ", ".join(self._said("--scenario"))

    @property
    def asked(self) -> str:
        """Scenario and changed values of the command, as it was told them; empty for the file as it is."""
        return ", ".join((*self._said("--scenario"), *self._said("--set")))

    def _said(self, wanted: str) -> list[str]:
        said = []
        for option, word in pairwise((*self.command, "")):
            name, equals, joined = option.partition("=")
            if name == wanted:
                said.append(clean(joined if equals else word))
        return [text for text in said if text]


def read_record(folder: Path) -> tuple[dict[str, Any], RunRecord]:
    """The record of a run as it stands, and held to its shape; both empty if there is none.

    Raises InputError if it is damaged or of another shape, InputOutputError if it cannot be read.
    """
    if not (folder / NAME).exists():
        return {}, RunRecord()
    stored = read_own_json(folder, NAME)
    check_version(stored, PROVENANCE_VERSION, NAME)
    return stored, shaped(RunRecord, stored, NAME)
