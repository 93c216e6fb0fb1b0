"""From a failure to a message on stderr and an exit code. Tracebacks are for `--debug` only."""

from __future__ import annotations

import errno
import sys
import traceback

import click

from optimizer.cli.console import Session, silence
from optimizer.diagnostics import Diagnostic, render, to_json
from optimizer.errors import ExitCode, InputError, OptimizerError
from optimizer.number_format import counted

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
    diagnostics = tuple(getattr(problem, "diagnostics", ()))
    found = {"diagnostics": to_json(diagnostics)} if diagnostics else {}
    try:
        session.answer({}, code, {"message": message, "help": help, **found})
    except OptimizerError:
        code = ExitCode.INPUT_OUTPUT
    if diagnostics:
        session.complain(f"{render(diagnostics)}\n")
    if isinstance(problem, InputError):
        message = _counted(diagnostics)
    session.complain(f"error: {message}", "red")
    if help:
        session.complain(f"  help: {help}")
    return int(code)


def describe(problem: BaseException) -> tuple[ExitCode, str, str | None]:
    """Exit code, message and help of a failure."""
    if isinstance(problem, OptimizerError):
        return problem.exit_code, problem.message, problem.help
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
        name = f"{problem.filename}: " if problem.filename else ""
        return ExitCode.INPUT_OUTPUT, f"{name}{problem.strerror or problem}", None
    return ExitCode.INTERNAL, f"internal error: {type(problem).__name__}: {problem}", DEBUG_HINT


def _counted(diagnostics: tuple[Diagnostic, ...]) -> str:
    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    warnings = len(diagnostics) - errors
    parts = [counted(errors, "error")] + ([counted(warnings, "warning")] if warnings else [])
    return f"the input is invalid ({', '.join(parts)})"
