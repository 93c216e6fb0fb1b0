"""What pages say is true: what lists leave out, what an interrupt left out, what is bought and what is in place."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from optimizer import pipeline
from optimizer.analysis.exclusions import exclusion_groups, left_out_by_lists
from optimizer.assets.compute.admission import Exclusion
from optimizer.report.baselines import Plans, baseline_blocks, entry_blocks
from optimizer.report.document import to_text
from optimizer.report.html.answers import answers
from optimizer.report.html.page import render_report
from optimizer.report.html.source import ReportSource
from optimizer.report.html.view import View
from optimizer.report.plan import plant_rows
from optimizer.report.studies import STOPPED, Studies, blocks, files, load
from optimizer.report.summary import _shaved_text, summary_markdown, summary_text
from optimizer.report.workbook.page import _counted
from tests.tiny import TWO_PHASES, tiny


def solved(changes):
    return pipeline.run(tiny(changes), Path(), pipeline.Options(isolated=False))


def test_what_lists_leave_out_is_counted_and_named() -> None:
    """Two of the catalogue are excluded by name: no page says that every other accelerator may be bought."""
    lists = {"procurement.include": ["*"], "procurement.exclude": ["a800_sxm80", "h800_sxm", "frugal"]}
    result = solved(lists)
    assert set(left_out_by_lists(tiny(lists))) == {"a800_sxm80", "h800_sxm", "frugal"}
    (group,) = [g for g in exclusion_groups(result.problem) if g.kind == "procurement list"]
    assert set(group.accelerators) == {"a800_sxm80", "h800_sxm", "frugal"}
    (answer,) = [a for a in answers(View(result), ()) if "excluded" in a.question]
    said = " ".join(answer.points)
    assert "3 by procurement list; the other 1 may be bought" in said
    assert "a800_sxm80, h800_sxm" in said


def test_an_interrupted_study_says_so(tmp_path: Path) -> None:
    nothing = Plans(instance="x", instance_sha256="0", objective="lcoc", best=1.0, rows=())
    cut = Studies(baselines=nothing, stopped=True)
    assert STOPPED.split(":")[0] in to_text(blocks(cut), 100)
    for words in (to_text(blocks(cut), 400), to_text(baseline_blocks(nothing, True), 100)):
        assert "No baseline differs" not in words
    assert "Interrupted" in to_text(entry_blocks((), True), 100)
    assert "No baseline differs" in to_text(baseline_blocks(nothing), 100)
    ((name, text),) = files(cut, "0").items()
    assert json.loads(text)["stopped"] is True
    (tmp_path / name).write_text(text)
    kept, warnings = load(tmp_path, "0")
    assert kept.stopped
    assert not warnings
    (tmp_path / name).write_text(files(Studies(baselines=nothing), "0")[name])
    assert not load(tmp_path, "0")[0].stopped


def test_substations_tell_what_is_bought_from_what_is_in_place() -> None:
    """One transformer of 0.1 MVA (and no spare) in the first phase, one more in the second: 2, not 1 + 2."""
    changes = {
        **TWO_PHASES,
        "transformers.ideal.unit_mva": 0.045,
        "transformers.ideal.max_units": 4,
        "transformers.ideal.usd_per_unit": 1000,
        "sites.paper.grid.spare_units": 0,
        "phases.b": {**TWO_PHASES["phases"]["b"], "target_pflops": 30.0, "demand_pflops": 30.0},
    }
    told = [what for _, _, what in plant_rows(solved(changes))]
    assert "substation 1 transformer, then 1 x ideal in place" in told[0]
    assert "substation 1 more transformer, then 2 x ideal in place" in told[1]


@pytest.mark.parametrize(("mw", "words"), [(0.2, "0.2000 MW off the peak"), (-0.2, "0.2000 MW added to the peak")])
def test_a_higher_peak_is_not_negative_shaving(mw: float, words: str) -> None:
    assert _shaved_text(mw) == words


@pytest.mark.parametrize(("value", "style"), [(593.0, "count"), (1.38, "number"), (True, "number"), ("x", "number")])
def test_whole_numbers_of_the_workbook_have_no_decimals(value: object, style: str) -> None:
    assert _counted("number", value) == style  # type: ignore[arg-type]


def test_a_missing_datum_is_told_once() -> None:
    """Two regimes of a timeline that lack the same fact give one exclusion, without a stop before a semicolon."""
    rows = {"from_date": date(2026, 1, 1), "regime": "oct_2023"}, {"from_date": date(2027, 6, 1), "regime": "may_2026"}
    changes = {
        **TWO_PHASES,
        "export.regime": None,
        "export.timeline": list(rows),
        "sites.paper.place": "hong_kong",
        "accelerators.quick.bf16_tflops": 200.0,
    }
    found = pipeline.derive(tiny(changes), Path()).compute.exclusions
    lacking = [row for row in found if row.kind == "data missing for a ruling" and row.accelerator == "quick"]
    assert all(isinstance(row, Exclusion) and ".;" not in row.reason for row in lacking)
    assert len({row.reason.split(": ", 1)[-1] for row in lacking}) == len(lacking)
    assert lacking


def test_a_table_that_scrolls_says_how_many_rows_it_has() -> None:
    """Thirteen rows and a total in a box that shows a few: the reader is told before the first of them."""
    from optimizer.report.html.cells import grid
    from optimizer.report.html.page import environment

    rows = [(f"row {k}", "1") for k in range(13)]
    macros = environment().get_template("macros.html.j2").module
    told = macros.table(grid("Parts", ("a", "b"), rows, total=True), True)  # type: ignore[attr-defined]
    assert told.index("13 rows, the last of them the total") < told.index("row 0")
    assert "scroll inside" not in macros.table(grid("Few", ("a", "b"), rows[:12]), True)  # type: ignore[attr-defined]


def test_where_nothing_is_needed_no_figure_is_made_up() -> None:
    """No throughput is asked for, so the cheapest design is empty: no LCOC, no PUE, no heads of empty tables."""
    result = solved({"phases.only.target_pflops": 0.0, "solve.objective": "total_cost"})
    assert result.verified
    page = summary_text(result)
    assert "Buy no accelerators: none are needed, and none are installed." in page
    assert "Levelised cost (LCOC)        none" in page
    assert "no IT equipment draws power" in page
    assert "THE DESIGN: WHAT TO ORDER\nnone\n" in page
    assert "## The design: what to order\n\nnone\n" in summary_markdown(result)
    html = render_report(ReportSource(result=result))
    assert ">none</td></tr>" in html
