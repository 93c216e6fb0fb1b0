"""The pages of the workbench. Each is made from the files of the folder as they are now; nothing is kept in memory."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from optimizer.app.examples import example_names
from optimizer.errors import InputError, InputOutputError, OptimizerError, UsageError
from optimizer.number_format import gap_percent, number
from optimizer.runs.own_files import small_text
from optimizer.study.metrics import METRICS
from optimizer.ui import actions, drafts
from optimizer.ui.archives import project_archive, run_archive
from optimizer.ui.folders import ID, WorkFolder, card_of, doubts_of, identified
from optimizer.ui.forms import GROUPS, fields, group_of
from optimizer.ui.jobs import Jobs
from optimizer.ui.shown import Shown, stored
from optimizer.ui.study_charts import search_chart
from optimizer.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

    from optimizer.ui.bid_pages import BidPages

_INIT_S = 60
_TAIL_LINES = 12
_MOST_COMPARED = 4
MOST_AXES = 4
_TEMPLATES = Path(__file__).resolve().parent / "templates"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["number"] = lambda value: "" if value is None else number(value, 4)
    made.filters["percent"] = lambda value: "" if value is None else gap_percent(value)
    return made


class Pages:
    """Pages over one folder; `base` begins every address."""

    def __init__(self, folder: Path, base: str) -> None:
        self.base = base
        self.folder = WorkFolder(folder)
        self.jobs = Jobs(folder)

    @cached_property
    def bids(self) -> BidPages:
        """The pages of bids. They bring the whole model along, which takes longer to load than all the rest."""
        from optimizer.ui.bid_pages import BidPages

        return BidPages(self.folder, self.jobs, self._page)

    def failure(self, problem: OptimizerError, draft: drafts.Draft | None = None) -> Shown:
        """A failure in words; with a draft that no longer fits its file, the way to take it back."""
        status = 404 if isinstance(problem, InputOutputError) else 400
        findings = problem.diagnostics if isinstance(problem, InputError) else ()
        return self._page("failure", status, problem=problem, findings=findings, draft=draft)

    def projects(self) -> Shown:
        """Instances, runs, studies and jobs."""
        return self._page(
            "projects",
            instances=self.folder.instances(), runs=self.folder.runs(), studies=self.folder.studies(),
            jobs=self.jobs.all(), examples=example_names(), folder=self.folder.path.name,
        )  # fmt: skip

    def new(self, form: Mapping[str, str]) -> str:
        """A new instance from the template, an example or a place, made by `optimizer init`."""
        name = form.get("name", "").strip()
        if not ID.fullmatch(name):
            raise UsageError("a project's name has 1 to 64 of the characters A-Z a-z 0-9 _ -")
        if (self.folder.path / f"{name}.toml").exists():
            raise UsageError(f"there is a project {name} already", "choose another name")
        arguments = [f"{name}.toml"]
        example, place = form.get("example", ""), form.get("place", "").strip()
        if example:
            arguments += ["--example", identified(example)]
        elif place:
            arguments += ["--place", identified(place)]
        command = [sys.executable, "-m", "optimizer", "init", *arguments]
        done = subprocess.run(
            command, cwd=self.folder.path, capture_output=True, encoding="utf-8", errors="replace", timeout=_INIT_S,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            errors = [line.removeprefix("error: ") for line in done.stderr.splitlines() if line.strip()]
            raise UsageError(" ".join(errors)[:500] or "the project could not be made")
        return f"/i/{name}"

    def assumptions(self, name: str, query: Mapping[str, str], wrong: Mapping[str, Any] | None = None) -> Shown:
        """The fields of an instance, with its draft laid over it. `wrong`: a value that was refused, and why."""
        draft = drafts.load(self.folder, name)
        search = query.get("q", "")[:100]
        groups = {group for group, _, _ in GROUPS}
        group = query.get("group") if query.get("group") in groups else GROUPS[0][0]
        try:
            case = drafts.read(self.folder, draft)
        except OptimizerError as problem:
            # The file was changed on disk, and what was typed here fits it no more: that must not lock anybody out.
            if draft == drafts.Draft(name):
                raise
            return self.failure(problem, draft)
        axes = [path for path in query.get("vary", "").split(" ") if path][-MOST_AXES:]

        def axis_query(path: str) -> str:
            """The page again with one more key of a study; the last four are kept."""
            chosen = " ".join([*(one for one in axes if one != path), path][-MOST_AXES:])
            return urlencode({"group": group or "", "q": search, "vary": chosen})

        return self._page(
            "assumptions", axes=axes, axis_query=axis_query, most_axes=MOST_AXES, measures=tuple(METRICS),
            status=422 if wrong else 200,
            name=name, draft=draft, case=case, groups=GROUPS, group=group, search=search,
            rows=fields(case, group or "", search), wrong=wrong or {}, warnings=case.warnings,
            command=" ".join(("optimizer solve", *case.command.split(" ")[2:])).replace(f"{self.folder.path}/", ""),
            lines=drafts.scenario_lines(draft, "NAME") if draft.sets and not draft.scenario else "",
        )  # fmt: skip

    def set_value(self, name: str, form: Mapping[str, str]) -> str | Shown:
        """Take one value over into the draft, or show at its field what is wrong with it."""
        path, typed = form.get("path", ""), form.get("value", "")
        query = {"group": form.get("group", ""), "q": form.get("q", "")}
        case = drafts.read(self.folder, drafts.load(self.folder, name))
        now = next((field.text for field in fields(case, "", path) if field.path == path), "")
        if form.get("was", now) != now:
            return self.assumptions(
                name, query, {"path": path, "typed": typed, "findings": (drafts.overtaken(path, now),)}
            )
        _, findings = drafts.change(self.folder, name, path, typed, case.get(path))
        if findings:
            return self.assumptions(name, query, {"path": path, "typed": typed, "findings": findings})
        return f"/i/{identified(name)}?{urlencode(query)}#f-{quote(path)}"

    def reset(self, name: str, form: Mapping[str, str]) -> str:
        """Take back one change or all."""
        path = form.get("path") or None
        drafts.reset(self.folder, name, path)
        return f"/i/{identified(name)}?group={group_of(path or '')}"

    def choose_scenario(self, name: str, form: Mapping[str, str]) -> str:
        """Lay another scenario of the file under the changes."""
        draft = drafts.Draft(name, form.get("scenario") or None, drafts.load(self.folder, name).sets)
        drafts.read(self.folder, draft)
        drafts.keep(self.folder, draft)
        return f"/i/{identified(name)}"

    def keep_scenario(self, name: str, form: Mapping[str, str]) -> str:
        """Write the changes into the file as a scenario."""
        drafts.become_scenario(self.folder, name, form.get("scenario", "").strip())
        return f"/i/{identified(name)}"

    def solve(self, name: str) -> str:
        """Start a search."""
        return f"/job/{actions.solve(self.folder, self.jobs, name).id}"

    def sweep(self, name: str, form: Mapping[str, str]) -> str:
        """Start a study."""
        keys = [form.get(f"path{at}", "").strip() for at in range(1, MOST_AXES + 1)]
        values = [form.get(f"values{at}", "").strip() for at in range(1, MOST_AXES + 1)]
        axes = [f"{key}={listed}" for key, listed in zip(keys, values, strict=True) if key and listed]
        one_by_one = form.get("design") == "one_at_a_time"
        return f"/job/{actions.sweep(self.folder, self.jobs, name, axes, one_by_one).id}"

    def frontier(self, name: str, form: Mapping[str, str]) -> str:
        """Start a frontier."""
        measures = (form.get("x", ""), form.get("y", ""))
        return f"/job/{actions.frontier(self.folder, self.jobs, name, measures).id}"

    def job(self, name: str) -> Shown:
        """A job, which renews itself while it runs."""
        return self._page("job", **self._job(name))

    def job_part(self, name: str) -> Shown:
        """The part of that page that changes."""
        return self._page("job_part", **self._job(name))

    def _job(self, name: str) -> dict[str, Any]:
        job = self.jobs.get(name)
        rows = job.progress()
        answered = False
        if job.state == "finished" and job.goes_to.startswith("/run/"):
            instance, run = job.goes_to.split("/")[2:4]
            answered = (self.folder.results / instance / run / "RUN_OK").exists() or job.arguments[0] != "solve"
        elif job.state == "finished":
            answered = job.exit_code in (0, 9)
        at_work = job.goes_to.split("/")
        cells = at_work[1] == "study" and (self.folder.results / at_work[2] / "studies" / at_work[3]).is_dir()
        return {
            "cells": cells, "job": job, "answered": answered,
            "chart": search_chart(rows), "now": rows[-1] if rows else None,
            "tail": "\n".join(job.text("stderr").splitlines()[-_TAIL_LINES:]), "said": job.text("stdout"),
        }  # fmt: skip

    def stop(self, name: str) -> str:
        """Good enough: stop."""
        self.jobs.stop(name)
        return f"/job/{name}"

    def run(self, instance: str, run: str) -> Shown:
        """A run: its verdict, its files, questions to it, and what to compare it with."""
        from optimizer.runs.read import load_instance

        place = self.folder.run(instance, run)
        resolved = load_instance(place)
        return self._page(
            "run",
            card=card_of(place), doubts=doubts_of(place), instance=resolved,
            summary=small_text(place, "summary.md", 500_000) or "",
            sites=resolved.sites, chips=resolved.accelerators,
            others=[card for card in self.folder.runs() if (card.instance, card.run) != (instance, run)],
            reported=(place / "report.html").is_file(),
        )  # fmt: skip

    def ask(self, instance: str, run: str, form: Mapping[str, str]) -> str:
        """Ask a run a question."""
        question, about = form.get("question", ""), form.get("about", "")
        return f"/job/{actions.ask(self.folder, self.jobs, (instance, run), question, about).id}"

    def report(self, instance: str, run: str) -> Shown:
        """The report as the run wrote it; only our own scripts may work in it, whatever the file says."""
        return stored(self.folder.run(instance, run), "report.html")

    def study_page(self, instance: str, name: str) -> Shown:
        """The study's own page."""
        return stored(self.folder.study(instance, name), "study.html")

    def zipped(self, instance: str, run: str) -> Shown:
        """Every sealed file of a run in one archive."""
        return run_archive(self.folder.run(instance, run), f"{instance}-{run}")

    def project_zip(self, name: str) -> Shown:
        """An instance with everything that was made of it, in one archive."""
        case = drafts.read(self.folder, drafts.load(self.folder, name))
        return project_archive(self.folder, identified(name), case.name)

    def compare(self, chosen: Sequence[str]) -> Shown:
        """Two to four runs side by side; every design is audited anew."""
        from optimizer.analysis.comparison import compare
        from optimizer.app.sides import open_sides
        from optimizer.report.compared import shown
        from optimizer.report.html.comparison_page import page_policy, render_comparison

        named = [text.partition("/") for text in dict.fromkeys(chosen)]
        places = tuple(self.folder.run(instance, run) for instance, _, run in named)
        if not 2 <= len(places) <= _MOST_COMPARED:
            raise UsageError("choose two to four runs to compare")
        page = render_comparison(shown(compare(open_sides(places))))
        return Shown(page, headers={"content-security-policy": page_policy()})

    def study(self, instance: str, name: str) -> Shown:
        """A study: its map and its table, which fill while it is at work; each cell can be opened as a run."""
        return self._page("study", **self._study(instance, name))

    def study_part(self, instance: str, name: str) -> Shown:
        """The part of that page that changes."""
        return self._page("study_part", **self._study(instance, name))

    def _study(self, instance: str, name: str) -> dict[str, Any]:
        from optimizer.ui import studies

        place = self.folder.study(instance, name)
        here = f"/study/{instance}/{name}"
        return {
            "instance": instance, "name": name, "table": studies.table(place), "done": studies.cells_done(place),
            "paged": (place / "study.html").is_file(), "map": studies.study_map(place),
            "drawing": studies.chart(place),
            "job": next((job for job in self.jobs.all() if job.running and job.goes_to == here), None),
        }  # fmt: skip

    def open_cell(self, instance: str, name: str, form: Mapping[str, str]) -> str:
        """Solve a cell as a run of its own."""
        cell = form.get("cell", "")
        if not cell.isascii() or not cell.isdigit():
            raise UsageError("there is no such cell")
        return f"/job/{actions.open_cell(self.folder, self.jobs, (instance, name), int(cell)).id}"

    def _page(self, template: str, status: int = 200, **values: Any) -> Shown:
        made = _environment().get_template(f"{template}.html.j2")
        return Shown(made.render(base=self.base, version=__version__, **values), status=status)
