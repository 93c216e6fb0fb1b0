"""Designs, the table of changes, and study files."""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist, fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import InputError, UsageError
from optimizer.study.axes import Axis, parse_axis
from optimizer.study.designs import Definition, check_count, count, points
from optimizer.study.study_file import read_study_file
from optimizer.study.uncertain import Change, change_of

AXES = (parse_axis("a.b=1:3:1"), parse_axis("c.d=x,y"))
UNIFORM = {"path": "a.b", "distribution": "uniform", "low": 0.0, "high": 1.0}


def change(**table: object) -> Change:
    return change_of({"path": "a.b", **table}, 0, "test")


def test_a_grid_runs_the_last_axis_fastest() -> None:
    assert list(points(Definition("grid", AXES))) == [(1, "x"), (1, "y"), (2, "x"), (2, "y"), (3, "x"), (3, "y")]


def test_one_at_a_time_begins_with_the_instance_as_it_is() -> None:
    found = list(points(Definition("one_at_a_time", AXES)))
    assert found == [(None, None), (1, None), (2, None), (3, None), (None, "x"), (None, "y")]
    assert len(found) == count(Definition("one_at_a_time", AXES))


@pytest.mark.parametrize("kind", ["monte_carlo", "latin_hypercube", "sobol"])
def test_samples_repeat_by_seed(kind: str) -> None:
    one, again, other = (list(points(Definition(kind, AXES, 16, seed))) for seed in (1, 1, 2))
    assert one == again
    assert one != other
    assert len(one) == 16


def test_a_latin_hypercube_has_one_point_in_every_slice() -> None:
    found = points(Definition("latin_hypercube", (Axis(path="a.b", values=(0, 1), low=0.0, high=1.0),), 20))
    assert sorted(int(20 * value) for (value,) in found) == list(range(20))


def test_sobol_takes_powers_of_two() -> None:
    with pytest.raises(UsageError) as raised:
        Definition("sobol", AXES, 100)
    assert raised.value.help == "--samples 64 or --samples 128"


def test_a_million_cells_are_counted_not_made() -> None:
    axes = tuple(parse_axis(f"a.b{k}=1:1000:1") for k in range(2))
    definition = Definition("grid", axes)
    assert count(definition) == 1_000_000
    with pytest.raises(UsageError) as raised:
        check_count(count(definition), 10_000, 2)
    assert "6 days at 1 s a cell, 174 days at 30 s" in raised.value.message
    assert "--max-cells 1000000" in (raised.value.help or "")
    check_count(1_000_000, 1_000_000, 2)


def test_a_grid_has_no_use_for_changes() -> None:
    with pytest.raises(UsageError, match="takes axes only"):
        Definition("grid", (change_of(UNIFORM, 0, "test"),))


@given(st.floats(1e-6, 1 - 1e-6))
def test_quantiles_invert_their_distributions(u: float) -> None:
    assert change(distribution="uniform", low=2.0, high=4.0).quantile(u) == pytest.approx(2 + 2 * u)
    x = change(distribution="triangular", low=0.0, mode=1.0, high=4.0).quantile(u)
    assert (x * x / 4 if x < 1 else 1 - (4 - x) ** 2 / 12) == pytest.approx(u, abs=1e-9)
    x = change(distribution="normal", mean=1.0, sd=2.0).quantile(u)
    assert NormalDist(1, 2).cdf(x) == pytest.approx(u, abs=1e-9)
    x = change(distribution="lognormal", median=3.0, sigma=0.5).quantile(u)
    assert x > 0


def test_relative_lognormal_is_a_factor_less_one() -> None:
    found = change(distribution="lognormal", median=1.0, sigma=0.3, relative=True)
    assert found.quantile(0.5) == pytest.approx(0.0, abs=1e-12)
    assert found.quantile(1e-9) > -1


def test_weights_of_a_choice() -> None:
    found = change(distribution="choice", values=["a", "b"], weights=[3.0, 1.0])
    shares = [found.quantile((k + 0.5) / 100) for k in range(100)]
    assert shares.count("a") == 75


def test_a_sample_has_the_mean_of_its_distribution() -> None:
    row = change(distribution="triangular", low=-0.3, mode=0.0, high=0.6)
    drawn = [value for (value,) in points(Definition("latin_hypercube", (row,), 256))]
    assert fmean(drawn) == pytest.approx(0.1, abs=2e-3)


BAD_CHANGES = {
    "no distribution": ({"distribution": "cauchy"}, "E0319"),
    "backwards": ({"distribution": "uniform", "low": 2.0, "high": 1.0}, "E0319"),
    "mode outside": ({"distribution": "triangular", "low": 0.0, "mode": 9.0, "high": 1.0}, "E0319"),
    "no spread": ({"distribution": "normal", "mean": 1.0, "sd": 0.0}, "E0319"),
    "unknown key": ({"distribution": "uniform", "low": 0.0, "high": 1.0, "hihg": 2.0}, "E0302"),
    "weights": ({"distribution": "choice", "values": ["a"], "weights": [1.0, 2.0]}, "E0319"),
    "not finite": ({"distribution": "uniform", "low": 0.0, "high": float("inf")}, "E0319"),
}


@pytest.mark.parametrize("name", BAD_CHANGES)
def test_changes_that_cannot_be(name: str) -> None:
    table, code = BAD_CHANGES[name]
    with pytest.raises(InputError) as raised:
        change(**table)
    assert raised.value.diagnostics[0].code == code


STUDY = """
[study]
name = "prices"
design = "latin_hypercube"
samples = 8
seed = 3

[axes]
"sites.paper.grid_mw" = "1:2:1"
export.regime = ["may_2026", "open_market"]

[[changes]]
path = "accelerators.*.price_usd"
relative = true
distribution = "triangular"
low = -0.3
mode = 0.0
high = 0.5
"""


def test_a_study_file(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    found = read_study_file(path)
    assert (found.name, found.design, found.samples, found.seed) == ("prices", "latin_hypercube", 8, 3)
    assert [axis.path for axis in found.axes] == ["sites.paper.grid_mw", "export.regime"]
    assert found.changes[0].relative


BAD_FILES = {
    "[study]\nscheduler = 'tcp://elsewhere:8786'": ("E0302", "--scheduler"),
    "[study]\nsampels = 3": ("E0302", "samples"),
    "[study]\nsamples = 'many'": ("E0310", "wrong type"),
    "[study]\nsamples = 0": ("E0312", "at least 1"),
    "[study]\ndesign = 'grdi'": ("E0313", "grid"),
    "[study]\nname = '../up'": ("E0314", "name"),
    "[axis]\n'a.b' = '1:2:1'": ("E0302", "axes"),
    "changes = 3": ("E0310", "array of tables"),
    "[axes\n": ("E0201", ""),
}


@pytest.mark.parametrize("text", BAD_FILES)
def test_study_files_that_cannot_be(text: str, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        read_study_file(path)
    found = raised.value.diagnostics[0]
    assert found.code == BAD_FILES[text][0]
    assert BAD_FILES[text][1] in f"{found.message} {found.help}"
