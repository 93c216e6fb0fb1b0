"""What the commands that study one design share: options, the design to start from, the folder of the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optimizer.cli.console import session
from optimizer.errors import (
    InfeasibleError,
    NoDesignError,
    OptimizerError,
    UnsoundError,
    UsageError,
    VerificationError,
)

if TYPE_CHECKING:
    from optimizer.cli.signals import Stopping
    from optimizer.inputs.schema import Instance
    from optimizer.pipeline import Options, Result
    from optimizer.reading.read import Reading
    from optimizer.report.studies import Studies
    from optimizer.solve.outcome import Hooks

F = TypeVar("F", bound=Callable[..., Any])
GRACE_S = 30.0


@dataclass(frozen=True)
class Wish:
    """How to search, and where results go."""

    objective: str | None
    gap: float | None
    time_limit: float | None
    seed: int | None
    threads: int | None
    no_isolate: bool
    results: Path = Path("results")
    out: Path | None = None
    overwrite: bool = False
    break_lock: bool = False

    @property
    def options(self) -> Options:
        """As the pipeline takes them."""
        from optimizer.pipeline import Options

        return Options(
            self.objective,  # type: ignore[arg-type]
            self.gap,
            self.time_limit,
            self.seed,
            self.threads,
            isolated=not self.no_isolate,
        )


@dataclass(frozen=True)
class Asked:
    """Which studies of a design to make."""

    marginal: bool = False
    alternatives: bool = False
    baselines: bool = False
    entry: bool = False

    def __bool__(self) -> bool:
        return self.marginal or self.alternatives or self.baselines or self.entry


def study_options(command: F) -> F:
    """Studies a design can be given."""
    for flag, text in (
        ("--entry", "Find at what price each accelerator enters the design or leaves it."),
        ("--baselines", "Compare with simple plans: cheapest first, one vendor, air only, no licences."),
        ("--alternatives", "Find the cheapest designs that buy other accelerators, within 5 %."),
        ("--marginal", "Find what one step more or less of each limit is worth."),
    ):
        command = click.option(flag, is_flag=True, help=text)(command)
    return command


@contextmanager
def watched(goal_unit: str) -> Iterator[tuple[Stopping, Hooks]]:
    """Hooks that show progress and obey Ctrl-C: once to stop and keep what was found, twice to end."""
    from optimizer.cli.progress import Watcher
    from optimizer.cli.signals import stoppable
    from optimizer.solve.outcome import Hooks

    with stoppable(GRACE_S) as stopping, Watcher(session(), goal_unit) as watcher:
        yield stopping, Hooks(stop=stopping.stop, on_progress=watcher.tell)


def base_design(reading: Reading, options: Options, hooks: Hooks) -> Result:
    """The design a study starts from. Raises what says why there is none."""
    from optimizer import pipeline

    session().note(f"designing {reading.instance.name}, to start from")
    result = pipeline.run(reading.instance, reading.folder, options, hooks, reading.sha256)
    if not result.verified:
        raise no_design(result)
    return result


def no_design(result: Result) -> OptimizerError:
    """Why there is no design to start from."""
    if result.design is not None:
        return VerificationError("the audit does not confirm the design to start from")
    if result.status.value == "infeasible":
        return InfeasibleError("no design can meet all requirements", help="optimizer explain INSTANCE says why")
    if result.status.value == "no_solution":
        return NoDesignError("a limit stopped the search before a design was found", "a larger --time-limit helps")
    return UnsoundError(result.message or f"the search ended {result.status.value}")


def studies(base: Result, folder: Path, asked: Asked, how: tuple[Options, Hooks]) -> Studies:
    """Make the studies asked for. `folder` resolves the series of the instance."""
    from optimizer.report.studies import Studies

    return Studies(
        _marginals(base, folder, how) if asked.marginal else (),
        _alternatives(base, folder, how) if asked.alternatives else None,
        _plans(base, folder, how) if asked.baselines else None,
        entries(base, folder, how, ("all",)) if asked.entry else (),
        stopped=how[1].stopping,
    )


def _marginals(base: Result, folder: Path, how: tuple[Options, Hooks]) -> tuple[Any, ...]:
    from optimizer.study.marginal import levers, marginal

    found = []
    for lever in levers(base.problem.instance):
        if how[1].stopping:
            break
        session().note(f"one step more and less: {lever.label}")
        found.append(marginal(base, lever, folder, *how))
    return tuple(found)


def _alternatives(base: Result, folder: Path, how: tuple[Options, Hooks]) -> Any:
    from optimizer.report.alternatives import choices
    from optimizer.study.alternatives import Wanted, alternatives

    return choices(alternatives(base, folder, Wanted(), how, session().note))


def _plans(base: Result, folder: Path, how: tuple[Options, Hooks]) -> Any:
    from optimizer.report.baselines import plans

    return plans(base, baselines(base, folder, how))


def baselines(base: Result, folder: Path, how: tuple[Options, Hooks]) -> list[Any]:
    """Every simple plan."""
    from optimizer.report.baselines import plan_obstacles
    from optimizer.study.baselines import baseline, explained, rules

    sha256 = base.design.instance_sha256 if base.design else ""
    found = []
    for rule in rules(base.problem):
        if how[1].stopping:
            break
        session().note(f"plan: {rule.name}")
        plan = baseline(base.problem, rule, folder, how, sha256)
        if plan.status.value == "infeasible" and rule.allowed and not plan_obstacles(base, plan):
            session().note(f"plan: {rule.name}, why it cannot be")
            plan = explained(base.problem, plan, folder, how)
        found.append(plan)
    return found


def entries(base: Result, folder: Path, how: tuple[Options, Hooks], wanted: tuple[str, ...]) -> tuple[Any, ...]:
    """Entry prices of the accelerators named; `all` are all that the procurement lists do not leave out."""
    from optimizer.study.entry_price import entry_price

    names = _listed(base) if "all" in wanted else list(dict.fromkeys(wanted))
    found = []
    for name in names:
        if how[1].stopping:
            break
        session().note(f"entry price: {name}")
        found.append(entry_price(base, name, folder, how))
    return tuple(found)


def check_chips(instance: Instance, wanted: tuple[str, ...]) -> None:
    """Refuse names that are no accelerators of the instance, before anything is solved."""
    unknown = [name for name in wanted if name != "all" and name not in instance.accelerators]
    if unknown:
        raise UsageError(f"no accelerator {', '.join(unknown)}", f"there are {', '.join(instance.accelerators)}")


def _listed(base: Result) -> list[str]:
    """Accelerators, those offered first; the planner's own lists have spoken about the rest."""
    left_out = {row.accelerator for row in base.problem.compute.exclusions if row.kind == "procurement list"}
    offered = {key[1] for key, pod in base.problem.compute.types.items() if pod.deliverable}
    names = [name for name in base.problem.instance.accelerators if name not in left_out]
    return sorted(names, key=lambda name: name not in offered)


def save(kind: str, reading: Reading, wish: Wish, files: Mapping[str, str]) -> Path:
    """Write the results of a study to a folder of its own, with the instance they are about."""
    from optimizer.reading.resolved import to_toml
    from optimizer.runs.folder import Place, open_run, run_name
    from optimizer.runs.series import pack_series

    out = wish.out or wish.results / reading.instance.name / f"{kind}-{run_name()}"
    packed = pack_series(reading.instance, reading.folder)
    with open_run(Place(wish.results, reading.instance.name, out, wish.overwrite, wish.break_lock)) as folder:
        folder.begin()
        for name, data in packed.files.items():
            folder.write(name, data)
        folder.write("instance.resolved.toml", to_toml(packed.instance))
        for name, content in files.items():
            folder.write(name, content)
        folder.seal()
        return folder.path


def wish_of(options: dict[str, Any]) -> Wish:
    """The part of a command's options that says how to search and where to write; it is taken out of them."""
    return Wish(**{name: options.pop(name) for name in Wish.__dataclass_fields__ if name in options})


def goal_unit(reading: Reading, options: Options) -> str:
    """Unit of the objective in force."""
    from optimizer.pipeline import settings

    return settings(reading.instance, replace(options))[0].unit
