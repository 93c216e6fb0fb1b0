"""The documentation site: every page has its place in it, and the notebooks run."""

from __future__ import annotations

import re
import runpy

import pytest

from tests.tiny import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.py"))
LINK = re.compile(r"\]\(([\w./-]+\.\w+)(?:#[^)\s]*)?\)")


def test_every_page_is_in_the_navigation_once():
    named = re.findall(r"([a-z_]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.stem)
def test_what_a_page_links_to_is_there(page):
    """The build of the site follows links too, but is not part of the default tests."""
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    missing = [link for link in targets if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(notebook, monkeypatch):
    pytest.importorskip("marimo")
    monkeypatch.chdir(ROOT)
    app = runpy.run_path(str(notebook))["app"]
    _, defined = app.run()
    if notebook.stem == "first_design":
        assert defined["design"].verified
        assert defined["tight"].lcoc > defined["design"].lcoc
    else:
        assert len(defined["study"].table) == 4


def test_there_are_two_notebooks():
    assert len(NOTEBOOKS) == 2
