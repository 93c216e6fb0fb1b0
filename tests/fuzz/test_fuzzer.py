"""Two thousand and more mutants of instances, folders and bids: every one ends in words, in time, in its place.

Exit code 1, a traceback, a hang or a changed file outside is a failure. A failure names its seed; `replay` makes the
mutant again. The long suite tries a tenth of them; all of them, and others, are tried with

    FUZZ=whole pytest -m long tests/fuzz            FUZZ=whole FUZZ_SEED=anything pytest -m long tests/fuzz
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest
from click.testing import CliRunner
from filelock import FileLock

from optimizer.cli.main import root
from tests.fuzz.mutations import mutate_folder, mutate_json, mutate_text
from tests.tiny import ROOT

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an alarm"),
    pytest.mark.filterwarnings("ignore"),
]

INSTANCES = sorted((ROOT / "instances").glob("*.toml"))
MINIMAL = ROOT / "instances" / "minimal.toml"
FORKED = Path(__file__).parent / "forked.toml"
"""The minimal instance with two futures."""
ENDINGS = {0, 2, 3, 4, 5, 6, 7, 8, 9, 10}
PATIENCE_S = 120.0
STUDIES = {
    "sweep": ["sweep", str(MINIMAL), "--vary", "sites.paper.grid_mw=0.07:0.1:0.03", "--workers", "1"],
    "frontier": [
        *("frontier", str(MINIMAL), "--x", "carbon_t_per_year", "--y", "lcoc_usd_per_eflop", "--points", "3"),
        *("--workers", "1"),
    ],
    "tornado": ["sensitivity", str(MINIMAL), "--vary", "sites.paper.grid_mw=-10%:+10%", "--workers", "1"],
    "morris": [
        *("sensitivity", str(MINIMAL), "--method", "morris", "--samples", "2", "--workers", "1"),
        *("--vary", "sites.paper.grid_mw=-10%:+10%", "--vary", "accelerators.*.price_usd=-10%:+10%"),
    ],
    "regimes": ["regimes", str(MINIMAL), "--regime", "may_2026"],
    "robust": ["robust", str(FORKED), "--allow-path", str(MINIMAL.parent)],
}
"""Commands of the studies whose folders are mutated."""
PER_BATCH = 50
STEP = 1 if os.environ.get("FUZZ") == "whole" else 10
"""Every how many of the mutants one is tried."""
SALT = os.environ.get("FUZZ_SEED", "")
"""Goes before every seed, so that other words mean other mutants."""


class HungError(BaseException):
    """The command did not end in time."""


@contextmanager
def in_time(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise HungError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Place:
    """A folder to work in, beside one that nothing may touch."""

    def __init__(self, folder: Path) -> None:
        self.work, self.outside = folder / "work", folder / "outside"
        self.work.mkdir()
        self.outside.mkdir()
        (self.outside / "precious.txt").write_text("precious")

    def empty(self) -> None:
        shutil.rmtree(self.work)
        self.work.mkdir()

    def changed(self, keep: set[str]) -> str:
        """What was changed outside, or left in the work folder beside `keep`."""
        if sorted(os.listdir(self.outside)) != ["precious.txt"]:
            return "files outside"
        if (self.outside / "precious.txt").read_text() != "precious":
            return "a file outside was changed"
        left = {path.name for path in self.work.iterdir()} - keep
        return f"left {sorted(left)}" if left else ""

    def fault(self, command: list[str], keep: set[str]) -> str:
        """What is wrong with how a command ended; empty if nothing is."""
        try:
            with in_time(PATIENCE_S):
                done = CliRunner().invoke(root, command, prog_name="optimizer")
        except HungError:
            return "hangs"
        if done.exit_code not in ENDINGS:
            return f"exit code {done.exit_code}: {done.output[-600:]}"
        if "Traceback" in done.output:
            return "a traceback"
        return self.changed(keep)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run and the studies that are mutated; made once for all workers of a parallel test run."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    made = base / "fuzzed"
    with FileLock(base / "fuzzed.lock"):
        if not (made / "whole").exists():
            made.mkdir()
            with_studies(solved_in(made))
            (made / "whole").touch()
    return made / "run"


def solved_in(place: Path) -> Path:
    """The minimal instance solved, with its weather in a file."""
    text = MINIMAL.read_text()
    line = next(line for line in text.splitlines() if line.startswith("weather ="))
    (place / "plan.toml").write_text(text.replace(line, 'weather = { kind = "csv", path = "weather.csv" }'))
    (place / "weather.csv").write_text("dry_bulb_c,wet_bulb_c\n" + "20.0,20.0\n" * 8760)
    folder = place / "run"
    done = CliRunner().invoke(root, ["solve", str(place / "plan.toml"), "--out", str(folder)], prog_name="optimizer")
    assert done.exit_code == 0, done.output
    return folder


def with_studies(run: Path) -> None:
    """A study of each kind beside the run's folder."""
    for kind, command in STUDIES.items():
        results = run.parent / "made"
        done = CliRunner().invoke(root, [*command, "--results", str(results), "--name", kind], prog_name="optimizer")
        assert done.exit_code == 0, done.output
        shutil.copytree(next(results.glob(f"*/studies/{kind}")), run.parent / "studies" / kind)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    found = Place(tmp_path)
    monkeypatch.chdir(found.work)
    return found


def an_instance(place: Place, seed: str, command: str) -> str:
    """A mutant of a shipped instance, validated; of the minimal one also planned or solved."""
    random = Random(seed)
    source = random.choice((*INSTANCES, MINIMAL, MINIMAL)) if command == "validate" else MINIMAL
    file = place.work / "mutant.toml"
    file.write_text(mutate_text(source.read_text(), random), encoding="utf-8", errors="surrogatepass")
    if command == "solve":
        return place.fault(["solve", str(file), "--time-limit", "5", "--out", "run", "--quiet"], {file.name, "run"})
    return place.fault([command, str(file)], {file.name})


def a_run(place: Place, seed: str, run: Path) -> str:
    """A mutant of a run's folder, read by one of the commands that read runs, or written over."""
    random = Random(seed)
    folder = place.work / "run"
    shutil.copytree(run, folder)
    what = mutate_folder(folder, place.outside, random)
    reader = random.choice(
        (
            ["verify", "run"], ["verify", "run"], ["verify", "run", "--json"], ["explain", "run"], ["calendar", "run"],
            ["compare", "run", "run"], ["export", "run", "--format", "csv", "--out", "out"],
            ["report", "run", "--out", "out"],
        )
    )  # fmt: skip
    fault = place.fault(reader, {"run", "out"})
    return f"{what}; {' '.join(reader)}: {fault}" if fault else ""


def a_study(place: Place, seed: str, run: Path) -> str:
    """A mutant of a study's folder, whose page is made again, or whose study goes on."""
    random = Random(seed)
    kind = random.choice(sorted(STUDIES))
    folder = place.work / "results" / "minimal" / "studies" / "study"
    shutil.copytree(run.parent / "studies" / kind, folder)
    what = mutate_folder(folder, place.outside, random)
    commands = [["report", str(folder), "--out", "out"], ["report", str(folder)]]
    if any((folder / "cells").glob("*.json")):
        # It goes on from the cells it has; what keeps none is answered anew in full.
        commands.append([*STUDIES[kind], "--name", "study"])
    command = random.choice(commands)
    fault = place.fault(command, {"results", "out"})
    return f"{kind}: {what}; {' '.join(command)}: {fault}" if fault else ""


def a_bid(place: Place, seed: str, run: Path) -> str:
    """A mutant of a design, verified against its instance."""
    random = Random(seed)
    design: dict[str, Any] = json.loads((run / "design.json").read_text())
    if random.random() < 0.5:
        design = {"decisions": design["decisions"]}
    (place.work / "bid.json").write_text(json.dumps(mutate_json(design, random)))
    return place.fault(["verify", str(run.parent / "plan.toml"), "bid.json"], {"bid.json"})


def replay(kind: str, seed: str, place: Place, run: Path) -> str:
    """The fault of the mutant of a seed; empty if there is none."""
    if kind == "run":
        return a_run(place, seed, run)
    if kind == "study":
        return a_study(place, seed, run)
    return a_bid(place, seed, run) if kind == "bid" else an_instance(place, seed, kind)


BATCHES = [
    *(("validate", batch) for batch in range(18)),
    *(("plan", batch) for batch in range(3)),
    *(("solve", batch) for batch in range(1)),
    *(("run", batch) for batch in range(8)),
    *(("study", batch) for batch in range(4)),
    *(("bid", batch) for batch in range(6)),
]


def test_there_are_two_thousand_mutants() -> None:
    assert len(BATCHES) * PER_BATCH >= 2_000


@pytest.mark.parametrize(("kind", "batch"), BATCHES)
def test_mutants_end_in_words_in_time_and_in_their_place(kind: str, batch: int, place: Place, run: Path) -> None:
    faults = {}
    for number in range(batch * PER_BATCH, (batch + 1) * PER_BATCH, STEP):
        seed = f"{SALT}{kind}-{number}"
        fault = replay(kind, seed, place, run)
        place.empty()
        os.chdir(place.work)
        if fault:
            faults[seed] = fault
    assert not faults, "\n\n".join(f"{seed}: {fault}" for seed, fault in faults.items())
