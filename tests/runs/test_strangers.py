"""A stranger's run folder: every reader of runs refuses devices, FIFOs, links and parents at once, and deletes nothing.

What was altered, is missing or is under no seal is in the JSON and in the exit code.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from run_cases import make_case, make_folder, write_case

from optimizer.cli.main import root
from optimizer.errors import InputOutputError
from optimizer.reading.read import instance_sha256
from optimizer.runs.folder import FILES, MARKER_NAME, RunLocation, open_run
from optimizer.runs.lock import HOLDER_NAME, LOCK_NAME
from optimizer.runs.read import load_run
from optimizer.runs.study_folder import open_study

READERS: dict[str, Callable[[Path], list[str]]] = {
    "verify": lambda run: ["verify", str(run)],
    "report": lambda run: ["report", str(run), "--out", str(run.parent / "page.html"), "--overwrite"],
    "compare": lambda run: ["compare", str(run), str(run / "design.json")],
    "export": lambda run: [
        "export", str(run), "--format", "csv", "--out", str(run.parent / "out.csv"), "--overwrite",
    ],
    "calendar": lambda run: ["calendar", str(run)],
    "explain": lambda run: ["explain", str(run)],
    "rules": lambda run: ["rules", "--design", str(run)],
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run with a weather file of its own."""
    place = tmp_path_factory.mktemp("made")
    return write_case(make_case(place / "in"), place)


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "run")


def invoke(reader: str, run: Path) -> Result:
    return CliRunner().invoke(root, [*READERS[reader](run), "--json"], prog_name="optimizer")


def answer(done: Result) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def weather_at(run: Path, path: str) -> None:
    file = run / "instance.resolved.toml"
    file.write_text(file.read_text().replace('"series/weather.csv"', json.dumps(path)))


# Where a series may lie.


@pytest.mark.parametrize(
    ("reader", "path"),
    [
        *((reader, path) for reader in READERS for path in ("series/fifo", "series/out")),
        *(("verify", path) for path in ("/dev/zero", "../../x", "//host/share", "series")),
    ],
)
def test_a_series_that_is_no_file_of_the_run(reader: str, path: str, run: Path) -> None:
    os.mkfifo(run / "series" / "fifo")
    (run.parent / "secret.csv").write_text("dry_bulb_c,wet_bulb_c\nSECRET,1\n")
    (run / "series" / "out").symlink_to(run.parent / "secret.csv")
    weather_at(run, path)
    done = invoke(reader, run)
    assert done.exit_code == 3, done.output
    assert "instance.resolved.toml" in done.stderr
    assert "SECRET" not in done.output


@pytest.mark.parametrize("reader", ["verify", "report", "explain"])
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text.replace("20.0,20.0", "20.0,warm", 1), "weather.csv:2"),
        (lambda text: "a,b\n" + text.partition("\n")[2], "weather.csv:1"),
        (lambda text: text[: len(text) // 2], "weather.csv"),
    ],
)
def test_a_damaged_series_names_file_and_line(reader: str, damage: Callable[[str], str], words: str, run: Path) -> None:
    path = run / "series" / "weather.csv"
    path.write_text(damage(path.read_text()))
    done = invoke(reader, run)
    assert done.exit_code == 3, done.output
    assert words in done.stderr


# The files of the run itself.


@pytest.mark.parametrize("reader", ["verify", "explain"])
@pytest.mark.parametrize("name", ["design.json", "instance.resolved.toml", "provenance.json", "RUN_OK"])
@pytest.mark.parametrize("kind", ["fifo", "device", "outside"])
def test_a_file_of_the_run_that_is_none(reader: str, name: str, kind: str, run: Path) -> None:
    (run.parent / "secret").write_text("SECRET = [\n")
    (run / name).unlink()
    if kind == "fifo":
        os.mkfifo(run / name)
    else:
        (run / name).symlink_to("/dev/zero" if kind == "device" else run.parent / "secret")
    done = invoke(reader, run)
    assert done.exit_code in (3, 7, 10) or (reader == "explain" and name in ("provenance.json", "RUN_OK"))
    assert "SECRET" not in done.output
    assert "Traceback" not in done.output


# What a run is not any more.


def halve_prices(run: Path) -> None:
    path = run / "procurement.csv"
    path.write_text(path.read_text().replace("20000", "10000"))


def forge_bound(run: Path) -> None:
    path = run / "design.json"
    design = json.loads(path.read_text())
    design["solve"]["bound"] *= 0.5
    path.write_text(json.dumps(design))


ALTERATIONS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "table": (halve_prices, "procurement.csv"),
    "missing": (lambda run: (run / "ledger.csv").unlink(), "ledger.csv"),
    "no seal": (lambda run: (run / "RUN_OK").unlink(), "no RUN_OK"),
    "broken seal": (lambda run: (run / "RUN_OK").write_text("{"), "RUN_OK is damaged"),
    "unsealed": (lambda run: (run / "workbook.xlsx").write_bytes(b"x"), "not under RUN_OK: workbook.xlsx"),
}


def test_a_whole_run_is_whole(run: Path) -> None:
    for reader in READERS:
        assert invoke(reader, run).exit_code == 0


@pytest.mark.parametrize(
    ("reader", "alteration"),
    [
        *(("verify", alteration) for alteration in ALTERATIONS),
        *((reader, "table") for reader in READERS if reader != "verify"),
        ("report", "no seal"),
    ],
)
def test_an_alteration_is_in_the_answer_and_in_the_exit_code(reader: str, alteration: str, run: Path) -> None:
    change, words = ALTERATIONS[alteration]
    change(run)
    done = invoke(reader, run)
    assert done.exit_code == 7, done.output
    assert answer(done)["ok"] is False
    assert words in done.stdout


@pytest.mark.parametrize("reader", READERS)
def test_a_forged_bound(reader: str, run: Path) -> None:
    forge_bound(run)
    assert invoke(reader, run).exit_code == 7


def test_a_design_beside_its_instance(run: Path, made: Path) -> None:
    """By the folder, and by its two files: the SHA-256 that the design names is that of the instance, or it fails."""
    case = made.parent / "in" / "plan.toml"
    pair = ["verify", str(case), str(run / "design.json"), "--json"]
    assert CliRunner().invoke(root, pair, prog_name="optimizer").exit_code == 0
    dearer = CliRunner().invoke(root, [*pair, "--set", "accelerators.quick.price_usd=19999"], prog_name="optimizer")
    assert dearer.exit_code == 7
    assert "identity.instance_sha256" in dearer.stdout
    forge_bound(run)
    assert "proof.gap" in CliRunner().invoke(root, pair, prog_name="optimizer").stdout


def test_a_bid_names_the_instance_it_answers(run: Path) -> None:
    opened = load_run(run)
    bid = json.loads((run / "design.json").read_text())
    path = run.parent / "bid.json"

    def code(sha256: str) -> int:
        path.write_text(json.dumps({**bid, "instance_sha256": sha256}))
        return CliRunner().invoke(root, ["compare", str(run), str(path)], prog_name="optimizer").exit_code

    # As it was given, as it stands in the run (its series have moved), or none: a bid need not name any.
    assert [code(opened.design.instance_sha256), code(instance_sha256(opened.instance)), code("")] == [0, 0, 0]
    assert code("0" * 64) == 7


# Nothing outside is touched.


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder beside the run, whose files have names a run may have."""
    folder = tmp_path / "victim"
    folder.mkdir()
    for name in ("important.txt", ".writing-abc", "weather.csv", *FILES):
        (folder / name).write_text("precious")
    return folder


def untouched(victim: Path) -> bool:
    names = {"important.txt", ".writing-abc", "weather.csv", *FILES}
    return {path.name for path in victim.iterdir()} == names and all(
        (victim / name).read_text() == "precious" for name in names
    )


def seal(run: Path, *names: str) -> None:
    content = json.loads((run / "RUN_OK").read_text())
    content["files"] |= dict.fromkeys(names, "0" * 64)
    (run / "RUN_OK").write_text(json.dumps(content))


def test_overwriting_follows_no_link(run: Path, victim: Path, tmp_path: Path) -> None:
    case = make_case(tmp_path / "in")
    (run / "tables").symlink_to(victim)
    (run / "ledger.csv").unlink()
    (run / "ledger.csv").symlink_to(victim / "ledger.csv")
    seal(run, "tables/important.txt", "tables/weather.csv", "../victim/important.txt", "/etc/hostname")
    for name in (".writing-solver.log", LOCK_NAME, HOLDER_NAME, "solver.failed.log"):
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(victim / "important.txt")
    with make_folder(tmp_path) as folder:
        assert not folder.log_path.is_symlink()
        folder.log_path.write_text("the solver's own log")
        write_run_of(case, folder)
    assert untouched(victim)
    assert (run / "RUN_OK").is_file()


def write_run_of(case: Any, folder: Any) -> None:
    from run_cases import make_extras

    from optimizer.app.write_run import write_run

    write_run(folder, case.reading, case.result, make_extras())


def test_a_series_folder_that_is_a_link_is_refused(run: Path, victim: Path, tmp_path: Path) -> None:
    shutil.rmtree(run / "series")
    (run / "series").symlink_to(victim)
    with pytest.raises(InputOutputError, match="symbolic link"):
        write_case(make_case(tmp_path / "in"), tmp_path)
    assert untouched(victim)


@pytest.mark.parametrize("name", [LOCK_NAME, HOLDER_NAME])
def test_a_lock_that_is_a_fifo_does_not_hang(name: str, run: Path) -> None:
    (run / name).unlink(missing_ok=True)
    os.mkfifo(run / name)
    with open_run(RunLocation(run.parent, "minimal", run, overwrite=True)) as folder:
        assert folder.path == run


# Studies.


def test_a_study_killed_at_its_birth_is_taken_over(tmp_path: Path) -> None:
    """It had the lock, a temporary file perhaps, and no marker yet."""
    study = tmp_path / "study"
    study.mkdir()
    (study / LOCK_NAME).write_text("")
    (study / HOLDER_NAME).write_text(json.dumps({"pid": 2**22 + 1, "host": os.uname().nodename, "since": "2026"}))
    (study / ".writing-0123456789ab").write_text("half")
    with open_study(study, {"command": "sweep"}) as folder:
        folder.put("a", {"key": "a", "status": "optimal"})
        assert folder.get("a") == {"key": "a", "status": "optimal"}
    assert not list(study.glob(".writing-*"))


@pytest.mark.parametrize("name", ["notes.txt", ".optimizer-run", "study.json"])
def test_a_folder_with_anything_else_in_it_is_foreign(name: str, tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_text("")
    (tmp_path / name).write_text("mine")
    with pytest.raises(InputOutputError, match="not the folder of a study"):
        open_study(tmp_path, {"command": "sweep"})
    assert (tmp_path / name).read_text() == "mine"


def test_the_cells_of_a_study_stay_in_it(tmp_path: Path, victim: Path) -> None:
    study = tmp_path / "study"
    with open_study(study, {"command": "sweep"}):
        pass
    (study / "cells").rmdir()
    (study / "cells").symlink_to(victim)
    (study / ".optimizer-study").unlink()
    (study / ".optimizer-study").symlink_to(victim / "important.txt")
    with pytest.raises(InputOutputError, match="symbolic link"):
        open_study(study, {"command": "sweep"})
    assert untouched(victim)


@pytest.mark.parametrize("name", ["study.json", "table.csv", "STUDY_OK", "cells/a.json"])
@pytest.mark.parametrize("kind", ["fifo", "device", "outside"])
def test_a_study_of_a_stranger(name: str, kind: str, tmp_path: Path) -> None:
    study = tmp_path / "study"
    (tmp_path / "secret").write_text("SECRET\nx,y\n")
    with open_study(study, {"command": "sweep", "instance": {"name": "minimal"}}) as folder:
        folder.put("a", {"key": "a", "status": "optimal"})
        folder.write("table.csv", "cell,status\n1,optimal\n")
        folder.seal()
    (study / name).unlink()
    if kind == "fifo":
        os.mkfifo(study / name)
    else:
        (study / name).symlink_to("/dev/zero" if kind == "device" else tmp_path / "secret")
    done = CliRunner().invoke(root, ["report", str(study), "--out", str(tmp_path / "p.html")], prog_name="optimizer")
    assert done.exit_code in (3, 7, 10) or (done.exit_code == 0 and name == "cells/a.json")
    assert "SECRET" not in done.output
    assert not (tmp_path / "p.html").exists() or "SECRET" not in (tmp_path / "p.html").read_text()
    with open_study(study, {"command": "sweep", "instance": {"name": "minimal"}}) as folder:
        assert folder.get("a") is None or name != "cells/a.json"


def test_a_marker_that_leads_away_makes_no_run(tmp_path: Path, victim: Path) -> None:
    """A marker is a file of the folder itself; what only links to one is a stranger's."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / MARKER_NAME).symlink_to(victim / "important.txt")
    (folder / "ledger.csv").write_text("mine")
    with pytest.raises(InputOutputError, match="not the folder of a run"):
        open_run(RunLocation(tmp_path, "minimal", folder, overwrite=True))
    assert (folder / "ledger.csv").read_text() == "mine"
