"""What `solve` puts into a run's folder beside the design and its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from optimizer.app.second_process import Make, made_beside
from optimizer.runs.provenance import RunContext, provenance

if TYPE_CHECKING:
    from optimizer.pipeline import Result
    from optimizer.reading.read import Reading
    from optimizer.report.summary import About


Maker: TypeAlias = "Callable[[Reading, Result], bytes | str | None]"


@dataclass(frozen=True)
class Artefacts:
    """The files of a result, one of them at work already."""

    reading: Reading
    result: Result
    book: Make

    def files(self, context: RunContext, about: About, warn: Callable[[str], None]) -> dict[str, bytes | str]:
        """Files by name; `context` says how the run was called, `about` on what and, if infeasible, why.

        One that cannot be made is said and left out: the design outranks every way to show it.
        """
        page: Maker = partial(_report, context=context, about=about)
        return _made(self.reading, self.result, (*_MAKERS, ("report.html", page)), warn)

    def workbook(self, warn: Callable[[str], None]) -> dict[str, bytes | str]:
        """The same of the workbook, which is waited for."""
        return _made(self.reading, self.result, (("workbook.xlsx", lambda *_: self.book()),), warn)


@contextmanager
def begun(reading: Reading, result: Result) -> Iterator[Artefacts]:
    """Within it the workbook, which takes longest and asks for the result alone, is at work in a process of its own."""
    with made_beside(partial(_workbook, reading, result)) as book:
        yield Artefacts(reading, result, book)


def _made(
    reading: Reading, result: Result, makers: Iterable[tuple[str, Maker]], warn: Callable[[str], None]
) -> dict[str, bytes | str]:
    made: dict[str, bytes | str] = {}
    for name, make in makers:
        try:
            content = make(reading, result)
        except Exception as problem:
            text = f"{type(problem).__name__}: {problem}"
            warn(f"warning: {name} could not be made ({text}); the design is written all the same")
            continue
        if content is not None:
            made[name] = content
    return made


def _workbook(reading: Reading, result: Result) -> bytes:
    from optimizer.report.workbook.book import workbook

    return workbook(result, reading.origins, reading.folder)


def _origins(reading: Reading, _: Result) -> str:
    from optimizer.report.html.source import origins_json

    return origins_json(reading)


def _report(reading: Reading, result: Result, context: RunContext, about: About) -> str | None:
    """The page; none of a rejected design, which is withheld."""
    from optimizer.report.html.page import render_report
    from optimizer.report.html.source import from_reading, with_studies

    if result.design is not None and not result.verified:
        return None
    record = provenance(reading, result, context)
    source = from_reading(result, reading, record, about.instance_file)
    if about.studies:
        source = with_studies(source, about.studies)
    return render_report(replace(source, explanation=about.reasons))


def _hourly(_: Reading, result: Result) -> bytes | None:
    from optimizer.analysis.hours import hourly_parquet, site_hours

    return hourly_parquet(site_hours(result)) if result.verified else None


_MAKERS: tuple[tuple[str, Maker], ...] = (
    ("hourly.parquet", _hourly),
    ("assumptions.json", _origins),
)
