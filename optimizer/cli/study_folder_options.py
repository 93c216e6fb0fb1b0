"""Options of the folder of a study; robust and regimes keep one answer in it."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.app.study_pages import StudyLocation
from optimizer.cli.options import F, gathered, with_options

RESULTS = click.option(
    "--results", type=click.Path(path_type=Path, file_okay=False), default=Path("results"), metavar="DIR",
    help="Folder of all results [results].",
)  # fmt: skip
NAME = click.option("--name", metavar="NAME", help="Name of the study's folder; by default made from what it asks.")
BREAK_LOCK = click.option(
    "--break-lock", is_flag=True, help="Take the folder even if another process seems to hold it."
)


def place_options(command: F) -> F:
    """--results, --name and --break-lock; the command gets one `location`."""
    return with_options(
        gathered(command, "location", StudyLocation),
        (
            RESULTS,
            NAME,
            BREAK_LOCK,
        ),
    )
