"""The page of a study's folder, and the folder of commands that answer with one file: robust and regimes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.app.source import Source
from optimizer.app.study_runs import definition_of

if TYPE_CHECKING:
    from optimizer.reading.read import Reading
    from optimizer.runs.study_folder import StudyFolder


@dataclass(frozen=True)
class StudyLocation:
    """Where a study is kept."""

    results: Path
    name: str | None
    break_lock: bool


@dataclass(frozen=True)
class StudyQuestion:
    """What a study asks: the command, its instance as given and as read, and its own options."""

    command: str
    source: Source
    reading: Reading
    options: Mapping[str, Any]


def opened(location: StudyLocation, question: StudyQuestion) -> StudyFolder:
    """The folder of a study, held, before anything is solved. Raises InputOutputError, UsageError."""
    from optimizer.runs.study_folder import definition_sha256, open_study, study_path

    definition = definition_of(question.command, question.source, question.reading, dict(question.options))
    name = location.name or f"{question.command}-{definition_sha256(definition)[:8]}"
    folder = open_study(
        study_path(location.results, question.reading.instance.name, name), definition, location.break_lock
    )
    folder.unseal()
    return folder


def keep(folder: StudyFolder, command: str, pages: Mapping[str, Any]) -> None:
    """Write what a command found, the page that shows it, and the seal."""
    from optimizer.report.studies import finite
    from optimizer.runs.strict_json import json_text

    folder.write(f"{command}.json", json_text(finite(dict(pages))))
    write_page(folder)
    folder.seal()


def write_page(folder: StudyFolder) -> None:
    """The page of a study, from the files that are in its folder by now."""
    from optimizer.report.html.study_page import render_study
    from optimizer.report.html.study_source import PAGE_NAME, from_study

    folder.write(PAGE_NAME, render_study(from_study(folder.path, at_work=True)))
