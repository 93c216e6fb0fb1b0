"""Signals and broken streams, with real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import MINIMAL

ROOT = MINIMAL.parent.parent
# Reports progress until it is asked to stop, then gives an answer the way a search does.
FAKE = """
import dataclasses, signal, sys, time
{before}
from optimizer import pipeline
from optimizer.cli.main import main
from optimizer.inputs.design import Status
real = pipeline.run

def run(instance, folder, options, hooks, sha256):
    print("READY", file=sys.stderr, flush=True)
    while not hooks.stop.is_set():
        time.sleep(0.01)
    time.sleep({patience})
    hooks = dataclasses.replace(hooks, stop=None)
    options = dataclasses.replace(options, isolated=False)
    return dataclasses.replace(real(instance, folder, options, hooks, sha256), status=Status.FEASIBLE)

pipeline.run = run
main()
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")


def start(folder: Path, patience: float, *options: str, before: str = "") -> subprocess.Popen[str]:
    code = FAKE.replace("{patience}", str(patience)).replace("{before}", before)
    command = [sys.executable, "-c", code, "solve", str(MINIMAL), "--quiet", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stderr is not None
    for line in child.stderr:
        if line.strip() == "READY":
            return child
    raise AssertionError("the search never began")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_one_signal_keeps_the_design(number, code, tmp_path):
    child = start(tmp_path, 0.0)
    child.send_signal(number)
    out, _ = child.communicate(timeout=60)
    assert child.returncode == code
    assert "VERIFIED, NOT PROVEN BEST" in out
    assert len(list(tmp_path.rglob("RUN_OK"))) == 1


def test_two_signals_end_at_once_and_leave_nothing(tmp_path):
    child = start(tmp_path, 60.0)
    child.send_signal(signal.SIGINT)
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "Traceback" not in err
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_grace_ends_a_search_that_does_not(tmp_path):
    child = start(tmp_path, 60.0, "--grace", "0.2")
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=20)
    assert child.returncode == 143


WRITES_SLOWLY = """
import optimizer.app.solve as used
whole = used.write_answer

def slowly(*given):
    time.sleep(5)
    return whole(*given)

used.write_answer = slowly
"""


def test_the_grace_does_not_cut_off_what_is_being_written(tmp_path):
    child = start(tmp_path, 0.0, "--grace", "4", before=WRITES_SLOWLY)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert "VERIFIED, NOT PROVEN BEST" in out
    assert len(list(tmp_path.rglob("RUN_OK"))) == 1


def test_a_closing_terminal_says_so_twice(tmp_path):
    """The system and the shell each send SIGHUP: the second one must not cost the design."""
    child = start(tmp_path, 0.6)
    for _ in range(2):
        child.send_signal(signal.SIGHUP)
        time.sleep(0.2)
    child.communicate(timeout=60)
    assert child.returncode == 143
    assert len(list(tmp_path.rglob("RUN_OK"))) == 1


def test_nohup_goes_on(tmp_path):
    child = start(tmp_path, 0.0, before="signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    child.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    assert child.poll() is None
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=60)
    assert child.returncode == 143


def test_a_terminal_that_is_gone_does_not_cost_the_design(tmp_path):
    """With the live line on a terminal that hangs up: SIGHUP comes, and every write fails."""
    import pty

    code = FAKE.replace("{patience}", "0.3").replace("{before}", "")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "PYTHONUTF8": "1"}
        os.execve(sys.executable, [sys.executable, "-c", code, "solve", str(MINIMAL)], environment)
    said = b""
    while b"READY" not in said:
        said += os.read(terminal, 4096)
    os.close(terminal)
    deadline = time.monotonic() + 60
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(list(tmp_path.rglob("RUN_OK"))) == 1


PRINTS = """
import ctypes, os
from optimizer import pipeline
from optimizer.cli.main import main
from optimizer.solve import search
real = {where}

def noisy(*given, **options):
    print("banner of Python")
    os.write(1, b"banner of the system\\n")
    ctypes.CDLL(None).printf(b"banner of C\\n")
    return real(*given, **options)

{where} = noisy
main()
"""


@pytest.mark.parametrize(("where", "isolated"), [("pipeline.run", False), ("search.fingerprint", True)])
def test_what_a_library_prints_never_reaches_stdout(where, isolated, tmp_path):
    """In this process and in the solver's, through Python, the system and the buffers of C."""
    code = PRINTS.replace("{where}", where)
    options = ["--json"] if isolated else ["--json", "--no-isolate"]
    command = [sys.executable, "-c", code, "solve", str(MINIMAL), *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["status"] == "optimal"
    if not isolated:
        assert "banner of the system" in done.stderr
        assert "banner of Python" in done.stderr


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    program = f"{sys.executable} -m optimizer"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-c", line.replace("OPTIMIZER", program)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_behind_stdout(tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    for line in ("OPTIMIZER --help > /dev/full", f"OPTIMIZER show {MINIMAL} > /dev/full"):
        done = shell(line, tmp_path)
        assert done.returncode == 10
        assert "No space left" in done.stderr
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr


def test_a_reader_that_leaves_is_no_failure(tmp_path):
    done = shell(f"OPTIMIZER show {MINIMAL} | head -1; echo ${{PIPESTATUS[0]}}", tmp_path)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


@pytest.mark.parametrize("closed", [">&-", "--json >&- 2>&- <&-"])
def test_closed_streams(closed, tmp_path):
    """Whoever closes a stream wants nothing of it; nothing is printed into a file that took its number."""
    done = shell(f"OPTIMIZER solve {MINIMAL} --out run {closed}", tmp_path)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert (tmp_path / "run" / "RUN_OK").is_file()


def test_closed_stdout_of_the_help(tmp_path):
    done = shell("OPTIMIZER solve --help >&-", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_narrow_dumb_terminal_in_the_c_locale(tmp_path):
    done = shell(f"TERM=dumb LC_ALL=C PYTHONUTF8=0 COLUMNS=40 OPTIMIZER show {MINIMAL}", tmp_path)
    assert done.returncode == 0
    assert done.stdout.isascii()
