"""TOML as people type it, names no file system holds, hidden characters, and keys by the ten thousand."""

from __future__ import annotations

import time
from datetime import date

import pytest

from optimizer.diagnostics import render


def only(found, code):
    (one,) = [d for d in found if d.code == code]
    return one


@pytest.mark.parametrize(
    ("line", "code_point", "column", "remedy"),
    [
        ("title = “Sample”", "U+201C", 9, "U+0022"),
        ("title = «Sample»", "U+00AB", 9, "U+0022"),
        ("title = ‘Sample’", "U+2018", 9, "U+0027"),
        ('title\u00a0= "Sample"', "U+00A0", 6, "a space (U+0020)"),
        ('title = "Sample"\u3000', "U+3000", 17, "a space (U+0020)"),
        ('title ＝ "Sample"', "U+FF1D", 7, "= (U+003D)"),
        ('ti\u200btle = "Sample"', "U+200B", 3, "delete it"),
    ],
)
def test_look_alikes_are_named_by_code_point_and_shown(write, findings, line, code_point, column, remedy):
    found = only(findings(write(('title = "Sample"', line))), "E0201")
    assert code_point in found.message
    assert (found.column, found.source_line) == (column, line)
    assert remedy in found.help
    assert f"\\u{code_point[2:].lower()}" in render([found])


def test_every_line_with_look_alikes_is_named(write, findings):
    found = findings(write(('title = "Sample"', "title = “Sample”"), ('name = "Hub"', "name = “Hub”")))
    assert [d.code for d in found] == ["E0201", "E0201"]


def test_typographic_characters_inside_quotes_are_text(write, read):
    path = write(('title = "Sample"', 'title = "King’s “new” site – phase\u00a01"'))
    assert read(path).instance.title == "King’s “new” site – phase\u00a01"


def test_a_minus_of_typesetters_is_named(write, findings):
    found = only(findings(write(("discount_rate = 0.05", "discount_rate = −0.05"))), "E0201")
    assert "U+2212" in found.message
    assert "hyphen" in found.help


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("battery_dispatch = True", "battery_dispatch = true"),
        ("battery_dispatch = no", "battery_dispatch = false"),
        ("max_coolings = None", "leave max_coolings out"),
        ("auxiliary_mw = .5", "auxiliary_mw = 0.5"),
        ("auxiliary_mw = 5.", "auxiliary_mw = 5.0"),
        ("auxiliary_mw = 05", "auxiliary_mw = 5"),
        ("auxiliary_mw = 1 000", "30_000"),
        ("auxiliary_mw: 0.5", "auxiliary_mw = 0.5"),
        ("carbon_price_usd_per_t = $30", "carbon_price_usd_per_t = 30"),
        ("// a comment", "#"),
        ("auxiliary_mw = 30%", "fraction"),
    ],
)
def test_slips_of_syntax_have_a_remedy(write, findings, line, remedy):
    path = write(("grid_mw = 20", f"grid_mw = 20\n{line}"))
    assert remedy in only(findings(path), "E0201").help


@pytest.mark.parametrize("day", ["2027-1-1", "2027/01/01", "1.1.2027", "01/01/2027"])
def test_dates_have_one_form(write, findings, day):
    assert "2027-01-01" in only(findings(write(("start = 2027-01-01", f"start = {day}"))), "E0201").help


def test_phases_out_of_order_are_put_in_order_not_in_time(write, findings):
    """Swapping the two dates would change the plan; the remedy is the order of the tables."""
    changes = (("[phases.p1]", "[phases.late]"), ("[phases.p2]", "[phases.early]"))
    swapped = (*changes, ("start = 2027-01-01\nyears = 2.0", "start = 2029-01-01\nyears = 2.0"))
    swapped = (
        *swapped,
        ("start = 2029-01-01\nyears = 3.0", "start = 2026-01-02\nyears = 3.0"),
        ("p1 = 50", "late = 50"),
    )
    found = only(findings(write(*swapped)), "E0401")
    assert found.path == "phases.early.start"
    assert found.help == "write the tables of the phases in the order of time: early, late"


TARIFF = '[tariffs.own]\nname = "o"\ncurrency = "USD"\nprice_year = 2026\nenergy = [{}]\n'
OWN = ('tariff = "day_night"', 'tariff = "own"')


@pytest.mark.parametrize(
    ("rows", "said", "remedy"),
    [
        ('{ label = "a", price_per_kwh = 0.1, from_hour = 12, to_hour = 0 }', "not 0", "to_hour = 24"),
        ('{ label = "a", price_per_kwh = 0.1, from_hour = 24 }', "not 24", "from_hour = 0"),
        ('{ label = "a", price_per_kwh = 0.1, to_hour = "07:00" }', '"07:00"', "whole numbers: 7"),
        ('{ label = "a", price_per_kwh = 0.1, to_hour = 07:00:00 }', "07:00", "whole numbers: 7"),
        ('{ label = "a", price_per_kwh = 0.1, months = ["June"] }', '"June"', "months are numbers: 6"),
        ('{ label = "a", price_per_kwh = 0.1, months = ["sep"] }', '"sep"', "months are numbers: 9"),
    ],
)
def test_hours_and_months_as_people_write_them(write, findings, rows, said, remedy):
    """One finding each, and it quotes the file: no check speaks of a value that is not there."""
    (found,) = [d for d in findings(write(OWN, add=TARIFF.format(rows))) if d.severity == "error"]
    assert said in found.message
    assert remedy in found.help


@pytest.mark.parametrize("name", ["CON", "con", "Aux", "nul", "COM1", "lpt9"])
def test_names_of_devices_are_refused(write, findings, name):
    for path in (
        write(('name = "sample"', f'name = "{name}"')),
        write(add=f"[scenarios.{name}]\ntitle = 'x'\n"),
        write(add=f"[procurement.quotas.{name}]\nmax_accelerators = 1\n"),
    ):
        assert "device on Windows" in only(findings(path), "E0314").message


def test_names_that_only_resemble_devices_pass(write, read):
    assert read(write(('name = "sample"', 'name = "console"'))).instance.name == "console"


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u0085", "\u009b", "\u200f", "\ufeff", "\u2028", "\u200b"])
def test_hidden_characters_in_names_are_refused(write, findings, hidden):
    """Written as an escape they are invisible in the file; written as they are, the line itself lies."""
    found = only(findings(write(('title = "Sample"', f'title = "a\\u{ord(hidden):04x}b"'))), "E0317")
    assert f"U+{ord(hidden):04X}" in found.message
    codes = {d.code for d in findings(write(('title = "Sample"', f'title = "a{hidden}b"')))}
    assert codes & {"E0107", "E0317"}


def test_a_comment_cannot_turn_the_line_around(write, findings):
    found = only(findings(write(("grid_mw = 20", "grid_mw = 20 # \u202e 02 = wm_dirg"))), "E0107")
    assert "U+202E" in found.message


def test_other_scripts_pass(write, read):
    for title in ("香港數碼港", "مركز البيانات", "Čtvrť №5", "डेटा केंद्र", "👩‍🔬"):
        assert read(write(('title = "Sample"', f'title = "{title}"'))).instance.title == title


@pytest.mark.parametrize("where", ["", "[sites.hub.building]\n", "[scenarios.wide]\n"])
def test_tens_of_thousands_of_unknown_keys_are_counted_at_once(write, findings, where):
    keys = "".join(f"unknown_key_{n} = {n}\n" for n in range(30_000))
    if where == "[sites.hub.building]\n":
        path = write(("plant_m2 = 3000\n", f"plant_m2 = 3000\n{keys}"))
    elif where:
        path = write(add=where + keys)
    else:
        path = write(("planning_date = 2026-01-01\n", f"planning_date = 2026-01-01\n{keys}"))
    start = time.process_time()
    found = [d for d in findings(path) if d.code == "E0302"]
    assert len(found) == 21
    assert "29,980 more unknown keys" in "".join(d.message for d in found)
    assert time.process_time() - start < 8


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("start = 2029-01-01", "start = 9999-12-31", "phases.p2.start"),
        ("planning_date = 2026-01-01", "planning_date = 0026-01-01", "planning_date"),
        ("price_usd = 12000", "launch = 1024-01-01", "accelerators.h20.launch"),
    ],
)
def test_dates_stay_within_what_calendars_hold(write, findings, old, new, path):
    found = only(findings(write((old, new))), "E0312")
    assert found.path == path
    assert "is the year mistyped?" in found.help


def test_the_last_day_there_may_be_is_read(write, read):
    last = date(2199, 12, 31)
    changes = (
        ("planning_date = 2026-01-01", "planning_date = 2190-01-01"),
        ("start = 2027-01-01", "start = 2194-12-31"),
    )
    path = write(*changes, ("years = 2.0", "years = 5.0"), ("start = 2029-01-01", f"start = {last}"))
    assert read(path).instance.phases["p2"].start == last


@pytest.mark.parametrize("factor", [2.5, 1000])
def test_no_factor_lifts_utilisation_above_the_peak(write, findings, read, factor):
    """The h20 reaches 0.4 of its peak in training: a factor of 2.5 is the last there may be."""
    path = write(("target_pflops = 200", f"target_pflops = 200\nutilisation_factor = {factor}"))
    if factor == 2.5:
        assert read(path).instance.phases["p2"].utilisation_factor == factor
        return
    found = only(findings(path), "E0438")
    assert (found.path, found.help) == ("phases.p2.utilisation_factor", "the factors together may be 2.5 at most")


@pytest.mark.parametrize(("phase_factor", "future", "refused"), [(1.5, 1.5, False), (2.0, 1.5, True), (1.0, 2.6, True)])
def test_factors_of_phases_and_scenarios_multiply(write, findings, read, phase_factor, future, refused):
    tree = (
        '[uncertainty]\nreveal_phase = "p2"\n[uncertainty.scenarios.a]\nprobability = 0.5\n'
        f"[uncertainty.scenarios.b]\nprobability = 0.5\nutilisation_factor = {future}\n"
    )
    path = write(("target_pflops = 200", f"target_pflops = 200\nutilisation_factor = {phase_factor}"), add=tree)
    if not refused:
        assert read(path).instance.uncertainty is not None
        return
    assert only(findings(path), "E0438").path == "uncertainty.scenarios.b.utilisation_factor"
