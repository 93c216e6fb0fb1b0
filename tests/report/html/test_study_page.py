"""The page of a study as text: its figures are those of the tables beside it, and its names stay text."""

from __future__ import annotations

import json
import re

import pytest

from optimizer.errors import InputOutputError
from optimizer.report.html.bundle import policy
from optimizer.report.html.page import MOST_BYTES
from optimizer.report.html.point_charts import frontier
from optimizer.report.html.robust_charts import regret_chart, scenario_chart
from optimizer.report.html.study_page import render_study
from optimizer.report.html.study_source import StudySource, from_study, value_of
from optimizer.report.robust_tables import regret_grid, value_grid
from tests.report.html.hostile import ATTACKS
from tests.report.html.study_folders import PRICE, SAMPLE, SWEEP, TORNADO, hostile_robust, hostile_study, made, rows_of
from tests.report.html.test_page import read

LCOC = "lcoc_usd_per_eflop"


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    results = tmp_path_factory.mktemp("results")
    asked = {"grid": SWEEP, "tornado": TORNADO, "sample": SAMPLE}
    return {name: made(results, name, *arguments) for name, arguments in asked.items()}


def page_of(folder) -> str:
    return (folder / "study.html").read_text(encoding="utf-8")


def exact(page: str, header: str) -> list[dict[int, float | None]]:
    """Exact values of the rows of the first table after a heading of the page."""
    return read(page[page.index(header) :]).tables[0]["rows"][1:]


def data_of(page: str) -> dict:
    return json.loads(re.search(r'id="page-data">(.*?)</script>', page, re.S)[1])


@pytest.mark.parametrize("name", ["grid", "tornado", "sample"])
def test_the_commands_leave_the_page_under_the_seal(folders, name):
    folder = folders[name]
    assert "study.html" in json.loads((folder / "STUDY_OK").read_text())["files"]
    assert page_of(folder) == render_study(from_study(folder)), "the page is a function of the files"
    assert len(page_of(folder).encode()) < MOST_BYTES


def test_the_list_of_cells_is_the_table(folders):
    shown = exact(page_of(folders["grid"]), 'id="cells"')
    table = rows_of(folders["grid"] / "table.csv")
    assert len(shown) == len(table) == 24
    for row, cell in zip(shown, table, strict=True):
        values = [value for value in row.values() if value is not None]
        known = [
            cell[name]
            for name in (LCOC, "effective_pflops", "peak_import_mw", "pue_annual", "racks", "gap")
            if cell[name]
        ]
        assert values == list(map(float, known))
    assert any(not cell[LCOC] for cell in table), "some cells have no design"


def test_the_explorer_holds_the_table(folders):
    data = data_of(page_of(folders["grid"]))["explorer"]
    table = rows_of(folders["grid"] / "table.csv")
    assert data["grid"] is True
    assert sorted(data["at"]) == list(range(len(table)))
    lcoc = data["values"][[metric[0] for metric in data["metrics"]].index(LCOC)]
    for place, (cell, value) in enumerate(zip(table, lcoc, strict=True)):
        assert value == (pytest.approx(float(cell[LCOC]), rel=1e-6) if cell[LCOC] else None)
        words = [data["inputs"][k]["words"][data["inputs"][k]["of"][place]] for k in (0, 1)]
        assert [float(word) for word in words] == [float(cell[name]) for name in list(cell)[1:3]]
    where = data["at"].index(5)
    assert [where // data["sizes"][1], where % data["sizes"][1]] == [data["inputs"][k]["of"][5] for k in (0, 1)]


def test_a_sample_has_one_slider_and_its_spread(folders):
    page = page_of(folders["sample"])
    assert page.count("data-dial ") == 1
    assert 'id="chart-spread"' in page
    costs = sorted(float(row[LCOC]) for row in rows_of(folders["sample"] / "table.csv"))
    rows = exact(page, 'id="chart-spread"')
    assert (rows[0][1], rows[-1][1]) == (costs[0], costs[-1])


def test_the_tornado_is_its_table(folders):
    page = page_of(folders["tornado"])
    table = rows_of(folders["tornado"] / "tornado.csv")
    shown = exact(page, 'id="chart-tornado"')
    keys = ("low_lcoc", "high_lcoc", "swing")
    assert [[row[2], row[4], row[5]] for row in shown] == [[float(row[key]) for key in keys] for row in table]
    bars = data_of(page)["figures"]["tornado"]["data"]
    for bar, key in zip(bars, ("low_lcoc", "high_lcoc"), strict=True):
        ends = [base + length for base, length in zip(bar["base"], bar["x"], strict=True)]
        assert ends == pytest.approx([float(row[key]) for row in table])
    assert "data-dial" not in page.split("<script")[0]


def test_failed_cells_are_counted_with_their_reasons(folders):
    page = page_of(folders["grid"])
    lost = [row for row in rows_of(folders["grid"] / "table.csv") if row["status"] == "invalid"]
    assert lost
    assert f"{len(lost)} CELLS WITHOUT AN ANSWER" in page
    assert sum(row[1] for row in exact(page, "<h2>Cells without an answer")) == len(lost)
    assert "no answer: the values make no sense" in page
    assert f"{len(lost)} of 24" in page


def test_the_map_marks_choices_and_losses_apart(folders):
    page = page_of(folders["grid"])
    drawn = page[page.index('id="chart-map"') :].split("</figure>")[0]
    lost = sum(row["status"] == "invalid" for row in rows_of(folders["grid"] / "table.csv"))
    assert drawn.count('class="cell lost"') == lost
    assert drawn.count('class="cell c') == 24 - lost
    assert "buys " in drawn.split("</ul>")[0]


def test_regret_marks_zero_and_failure():
    found = regret_grid(hostile_robust())
    robust, single = found.rows
    assert robust[0] == "robust"
    assert [cell.mark for cell in robust[1:4]] == ["heat4", "heat0", "heat4"]
    assert '<td class="n heat0" data-value="0.0">● 0</td>' in render_study(hostile_study())
    assert list(single[2:]) == ["fails", "fails", "fails"]
    words = {row[0]: row[1] for row in value_grid(hostile_robust()).rows}
    assert words["EVPI, expected value of perfect information"].value == 0.25
    assert words["VSS, value of the stochastic solution"] == "no limit"
    known = {row[0]: row[1] for row in value_grid(hostile_robust() | {"stochastic_solution_usd_per_eflop": 0.25}).rows}
    assert known["VSS, value of the stochastic solution"].value == 0.25, "a figure that is known is told"


def test_a_robust_plan_is_drawn_with_its_regret_named():
    source = StudySource(name="x", definition={"command": "robust"}, robust=hostile_robust())
    costs, regret = scenario_chart(source), regret_chart(source)
    assert costs.figure["data"][0]["x"] == [2.0, 2.0]
    assert costs.figure["layout"]["shapes"][0]["x0"] == 2.0
    assert [trace["y"] for trace in regret.figure["data"]] == [[0.5, 0.0], [0.0, None]]
    assert regret.title == "The robust plan regrets 0.500 USD/EFLOP at most; 1 of 2 plans fail in a scenario"
    assert regret.figure["layout"]["yaxis"]["title"]["text"] == "regret, USD/EFLOP"
    page = render_study(source)
    assert page.count('data-plot="') == 2


def points_of(*points):
    """A frontier of carbon, in tonnes, against cost, in millions."""
    rows = [
        {"point": at, "kind": "inner", "cap": None, "carbon_t_per_year": x, "npv_cost_musd": y, "gap": 1e-4,
         "verified": True, "chip_set": "quick"}
        for at, (x, y) in enumerate(points)
    ]  # fmt: skip
    return StudySource(name="x", definition={"command": "frontier"}, points=tuple(rows))


def test_a_frontier_says_what_a_tonne_a_year_less_costs():
    """From 1,500 t to 1,000 t the cost rises by 2 MUSD: 4,000 USD for a tonne a year less."""
    chart = frontier(points_of((1000.0, 12.0), (1500.0, 10.0), (1600.0, 9.9)))
    assert "One less costs, USD per t/year" in chart.table.header
    prices = [row[3].value for row in chart.table.rows]
    assert prices[:2] == pytest.approx([4000.0, 1000.0])
    assert prices[2] is None


def test_a_frontier_of_one_point_says_so_and_draws_no_axis():
    source = points_of((1000.0, 12.0))
    assert frontier(source) is None
    page = render_study(source)
    assert "One design is best in both the carbon per year and the total cost" in page
    assert 'id="chart-frontier"' not in page


def test_hostile_names_stay_text():
    page = render_study(hostile_study())
    body = page.split("</style>", 1)[1]
    for tag in ("<script>window", "<img", "<svg onload", "<iframe", "<b>bold", '<a href="javascript'):
        assert tag not in body
    assert "{{ 7*7 }}" in body
    inner = [link["href"] for link in read(page).links]
    assert all(href.startswith("#") for href in inner)


def test_the_policy_names_every_script():
    page = render_study(hostile_study())
    rules = re.search('http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1].replace("&#39;", "'")
    scripts = re.findall("<script>(.*?)</script>", page, re.S)
    assert len(scripts) == 3
    assert rules == policy(tuple(scripts))
    assert "unsafe-eval" not in rules


def test_structure(folders):
    for folder in folders.values():
        page = read(page_of(folder))
        assert page.headings.count(1) == 1
        assert all(later - earlier <= 1 for earlier, later in zip(page.headings, page.headings[1:], strict=False))
        assert len(page.ids) == len(set(page.ids))


def test_ten_thousand_cells_fit():
    names = ("sites.a_rather_long_name.grid_mw", "accelerators.another_name.price_usd")
    cells = tuple(
        {
            "cell": n, names[0]: 1.5 * (n // 100), names[1]: 100 * (n % 100), "status": "optimal", "verified": True,
            "reason": None, "gap": 1 / (n + 3), "chip_set": f"chip_{n % 9}+other", "chips.other": n,
            **dict.fromkeys((LCOC, "peak_import_mw", "racks", "npv_cost_musd", "capex_musd", "it_mw"), n / 7),
        }
        for n in range(10_000)
    )  # fmt: skip
    source = StudySource(
        name="large", definition={"command": "sweep", "design": {"kind": "grid"}}, cells=cells, inputs=names
    )
    page = render_study(source)
    assert 'id="explorer-box"' in page
    assert len(page.encode()) < MOST_BYTES
    more = render_study(StudySource(name="huge", definition=source.definition, cells=cells + cells, inputs=names))
    assert "a page carries at most 12,000" in more
    assert len(more.encode()) < MOST_BYTES


@pytest.mark.parametrize(
    ("text", "column", "value"),
    [
        ("'=1+1", PRICE, "=1+1"), ("-3.5", PRICE, -3.5), ("7", PRICE, 7), ("7", "chip_set", "7"), ("", PRICE, None),
        ("TRUE", "verified", True), ("'quoted", PRICE, "'quoted"), ("1e999", PRICE, "1e999"), ("nan", PRICE, "nan"),
        (ATTACKS[1], PRICE, ATTACKS[1]),
    ],
)  # fmt: skip
def test_cells_of_a_table_come_back(text, column, value):
    assert value_of(text, column) == value


def test_a_study_without_a_table_has_no_page(tmp_path):
    (tmp_path / "study.json").write_text('{"command": "sweep"}')
    with pytest.raises(InputOutputError, match="not finished"):
        from_study(tmp_path)
