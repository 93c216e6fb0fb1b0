"""Everything in one file: a run, or an instance with all that was made of it."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

from optimizer.errors import UsageError
from optimizer.runs.folder import sealed_files
from optimizer.runs.own_files import is_plain_file, own_file
from optimizer.ui.folders import BIDS, RESULTS, WorkFolder
from optimizer.ui.shown import Shown

MOST_BYTES = 400_000_000
"""Of the files of a project before they are packed; the archive is made in memory."""


def run_archive(place: Path, name: str) -> Shown:
    """Every sealed file of a run."""
    files = sorted({*(sealed_files(place) or {}), "RUN_OK"})
    return _archive(name, ((own_file(place, file), f"{name}/{file}") for file in files))


def project_archive(folder: WorkFolder, name: str, instance: str) -> Shown:
    """The file of an instance, its bids, runs and studies as they are. Raises UsageError if that is too much."""
    files = [folder.instance(name)]
    for place in (folder.path / BIDS / name, folder.path / RESULTS / instance):
        files += _plain_files(place)
    if sum(path.stat().st_size for path in files) > MOST_BYTES:
        raise UsageError(
            f"the files of {name} are more than {MOST_BYTES // 1_000_000} MB together",
            f"download single runs, or copy the folder {RESULTS}/{instance}",
        )
    return _archive(name, ((path, f"{name}/{path.relative_to(folder.path).as_posix()}") for path in files))


def _plain_files(place: Path) -> Iterator[Path]:
    """Files below a folder; links are not followed."""
    for root, folders, names in os.walk(place, followlinks=False):
        folders.sort()
        yield from (path for name in sorted(names) if is_plain_file(path := Path(root) / name))


def _archive(name: str, files: Iterator[tuple[Path, str]]) -> Shown:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, inside in files:
            archive.write(path, inside)
    headers = {"content-disposition": f'attachment; filename="{name}.zip"'}
    return Shown(whole.getvalue(), "application/zip", headers=headers)
