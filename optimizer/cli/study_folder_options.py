"""Options of the commands that keep one answer in a study's folder: robust and regimes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from optimizer.app.study_pages import StudyLocation

F = TypeVar("F", bound=Callable[..., Any])


def place_options(command: F) -> F:
    """--results, --name and --break-lock; the command gets one `location`."""
    from functools import wraps

    @wraps(command)
    def run(results: Path, name: str | None, break_lock: bool, **options: Any) -> Any:
        return command(location=StudyLocation(results, name, break_lock), **options)

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
