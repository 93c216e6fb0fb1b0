"""The notebook of docs/api.md runs as it stands, in an interpreter of its own, away from the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.tiny import ROOT

CHECKS = """
import sys
assert base.verified and base.bound <= base.lcoc <= base.bound * (1 + 1e-6)
assert abs(base.ledger["npv_musd"].sum() - base.kpis.loc["npv_cost_musd", "value"]) < 1e-9
assert other.lcoc >= base.bound, "less of a limit cannot be better"
assert base.hourly["import_mw"].max() > 0.09 >= other.hourly["import_mw"].max() > 0, "the limit binds"
assert base.orders.attrs["units"]["total_usd"] == "USD" and str(base.orders["order_by"].dtype).startswith("datetime64")
assert list(study.table["status"]) == ["optimal", "optimal"] and study.complete
assert abs(both.costs["tight less base"].sum() - (other.lcoc - base.lcoc)) < 1e-9
assert why.verdict == "infeasible" and "sites.paper.grid_mw" in set(why.changes["path"])
assert op.verify(folder).passed and (folder / "RUN_OK").is_file() and (folder / "report.html").is_file()
assert "1.666" in repr(base) and "VERIFIED" in base._repr_html_()
print("HELD")
"""


def notebook() -> str:
    """The first block of Python on the page."""
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    found = re.search(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_it_has_fifteen_lines() -> None:
    assert len([line for line in notebook().splitlines() if line.strip()]) == 15


def test_it_runs(tmp_path: Path) -> None:
    # Not guarded by `if __name__`: processes that are started anew must not run the script once more.
    shutil.copy(ROOT / "instances" / "minimal.toml", tmp_path)
    (tmp_path / "notebook.py").write_text(notebook() + CHECKS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "notebook.py"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, encoding="utf-8", timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "HELD\n", "nothing but the checks prints"
    assert done.stderr == ""
