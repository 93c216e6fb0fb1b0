"""Drawings of a study, and the settings behind one of its cells."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("starlette")

from optimizer.errors import InputOutputError, UsageError
from optimizer.inputs.naming import kpi_name
from optimizer.ui.studies import cell_settings, chart, study_map, table

ONE = {"design": {"kind": "one_at_a_time", "factors": [{"path": "a.b", "values": [1, 2]}]}}
FRONTIER = {"command": "frontier", "x": "capex_musd", "y": "lcoc_usd_per_eflop"}


def study(folder: Path, about: dict[str, object], *rows: str) -> Path:
    (folder / "study.json").write_text(json.dumps(about))
    (folder / "table.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_a_tornado_spans_each_key_widest_first(tmp_path: Path) -> None:
    rows = ("0,,,optimal,2.0", "1,1,,optimal,1.9", "2,5,,optimal,2.1", "3,,7,optimal,1.5", "4,,8,infeasible,")
    place = study(tmp_path, ONE, "cell,a.b,c.<d>,status,value", *rows)
    drawn = str(chart(place))
    widths = [float(width) for width in re.findall(r'<rect class="bar"[^>]* width="([0-9.]+)"', drawn)]
    assert drawn.index(">a.b<") < drawn.index("c.&lt;d&gt;"), "a span of 0.2 before a single value"
    # From 1.5 to 2.1 the axis is 300 wide: 0.2 are a third of it.
    assert widths == pytest.approx([100.0, 1.0], abs=0.1)
    assert study_map(place) is None
    assert cell_settings(place, 3) == ("c.<d>=7",), "the other keys are left as they are"


def test_a_frontier_grows_and_a_point_between_its_ends_opens(tmp_path: Path) -> None:
    head = "cell,kind,cap_x,x,y,status,value"
    rows = ("0,least_y,,10,1.0,optimal,1", "1,inner,8,7.5,1.5,optimal,1", "2,least_x,,5,2.0,optimal,1")
    place = study(tmp_path, FRONTIER, head, *rows)
    drawn = str(chart(place))
    assert drawn.count("<circle") == 3
    assert f"{kpi_name('capex_musd')}, MUSD (across), {kpi_name('lcoc_usd_per_eflop')}, USD/EFLOP (up)" in drawn
    assert cell_settings(place, 1) == ("limits.capex_musd=8", 'solve.objective="lcoc"')
    with pytest.raises(UsageError, match="end of a frontier"):
        cell_settings(place, 0)
    held = f"{head},phases.b.target_pflops"
    study(tmp_path, FRONTIER, held, "0,least_y,,10,1.0,optimal,1,", "1,inner,8,7.5,1.5,optimal,1,40")
    assert cell_settings(tmp_path, 1)[-1] == "phases.b.target_pflops=40", "it is held to what the first end delivers"
    abroad = FRONTIER | {"instance": {"currency": "HKD", "per_usd": 7.8}}
    assert "MHKD (across)" in str(chart(study(tmp_path, abroad, head, *rows)))
    assert ">78<" in re.sub(r"\.0+<", "<", str(chart(tmp_path))), "10 MUSD"
    study(tmp_path, FRONTIER, head, "0,inner,,,,failed,")
    assert not chart(place)


def test_names_stand_where_ids_are_in_the_files(tmp_path: Path) -> None:
    """Accelerators and keys of the catalogue by name, key figures in words, amounts in the instance's currency."""
    key, chips = "accelerators.gb200_nvl72_gpu.price_usd", "gb200_nvl72_gpu+mi300x"
    about = {"design": {"kind": "grid", "factors": [{"path": key, "values": [20, 24]}]}}
    about |= {"instance": {"currency": "HKD", "per_usd": 7.8}}
    head = f"cell,{key},status,verified,objective,value,gap,chip_set,lcoc_usd_per_eflop,pue_annual"
    rows = (f"0,20,optimal,TRUE,lcoc,2.0,0.001,{chips},2.0,1.2", "1,24,no_solution,FALSE,lcoc,,,,,")
    place = study(tmp_path, about, head, *rows)
    known = {"gb200_nvl72_gpu", "mi300x", key, "lcoc_usd_per_eflop", "pue_annual", "chip_set", "no_solution"}
    listed, mapped = table(place), study_map(place)
    assert listed is not None
    assert mapped is not None
    texts = [*listed.header, *(text for row in listed.rows for text in row), *mapped.legend, mapped.measure]
    texts += [*mapped.names.values(), *(cell.text for _, cells in mapped.rows for cell in cells if cell)]
    assert {token for text in texts for token in known if token in text} == set()
    assert "NVIDIA GB200 NVL72: price, USD" in " ".join(texts)
    assert "15.60" in texts, "2 USD/EFLOP"
    assert "levelised cost, HKD/EFLOP" in texts
    assert listed.header[1].tip == key, "the key stays behind the name"
    tornado = study(tmp_path, {"design": {"kind": "one_at_a_time", "factors": []}}, head, *rows)
    assert "price, USD<title>" in str(chart(tornado))


def test_a_damaged_table_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError, match="damaged"):
        table(study(tmp_path, ONE, "cell,a,status", "0,1"))
    assert table(study(tmp_path, ONE, "a,b", "0,1")) is None
