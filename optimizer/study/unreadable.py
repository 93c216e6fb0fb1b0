"""The record of a cell whose values make no instance."""

from __future__ import annotations

from optimizer.errors import InputError, OptimizerError
from optimizer.study.cell import Record, failure


def unread(problem: OptimizerError) -> Record:
    """The record of a cell that the reader refuses."""
    return failure("", "invalid", reason_of(problem))


def reason_of(problem: OptimizerError) -> str:
    """The first error of an invalid input in one line, and how many more there are."""
    errors = [d for d in getattr(problem, "diagnostics", ()) if d.severity == "error"]
    if not isinstance(problem, InputError) or not errors:
        return problem.message
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{first.code}: {first.path + ': ' if first.path else ''}{first.message}{more}"
