"""What commands share: options and what they mean, the instance that is read, and files written without harm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optimizer.app.source import Source
from optimizer.cli.console import Session, session
from optimizer.cli.streams import prints_go_to_stderr
from optimizer.diagnostics import Diagnostic, render
from optimizer.errors import UsageError
from optimizer.runs.folder import FILES

if TYPE_CHECKING:
    from optimizer.reading.read import Reading, Variants

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[F], F]
OBJECTIVES = ("lcoc", "total_cost", "capex", "energy", "carbon", "floor_area", "max_throughput", "simplicity")
LONGEST_S = 604_800
PATH = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
SECONDS = click.FloatRange(0.1, LONGEST_S)


def in_order(*options: Decorator[F]) -> Decorator[F]:
    """Decorators as one; options are listed in this order in the help."""

    def decorated(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated


def gathered(name: str, kind: type[Any]) -> Decorator[F]:
    """Hands over the options that are fields of a dataclass as one, by this name."""
    names = {field.name for field in fields(kind)}

    def decorated(command: F) -> F:
        @wraps(command)
        def run(**options: Any) -> Any:
            given = {field: options.pop(field) for field in names & options.keys()}
            return command(**{name: kind(**given)}, **options)

        return run  # type: ignore[return-value]

    return decorated


def _set_on_session(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    """Keeps a flag that no command needs to know."""
    current = ctx.find_root().obj
    if value and isinstance(current, Session):
        setattr(current, str(parameter.name), True)


_FLAG: dict[str, Any] = {"is_flag": True, "expose_value": False, "callback": _set_on_session}


class AnswerCommand(click.Command):
    """A command of ours: it takes `--json`, `--debug` and `--no-color`, and keeps stdout for its answer alone."""

    def __init__(self, name: str | None, **attributes: Any) -> None:
        super().__init__(name, **attributes)
        self.params += [
            click.Option(["--json"], **_FLAG, help="Answer in JSON (format_version 1)."),
            click.Option(["--debug"], **_FLAG, help="Show the traceback of a failure."),
            click.Option(["--no-color"], **_FLAG, help="No colours and no live display."),
        ]

    def invoke(self, ctx: click.Context) -> int:
        """Run it, and give its exit code."""
        with prints_go_to_stderr():
            code: int = super().invoke(ctx)
        return code


class AnswerGroup(click.Group):
    """A group of such commands."""

    command_class = AnswerCommand


def answer_command(name: str, **about: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """Makes a function such a command."""
    return click.command(name, cls=AnswerCommand, **about)


_INSTANCE: tuple[Decorator[Any], ...] = (
    click.argument("path", type=PATH, metavar="INSTANCE"),
    click.option("--scenario", metavar="NAME", help="Lay a scenario of the file over it."),
    click.option(
        "--set", "sets", multiple=True, metavar="KEY=VALUE", help="Change one value, e.g. sites.cyberport.grid_mw=24."
    ),
    click.option("--strict", is_flag=True, help="Treat warnings as errors."),
    click.option(
        "--allow-path",
        "allow_paths",
        multiple=True,
        type=FOLDER,
        metavar="DIR",
        help="Folder outside the instance's own that files may lie in.",
    ),
    click.option("--no-warnings", **_FLAG, help="Print no warnings of the instance."),
)
instance_options: Decorator[Any] = in_order(*_INSTANCE, gathered("source", Source))
"""INSTANCE and how it is read; the command gets one `source`."""

gap_option = click.option("--gap", type=click.FloatRange(0, 1, max_open=True), help="Relative gap to stop at.")


def seconds_option(each: str) -> Decorator[Any]:
    """The time limit of each search, case or whatever is solved."""
    return click.option("--time-limit", type=SECONDS, metavar="S", help=f"Seconds for each {each}.")


overwrite_option = click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")


def read(source: Source) -> Reading:
    """Read the instance; its warnings go to stderr. Raises what `read_instance` raises."""
    from optimizer.reading.read import read_instance

    reading = read_instance(source.path, source.options)
    note_warnings(reading.warnings)
    return reading


def variants_of(source: Source) -> Variants:
    """The instance, ready to be read many times; its warnings go to stderr."""
    from optimizer.reading.read import Variants

    variants = Variants(source.path, source.options)
    note_warnings(variants.read().warnings)
    return variants


def note_warnings(warnings: Sequence[Diagnostic]) -> None:
    """Warnings of an instance to stderr; what a command has said of one scenario it does not say of the next."""
    if not warnings:
        return
    here = session()
    new = [one for one in warnings if (one.code, one.path, one.message) not in here.warned]
    here.warned |= {(one.code, one.path, one.message) for one in new}
    if new and not here.json and not here.no_warnings:
        here.note(render(new) + "\n")


def check_free(path: Path, overwrite: bool, remedy: str = "choose another name, or --overwrite") -> None:
    """Refuse a file that is there, unless it may be written over. Raises UsageError."""
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists", remedy)


def check_beside_run(run: Path, out: Path, overwrite: bool, what: str) -> None:
    """The same, and in any case refuse a folder and a sealed file of the run. `what` is written. Raises UsageError."""
    if out.is_dir():
        raise UsageError(f"--out {out} is a folder", "give the name of a file")
    if out.exists() and out.resolve().parent == run.resolve() and out.name in FILES:
        raise UsageError(f"{out} belongs to the run itself", f"write the {what} somewhere else with --out")
    check_free(out, overwrite, "choose another name with --out, or --overwrite")
