"""`optimizer robust`: one plan for several futures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from optimizer.app.source import Source
from optimizer.app.study_pages import keep
from optimizer.app.study_runs import StudyLocation, definition_of, folder_of
from optimizer.cli.console import session
from optimizer.cli.options import (
    Decorator,
    answer_command,
    gap_option,
    gathered,
    in_order,
    instance_options,
    read,
    seconds_option,
)
from optimizer.cli.signals import Stopping, stoppable
from optimizer.cli.study_options import GRACE_S, place_options
from optimizer.errors import ExitCode, NoDesignError, UsageError

if TYPE_CHECKING:
    from optimizer.reading.read import Reading
    from optimizer.study.pools import Executor
    from optimizer.study.robust import Robust


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """How the tree is searched, and by whom."""

    gap: float | None
    time_limit: float | None
    workers: int | None
    scheduler: str | None
    second_opinion: bool

    def executor(self) -> Executor:
        """The workers of a large tree: processes here, or a cluster."""
        from optimizer.app.observer import Observer
        from optimizer.app.study_runs import StudyOptions, executor_of

        study = StudyOptions(workers=self.workers, scheduler=self.scheduler)
        return executor_of(study, study.max_cells, Observer(note=session().note))


_SEARCH: tuple[Decorator[Any], ...] = (
    gap_option,
    seconds_option("search"),
    click.option(
        "--workers",
        type=click.IntRange(1, 512),
        help="Processes on this machine for a tree of more than 12 scenarios, which are searched one by one [one per "
        "processor]. The answer does not depend on them.",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="Search the scenarios of such a tree on the Dask cluster there, e.g. tcp://HOST:8786.",
    ),
    click.option(
        "--second-opinion",
        is_flag=True,
        help="Ask mpi-sppy for the expected cost as well (extra [mpi]): two stages, no CVaR, nothing that dispatches. "
        "It solves one model of all scenarios on one core: for up to about five of the flagship's size with a short "
        "choice of chips.",
    ),
)
_search_options: Decorator[Any] = in_order(*_SEARCH, gathered("asked", _Asked))


@answer_command(
    "robust",
    epilog="Example: optimizer robust instances/hong_kong_licence_risk.toml --gap 0.005",
    help="Plan for all scenarios of [uncertainty] at once: what to buy before uncertainty resolves, expected "
    "levelised cost, "
    "CVaR, regret of each single-scenario plan in each scenario, value of perfect information and of the stochastic "
    "solution, the first-stage decisions in words, and what replaces a refused licence. "
    "Every scenario's design passes the audit.",
)
@instance_options
@_search_options
@place_options
def command(source: Source, location: StudyLocation, asked: _Asked) -> int:
    from optimizer.pipeline import Options
    from optimizer.report.robust import robust_blocks, robust_json
    from optimizer.study.robust import robust
    from optimizer.study.scenario_models import Follower
    from optimizer.study.scenario_tree import MOST_AT_ONCE

    reading = read(source)
    if reading.instance.uncertainty is None:
        raise UsageError(
            f"{reading.instance.name} has no [uncertainty] table", "see instances/hong_kong_licence_risk.toml"
        )
    if asked.scheduler is not None and len(reading.instance.uncertainty.scenarios) <= MOST_AT_ONCE:
        session().note(f"--scheduler is not used: up to {MOST_AT_ONCE} scenarios are one model, searched here")
    options: Any = Options(gap=asked.gap, time_limit_s=asked.time_limit)
    request = {"search": {"gap": asked.gap, "time_limit_s": asked.time_limit}}
    with (
        folder_of(location, definition_of("robust", source, reading, request)) as folder,
        stoppable(GRACE_S) as stopping,
    ):
        follower = Follower(say=_told, stop=stopping.stop, keeps=stopping.writing)
        try:
            hedged = robust(reading.instance, reading.folder, options, follower, asked.executor())
        except NoDesignError as problem:
            if stopping.code is None:
                raise
            return _nothing(problem, stopping.code)
        stopping.writing()
        if hedged.verified:
            keep(folder, "robust", robust_json(hedged))
    if not hedged.verified:
        findings = [f"{z}: {f.check} {f.where}" for z, report in hedged.audits.items() for f in report.findings]
        session().say("WITHHELD: the audit does not confirm every scenario's design.\n" + "\n".join(findings[:20]))
        return session().answer({"instance": reading.instance.name, "verified": False}, ExitCode.VERIFICATION)
    session().show(robust_blocks(hedged), reading.instance)
    session().say(str(folder.path))
    opinion = _second_opinion(reading, hedged, asked.gap) if asked.second_opinion and not hedged.interrupted else {}
    answer = {"folder": str(folder.path), **robust_json(hedged), **opinion}
    return session().answer(answer, _code(hedged, stopping))


def _code(hedged: Robust, stopping: Stopping) -> ExitCode:
    if hedged.interrupted and stopping.code is not None:
        return stopping.code
    return ExitCode.OK if hedged.plan.status.value == "optimal" else ExitCode.LIMIT_WITH_DESIGN


def _nothing(problem: NoDesignError, code: ExitCode) -> int:
    """Stopped before there was a plan."""
    session().complain(f"{problem.message}; {problem.help}")
    return session().answer({}, code, {"message": problem.message, "help": problem.help})


def _told(step: str) -> None:
    session().note(f"  {step}")


def _second_opinion(reading: Reading, plan: Robust, gap: float | None) -> dict[str, Any]:
    """What mpi-sppy makes of the same tree, said beside our figure."""
    from optimizer.study.second_opinion import Known, second_opinion

    ours = plan.plan.expected_lcoc
    known = Known(ours, sum(plan.probability[z] * o.cost_musd for z, o in plan.plan.outcomes.items()))
    wanted_gap = reading.instance.solve.gap if gap is None else gap
    opinion = second_opinion(reading.instance, reading.folder, wanted_gap, known)
    apart = abs(opinion.expected_lcoc - ours) / ours
    session().say(f"mpi-sppy finds {opinion.expected_lcoc:.6g} USD/EFLOP, ours is {ours:.6g}: {apart:.2g} apart.")
    return {"second_opinion": {"engine": "mpi-sppy", "expected_lcoc_usd_per_eflop": opinion.expected_lcoc}}
