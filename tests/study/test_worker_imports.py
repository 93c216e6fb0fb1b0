"""The server that forks workers has loaded what they need: none of them loads it again for itself."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import sys
import optimizer.study.worker_imports
from pathlib import Path
from optimizer.pipeline import Options, run
from optimizer.reading.read import read_instance
reading = read_instance(Path("instances/minimal.toml"))
before = set(sys.modules)
assert run(reading.instance, reading.folder, Options(isolated=False)).verified
new = sorted(set(sys.modules) - before)
print([name for name in new if name.partition(".")[0] in ("optimizer", "highspy", "scipy")])
"""


def test_a_cell_loads_nothing_of_ours():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
