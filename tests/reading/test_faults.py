"""Bad input, one test per row of the list of faults; the row's number is in the test's name."""

from __future__ import annotations

import os
import sys
import time
import unicodedata
from pathlib import Path

import pytest

from optimizer.errors import InputError, InputOutputError, UsageError


def codes(found):
    return {d.code for d in found}


def only(found, code):
    matching = [d for d in found if d.code == code]
    assert len(matching) == 1, [(d.code, d.message) for d in found]
    return matching[0]


def quoted(path, diagnostic):
    return path.read_text().splitlines()[diagnostic.line - 1]


def raw(folder, content, name="sample.toml"):
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("name", "reason"), [("none.toml", "No such file"), (".", "directory")])
def test_row_01_missing_or_directory(folder, read, name, reason):
    with pytest.raises(InputOutputError, match="cannot read") as caught:
        read(folder / name)
    assert reason in caught.value.message


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser reads everything")
def test_row_01_unreadable(write, read):
    path = write()
    path.chmod(0)
    with pytest.raises(InputOutputError, match="Permission denied"):
        read(path)


def test_row_02_empty_file(folder, findings):
    found = findings(raw(folder, b""))
    tables = next(d for d in found if d.message.startswith("missing required tables"))
    for name in ("phases", "finance", "sites", "workloads", "export", "network", "staff"):
        assert name in tables.message
    assert "optimizer init" in tables.help
    assert any(
        d.message == "missing required keys: format_version, name, title, currency, planning_date" for d in found
    )
    assert codes(found) == {"E0301"}
    assert {d.line for d in found} == {1}


def test_row_03_not_utf8(folder, findings):
    found = only(findings(raw(folder, 'a = 1\ntitle = "Zürich"\n'.encode("latin-1"))), "E0106")
    assert (found.line, found.column) == (2, 11)
    assert "0xfc at offset 16" in found.message
    assert "looks like Windows-1252; re-save as UTF-8" in found.help
    assert "Zürich" in found.source_line


def test_row_04_byte_order_mark(write, read):
    path = write()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert codes(read(path, strict=False).warnings) >= {"W0612"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_row_05_utf16(folder, findings, encoding):
    assert codes(findings(raw(folder, "format_version = 1\n".encode(encoding)))) == {"E0105"}


def test_row_06_control_characters(folder, write, findings):
    found = only(findings(raw(folder, b'a = 1\ntitle = "x\x00y"\n')), "E0107")
    assert found.line == 2
    path = write(('title = "Sample"', 'title = "a\\u0000b"'))
    assert quoted(path, only(findings(path), "E0317")).startswith("title")


def test_row_07_unit_behind_the_number(write, findings):
    path = write(("grid_mw = 20", "grid_mw = 30 MW"))
    found = only(findings(path), "E0201")
    assert quoted(path, found) == "grid_mw = 30 MW"
    assert found.column == 14
    assert "units belong in the key" in found.help


@pytest.mark.parametrize(
    ("line", "hint"), [("grid_mw = 1,5", "point"), ("grid_mw = 30,000", "thousands"), ("tariff = flat", "quotes")]
)
def test_row_07_other_slips_of_syntax(write, findings, line, hint):
    assert hint in only(findings(write(("grid_mw = 20", line))), "E0201").help


def test_row_08_duplicate_keys(write, findings):
    path = write(("grid_mw = 20", "grid_mw = 20\ngrid_mw = 21"), ("plant_m2 = 3000", "plant_m2 = 1\nplant_m2 = 2"))
    found = [d for d in findings(path) if d.code == "E0202"]
    lines = path.read_text().splitlines()
    assert [d.line for d in found] == [lines.index("grid_mw = 21") + 1, lines.index("plant_m2 = 2") + 1]
    assert f"first on line {lines.index('grid_mw = 20') + 1}, again on line {found[0].line}" in found[0].message


@pytest.mark.parametrize("name", ["sample.json", "sample.yaml", "sample.yml"])
def test_rows_09_and_29_other_formats(folder, findings, name):
    assert codes(findings(raw(folder, b'{"a": 1, "a": 2}', name))) == {"E0104"}


def test_row_10_unknown_keys(write, findings):
    path = write(
        ("grid_mw = 20", "grid_mw = 20\npowr_factor = 0.9\ntarif = 'x'"),
        ('name = "sample"', 'name = "sample"\ntariff = "x"'),
    )
    found = {quoted(path, d): d for d in findings(path) if d.code == "E0302"}
    assert found["tarif = 'x'"].help == "did you mean tariff?"
    assert found['tariff = "x"'].help == "tariff belongs at sites.<id>.tariff"
    assert found["powr_factor = 0.9"].code == "E0302"
    path = write(("short_circuit_mva = 2000", "short_circuit_mva = 2000\npowr_factor = 0.9"))
    assert only(findings(path), "E0302").help == "did you mean power_factor?"


@pytest.mark.parametrize("value", ['"30"', "true", "[30]", "2026-01-01", "{ mw = 3 }"])
def test_row_11_no_coercion(write, findings, value):
    path = write(("grid_mw = 20", f"grid_mw = {value}"))
    found = [d for d in findings(path) if d.code == "E0310"]
    assert len(found) == 1
    assert found[0].message.startswith("grid_mw must be a number, not")


def test_row_11_other_types(write, findings):
    path = write(
        ("format_version = 1", "format_version = true"),
        ("planning_date = 2026-01-01", 'planning_date = "2026-01-01"'),
        ("cluster_accelerators = 4096", "cluster_accelerators = 4096.5"),
        ('coolings = ["plates"]', 'coolings = "plates"'),
        ('name = "Hub"', "name = 3"),
    )
    found = {quoted(path, d).split(" =")[0]: d.message for d in findings(path)}
    assert "must be a date" in found["planning_date"]
    assert "a whole number" in found["cluster_accelerators"]
    assert "an array" in found["coolings"]
    assert "text in quotes" in found["name"]
    assert "format_version" in found


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e400", "+nan"])
def test_row_12_not_finite(write, findings, value):
    found = only(findings(write(("grid_mw = 20", f"grid_mw = {value}"))), "E0311")
    assert found.message == "grid_mw must be finite"


@pytest.mark.parametrize("line", ["white_space_m2 = -1", "plant_m2 = -1", "fitout_usd_per_m2 = -0.5"])
def test_row_14_negative(write, findings, line):
    key = line.split(" =")[0]
    old = next(
        old for old in ("white_space_m2 = 3000", "plant_m2 = 3000", "fitout_usd_per_m2 = 2000") if old.startswith(key)
    )
    assert only(findings(write((old, line))), "E0312").message == f"{key} must be >= 0, not {line.split(' = ')[1]}"


@pytest.mark.parametrize(
    ("line", "rule"),
    [("life_years = 0", "must be > 0"), ("server_kw = 0", "must be > 0"), ("per_server = 0", "must be >= 1")],
)
def test_row_15_zero(write, findings, line, rule):
    found = only(findings(write(("price_usd = 12000", line))), "E0312")
    assert found.message.endswith(f"{rule}, not 0")


def test_rows_15_and_16_utilisation(write, findings):
    path = write(add="[accelerators.h20.utilisation]\ntraining = 85\ninference = 0\n")
    found = {quoted(path, d): d.message for d in findings(path)}
    assert "must be between 0 and 1" in found["training = 85"]
    assert "did you mean 0.85?" in found["training = 85"]
    assert "must be between 0 and 1" in found["inference = 0"]


def test_row_17_loss_that_would_mean_a_pue_below_one(write, findings):
    assert "E0312" in codes(findings(write(("distribution_loss_fraction = 0.03", "distribution_loss_fraction = -0.1"))))


@pytest.mark.parametrize(
    ("old", "new", "hint"),
    [
        ("grid_mw = 20", "grid_mw = 30000", "30 (kW given?)"),
        ("grid_mw = 20", "grid_mw = 30_000_000", "30 (W given?)"),
        ("price_usd = 12000", "price_usd = 0.03", "30000 (million USD given?)"),
        ("price_usd = 12000", "server_kw = 5500", "5.5 (W given?)"),
        ("discount_rate = 0.05", "discount_rate = 0.8", "0.008 (per cent given?)"),
    ],
)
def test_row_18_slips_of_unit(write, read, findings, old, new, hint):
    path = write((old, new))
    found = only([d for d in read(path).warnings if d.code == "W0601"], "W0601")
    assert quoted(path, found) == new
    assert found.help == f"did you mean {hint}?"
    assert "W0601" in codes(findings(path, strict=True))


@pytest.mark.parametrize("value", ["30 mW", "9**9**9 MW", "30 MW; import os"])
def test_rows_19_and_20_text_for_numbers_is_refused_at_once(write, findings, value):
    start = time.process_time()
    found = only(findings(write(("grid_mw = 20", f'grid_mw = "{value}"'))), "E0310")
    assert time.process_time() - start < 2
    assert "units belong in the key" in found.help


def test_row_21_ids_that_differ_by_case_or_form(write, findings):
    extra = "[phases.P2]\nstart = 2032-01-01\nyears = 1\ntarget_pflops = 1\n[accelerators.H20]\nprice_usd = 1000\n"
    found = [d for d in findings(write(add=extra)) if d.code == "E0316"]
    assert {d.path for d in found} == {"phases.P2", "accelerators.H20"}
    composed, split = unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")
    quota = "[procurement.quotas.{}]\nmax_accelerators = 1\n"
    extra = quota.format(f'"{composed}"') + quota.format(f'"{split}"')
    assert codes(findings(write(add=extra))) >= {"E0314", "E0316"}


@pytest.mark.parametrize(
    ("old", "new", "near"),
    [
        ('tariff = "day_night"', 'tariff = "day_nite"', "day_night"),
        ('transformers = ["t20"]', 'transformers = ["t2"]', "t20"),
        ('coolings = ["plates"]', 'coolings = ["plate"]', "plates"),
        ('ups = "double"', 'ups = "duble"', "double"),
        ('ups = "double"', 'ups = "double"\nbattery = "lpf"', "lfp"),
        ('fabric = "fast"', 'fabric = "fasst"', "fast"),
        ("price_usd = 12000", 'stack = "coda"', "cuda"),
        ("p1 = 50", "p11 = 50", "p1"),
        ('place = "hong_kong"', 'place = "hong_kongg"', "hong_kong"),
        ('parent = "hong_kong"', 'parent = "Hong_Kong"', "hong_kong"),
        ('regime = "open_market"', 'regime = "open_markt"', "open_market"),
    ],
)
def test_row_22_unknown_ids(write, findings, old, new, near):
    found = only(findings(write((old, new))), "E0320")
    assert found.help == f"did you mean {near}?"
    assert found.line


@pytest.mark.parametrize(
    ("add", "path"),
    [
        ('[procurement.quotas.q]\nmax_accelerators = 1\nphases = ["p9"]\n', "procurement.quotas.q.phases.0"),
        (
            '[procurement.quotas.q]\nmax_accelerators = 1\nmatch = { accelerator = "h21" }\n',
            "procurement.quotas.q.match.accelerator",
        ),
        (
            '[procurement.shares.s]\nmin_fraction = 0.1\nfrom_phase = "p9"\nmatch = {}\n',
            "procurement.shares.s.from_phase",
        ),
        ('[procurement]\ninclude = ["h20", "h21"]\n', "procurement.include.1"),
        ('[[sites.hub.grid_stages]]\nfrom_phase = "p9"\nmw = 3\n', "sites.hub.grid_stages.0.from_phase"),
        (
            '[sites.hub.backup]\ngenerator = "disel"\ncritical_fraction = 0.1\nfrom_phase = "p1"\n',
            "sites.hub.backup.generator",
        ),
        ("[sites.hub.existing_cooling_modules]\nairr = 1\n", "sites.hub.existing_cooling_modules.airr"),
        ('[coolings.plates]\nresidual = "airr"\n', "coolings.plates.residual"),
    ],
)
def test_row_22_unknown_ids_in_lists_and_rules(write, findings, add, path):
    assert path in {d.path for d in findings(write(add=add)) if d.code == "E0320"}


@pytest.mark.parametrize("name", ["a/b", "a\\\\b", "..", "a:b", "*", ".a", "x" * 300, "🙂", "", "a b"])
def test_row_23_ids(write, findings, name):
    found = findings(write(add=f'[procurement.quotas."{name}"]\nmax_accelerators = 1\n'))
    assert codes(found) == {"E0314"}
    assert "A-Z a-z 0-9 _ -" in found[0].help


def test_row_24_extends_in_a_circle(folder, write, findings):
    path = write(("format_version", 'extends = "b.toml"\nformat_version'))
    (folder / "b.toml").write_text('extends = "c.toml"\n')
    (folder / "c.toml").write_text('extends = "b.toml"\n')
    found = only(findings(path), "E0111")
    assert found.message.endswith("sample.toml -> b.toml -> c.toml -> b.toml")
    assert found.file.endswith("c.toml")
    path = write(("format_version", 'extends = "sample.toml"\nformat_version'))
    assert only(findings(path), "E0111").message.endswith("sample.toml -> sample.toml")


@pytest.mark.parametrize(("depth", "refused"), [(8, False), (9, True)])
def test_row_24_extends_too_deep(folder, write, read, findings, depth, refused):
    for number in range(1, depth + 1):
        (folder / f"b{number}.toml").write_text("" if number == depth else f'extends = "b{number + 1}.toml"\n')
    path = write(("format_version", 'extends = "b1.toml"\nformat_version'))
    if refused:
        assert "b8.toml" in only(findings(path), "E0112").message
    else:
        assert read(path).instance.name == "sample"


BAD_PATHS = [
    "../other/base.toml",
    "/etc/passwd",
    "file:///etc/passwd",
    "//host/share/x",
    "\\\\\\\\host\\\\share",
    "C:/x.toml",
    "https://x.y/z",
]


@pytest.mark.parametrize("target", BAD_PATHS)
@pytest.mark.parametrize("where", ["extends", "weather"])
def test_row_25_paths_outside(folder, write, findings, target, where):
    (folder.parent / "other").mkdir()
    (folder.parent / "other" / "base.toml").write_text("")
    change = (
        ("format_version", f'extends = "{target}"\nformat_version') if where == "extends" else ("weather.csv", target)
    )
    found = only(findings(write(change)), "E0110")
    assert "outside the instance folder" in found.message
    assert "--allow-path" in found.help


@pytest.mark.parametrize("where", ["extends", "weather"])
def test_row_25_symbolic_links_out_and_allowed_folders(folder, write, read, findings, where):
    other = folder.parent / "other"
    other.mkdir()
    (other / "base.toml").write_text("")
    (other / "w.csv").write_bytes((folder / "weather.csv").read_bytes())
    target = other / ("base.toml" if where == "extends" else "w.csv")
    (folder / "link").symlink_to(target)
    for text in ("link", str(target), f"../other/{target.name}"):
        change = (
            ("format_version", f'extends = "{text}"\nformat_version') if where == "extends" else ("weather.csv", text)
        )
        path = write(change)
        assert "E0110" in codes(findings(path))
        assert target in [file for file, _ in read(path, allow_paths=(other,)).files]


def test_row_26_no_regular_file(folder, write, findings, read):
    os.mkfifo(folder / "pipe")
    assert "not a regular file" in only(findings(write(("weather.csv", "pipe"))), "E0102").message
    assert (
        "not a regular file"
        in only(findings(write(("format_version", 'extends = "pipe"\nformat_version'))), "E0102").message
    )
    assert codes(findings(folder / "pipe")) == {"E0102"}
    assert codes(findings(Path("/dev/zero"))) == {"E0102"}
    (folder / "sub").mkdir()
    assert codes(findings(write(("weather.csv", "sub")))) == {"E0102"}


def test_row_27_too_large(write, read, findings):
    path = write(add="# " + "x" * 2000 + "\n")
    found = only(findings(path, max_bytes=2000), "E0103")
    assert "2,000" in found.message
    assert "--max-bytes" in found.help
    assert read(path).instance.name == "sample"


@pytest.mark.parametrize("depth", [100_000, 1_000_000])
@pytest.mark.parametrize("pattern", ["a = {0}", "a = {1}1{2}", "a{3} = 1", "[a{3}]"])
def test_row_28_deep_nesting(folder, findings, depth, pattern):
    text = pattern.format("[" * depth, "{x=" * depth, "}" * depth, ".a" * depth)
    assert "E0108" in codes(findings(raw(folder, text[:4_900_000].encode())))


def test_row_28_brackets_in_text_do_not_count(write, read):
    assert read(write(('title = "Sample"', f'title = "{"[" * 150}"\ndescription = "{"{" * 300}"'))).instance.title


def test_row_30_integer_of_5000_digits(write, findings):
    path = write(("grid_mw = 20", "grid_mw = " + "9" * 5000))
    found = only(findings(path), "E0109")
    assert found.column == 11
    limit = sys.get_int_max_str_digits()
    assert limit < 5000


def test_row_30_integer_beyond_floats(write, findings):
    assert codes(findings(write(("grid_mw = 20", "grid_mw = " + "9" * 400)))) & {"E0310", "E0311", "E0312", "E0319"}


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08\x00", b"PK\x03\x04\x14\x00", b"\x80\x04\x95", b"PAR1"])
def test_row_31_archives_and_workbooks(folder, findings, content):
    assert codes(findings(raw(folder, content))) == {"E0104"}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("start = 2029-01-01", "start = 2026-06-01", "E0401"),
        ("start = 2029-01-01", "start = 2029-06-01", "E0401"),
        ("planning_date = 2026-01-01", "planning_date = 2028-01-01", "E0411"),
        ("price_usd = 12000", "lead_time_weeks = 500", "W0611"),
        ("[export]", "[procurement.shares.s]\nmatch = {}\nmin_fraction = 0.5\nmax_fraction = 0.4\n[export]", "E0413"),
    ],
)
def test_row_34_bounds_and_dates_that_cross(write, findings, old, new, code):
    assert code in codes(findings(write((old, new)), strict=True))


def test_row_36_nothing_costs_anything(write, read, folder):
    for path in (folder.parent / "catalogue").glob("*.toml"):
        text = "\n".join(
            f"{line.split('=')[0]}= 0" if "usd" in line.split("=")[0] and "[" not in line else line
            for line in path.read_text().split("\n")
        )
        text = text.replace("price_per_kwh = 1.0", "price_per_kwh = 0").replace(
            "price_per_kwh = 0.5", "price_per_kwh = 0"
        )
        path.write_text(text.replace("usd_per_accelerator = 2000", "usd_per_accelerator = 0"))
    zero = [
        ("fitout_usd_per_m2 = 2000", "fitout_usd_per_m2 = 0"),
        ("plant_fitout_usd_per_m2 = 1000", "plant_fitout_usd_per_m2 = 0"),
    ]
    path = write(
        *zero, ("usd_per_engineer_year = 100_000", "usd_per_engineer_year = 0"), ("price_usd = 12000", "price_usd = 0")
    )
    found = [d for d in read(path).warnings if d.code == "W0604"]
    assert "many optimal designs" in found[0].message
    assert "W0604" not in codes(read(write(*zero)).warnings)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('currency = "USD"\n', "", "E0301"),
        ('currency = "USD"', 'currency = "EUR"', "E0408"),
        ('currency = "USD"', 'currency = "Euro"', "E0314"),
        ("per_usd = 7.8", "per_usd = 0", "E0312"),
        ("[exchange_rates.HKD]", "[exchange_rates.EUR]", "E0408"),
        ("price_year = 2026", "price_year = 2025", "W0602"),
    ],
)
def test_row_37_money(write, findings, old, new, code):
    assert code in codes(findings(write((old, new)), strict=True))


@pytest.mark.parametrize(
    ("rate", "message"), [("-1", "greater than -1"), ("8", "did you mean 0.08?"), ("-2", "greater than -1")]
)
def test_row_38_discount_rate(write, findings, rate, message):
    assert message in only(findings(write(("discount_rate = 0.05", f"discount_rate = {rate}"))), "E0312").message


def test_row_38_no_discounting(write, read):
    assert read(write(("discount_rate = 0.05", "discount_rate = 0"))).instance.finance.discount_rate == 0


@pytest.mark.parametrize(("old", "code"), [('basis = "real"\n', "E0301"), ('basis = "real"', "E0313")])
def test_row_39_basis(write, findings, old, code):
    new = "" if old.endswith("\n") else 'basis = "nominal"'
    assert codes(findings(write((old, new)))) == {code}


@pytest.mark.parametrize("gap", ["0", "1e-10"])
def test_row_49_gap(write, read, gap):
    assert "W0603" in codes(read(write(add=f"[solve]\ngap = {gap}\n")).warnings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sites.hub.grid_mv=3", "did you mean sites.hub.grid_mw?"),
        ("sites.hbu.grid_mw=3", "did you mean sites.hub.grid_mw?"),
        ("accelerators.h21.price_usd=3", "did you mean accelerators.h20.price_usd?"),
        ("grid_mw=3", "grid_mw belongs at sites.<id>.grid_mw"),
        ("scenarios.x.title=3", None),
        ("extends=base", None),
        ("sites.hub.grid_stages.0.mw=3", None),
        ("sites.hub.grid_mw.x=3", None),
    ],
)
def test_row_75_unknown_path(write, read, text, message):
    with pytest.raises(UsageError) as caught:
        read(write(), sets=(text,))
    if message:
        assert caught.value.help == message


@pytest.mark.parametrize(
    "text",
    [
        "title=1\nname='x'",
        "title='a'\r",
        "title",
        "=3",
        "a..b=3",
        "title='a' b",
        "title=two words",
        "grid mw=1",
        "title=\x00",
        "title=\u2028",
    ],
)
def test_row_75_malformed_and_injected(write, read, text):
    with pytest.raises(UsageError):
        read(write(), sets=(text,))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('sites.hub.grid_mw="a"', "E0310"),
        ("sites.hub.grid_mw=-1", "E0312"),
        ("network.fabric=slow", "E0320"),
        ("solve.gap=nan", "E0311"),
    ],
)
def test_row_75_wrong_values(write, findings, text, code):
    found = only(findings(write(), sets=(text,)), code)
    assert found.file == f"--set {text}"


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000, ".".join("1" * 3000), "{a=" * 3000])
def test_row_75_values_that_exhaust_a_parser(write, read, value):
    with pytest.raises((UsageError, InputError)):
        read(write(), sets=(f"sites.hub.grid_mw={value}",))


def test_row_76_scenarios(write, read, findings):
    add = "[scenarios.wet]\ntitle = 'Wet'\n[scenarios.dry.sites.hub]\ngrid_mw = 5\n"
    found = only(findings(write(add=add), scenario="wett"), "E0321")
    assert found.help == "did you mean wet? scenarios: wet, dry"
    assert "no scenarios" in only(findings(write(), scenario="wet"), "E0321").help
    assert read(write(add=add), scenario="dry").instance.sites["hub"].grid_mw == 5


def test_row_76_every_scenario_is_checked_for_its_keys(write, findings):
    path = write(add="[scenarios.wet.sites.hub]\ngrid_mv = 5\n[scenarios.dry]\nextends = 'x'\n")
    found = {quoted(path, d): d for d in findings(path)}
    assert found["grid_mv = 5"].help == "did you mean grid_mw?"
    assert found["extends = 'x'"].code == "E0302"


@pytest.mark.parametrize(("text", "value"), [("1_0", 10), ("1e1", 10), ("0x1F", 31), ("+5", 5)])
def test_row_90_numbers_are_those_of_toml(write, read, text, value):
    assert read(write(("grid_mw = 20", f"grid_mw = {text}"))).instance.sites["hub"].grid_mw == value


@pytest.mark.parametrize("name", ["sample.py", "sample.pkl", "SAMPLE.PICKLE", "sample.xlsx"])
def test_row_91_programs_and_pickles(folder, findings, name):
    assert codes(findings(raw(folder, b"import os\n", name))) == {"E0104"}


def test_rows_92_and_93_environment_and_working_folder_change_nothing(write, read, tmp_path, monkeypatch):
    path = write()
    before = read(path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "highs_options.txt").write_text("mip_rel_gap = 0.5\n")
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("OPTIMIZER_SOLVE__GAP", "0.5")
    monkeypatch.setenv("HIGHS_OPTIONS", "x")
    assert read(path).sha256 == before.sha256
    assert [item.name for item in elsewhere.iterdir()] == ["highs_options.txt"]


def test_row_102_windows_line_ends(write, read, findings):
    path = write()
    before = read(path).sha256
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read(path).sha256 == before
    path.write_bytes(path.read_bytes().replace(b"grid_mw = 20", b"grid_mw = -1"))
    assert only(findings(path), "E0312").source_line == "grid_mw = -1"
