"""Full disks, kills, locks and foreign folders: nothing is lost, nothing half-written looks whole."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from run_cases import make_case, make_extras, make_folder, write_case

from optimizer.app.write_run import write_run
from optimizer.errors import ExitCode, InputOutputError, UsageError
from optimizer.runs.atomic import preflight_write, write_whole
from optimizer.runs.folder import MARKER_NAME, RunLocation, is_complete, open_run, run_name
from optimizer.runs.lock import HOLDER_NAME
from tests.tiny import ROOT


def leftovers(folder: Path) -> list[Path]:
    return [p for p in folder.rglob(".writing-*") if p.is_file()]


def full_disk(*_: Any) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


# Writing one file.


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_keeps_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "design.json"
    write_whole(path, "old")
    monkeypatch.setattr(os, call, full_disk)
    with pytest.raises(InputOutputError, match=r"cannot write .*design\.json: No space left") as caught:
        write_whole(path, "new")
    assert caught.value.exit_code is ExitCode.INPUT_OUTPUT
    assert "free some space" in (caught.value.help or "")
    assert path.read_text() == "old"
    assert leftovers(tmp_path) == []


def test_a_file_is_on_disk_before_it_gets_its_name_and_its_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync, rename = os.fsync, os.replace

    def noted_sync(handle: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        sync(handle)

    def noted_rename(old: Path, new: Path) -> None:
        order.append("rename")
        assert old.parent == new.parent
        rename(old, new)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(os, "replace", noted_rename)
    write_whole(tmp_path / "x", "text")
    assert order == ["file", "rename", "folder"]


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, bytes(data[:7])))
    write_whole(tmp_path / "x", "a text longer than seven bytes\n")
    assert (tmp_path / "x").read_text() == "a text longer than seven bytes\n"


def test_an_interrupt_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "x", "new")
    assert os.listdir(tmp_path) == []


def test_a_kill_before_the_rename_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "design.json"
    write_whole(path, "old")
    program = (
        "import os, pathlib\n"
        "from optimizer.runs.atomic import write_whole\n"
        "os.replace = lambda *_: os.kill(os.getpid(), 9)\n"
        f"write_whole(pathlib.Path({str(path)!r}), 'new')\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)
    assert ended.returncode == -9
    assert path.read_text() == "old"
    assert len(leftovers(tmp_path)) == 1


def test_a_folder_inside_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(InputOutputError, match="cannot write"):
            preflight_write(out)
    with pytest.raises(InputOutputError, match="cannot write"):
        open_run(RunLocation(tmp_path / "file", "minimal"))


def test_a_path_that_is_too_long_is_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError, match=r"cannot write .*too long") as caught:
        open_run(RunLocation(tmp_path, "minimal", tmp_path / ("x" * 300)))
    assert "shorter path" in (caught.value.help or "")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write to read-only folders")
def test_a_read_only_folder_is_refused_before_the_run(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(InputOutputError, match=r"cannot write .*Permission denied"):
            open_run(RunLocation(tmp_path, "minimal"))
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_is_found_before_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(InputOutputError, match="No space left"):
        open_run(RunLocation(tmp_path, "minimal"))
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


# Writing a run.


def test_a_disk_that_fills_at_any_write_never_seals_the_run(tmp_path: Path) -> None:
    case = make_case(tmp_path / "in")
    whole = write_case(case, tmp_path, make_extras())
    expected = {p.name: p.read_bytes() for p in whole.rglob("*") if p.is_file()}
    changing = {"provenance.json", "RUN_OK", HOLDER_NAME}
    for survives in range(11):
        out = f"full-{survives}"
        noticed = pytest.raises(InputOutputError, match="No space left")
        with make_folder(tmp_path, out) as folder, noticed, full_after(survives):
            write_run(folder, case.reading, case.result, make_extras())
        assert not (folder.path / "RUN_OK").exists()
        assert not is_complete(folder.path)
        assert leftovers(folder.path) == []
        written = [p for p in folder.path.rglob("*") if p.is_file() and not p.name.startswith(".")]
        assert len(written) == survives
        assert all(p.read_bytes() == expected[p.name] for p in written if p.name not in changing)


@contextmanager
def full_after(files: int) -> Iterator[None]:
    """Let that many files be forced to disk, each with its folder, and no more."""
    real, calls = os.fsync, [0]

    def limited(handle: int) -> None:
        calls[0] += 1
        if calls[0] > 2 * files:
            full_disk()
        real(handle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", limited)
        yield


def test_temporary_files_of_a_killed_run_are_cleared_away(tmp_path: Path) -> None:
    case = make_case(tmp_path / "in")
    folder = write_case(case, tmp_path)
    for left in (folder / ".writing-dead", folder / "series" / ".writing-dead"):
        left.write_text("part")
    write_case(case, tmp_path)
    assert leftovers(folder) == []
    assert is_complete(folder)


# Names of runs.


def test_runs_get_names_of_their_own(tmp_path: Path) -> None:
    folders = [open_run(RunLocation(tmp_path, "minimal")) for _ in range(5)]
    assert len({f.path for f in folders}) == 5
    for folder in folders:
        assert folder.path.parent == tmp_path / "minimal"
        assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{8}", folder.path.name)
        assert (folder.path / MARKER_NAME).is_file()
        folder.close()


def test_the_name_is_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Hong_Kong")
    time.tzset()
    try:
        stamp = run_name()[:16]
        now = time.time()
        near = {time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now - back)) for back in range(5)}
        assert stamp in near
    finally:
        monkeypatch.undo()
        time.tzset()


def test_the_name_of_the_instance_cannot_lead_elsewhere(tmp_path: Path) -> None:
    for name in ("../x", "", "a/b", "x" * 65):
        with pytest.raises(UsageError):
            open_run(RunLocation(tmp_path, name))


def test_an_existing_run_is_not_written_over(tmp_path: Path) -> None:
    folder = write_case(make_case(tmp_path / "in"), tmp_path)
    before = (folder / "design.json").read_bytes()
    with open_run(RunLocation(tmp_path, "minimal", folder)) as second:
        assert second.path == tmp_path / "run-2"
        second.write("design.json", "{}")
    assert (folder / "design.json").read_bytes() == before
    with open_run(RunLocation(tmp_path, "minimal", folder)) as third:
        assert third.path == tmp_path / "run-3"


def test_overwrite_keeps_the_old_run_until_the_new_one_is_written(tmp_path: Path) -> None:
    folder = write_case(make_case(tmp_path / "in"), tmp_path)
    with make_folder(tmp_path) as again:
        assert again.path == folder
        assert is_complete(folder)
    assert is_complete(folder)


def test_a_foreign_folder_is_never_touched(tmp_path: Path) -> None:
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "design.json").write_text("mine")
    with pytest.raises(InputOutputError, match=r"not the folder of a run \(no \.optimizer-run"):
        open_run(RunLocation(tmp_path, "minimal", foreign, overwrite=True, break_lock=True))
    with open_run(RunLocation(tmp_path, "minimal", foreign)) as beside:
        assert beside.path == tmp_path / "thesis-2"
    assert os.listdir(foreign) == ["design.json"]
    assert (foreign / "design.json").read_text() == "mine"


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with open_run(RunLocation(tmp_path, "minimal", tmp_path / "empty")) as folder:
        assert folder.path == tmp_path / "empty"


def test_files_are_not_written_through_a_linked_folder(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    with make_folder(tmp_path) as folder:
        (folder.path / "series").symlink_to(tmp_path / "target")
        with pytest.raises(InputOutputError, match="symbolic link"):
            folder.write("series/x.csv", "x")
    assert os.listdir(tmp_path / "target") == []


# Locks.

HOLD = """
import pathlib, sys
from optimizer.runs.folder import RunLocation, open_run
root = pathlib.Path(sys.argv[1])
folder = open_run(RunLocation(root, "minimal", root / "run", overwrite=True))
print("held", flush=True)
sys.stdin.read(1)
import os
os._exit(0) if sys.argv[2] == "die" else folder.close()
"""


@contextmanager
def another_process(root: Path, then: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds `root/run` until its input ends; then it closes the folder, or dies without doing so."""
    command = [sys.executable, "-c", HOLD, str(root), then]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def test_two_processes_cannot_hold_one_folder(tmp_path: Path) -> None:
    with another_process(tmp_path, "close") as process:
        with pytest.raises(
            InputOutputError, match=f"held by process {process.pid} on {socket.gethostname()}"
        ) as caught:
            make_folder(tmp_path)
        assert "--break-lock" in (caught.value.help or "")
    with make_folder(tmp_path) as folder:
        assert folder.took_over is None


def test_break_lock_takes_the_folder_from_a_living_process(tmp_path: Path) -> None:
    place = RunLocation(tmp_path, "minimal", tmp_path / "run", overwrite=True, break_lock=True)
    with another_process(tmp_path, "close") as process, open_run(place) as folder:
        assert folder.took_over is not None
        assert folder.took_over.pid == process.pid


def test_a_process_whose_lock_was_broken_does_not_seal_the_run(tmp_path: Path) -> None:
    case = make_case(tmp_path / "in")
    with make_folder(tmp_path) as folder:
        note(folder.path, pid=os.getpid() + 1, host=socket.gethostname())
        with pytest.raises(InputOutputError, match="another process has taken the folder"):
            write_run(folder, case.reading, case.result, make_extras())
    assert not (folder.path / "RUN_OK").exists()
    assert (folder.path / HOLDER_NAME).exists()


def test_the_lock_of_a_dead_process_is_taken_over(tmp_path: Path) -> None:
    with another_process(tmp_path, "die") as process:
        pass
    assert (tmp_path / "run" / HOLDER_NAME).exists()
    case = make_case(tmp_path / "in")
    with make_folder(tmp_path) as folder:
        assert folder.took_over is not None
        assert folder.took_over.pid == process.pid
        write_run(folder, case.reading, case.result, make_extras())
    warnings = json.loads((folder.path / "provenance.json").read_text())["warnings"]
    assert any(f"taken over from process {process.pid}" in text for text in warnings)


def test_a_lock_that_outlives_its_dead_holder_is_taken_over(tmp_path: Path) -> None:
    """A child of the holder that lives on can keep the system's lock; the note tells that the holder is gone."""
    with another_process(tmp_path, "die") as dead:
        pass
    with another_process(tmp_path, "close"):
        note(tmp_path / "run", pid=dead.pid, host=socket.gethostname())
        with make_folder(tmp_path) as folder:
            assert folder.took_over is not None
            assert folder.took_over.pid == dead.pid


def test_a_holder_on_another_machine_is_believed(tmp_path: Path) -> None:
    """On a network drive the system may grant a lock that another machine holds."""
    make_folder(tmp_path).close()
    note(tmp_path / "run", pid=1, host="elsewhere")
    with pytest.raises(InputOutputError, match="held by process 1 on elsewhere"):
        make_folder(tmp_path)
    with open_run(RunLocation(tmp_path, "minimal", tmp_path / "run", overwrite=True, break_lock=True)) as folder:
        assert folder.path == tmp_path / "run"
    with make_folder(tmp_path) as folder:
        assert folder.took_over is None


def test_a_damaged_note_does_not_block(tmp_path: Path) -> None:
    make_folder(tmp_path).close()
    (tmp_path / "run" / HOLDER_NAME).write_text("{not json")
    with make_folder(tmp_path) as folder:
        assert folder.took_over is None


def note(folder: Path, pid: int, host: str) -> None:
    (folder / HOLDER_NAME).write_text(json.dumps({"pid": pid, "host": host, "since": "2026-01-01T00:00:00Z"}))
