"""What can go wrong, and the exit code each kind of failure ends with.

Only the command line turns an ``OptimizerError`` into a message and an exit code; everything else raises it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from optimizer.diagnostics import Diagnostic


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    """A design within the gap was found and verified, or the command did what it was asked."""
    INTERNAL = 1
    USAGE = 2
    INPUT = 3
    INFEASIBLE = 4
    """Proven infeasible, and explained."""
    LIMIT_WITH_DESIGN = 5
    """Stopped by a limit with a verified design."""
    LIMIT_WITHOUT_DESIGN = 6
    VERIFICATION = 7
    """Verification failed; the design is withheld."""
    UNSOUND = 8
    """The numbers cannot be trusted."""
    STUDY_CELLS_FAILED = 9
    INPUT_OUTPUT = 10
    INTERRUPTED = 130
    TERMINATED = 143


class OptimizerError(Exception):
    """Base of every failure that is reported in words.

    `message` says what and why, `help` what to do about it (may be None).
    """

    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL

    def __init__(self, message: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(message)
        self.message = message
        self.help = help


class UsageError(OptimizerError):
    """The command was called in a way that cannot be right."""

    exit_code = ExitCode.USAGE


class InputError(OptimizerError):
    """The instance, or a file it names, is invalid; `diagnostics` holds every finding."""

    exit_code = ExitCode.INPUT

    def __init__(self, diagnostics: Sequence[Diagnostic], message: str | None = None) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(message or _summary(self.diagnostics))


class InfeasibleError(OptimizerError):
    """No design can satisfy the instance, and the reason is known; `diagnostics` point at its causes."""

    exit_code = ExitCode.INFEASIBLE

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic] = (), help: str | None = None) -> None:  # noqa: A002
        super().__init__(message, help)
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)


class NoDesignError(OptimizerError):
    """A limit stopped the search before any design was found."""

    exit_code = ExitCode.LIMIT_WITHOUT_DESIGN


class VerificationError(OptimizerError):
    """The independent audit disagrees with the design."""

    exit_code = ExitCode.VERIFICATION


class UnsoundError(OptimizerError):
    """The numbers of the model, or of the solver's answer, cannot be trusted."""

    exit_code = ExitCode.UNSOUND


class InputOutputError(OptimizerError):
    """A file could not be read or written."""

    exit_code = ExitCode.INPUT_OUTPUT


class SolverCrash(OptimizerError):  # noqa: N818
    """The solver died, or ended in a state it should not be in."""

    exit_code = ExitCode.INTERNAL


def _summary(diagnostics: Sequence[Diagnostic]) -> str:
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.severity == "error"]
    if not errors:
        return "the input is invalid"
    first = errors[0]
    where = f"{first.file}:{first.line}: " if first.line else ""
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{where}{first.message}{more}"
