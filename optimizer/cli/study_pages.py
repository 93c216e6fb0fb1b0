"""The page of a study's folder, and the folder of commands that answer with one file: robust and regimes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from optimizer.cli.options import Source
    from optimizer.reading.read import Reading
    from optimizer.runs.study_folder import StudyFolder

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Place:
    """Where a study is kept."""

    results: Path
    name: str | None
    break_lock: bool


@dataclass(frozen=True)
class Asked:
    """What a study asks: the command, its instance as given and as read, and its own options."""

    command: str
    source: Source
    reading: Reading
    options: Mapping[str, Any]


def place_options(command: F) -> F:
    """--results, --name and --break-lock; the command gets one `place`."""
    from functools import wraps

    @wraps(command)
    def run(results: Path, name: str | None, break_lock: bool, **options: Any) -> Any:
        return command(place=Place(results, name, break_lock), **options)

    decorators = (
        click.option(
            "--results", type=click.Path(path_type=Path, file_okay=False), default=Path("results"), metavar="DIR",
            help="Folder of all results [results].",
        ),
        click.option("--name", metavar="NAME", help="Name of the study's folder; by default made from what it asks."),
        click.option("--break-lock", is_flag=True, help="Take the folder even if another process seems to hold it."),
    )  # fmt: skip
    wrapped: Any = run
    for decorator in reversed(decorators):
        wrapped = decorator(wrapped)
    return wrapped  # type: ignore[no-any-return]


def opened(place: Place, asked: Asked) -> StudyFolder:
    """The folder of a study, held, before anything is solved. Raises InputOutputError, UsageError."""
    from optimizer.cli.study_options import definition_of
    from optimizer.runs.study_folder import definition_sha256, open_study, study_path

    definition = definition_of(asked.command, asked.source, asked.reading, dict(asked.options))
    name = place.name or f"{asked.command}-{definition_sha256(definition)[:8]}"
    folder = open_study(study_path(place.results, asked.reading.instance.name, name), definition, place.break_lock)
    folder.unseal()
    return folder


def keep(folder: StudyFolder, command: str, found: Mapping[str, Any]) -> None:
    """Write what a command found, the page that shows it, and the seal."""
    from optimizer.report.studies import finite
    from optimizer.runs.strict_json import json_text

    folder.write(f"{command}.json", json_text(finite(dict(found))))
    write_page(folder)
    folder.seal()


def write_page(folder: StudyFolder) -> None:
    """The page of a study, from the files that are in its folder by now."""
    from optimizer.report.html.study_page import render_study
    from optimizer.report.html.study_source import PAGE_NAME, from_study

    folder.write(PAGE_NAME, render_study(from_study(folder.path, at_work=True)))
