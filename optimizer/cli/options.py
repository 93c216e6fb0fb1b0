"""Options several commands share, and what they mean."""

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
from optimizer.diagnostics import Diagnostic, render, to_json

if TYPE_CHECKING:
    from optimizer.reading.read import Reading, ReadOptions

F = TypeVar("F", bound=Callable[..., Any])


def _flag(name: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def note(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        current = ctx.find_root().obj
        if value and isinstance(current, Session):
            setattr(current, name, True)

    return note


def standard_options(command: F) -> F:
    """`--json`, `--debug` and `--no-color`, which every command takes; and stdout is for its answer alone."""
    command = _answering(command)
    for flag, name, text in (
        ("--no-color", "no_color", "No colours and no live display."),
        ("--debug", "debug", "Show the traceback of a failure."),
        ("--json", "json", "Answer in JSON (format_version 1)."),
    ):
        command = _flag_option(flag, name, text)(command)
    return command


def _flag_option(flag: str, name: str, text: str) -> Callable[[F], F]:
    """A flag of the session, which no command needs to know."""
    return click.option(flag, is_flag=True, expose_value=False, callback=_flag(name), help=text)


def _answering(command: F) -> F:
    @wraps(command)
    def run(*given: Any, **options: Any) -> Any:
        with prints_go_to_stderr():
            return command(*given, **options)

    return run  # type: ignore[return-value]


def instance_options(command: F) -> F:
    """INSTANCE and how it is read; the command gets one `source`."""
    return with_options(
        gathered(command, "source", Source),
        (
            click.argument("path", type=click.Path(path_type=Path), metavar="INSTANCE"),
            click.option("--scenario", metavar="NAME", help="Lay a scenario of the file over it."),
            click.option(
                "--set",
                "sets",
                multiple=True,
                metavar="KEY=VALUE",
                help="Change one value, e.g. sites.cyberport.grid_mw=24.",
            ),
            click.option("--strict", is_flag=True, help="Treat warnings as errors."),
            click.option(
                "--allow-path",
                "allow_paths",
                multiple=True,
                type=click.Path(path_type=Path, file_okay=False),
                metavar="DIR",
                help="Folder outside the instance's own that files may lie in.",
            ),
            _flag_option("--no-warnings", "no_warnings", "Print no warnings of the instance."),
        ),
    )


def with_options(command: F, options: Sequence[Callable[[F], F]]) -> F:
    """The command with these options, listed in this order in its help."""
    for option in reversed(options):
        command = option(command)
    return command


def gathered(command: F, name: str, kind: type[Any]) -> F:
    """The command with the options that are fields of a dataclass handed over as one, by this name."""
    names = tuple(field.name for field in fields(kind))

    @wraps(command)
    def run(**options: Any) -> Any:
        return command(**{name: kind(**{field: options.pop(field) for field in names})}, **options)

    return run  # type: ignore[return-value]


def read(source: Source) -> Reading:
    """Read the instance; its warnings go to stderr. Raises what `read_instance` raises."""
    from optimizer.reading.read import read_instance

    reading = read_instance(source.path, read_options(source))
    note_warnings(reading.warnings)
    return reading


def read_options(source: Source) -> ReadOptions:
    """How the source is read."""
    from optimizer.reading.read import ReadOptions

    return ReadOptions(scenario=source.scenario, sets=source.sets, strict=source.strict, allow_paths=source.allow_paths)


def note_warnings(warnings: Sequence[Diagnostic]) -> None:
    """Warnings of an instance to stderr; what a command has said of one scenario it does not say of the next."""
    if not warnings:
        return
    here = session()
    new = [one for one in warnings if (one.code, one.path, one.message) not in here.warned]
    here.warned |= {(one.code, one.path, one.message) for one in new}
    if new and not here.json and not here.no_warnings:
        here.note(render(new) + "\n")


def warnings_json(reading: Reading) -> list[dict[str, object]]:
    """The warnings for the JSON answer."""
    return to_json(reading.warnings)
