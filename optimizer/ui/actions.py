"""What a button starts: the words of a command, and where its answer is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from optimizer.errors import UsageError
from optimizer.inputs.schema import Instance
from optimizer.reading.read import instance_sha256
from optimizer.runs.read import load_instance
from optimizer.study.metrics import metric_of
from optimizer.ui.drafts import load, read
from optimizer.ui.folders import RESULTS, WorkFolder, identified
from optimizer.ui.jobs import Jobs, StartedJob

MORE_MW = 2.0


def solve(folder: WorkFolder, jobs: Jobs, name: str) -> StartedJob:
    """Solve an instance with its draft. Raises what reading it raises."""
    draft = load(folder, name)
    case = read(folder, draft)
    arguments = ("solve", *draft.arguments(folder))
    label = ", ".join(part for part in (draft.scenario or "", *draft.sets) if part)
    title = f"Solve {name}{f' with {label}' if label else ''}"
    return _search(jobs, arguments, title, (case.name, case.reading.sha256))


def sweep(folder: WorkFolder, jobs: Jobs, name: str, axes: Sequence[str], one_by_one: bool = False) -> StartedJob:
    """Sweep an instance with its draft over all combinations of axes `key=values`, or each axis alone.

    Raises UsageError without one.
    """
    draft = load(folder, name)
    case = read(folder, draft)
    if not axes:
        raise UsageError("a study needs a key and its values", "such as sites.main.grid_mw and 20:30:5")
    varied = [word for axis in axes for word in ("--vary", axis)]
    varied += ["--design", "one_at_a_time"] if one_by_one else []
    plain = (*draft.arguments(folder), *varied)
    # The same question has the same folder, so that starting it twice is starting it once.
    study = f"ui-{hashlib.sha256(repr((case.reading.sha256, varied)).encode()).hexdigest()[:12]}"
    arguments = ("sweep", *plain, "--name", study, "--results", RESULTS)
    title = f"Sweep {name} over {', '.join(axis.partition('=')[0] for axis in axes)}"
    return jobs.start(arguments, title, f"/study/{case.name}/{study}")


def frontier(folder: WorkFolder, jobs: Jobs, name: str, measures: tuple[str, str]) -> StartedJob:
    """Trade one measure off against another. Raises UsageError for what cannot be."""
    draft = load(folder, name)
    case = read(folder, draft)
    x, y = (metric_of(measure).id for measure in measures)
    if x == y:
        raise UsageError("a frontier takes two different measures")
    study = f"ui-{hashlib.sha256(repr((case.reading.sha256, x, y)).encode()).hexdigest()[:12]}"
    arguments = ("frontier", *draft.arguments(folder), "--x", x, "--y", y, "--name", study, "--results", RESULTS)
    return jobs.start(arguments, f"Frontier of {y} over {x}, {name}", f"/study/{case.name}/{study}")


def ask(folder: WorkFolder, jobs: Jobs, run: tuple[str, str], question: str, about: str) -> StartedJob:
    """A question to a run, answered by solving it again with one change, or by looking for what turns a choice."""
    place = folder.run(*run)
    instance = load_instance(place)
    shown = str(place.relative_to(folder.path))
    if question == "chip":
        if about not in instance.accelerators:
            raise UsageError(f"there is no accelerator {identified(about)} in this run")
        return jobs.start(("explain", shown, "--entry", about), f"Why not {about}?", f"/run/{run[0]}/{run[1]}")
    change = _change(instance, question, about)
    arguments = ("solve", f"{shown}/instance.resolved.toml", "--set", change, "--no-baselines")
    return _search(jobs, arguments, f"{run[0]} with {change}", (instance.name, instance_sha256(instance)))


def open_cell(folder: WorkFolder, jobs: Jobs, study: tuple[str, str], number: int) -> StartedJob:
    """Solve one cell of a study as a run of its own.

    Raises UsageError for a cell that is not there, or if the instance is not that of the study any more.
    """
    from optimizer.ui.studies import cell_settings, source_of

    settings = cell_settings(folder.study(*study), number)
    draft, sha256 = source_of(folder.study(*study))
    if read(folder, draft).reading.sha256 != sha256:
        raise UsageError(
            f"{draft.name} is not what it was when the study was made, so its cell would be another one",
            "start the study again with the instance as it is now",
        )
    arguments = ("solve", *draft.arguments(folder), *(w for one in settings for w in ("--set", one)))
    arguments = (*arguments, "--no-baselines")
    return _search(jobs, arguments, f"Cell {number} of {study[1]}: {', '.join(settings)}", (study[0], sha256))


def _search(jobs: Jobs, arguments: tuple[str, ...], title: str, question: tuple[str, str]) -> StartedJob:
    """Start a search, unless the same one is running; `question`: name and SHA-256 of the instance as it is now."""
    instance, sha256 = question
    run, twin = run_name(jobs, arguments, sha256)
    if twin is not None:
        return twin
    out = ("--out", f"{RESULTS}/{instance}/{run}")
    return jobs.start((*arguments, *out), title, f"/run/{instance}/{run}", follow=True)


def run_name(jobs: Jobs, arguments: tuple[str, ...], asked: object) -> tuple[str, StartedJob | None]:
    """A name for a run, and the job that asks the same already; `asked` is what the files say that it is asked of.

    The name ends with the question: with a file changed meanwhile, the same words ask another one.
    """
    token = hashlib.sha256(repr((asked, arguments)).encode()).hexdigest()[:8]
    twin = next((job for job in jobs.all() if job.running and job.goes_to.endswith(f"-{token}")), None)
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token}", twin


def _change(instance: Instance, question: str, about: str) -> str:
    if question == "licences":
        if instance.export.licences == "avoid":
            raise UsageError("this run is planned without licences already")
        return 'export.licences="avoid"'
    site = instance.sites.get(about)
    if question == "power" and site is not None:
        return f"sites.{about}.grid_mw={site.grid_mw + MORE_MW}"
    raise UsageError("that cannot be asked of this run")
