"""From a failure to a message on stderr and an exit code. Tracebacks are for `--debug` only."""

from __future__ import annotations

import errno
import sys
import traceback
from typing import Any

import click

from optimizer.cli.console import Session, silence
from optimizer.diagnostics import render
from optimizer.errors import ExitCode, InputError, OptimizerError

DEBUG_HINT = "run the same command with --debug for the traceback"


class Stopped(BaseException):
    """The user, or the batch system, insisted on an immediate end; `code` is 130 or 143."""

    def __init__(self, code: ExitCode) -> None:
        super().__init__(code)
        self.code = code


def report_failure(session: Session, problem: BaseException) -> int:
    """Report a failure in words (or as JSON) and give its exit code."""
    if isinstance(problem, SystemExit):
        return problem.code if isinstance(problem.code, int) else 1
    if isinstance(problem, OSError) and problem.errno in (errno.EPIPE, errno.ENOSPC):
        # Help texts are written by click itself; what cannot be written must not fail again when Python ends.
        silence(session.out)
        if problem.errno == errno.EPIPE:
            return int(ExitCode.OK)
    if session.debug and not isinstance(problem, click.ClickException):
        traceback.print_exception(problem, file=sys.stderr)
    code, message, help = describe(problem)
    diagnostics = _diagnostics(problem)
    try:
        session.answer({}, code, _error(message, help, diagnostics))
    except OptimizerError:
        code = ExitCode.INPUT_OUTPUT
    for text in _texts(problem, diagnostics):
        session.complain(text)
    if isinstance(problem, InputError):
        message = _counted(diagnostics)
    session.complain(f"error: {message}", "red")
    if help:
        session.complain(f"  help: {help}")
    return int(code)


def describe(problem: BaseException) -> tuple[ExitCode, str, str | None]:
    """Exit code, message and help of a failure."""
    if isinstance(problem, OptimizerError):
        return (
            problem.exit_code,
            problem.message if hasattr(problem, "message") else str(problem),
            getattr(problem, "help", None),
        )
    if isinstance(problem, click.UsageError):
        where = problem.ctx.command_path if problem.ctx else "optimizer"
        return ExitCode.USAGE, problem.format_message(), f"see {where} --help"
    if isinstance(problem, click.ClickException):
        return ExitCode.INPUT_OUTPUT, problem.format_message(), None
    if isinstance(problem, Stopped):
        return problem.code, "stopped at once; nothing was written", None
    if isinstance(problem, KeyboardInterrupt | click.Abort):
        return ExitCode.INTERRUPTED, "interrupted", None
    if isinstance(problem, MemoryError):
        return ExitCode.INTERNAL, "out of memory", "fewer phases, sites or accelerators make the model smaller"
    if isinstance(problem, OSError):
        return ExitCode.INPUT_OUTPUT, _os_text(problem), None
    return ExitCode.INTERNAL, f"internal error: {type(problem).__name__}: {problem}", DEBUG_HINT


def _os_text(problem: OSError) -> str:
    name = f"{problem.filename}: " if problem.filename else ""
    return f"{name}{problem.strerror or problem}"


def _diagnostics(problem: BaseException) -> tuple[Any, ...]:
    return tuple(getattr(problem, "diagnostics", ())) if isinstance(problem, OptimizerError) else ()


def _texts(problem: BaseException, diagnostics: tuple[Any, ...]) -> list[str]:
    if not diagnostics:
        return []
    return [render(diagnostics), ""]


def _counted(diagnostics: tuple[Any, ...]) -> str:
    errors = sum(1 for diagnostic in diagnostics if diagnostic.severity == "error")
    warnings = len(diagnostics) - errors
    parts = [f"{errors} error" + ("" if errors == 1 else "s")]
    parts += [f"{warnings} warning" + ("" if warnings == 1 else "s")] if warnings else []
    return f"the input is invalid ({', '.join(parts)})"


def _error(message: str, help: str | None, diagnostics: tuple[Any, ...]) -> dict[str, Any]:
    error: dict[str, Any] = {"message": message, "help": help}
    if diagnostics:
        from optimizer.diagnostics import to_json

        error["diagnostics"] = to_json(diagnostics)
    return error
