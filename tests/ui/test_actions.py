"""What a button starts: the same question once, and no question that has its answer already."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("starlette")

from optimizer.errors import UsageError
from optimizer.ui import actions
from optimizer.ui.folders import WorkFolder
from tests.tiny import ROOT, tiny


class Started:
    """Jobs that begin and go on for ever."""

    def __init__(self) -> None:
        self.jobs: list[Any] = []

    def all(self) -> list[Any]:
        return self.jobs

    def start(self, arguments: tuple[str, ...], title: str, goes_to: str, follow: bool = False) -> Any:
        self.jobs.append(SimpleNamespace(arguments=arguments, title=title, goes_to=goes_to, running=True))
        return self.jobs[-1]


def test_a_second_click_starts_nothing_unless_the_file_was_changed(tmp_path: Path) -> None:
    file = tmp_path / "minimal.toml"
    shutil.copy(ROOT / "instances" / "minimal.toml", file)
    jobs: Any = Started()
    first = actions.solve(WorkFolder(tmp_path), jobs, "minimal")
    assert actions.solve(WorkFolder(tmp_path), jobs, "minimal") is first
    file.write_text(file.read_text(encoding="utf-8").replace("20_000", "21_000"), encoding="utf-8")
    second = actions.solve(WorkFolder(tmp_path), jobs, "minimal")
    assert second is not first
    assert second.title == first.title
    assert len(jobs.jobs) == 2


@pytest.mark.parametrize(("licences", "asked"), [("use", True), ("avoid", False)])
def test_without_licences_is_asked_where_there_may_be_some(
    licences: str, asked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "results" / "minimal" / "r1").mkdir(parents=True)
    monkeypatch.setattr(actions, "load_instance", lambda _: tiny({"export.licences": licences}))
    jobs: Any = Started()
    if asked:
        actions.ask(WorkFolder(tmp_path), jobs, ("minimal", "r1"), "licences", "")
    else:
        with pytest.raises(UsageError, match="without licences already"):
            actions.ask(WorkFolder(tmp_path), jobs, ("minimal", "r1"), "licences", "")
    assert len(jobs.jobs) == asked
