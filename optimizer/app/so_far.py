"""The table of the cells that are known while others are searched, for whoever watches; no part of the study."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer.errors import InputOutputError
from optimizer.runs.atomic import write_whole

if TYPE_CHECKING:
    from optimizer.runs.study_tables import StudyRow

SO_FAR_NAME = "so_far.csv"
"""Gone when the study is complete."""
Records = Mapping[int, Mapping[str, Any]]


class SoFar:
    """Writes the table as cells arrive, once a second at most and in a twentieth of the time at most."""

    def __init__(self, folder: Path, rows: Callable[[Records], Sequence[StudyRow]]) -> None:
        self._path, self._rows = folder / SO_FAR_NAME, rows
        self._next_s = 0.0

    def keep(self, records: Records) -> None:
        """Write the table, unless that was done just now. A table that cannot be written costs the study nothing."""
        from optimizer.runs.study_tables import study_table

        began = time.monotonic()
        if began >= self._next_s:
            with suppress(InputOutputError):
                write_whole(self._path, study_table(self._rows(records)).csv())
            ended = time.monotonic()
            self._next_s = ended + max(1.0, 20 * (ended - began))

    def remove(self) -> None:
        """The whole table is there."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
