"""The commands of the pages of docs/ do what the pages say."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.reading import Change, Command, Write, commands, first_missing, steps
from tests.tiny import ROOT

PAGES = ("tutorial", "extending", "editor", "how_to", "tender", "workbench")
SLOWEST_COMMAND_S = 120


def text_of(page: str) -> str:
    return (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")


def run(command: Command, folder: Path) -> tuple[int, str]:
    """Exit code and everything printed."""
    program, *arguments = command.arguments
    assert program == "optimizer", "only commands of the product are run"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-m", "optimizer", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=SLOWEST_COMMAND_S,
    )
    return done.returncode, done.stdout


def carry_out(step: Command | Write | Change, folder: Path) -> None:
    """Do one step in the folder; fails with the whole output if it does not do what the page says."""
    if isinstance(step, Write):
        (folder / step.name).write_text(step.text, encoding="utf-8")
    elif isinstance(step, Change):
        text = (folder / step.name).read_text(encoding="utf-8")
        assert text.count(step.old) == 1, f"{step.old!r} is in {step.name} {text.count(step.old)} times"
        (folder / step.name).write_text(text.replace(step.old, step.new), encoding="utf-8")
    else:
        code, output = run(step, folder)
        said = f"$ {' '.join(step.arguments)}\n{output}"
        assert code == step.exit_code, said
        missing = first_missing(step.shown, output)
        assert missing is None, f"not printed: {missing}\n{said}"


def write_weather(path: Path) -> None:
    """A mild year, hour by hour: the file that docs/extending.md says lies beside the instance."""
    rows = ["dry_bulb_c,wet_bulb_c"]
    for hour in range(8760):
        dry_c = 16 - 8 * math.cos(2 * math.pi * hour / 8760) - 4 * math.cos(2 * math.pi * (hour % 24 - 3) / 24)
        rows.append(f"{dry_c:.2f},{dry_c - 4:.2f}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


SLOW = ("tender", "how_to")
"""Pages of many searches."""
TIMED = [pytest.param(page, marks=[pytest.mark.long] if page in SLOW else []) for page in PAGES]


@pytest.mark.parametrize("page", TIMED)
def test_page_does_what_it_says(page: str, tmp_path: Path) -> None:
    found = steps(text_of(page))
    write_weather(tmp_path / "weather.csv")
    assert [step for step in found if isinstance(step, Command)]
    for step in found:
        carry_out(step, tmp_path)


def test_tutorial_writes_what_it_promises() -> None:
    """The text of the page speaks of these; a step left out would not write them."""
    named = text_of("tutorial")
    promised = [step.arguments[-1] for step in steps(named) if isinstance(step, Command) and "--out" in step.arguments]
    assert {"orders.csv", "my_site.xlsx", "annex.md", "results/with_licences"} <= set(promised)


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_exist(page: str) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", text_of(page))
    assert targets
    assert [target for target in targets if not (ROOT / "docs" / target).exists()] == []


def test_paths_and_names_in_extending_exist() -> None:
    """Files named in the page exist, but for those it invents, and hold the name that stands behind them."""
    page = text_of("extending")
    paths = {path for path in re.findall(r"`((?:optimizer|tests|docs)/[\w/.]+)`", page) if "my_" not in path}
    assert len(paths) > 20
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    pairs = re.findall(r"`((?:optimizer|tests)/[\w/.]+\.py)` \(`([^`]+)`\)", page)
    assert len(pairs) > 20
    assert [pair for pair in pairs if pair[1] not in (ROOT / pair[0]).read_text(encoding="utf-8")] == []


def test_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").glob("*.png"))
    assert 1 <= len(pictures) <= 3
    assert [picture.name for picture in pictures if picture.stat().st_size >= 250_000] == []


def test_a_line_that_is_not_printed_is_found() -> None:
    output = "Levelised cost  1.043 USD/EFLOP\nAudit  VERIFIED\n"
    assert first_missing(("Levelised cost 1.04... USD/EFLOP", "Audit    VERIFIED"), output) is None
    assert first_missing(("Audit VERIFIED", "Levelised cost ..."), output) == "Levelised cost ..."
    assert first_missing(("Levelised cost 1.05... USD/EFLOP",), output) is not None


def test_a_wrong_exit_code_or_text_fails(tmp_path: Path) -> None:
    for block in ("$ optimizer validate none.toml\n", "$ optimizer --version\nversion of something else\n"):
        with pytest.raises(AssertionError):
            carry_out(commands(block)[0], tmp_path)
