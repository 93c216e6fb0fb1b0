"""The process of a job tells how its command ended, whatever the command does to end quickly."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("arguments", "code"), [(["--version"], 0), (["validate", "none.toml"], 10)])
def test_a_job_tells_how_its_command_ended(tmp_path: Path, arguments: list[str], code: int) -> None:
    (tmp_path / "job.json").write_text(json.dumps({"arguments": arguments}), encoding="utf-8")
    run = [sys.executable, "-m", "optimizer.ui.job_process", str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == code
    assert json.loads((tmp_path / "ended.json").read_text(encoding="utf-8")) == {"exit_code": code}
