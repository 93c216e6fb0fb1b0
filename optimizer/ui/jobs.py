"""Jobs: commands of the command line in processes of their own, each with a folder that tells everything about it.

A job needs neither the server nor the browser: it writes its own end, and a server started later finds it.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from optimizer.errors import InputOutputError, UsageError
from optimizer.runs.atomic import write_whole
from optimizer.runs.own_files import is_real_folder, small_text

HIDDEN = ".optimizer-ui"
JOB_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")
MOST_AT_ONCE = 4
MOST_JOBS_SHOWN = 30
_MOST_TEXT_BYTES = 2_000_000


@dataclass(frozen=True, kw_only=True)
class StartedJob:
    """A command that was started. `goes_to` is the part of the page where its answer is shown."""

    id: str
    folder: Path
    title: str
    arguments: tuple[str, ...]
    goes_to: str
    pid: int

    @property
    def exit_code(self) -> int | None:
        """How it ended; None if it has not, or was killed."""
        try:
            code = json.loads(small_text(self.folder, "ended.json", 1000) or "")["exit_code"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return code if isinstance(code, int) else None

    @property
    def running(self) -> bool:
        """Whether its process is there and is still the one that was started."""
        return self.exit_code is None and _is_alive(self.pid, self.id)

    @property
    def state(self) -> str:
        """running, finished, or killed (it left no word of its end)."""
        if self.running:
            return "running"
        return "killed" if self.exit_code is None else "finished"

    @property
    def command(self) -> str:
        """The equal command."""
        import shlex

        hidden = {"--progress", "--json"}
        kept = [
            word
            for at, word in enumerate(self.arguments)
            if word not in hidden and (at == 0 or self.arguments[at - 1] != "--progress")
        ]
        return shlex.join(["optimizer", *kept])

    def text(self, name: str) -> str:
        """What it wrote to stdout or stderr."""
        with suppress(OSError, UnicodeDecodeError):
            return small_text(self.folder, name, _MOST_TEXT_BYTES) or ""
        return ""

    def progress(self) -> list[tuple[float, float | None, float | None]]:
        """Seconds, incumbent and bound, as far as they are known."""
        rows: list[tuple[float, float | None, float | None]] = []
        for line in self.text("progress.jsonl").splitlines():
            with suppress(ValueError, KeyError, TypeError):
                row = json.loads(line)
                rows.append((float(row["seconds"]), _finite(row["incumbent"]), _finite(row["bound"])))
        return rows


class Jobs:
    """The jobs of a folder."""

    def __init__(self, folder: Path) -> None:
        self._cwd, self._path = folder, folder / HIDDEN / "jobs"
        self._lock = Lock()

    def start(self, arguments: tuple[str, ...], title: str, goes_to: str, follow: bool = False) -> StartedJob:
        """Start a command, or give the one that is running with the same words already.

        `follow`: it is a search that can write its progress. Raises UsageError if too many are running.
        """
        with self._lock:
            running = [job for job in self.all() if job.running]
            twin = next((job for job in running if job.title == title and _arguments(job) == arguments), None)
            if twin is not None:
                return twin
            if len(running) >= MOST_AT_ONCE:
                raise UsageError(f"{len(running)} are running already", "stop one, or wait until one has ended")
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
            folder = self._path / name
            folder.mkdir(parents=True)
            more = ("--progress", str(folder / "progress.jsonl")) if follow else ()
            return self._begin(
                StartedJob(id=name, folder=folder, title=title, arguments=(*arguments, *more), goes_to=goes_to, pid=0)
            )

    def _begin(self, job: StartedJob) -> StartedJob:
        command = [sys.executable, "-m", "optimizer.ui.job_process", str(job.folder)]
        _note(job)
        with (job.folder / "stdout").open("wb") as out, (job.folder / "stderr").open("wb") as err:
            process = subprocess.Popen(
                command, cwd=self._cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
                env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
            )  # fmt: skip
        # Somebody has to take note of its end, or it stays in the table of processes as long as this one lives.
        Thread(target=process.wait, daemon=True).start()
        begun = StartedJob(**{**job.__dict__, "pid": process.pid})
        _note(begun)
        return begun

    def all(self) -> list[StartedJob]:
        """Every job, newest first."""
        if not self._path.is_dir():
            return []
        names = sorted((path.name for path in self._path.iterdir() if JOB_ID.fullmatch(path.name)), reverse=True)
        jobs = (self._read(name) for name in names[:MOST_JOBS_SHOWN])
        return [job for job in jobs if job is not None]

    def get(self, name: str) -> StartedJob:
        """A job. Raises InputOutputError if there is none."""
        job = self._read(name) if JOB_ID.fullmatch(name) else None
        if job is None:
            raise InputOutputError("there is nothing of that name here")
        return job

    def stop(self, name: str) -> None:
        """Ask a job to end with the best it has. Raises UsageError where a process cannot be asked."""
        job = self.get(name)
        if os.name == "nt":
            raise UsageError("on Windows a search cannot be stopped from here", "press Ctrl-C in its own terminal")
        if job.running:
            with suppress(ProcessLookupError):
                os.kill(job.pid, signal.SIGINT)

    def _read(self, name: str) -> StartedJob | None:
        folder = self._path / name
        if not is_real_folder(folder):
            return None
        try:
            stored: dict[str, Any] = json.loads(small_text(folder, "job.json", 100_000) or "")
            arguments = tuple(str(word) for word in stored["arguments"])
            return StartedJob(
                id=name, folder=folder, title=str(stored["title"]), arguments=arguments, goes_to=str(stored["goes_to"]),
                pid=int(stored["pid"]),
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError):
            return None


def _arguments(job: StartedJob) -> tuple[str, ...]:
    return job.arguments[:-2] if "--progress" in job.arguments[-2:] else job.arguments


def _note(job: StartedJob) -> None:
    content = {"title": job.title, "arguments": job.arguments, "goes_to": job.goes_to, "pid": job.pid}
    write_whole(job.folder / "job.json", json.dumps(content, indent=1) + "\n")


def _finite(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and isfinite(value) else None


def _is_alive(pid: int, name: str) -> bool:
    """Whether a process lives and has our job in its command line, where the system shows that."""
    if pid <= 0:
        return False
    line = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        try:
            return name.encode() in line.read_bytes()
        except OSError:
            return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
