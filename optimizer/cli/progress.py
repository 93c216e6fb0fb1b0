"""How a search is watched: one live line on a terminal, otherwise a plain line every few seconds. On stderr."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import isfinite
from threading import Thread
from typing import TYPE_CHECKING, Any

from optimizer.app.preload import load
from optimizer.cli.console import Session, is_rich
from optimizer.number_format import gap_percent

if TYPE_CHECKING:
    from optimizer.app.observer import Telling
    from optimizer.solve.outcome import Progress

PLAIN_EVERY_S = 5.0
NEEDED_TO_WRITE = ("pyarrow.parquet", "xlsxwriter", "optimizer.report.workbook.book", "optimizer.report.html.page")


class Watcher:
    """Shows progress in the user's own metric; use it as a context and hand `tell` to the search."""

    def __init__(self, session: Session, telling: Telling) -> None:
        import sys

        self._session, self._telling = session, telling
        self._live: Any = None
        self._prepared = False
        self._shown_at = time.monotonic()
        self._wants_live = is_rich(sys.stderr) and not session.no_color and not session.quiet

    def __enter__(self) -> Watcher:
        if self._wants_live:
            from rich.console import Console
            from rich.live import Live
            from rich.text import Text

            self._live = Live(Text("  building the model"), console=Console(stderr=True), transient=True)
            self._shown(self._live.start)
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._shown(self._live.stop)

    def _shown(self, draw: Callable[[], None]) -> None:
        """Draw; a terminal that was closed meanwhile must not cost the design."""
        try:
            draw()
        except (OSError, ValueError):
            self._live = None

    def tell(self, progress: Progress) -> None:
        """Show where the search is."""
        if not self._prepared:
            # What writes the results is loaded while the search, in its own process, still runs.
            self._prepared = True
            Thread(target=load, args=NEEDED_TO_WRITE, daemon=True).start()
        line = progress_text(progress, self._telling)
        if self._live is not None:
            from rich.text import Text

            live, shown = self._live, Text(f"  {line}   (Ctrl-C keeps the best design)")
            self._shown(lambda: live.update(shown))
        elif time.monotonic() - self._shown_at >= PLAIN_EVERY_S:
            self._shown_at = time.monotonic()
            self._session.note(line)


def progress_text(progress: Progress, telling: Telling) -> str:
    """Seconds, best value, bound and gap in one line."""
    best, bound = progress.incumbent, progress.bound
    parts = [f"{progress.seconds:.0f} s"]
    parts.append(f"best {telling(best)}" if isfinite(best) else "no design yet")
    if isfinite(bound):
        parts.append(f"bound {telling(bound)}")
    if isfinite(best) and isfinite(bound):
        parts.append(f"gap {gap_percent(abs(best - bound) / max(abs(best), 1e-9))}")
    return ", ".join(parts)


def progress_line(progress: Progress) -> str:
    """One line of JSON: seconds, incumbent and bound in the objective's unit, nodes; null where nothing is known."""
    import json

    known = {"incumbent": progress.incumbent, "bound": progress.bound}
    values = {name: value if isfinite(value) else None for name, value in known.items()}
    return json.dumps({"seconds": progress.seconds, **values, "nodes": progress.nodes}) + "\n"
