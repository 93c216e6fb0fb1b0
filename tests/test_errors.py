"""Exit codes are a promise."""

from __future__ import annotations

import pytest

from optimizer import errors
from optimizer.diagnostics import Diagnostic
from optimizer.errors import ExitCode, InputError, OptimizerError


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("UsageError", 2),
        ("InfeasibleError", 4),
        ("NoDesignError", 6),
        ("VerificationError", 7),
        ("UnsoundError", 8),
        ("InputOutputError", 10),
        ("SolverCrash", 1),
    ],
)
def test_exit_codes(name, code):
    failure = getattr(errors, name)("why")
    assert isinstance(failure, OptimizerError)
    assert (failure.exit_code, failure.message, str(failure)) == (code, "why", "why")


def test_the_codes_of_commands():
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130, 143]


def test_an_input_error_names_its_first_error():
    found = [
        Diagnostic(code="W0601", severity="warning", message="odd", file="a.toml", line=1),
        Diagnostic(code="E0312", severity="error", message="too small", file="a.toml", line=3),
        Diagnostic(code="E0312", severity="error", message="too large", file="a.toml", line=4),
    ]
    failure = InputError(found)
    assert (failure.exit_code, str(failure)) == (3, "a.toml:3: too small (and 1 more)")
    assert len(failure.diagnostics) == 3
