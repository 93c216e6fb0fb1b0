"""Merging, precedence, origins, round trip, and all findings at once."""

# ruff: noqa: E501

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from pydantic import create_model

from optimizer.diagnostics import CODES, Diagnostic, render, to_json
from optimizer.errors import InfeasibleError, InputError
from optimizer.inputs.schema import Instance
from optimizer.reading.read import ReadOptions, instance_sha256, read_instance, resolved_rows
from optimizer.reading.resolved import read_resolved, to_toml

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_resolved_instance_holds_exactly_the_rows_it_needs(write, read):
    instance = read(write()).instance
    assert set(instance.accelerators) == {"h20", "mi9"}
    assert set(instance.coolings) == {"plates", "air"}
    assert set(instance.stacks) == {"cuda", "rocm"}
    assert (set(instance.transformers), set(instance.upses)) == ({"t20"}, {"double"})
    assert (instance.batteries, instance.generators, instance.climates) == ({}, {}, {})


def test_optional_rows_come_when_they_are_named(write, read):
    add = '[sites.hub.backup]\ngenerator = "diesel"\ncritical_fraction = 0.1\nfrom_phase = "p1"\n'
    instance = read(write(('ups = "double"', 'ups = "double"\nbattery = "lfp"'), add=add)).instance
    assert (set(instance.batteries), set(instance.generators)) == ({"lfp"}, {"diesel"})


def test_lists_and_existing_pods_pick_accelerators(write, read):
    path = write(add='[procurement]\nexclude = ["mi*"]\n')
    assert set(read(path).instance.accelerators) == {"h20"}
    assert set(read(path).instance.stacks) == {"cuda"}
    pods = '[[sites.hub.existing_pods]]\naccelerator = "mi9"\ncooling = "bath"\npods = 2\ncommissioned = 2024-06-01\n'
    instance = read(write(add='[procurement]\nexclude = ["mi*"]\n' + pods)).instance
    assert set(instance.accelerators) == {"h20", "mi9"}
    assert "bath" in instance.coolings


def test_precedence_runs_from_default_to_set(write, read, folder):
    base = 'extends = "base.toml"\n'
    (folder / "base.toml").write_text(
        "[solve]\nseed = 1\ngap = 0.01\n[accelerators.h20]\nlife_years = 4\nprice_usd = 11000\n"
    )
    add = "[scenarios.dear.accelerators.h20]\nprice_usd = 15000\n"
    path = write(("format_version", base + "format_version"), add=add)
    price = "accelerators.h20.price_usd"

    plain = read(path)
    assert plain.instance.accelerators["h20"].price_usd == 12000
    assert plain.origins[price].kind == "file"
    assert plain.origins["accelerators.h20.life_years"].kind == "parent"
    assert plain.origins["accelerators.h20.server_kw"].kind == "catalogue"
    assert plain.origins["accelerators.h20.repair_hours"].kind == "default"
    assert (plain.instance.solve.seed, plain.origins["solve.seed"].kind) == (1, "parent")

    dear = read(path, scenario="dear")
    assert (dear.instance.accelerators["h20"].price_usd, dear.origins[price].kind) == (15000, "scenario")
    own = read(path, scenario="dear", sets=(f"{price}=9000",))
    assert (own.instance.accelerators["h20"].price_usd, own.origins[price].kind) == (9000, "set")
    assert len({plain.sha256, dear.sha256, own.sha256}) == 3


def test_origins_carry_file_line_source_and_grade(write, read):
    path = write()
    origins = read(path).origins
    own = origins["accelerators.h20.price_usd"]
    assert own.line == path.read_text().splitlines().index("price_usd = 12000") + 1
    assert (own.file, own.grade, own.source) == (str(path), None, ())
    theirs = origins["accelerators.mi9.price_usd"]
    assert (theirs.grade, theirs.source, theirs.price_year) == ("C", ("S9",), 2026)
    assert theirs.file == "catalogue/accelerators.toml"
    assert (origins["accelerators.mi9.utilisation.training"].grade, origins["coolings.air.supply_c"].grade) == (
        "B",
        "B",
    )


def test_every_value_has_one_origin(write, read):
    reading = read(write())
    rows = resolved_rows(reading)
    assert {path for path, _, _ in rows} == set(reading.origins)
    assert ("sites.hub.grid_mw", 20.0) in [(path, value) for path, value, _ in rows]


def test_a_weather_of_another_kind_replaces_the_table(write, read, folder):
    climate = (
        '[climates.mild]\nname = "Mild"\n'
        + (
            "[[climates.mild.months]]\n"
            f"dry_bulb_c = {[25.0] * 24}\nwet_bulb_c = {[20.0] * 24}\nwet_bulb_max_c = {[22.0] * 24}\n"
            f"day_quantiles_k = {[0.0] * 11}\n"
        )
        * 12
    )
    add = '[scenarios.normal.sites.hub.weather]\nkind = "normals"\nplace = "mild"\n' + climate
    reading = read(write(add=add), scenario="normal")
    assert reading.instance.sites["hub"].weather.kind == "normals"
    assert set(reading.instance.climates) == {"mild"}


def test_five_mistakes_are_reported_together_each_at_its_line(write, findings):
    path = write(
        ("discount_rate = 0.05", "discount_rate = 8"),
        ("grid_mw = 20", 'grid_mw = "20"'),
        ('tariff = "day_night"', 'tariff = "day_nigth"'),
        ("demand_pflops = 150", "demand_pflops = 50"),
        ("price_usd = 12000", "price_usd = -1\npowr_kw = 3"),
    )
    lines = path.read_text().splitlines()
    found = {(d.code, d.line): d for d in findings(path)}
    expected = {
        "E0312": "discount_rate = 8",
        "E0310": 'grid_mw = "20"',
        "E0320": 'tariff = "day_nigth"',
        "E0402": "target_pflops = 100",
        "E0302": "powr_kw = 3",
    }
    for code, line in expected.items():
        assert (code, lines.index(line) + 1) in found, code
    negative = found["E0312", lines.index("price_usd = -1") + 1]
    assert negative.message == "price_usd must be >= 0, not -1"
    assert negative.help == "remove the override to use the catalogue's 13000 (grade C)"
    assert [d.line for d in found.values()] == sorted(d.line for d in found.values())


def test_layout_of_a_finding():
    found = Diagnostic(code="E0312", severity="error", message="price_usd must be >= 0", path="accelerators.h20.price_usd", file="cyberport.toml", line=11, column=1,
                       source_line="price_usd = -1", help="remove the override to use the catalogue's 13000 (grade B)")  # fmt: skip
    assert render([found]) == (
        "error[E0312]: price_usd must be >= 0\n"
        "  --> cyberport.toml:11:1  (accelerators.h20)\n"
        "11 | price_usd = -1\n"
        "   = help: remove the override to use the catalogue's 13000 (grade B)"
    )
    assert to_json([found])[0]["line"] == 11


def test_control_characters_and_escapes_are_never_quoted():
    found = Diagnostic(
        code="E0317",
        severity="error",
        message="a\x1b[31mb\u202e",
        path="p",
        file="f\n.toml",
        line=1,
        column=1,
        source_line="x\x07",
        help=None,
    )
    text = render([found])
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "f\\x0a.toml" in text


def test_every_code_is_used_and_every_used_code_is_listed():
    import re

    source = "".join(
        path.read_text() for room in ("reading", "tender") for path in (REPOSITORY / "optimizer" / room).glob("*.py")
    )
    used = set(re.findall(r'"([EW]0\d{3})"', source)) | {"W0612"}
    assert used == set(CODES)


def test_round_trip(write, read, tmp_path):
    reading = read(write())
    path = tmp_path / "instance.resolved.toml"
    path.write_text(to_toml(reading.instance), encoding="utf-8")
    assert read_resolved(path) == reading.instance


@pytest.mark.parametrize("value", ["true", "1.0"])
def test_a_resolved_file_of_version_true_is_refused(value, write, read, tmp_path):
    path = tmp_path / "instance.resolved.toml"
    path.write_text(to_toml(read(write()).instance).replace("format_version = 1\n", f"format_version = {value}\n"))
    with pytest.raises(InputError) as caught:
        read_resolved(path)
    (found,) = caught.value.diagnostics
    assert (found.code, found.path, found.line) == ("E0310", "format_version", 1)
    assert found.message.startswith("format_version must be a whole number")


def test_a_changed_resolved_file_is_refused_with_a_line(write, read, tmp_path):
    path = tmp_path / "instance.resolved.toml"
    path.write_text(to_toml(read(write()).instance).replace("grid_mw = 20.0", "grid_mw = -1.0"))
    with pytest.raises(InputError) as caught:
        read_resolved(path)
    (found,) = caught.value.diagnostics
    assert path.read_text().splitlines()[found.line - 1] == "grid_mw = -1.0"


def test_equal_instances_have_equal_hashes_whatever_their_spelling(write, read):
    first = read(write())
    second = read(write(("grid_mw = 20", "# a comment\ngrid_mw = 2.0e1")))
    assert first.sha256 == second.sha256
    assert first.files[0][1] != second.files[0][1]


def test_set_takes_dates_words_rows_and_tables(write, read):
    sets = (
        "planning_date=2026-06-01",
        "network.fabric=fast",
        "sites.hub.grid_stages=[{ from_phase = 'p2', mw = 30 }]",
        "sites.hub.grid_stages.0.mw=40",
        "tariffs.day_night.energy.1.price_per_kwh=0.4",
        "procurement.quotas.q={ max_accelerators = 10 }",
        "workloads.train.floor_pflops.p2=5",
        "accelerators.mi9.price_usd=12000",
    )
    instance = read(write(), sets=sets).instance
    assert instance.planning_date == date(2026, 6, 1)
    assert instance.sites["hub"].grid_stages[0].mw == 40
    assert [row.price_per_kwh for row in instance.tariffs["day_night"].energy] == [1.0, 0.4]
    assert instance.procurement.quotas["q"].max_accelerators == 10
    assert instance.workloads["train"].floor_pflops == {"p1": 50, "p2": 5}
    assert instance.accelerators["mi9"].price_usd == 12000


def test_provenance_in_the_planners_own_rows(write, read):
    reading = read(write(("price_usd = 12000", 'price_usd = 12000\nsource = ["quotation"]\nnote = "by letter"')))
    assert reading.origins["accelerators.h20.price_usd"].source == ("quotation",)
    assert reading.origins["accelerators.h20.server_kw"].source == ("S1", "S2")


def test_strict_turns_warnings_into_errors(write, read, findings):
    path = write(("grid_mw = 20", "grid_mw = 20000"))
    warned = [d for d in read(path).warnings if d.code == "W0601"]
    assert [d.help for d in warned] == ["did you mean 20 (kW given?)?"]
    assert "W0601" in [d.code for d in findings(path, strict=True)]


def test_an_unused_row_is_still_checked(write, findings):
    codes = {(d.code, d.path) for d in findings(write(add="[batteries.lfp]\nmax_mw = -1\n"))}
    assert ("E0312", "batteries.lfp.max_mw") in codes


def test_a_new_row_lists_all_its_missing_keys_once(write, findings):
    found = [d for d in findings(write(add='[upses.mine]\nname = "Mine"\n')) if d.path == "upses.mine"]
    assert len(found) == 1
    assert "usd_per_mw, m2_per_mw, loss_fraction" in found[0].message
    (found,) = findings(write(add="[upses.duble]\nname = 'x'\n"))
    assert found.help.endswith("did you mean to override double?")


def test_nothing_left_to_buy_is_infeasible_not_invalid(write, read):
    with pytest.raises(InfeasibleError) as caught:
        read(write(add='[procurement]\nexclude = ["h20", "mi9"]\n'))
    assert "leave none" in str(caught.value)
    assert caught.value.diagnostics[0].line


@pytest.mark.parametrize("path", sorted((REPOSITORY / "instances").glob("*.toml")), ids=lambda path: path.stem)
def test_the_instances_that_come_with_the_product(path, tmp_path):
    reading = read_instance(path)
    start = time.process_time()
    assert read_instance(path, ReadOptions()).sha256 == reading.sha256
    assert time.process_time() - start < 1.0
    (tmp_path / "r.toml").write_text(to_toml(reading.instance))
    assert read_resolved(tmp_path / "r.toml") == reading.instance


def test_a_version_that_knows_more_keys_finds_the_same_hash(write, read):
    """A run of today is not told altered tomorrow: what an instance does not state is no part of its hash."""
    instance = read(write()).instance
    later = create_model(
        "Later", __base__=Instance, more=(tuple[int, ...], ()), cap=(float | None, None), on=(bool, False)
    )
    values = instance.model_dump()
    assert instance_sha256(later.model_validate(values)) == instance_sha256(instance)
    stated = [{"more": (1,)}, {"cap": 0.0}, {"on": True}]
    assert len({instance_sha256(later.model_validate(values | one)) for one in (*stated, {})}) == 4
