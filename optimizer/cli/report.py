"""`optimizer report`: the HTML page of a run, from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import money_of
from optimizer.app.design_studies import StudySelection
from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.design_options import selection_options, watched_hooks
from optimizer.cli.options import PATH, SECONDS, answer_command, check_beside_run, read
from optimizer.errors import ExitCode, InputOutputError, UsageError
from optimizer.runs.atomic import write_whole
from optimizer.runs.folder import add_files

if TYPE_CHECKING:
    from optimizer.report.html.source import ReportSource
    from optimizer.report.studies import Studies

STUDY_MARKER = ".optimizer-study"


@answer_command(
    "report",
    epilog="Example: optimizer report results/minimal/20270101T000000Z-1a2b3c4d --out minimal.html",
    help="Write the HTML page of a run: one file that needs no network. The design is audited again, and the page says "
    "if the run's files, or the instance it was made from (--instance), are no longer what they were. --marginal, "
    "--alternatives, --baselines and --entry study the run's design, keep what they find in its folder, and show it. "
    "Of the folder of a study, study.html is made anew from the study's files.",
)
@click.argument("run", type=PATH, metavar="FOLDER")
@click.option("--out", type=PATH, metavar="FILE", help="File to write [default: NAME.html here].")
@click.option("--instance", type=PATH, metavar="FILE", help="Say if this instance has changed.")
@click.option("--scenario", metavar="NAME", help="Scenario of --instance the run was made with.")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Value of --instance the run was made with.")
@click.option("--overwrite", is_flag=True, help="Write over FILE if it exists.")
@selection_options
@click.option("--time-limit", type=SECONDS, help="Seconds per solve of a study [the run's].")
def command(
    run: Path, out: Path | None, overwrite: bool, time_limit: float | None, selection: StudySelection, **given: Any
) -> int:
    instance, scenario, sets = given["instance"], given["scenario"], given["sets"]
    if (run / STUDY_MARKER).is_file():
        if instance is not None or scenario or sets or time_limit is not None or selection:
            raise UsageError("a study's page takes --out and --overwrite only", "the study itself says what was asked")
        return _of_study(run, out, overwrite)
    if instance is None and (scenario or sets):
        raise UsageError("--scenario and --set say how --instance is read", "add --instance FILE")
    now = read(Source(instance, scenario, sets)).sha256 if instance is not None else None
    from optimizer.app.report_source import from_folder
    from optimizer.report.html.page import render_report

    if out is not None:
        check_beside_run(run, out, overwrite, "page")
    source = from_folder(run, now)
    made, source = _study(run, source, selection, time_limit)
    session().warn(source.stale)
    target = out or Path(f"{source.result.problem.instance.name}.html")
    check_beside_run(run, target, overwrite, "page")
    page = render_report(source)
    write_whole(target, page)
    answer: dict[str, object] = {
        "instance": source.result.problem.instance.name,
        **_said(target, page),
        "verified": source.result.verified,
        "stale": source.stale,
        "doubts": source.doubts,
    }
    if made:
        from optimizer.report.studies import as_json

        answer["studies"] = as_json(made)
    code = ExitCode.VERIFICATION if source.doubts else ExitCode.OK
    return session().answer(answer, code)


def _of_study(folder: Path, out: Path | None, overwrite: bool) -> int:
    """The page of a study: in its folder, under its seal, or where --out says."""
    from optimizer.report.html.study_page import render_study
    from optimizer.report.html.study_source import PAGE_NAME, from_study
    from optimizer.runs.study_folder import renew

    source = from_study(folder)
    session().warn(source.stale)
    try:
        page = render_study(source)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as problem:
        raise InputOutputError(f"the files of {source.name} are not those of a study: {problem}") from problem
    if out is None:
        renew(folder, PAGE_NAME, page)
    else:
        if out.is_dir() or (out.exists() and (not overwrite or out.resolve().parent == folder.resolve())):
            raise UsageError(f"{out} exists", "choose another name with --out, or --overwrite outside the study")
        write_whole(out, page)
    code = ExitCode.VERIFICATION if source.stale else ExitCode.OK
    answer = {"instance": source.instance.get("name"), "study": source.name, **_said(out or folder / PAGE_NAME, page)}
    return session().answer({**answer, "stale": source.stale}, code)


def _said(target: Path, page: str) -> dict[str, object]:
    size = len(page.encode("utf-8"))
    session().say(f"wrote {target} ({size:,} bytes)")
    return {"file": target, "bytes": size}


def _study(
    run: Path, source: ReportSource, selection: StudySelection, time_limit_s: float | None
) -> tuple[Studies | None, ReportSource]:
    """Study the run's design, and put what was found into its folder and its page."""
    if not selection:
        return None, source
    from optimizer.app.design_studies import no_design, studies
    from optimizer.pipeline import Options
    from optimizer.report.html.page import render_report
    from optimizer.report.html.source import with_studies
    from optimizer.report.studies import blocks, files, load
    from optimizer.runs.record import read_record
    from optimizer.study.search_settings import SearchSettings

    result = source.result
    if not result.verified or result.design is None:
        raise no_design(result)
    facts = result.design.solve
    if facts is None:
        raise UsageError("a bid cannot be studied: nothing says what was sought", "solve the instance first")
    limit_s = time_limit_s or read_record(run)[1].search.time_limit_s
    options = Options(objective=facts.objective, gap=facts.gap_asked, time_limit_s=limit_s)  # type: ignore[arg-type]
    with watched_hooks() as (_, hooks):
        search = SearchSettings(options=options, hooks=hooks)
        made = studies(result, selection, search, session().note, source.origins)
    sha256 = result.design.instance_sha256
    earlier, _ = load(run, sha256)
    source = with_studies(source, made.over(earlier))
    add_files(run, {**files(made, sha256), "report.html": render_report(source)})
    session().show(blocks(made, money_of(result.problem.instance)), result.problem.instance)
    session().say("")
    return made, source
