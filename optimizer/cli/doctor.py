"""`optimizer doctor`: versions, and whether the solver of this machine finds optima that are known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.app.examples import EXAMPLES
from optimizer.cli.console import session
from optimizer.cli.options import answer_command
from optimizer.errors import ExitCode
from optimizer.runs.provenance import machine, range_text, ranges, versions

if TYPE_CHECKING:
    from optimizer.report.document import Block


@dataclass(frozen=True)
class DoctorCheck:
    """One thing looked at."""

    name: str
    passed: bool
    found: str
    seconds: float


@answer_command(
    "doctor",
    epilog="Example: optimizer doctor --json",
    help="Report versions and solve problems with known answers, so that a broken or forbidden solver is found "
    "before a plan rests on it.",
)
def command() -> int:
    from optimizer.report.document import Heading, Table

    checks = [_timed(name, test) for name, test in TESTS]
    table = tuple((c.name, "ok" if c.passed else "FAILED", f"{c.seconds:.2f} s", c.found) for c in checks)
    facts = tuple((name, str(value), range_text(name, value)) for name, value in versions().items())
    facts += tuple((name, str(value), "") for name, value in machine().items())
    blocks: list[Block] = [
        Heading("Versions"),
        Table(("What", "Version", "Tested with"), facts),
        Heading("Self-test"),
        Table(("Check", "Result", "Time", "Found"), table),
    ]
    session().show(blocks)
    passed = all(check.passed for check in checks)
    session().say("all checks passed" if passed else "this installation must not be used", "green" if passed else "red")
    code = ExitCode.OK if passed else ExitCode.UNSOUND
    answer = {"versions": versions(), "tested": ranges(), "machine": machine(), "checks": checks}
    return session().answer(answer, code)


def _timed(name: str, test: Callable[[], tuple[bool, str]]) -> DoctorCheck:
    began = time.monotonic()
    try:
        passed, measured = test()
    except Exception as problem:
        passed, measured = False, f"{type(problem).__name__}: {problem}"
    return DoctorCheck(name, passed, measured, time.monotonic() - began)


def _version() -> tuple[bool, str]:
    from optimizer.solve.guards import check_highspy

    check_highspy()
    return True, "not one of the releases that return wrong optima"


def _two_variables() -> tuple[bool, str]:
    """max 5 x + 4 y, 6 x + 4 y <= 24, x + 2 y <= 6, whole numbers. The relaxation's corner is (3, 1.5) with 21.

    Among whole numbers: x = 4, y = 0 gives 20; x = 3, y = 1 gives 19; x = 2, y = 2 gives 18. The optimum is 20.
    """
    return _solved((-5.0, -4.0), ((6.0, 4.0, 24.0), (1.0, 2.0, 6.0)), -20.0)


def _knapsack() -> tuple[bool, str]:
    """max 8 x + 11 y + 6 z + 4 w, 5 x + 7 y + 4 z + 3 w <= 14, each 0 or 1: y, z, w fill 14 exactly and give 21."""
    bounds = tuple((*(1.0 if at == j else 0.0 for at in range(4)), 1.0) for j in range(4))
    return _solved((-8.0, -11.0, -6.0, -4.0), ((5.0, 7.0, 4.0, 3.0, 14.0), *bounds), -21.0)


def _solved(cost: tuple[float, ...], rows: tuple[tuple[float, ...], ...], optimum: float) -> tuple[bool, str]:
    """Minimise cost . x over whole x >= 0 with row . x <= its last number, the way plans are solved."""
    from pyomo.core import ConcreteModel, Constraint, NonNegativeIntegers, Objective, Var

    from optimizer.solve.compiled import compile_model
    from optimizer.solve.highs import Engine
    from optimizer.solve.outcome import Hooks, Request

    model = ConcreteModel()
    model.x = Var(range(len(cost)), domain=NonNegativeIntegers)
    model.limit = Constraint(
        range(len(rows)), rule=lambda m, r: sum(rows[r][j] * m.x[j] for j in m.x if rows[r][j]) <= rows[r][-1]
    )
    model.goal = Objective(expr=sum(cost[j] * model.x[j] for j in model.x))
    compiled = compile_model(model)
    outcome = Engine(compiled, Hooks()).solve(Request(cost=compiled.cost))
    return abs(outcome.objective - optimum) < 1e-6, f"{outcome.objective:g}, known optimum {optimum:g}"


def _ratio() -> tuple[bool, str]:
    """The smallest example, solved on paper at its head: 1,996,461.2 USD over 38 PFLOPS for a year."""
    from optimizer.pipeline import Options, run
    from optimizer.reading.read import read_instance

    reading, expected = read_instance(EXAMPLES / "minimal.toml"), 1_996_461.2 / (38 * 31_536)
    result = run(reading.instance, reading.folder, Options(isolated=False))
    reported = result.design.reported if result.design else None
    lcoc = reported.lcoc_usd_per_eflop if reported else float("nan")
    right = result.verified and abs(lcoc - expected) <= 2e-4 * expected
    verdict = "verified" if result.verified else "NOT verified"
    return right, f"{lcoc:.6f} USD/EFLOP, known optimum {expected:.6f}, {verdict}"


TESTS: tuple[tuple[str, Callable[[], tuple[bool, str]]], ...] = (
    ("version of the solver", _version),
    ("two whole numbers", _two_variables),
    ("knapsack", _knapsack),
    ("facility on paper", _ratio),
)
