"""Measures commands as whole processes: wall and processor seconds and the memory of all their processes.

Contenders take turns: in each round everyone runs once, every second round in reverse order, so that a machine that
warms up or is disturbed is so for all. Ratios are medians over the rounds. Nothing but the standard library is
imported here, since the peak of a child starts from what its parent held when it was forked.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from docs.bench.cases import ROOT

LOOK_EVERY_S = 0.2
LEAVE_S = 5.0
"""How long what a command left behind may take to end."""
ADOPT_ORPHANS = 36
"""PR_SET_CHILD_SUBREAPER of Linux."""
TAIL = 2000
Told = dict[str, Any]


class FailedError(RuntimeError):
    """A command of the benchmark did not do what it should."""


@dataclass(frozen=True)
class Contender:
    """A command that answers a case. `reads` is called after it has ended, with the folder it may write to."""

    name: str
    argv: Callable[[Path], Sequence[str]]
    """From its own empty folder to the command."""
    reads: Callable[[Path], Told] = lambda _: {}
    codes: tuple[int, ...] = (0,)
    """Exit codes that are an answer."""
    limit_s: float = 1800.0
    once: bool = False
    """Runs in the first round only: too slow to be repeated."""
    shows: str = ""
    """Text that its output has once the answer is there, if the seconds until then are measured."""


@dataclass(frozen=True)
class Run:
    """One process and its children, and what it told."""

    wall_s: float
    cpu_s: float
    memory_mb: float
    """The larger of the sum over all processes (shared pages once, seen every 0.2 s) and the largest single one."""
    code: int
    told: Told = field(default_factory=dict)
    shown_s: float | None = None
    """Wall seconds until the answer was on the screen, looked for every 0.2 s; None if it never was."""


def interleaved(contenders: Sequence[Contender], repeats: int, folder: Path) -> dict[str, list[Run]]:
    """All runs by contender. One that ends with a code that is no answer tells `failed` and the end of its output."""
    runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    for number in range(repeats):
        for k, contender in list(enumerate(contenders))[:: -1 if number % 2 else 1]:
            if contender.once and number:
                continue
            own = folder / f"{k}_{number}"
            own.mkdir(parents=True)
            runs[contender.name].append(run(contender, own))
    return runs


def run(contender: Contender, folder: Path) -> Run:
    """Run it once and read what it told."""
    argv = [str(part) for part in contender.argv(folder)]
    if sys.platform == "linux":
        # Workers are children of a server that outlives the command: unless they become ours, their time is lost.
        ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)
    # As where it is installed: what Python keeps beside its bytecode is kept.
    given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment = {**given, "PYTHONPATH": str(ROOT)}
    with (folder / "output.txt").open("w+", encoding="utf-8") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            argv, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT, env=environment, start_new_session=True
        )
        highest, shown_s = 0.0, None
        try:
            while True:
                ended, status, usage = os.wait4(process.pid, os.WNOHANG)
                if ended:
                    break
                highest = max(highest, _tree_mb(process.pid))
                if contender.shows and shown_s is None and contender.shows in _text(folder / "output.txt"):
                    shown_s = time.monotonic() - began
                if time.monotonic() - began > contender.limit_s:
                    raise FailedError(f"{contender.name} ran for more than {contender.limit_s:g} s")
                _rest(process.pid, LOOK_EVERY_S)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        wall_s = time.monotonic() - began
        process.returncode = code = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if contender.shows in text and contender.shows and shown_s is None:
        shown_s = wall_s
    own_mb = usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024)
    told = contender.reads(folder) if code in contender.codes else {"failed": f"exit {code}", "tail": text[-TAIL:]}
    return Run(wall_s, usage.ru_utime + usage.ru_stime + _left_behind_s(), max(highest, own_mb), code, told, shown_s)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _left_behind_s() -> float:
    """Processor seconds of processes that ended after the command that started them."""
    total, until = 0.0, time.monotonic() + LEAVE_S
    while time.monotonic() < until:
        try:
            ended, _, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            break
        if ended:
            total += usage.ru_utime + usage.ru_stime
        else:
            time.sleep(0.01)
    return total


def sound(runs: Mapping[str, Sequence[Run]]) -> None:
    """Raises FailedError if a run ended with a code that is no answer."""
    for name, found in runs.items():
        for ended in found:
            if "failed" in ended.told:
                raise FailedError(f"{name} failed, {ended.told['failed']}: {ended.told['tail']}")


def _rest(pid: int, seconds: float) -> None:
    """Sleep until the process has ended, at most so long; it is not reaped."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        time.sleep(0.005)


def _tree_mb(pid: int) -> float:
    """Proportional memory of a process and its descendants; 0 where the system does not tell."""
    total, left = 0.0, [pid]
    while left:
        now = left.pop()
        total += _own_mb(now)
        try:
            for task in os.listdir(f"/proc/{now}/task"):
                left += map(int, Path(f"/proc/{now}/task/{task}/children").read_text().split())
        except (OSError, ValueError):
            continue
    return total


def _own_mb(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except (OSError, ValueError, IndexError):
        pass
    return 0.0


def middle(runs: Sequence[Run], what: Callable[[Run], float]) -> float:
    """Median of a measure over runs."""
    return median(what(run) for run in runs)


def wall(run: Run) -> float:
    """Its wall seconds."""
    return run.wall_s


def ratio(runs: Mapping[str, Sequence[Run]], of: str, to: str) -> float:
    """Median over the rounds of the wall times' ratio; of a contender that ran once, to the other's first round."""
    return median(a.wall_s / b.wall_s for a, b in zip(runs[of], runs[to], strict=False))
