"""The audit shares nothing with the model but the schema."""

from __future__ import annotations

import subprocess
import sys

from optimizer.audit import audit

SHARED = ("optimizer", "optimizer.version", "optimizer.solve", "optimizer.audit", "optimizer.inputs")
"""Of the room of the solver the package itself, which is empty: the public function has its name."""
HEAVY = ("pyomo", "highspy", "pandas", "scipy", "rich", "click")


def imported() -> set[str]:
    command = "import sys, optimizer.audit.audit; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_only_schema_modules_and_nothing_heavy() -> None:
    modules = imported()
    assert audit.__name__ in modules
    assert not {name for name in modules if name.partition(".")[0] in HEAVY}
    foreign = {
        name
        for name in modules
        if name.partition(".")[0] == "optimizer"
        and name not in SHARED
        and not name.startswith(("optimizer.audit.", "optimizer.inputs."))
    }
    assert foreign == set()
