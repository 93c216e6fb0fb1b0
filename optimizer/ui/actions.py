"""What a button starts: the words of a command, and where its answer is shown."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from optimizer.errors import UsageError
from optimizer.inputs.schema import Instance
from optimizer.runs.read import load_instance
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
    return _search(jobs, arguments, f"Solve {name}{f' with {label}' if label else ''}", case.name)


def sweep(folder: WorkFolder, jobs: Jobs, name: str, axes: tuple[tuple[str, str], ...]) -> StartedJob:
    """Sweep an instance with its draft over one axis or two. Raises UsageError without one."""
    draft = load(folder, name)
    case = read(folder, draft)
    given = [(path.strip(), values.strip()) for path, values in axes if path.strip() and values.strip()]
    if not given:
        raise UsageError("a study needs a key and its values", "such as sites.main.grid_mw and 20:30:5")
    varied = [word for path, values in given for word in ("--vary", f"{path}={values}")]
    plain = (*draft.arguments(folder), *varied)
    # The same question has the same folder, so that starting it twice is starting it once.
    from hashlib import sha256

    study = f"ui-{sha256(repr((case.reading.sha256, varied)).encode()).hexdigest()[:12]}"
    arguments = ("sweep", *plain, "--name", study, "--results", RESULTS)
    title = f"Sweep {name} over {', '.join(path for path, _ in given)}"
    return jobs.start(arguments, title, f"/study/{case.name}/{study}")


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
    return _search(jobs, arguments, f"{run[0]} with {change}", instance.name)


def open_cell(folder: WorkFolder, jobs: Jobs, study: tuple[str, str], number: int) -> StartedJob:
    """Solve one cell of a study as a run of its own. Raises UsageError for a cell that is not there."""
    from optimizer.ui.studies import cell_settings, source_arguments

    settings = cell_settings(folder.study(*study), number)
    arguments = ("solve", *source_arguments(folder.study(*study)), *(w for one in settings for w in ("--set", one)))
    arguments = (*arguments, "--no-baselines")
    return _search(jobs, arguments, f"Cell {number} of {study[1]}: {', '.join(settings)}", study[0])


def _search(jobs: Jobs, arguments: tuple[str, ...], title: str, instance: str) -> StartedJob:
    twin = next((job for job in jobs.all() if job.running and job.title == title), None)
    if twin is not None:
        return twin
    run = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    out = ("--out", f"{RESULTS}/{instance}/{run}")
    return jobs.start((*arguments, *out), title, f"/run/{instance}/{run}", follow=True)


def _change(instance: Instance, question: str, about: str) -> str:
    if question == "licences":
        return 'export.licences="avoid"'
    site = instance.sites.get(about)
    if question == "power" and site is not None:
        return f"sites.{about}.grid_mw={site.grid_mw + MORE_MW}"
    raise UsageError("that cannot be asked of this run")
