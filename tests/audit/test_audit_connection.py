"""The grid by the hour: called hours, surplus and load that can be dropped, against the paper, each rule broken once.

The site, its engines and its photovoltaics are those of audit_generation.py: 0.6 MW of load in every hour, engines of
0.5 MW. July has 31 days, of which the first is a Sunday, so 22 weekdays; in the windows below the hours 18 and 19 of
these count, 44 in a year.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import audit_dispatch
import numpy as np
import pytest
from audit_generation import ENGINE_MW, NOON, SUN_MW, fed, feeding, sources, stated
from audit_tiny import Change, Plain, add_phase, build, failed, run, with_report
from test_audit_dispatch import amounts, put
from test_audit_generation import half_idle, no_sun

from optimizer.audit.audit import AuditReport, audit
from optimizer.inputs.hourly import pack_hours

DAYS, HERE = 365, "sites.here"
JULY = 181
"""Days before it."""
WEEKDAYS = [day for day in range(JULY, JULY + 31) if day % 7 < 5]
EVENINGS = [24 * day + hour for day, hour in product(WEEKDAYS, (18, 19))]
WINDOW: Plain = {"label": "evening", "months": (7,), "days": "weekday", "from_hour": 18, "to_hour": 20}


def at_site(**values: Any) -> Change:
    """Change what is said of the site."""

    def change(instance: Plain, design: Plain) -> None:
        instance["sites"]["here"] |= values

    return change


def engines(usual_mw: float, by_hour: dict[int, float]) -> Change:
    """Engines alone, at a steady power but for some hours; they may run all year."""
    series = np.full(8760, usual_mw)
    for hour, mw in by_hour.items():
        series[hour] = mw

    def change(instance: Plain, design: Plain) -> None:
        for part in (sources, no_sun, stated("engine", full_load_hours_per_year=None)):
            part(instance, design)
        fed_rows = ({"source": "engine", "fed_mw": pack_hours(series)},)
        design["decisions"]["dispatch"] = ({"site": "here", "phase": "p1", "fed": fed_rows},)

    return change


def flexible(**values: Any) -> Change:
    """0.2 of 1 MW are firm in the evenings of the window."""
    return at_site(flexible_connection={"firm_mw": 0.2, "windows": (WINDOW,), **values})


CARRIED = engines(0.0, dict.fromkeys(EVENINGS, 0.4))


def test_engines_carry_the_hours_called_back() -> None:
    assert len(EVENINGS) == 44
    report = run(CARRIED, flexible())
    assert report.findings == ()
    assert report.checks_by_family["connection"] == 1
    assert report.figures["peak_import_mw"] == pytest.approx(0.6)
    assert failed(run(CARRIED, flexible(firm_mw=0.1999))) == {"connection.import"}
    # What is not called is limited by grid_mw alone.
    assert failed(run(CARRIED, flexible(), put(f"{HERE}.grid_mw", 0.6))) == set()
    assert failed(run(CARRIED, flexible(), put(f"{HERE}.grid_mw", 0.599))) == {"power.grid", "connection.import"}


@pytest.mark.parametrize("hour", [EVENINGS[0], EVENINGS[21], EVENINGS[-1]])
def test_every_hour_called_counts(hour: int) -> None:
    assert failed(run(engines(0.0, dict.fromkeys(EVENINGS, 0.4) | {hour: 0.399}), flexible())) == {"connection.import"}


def test_a_site_with_a_flexible_connection_dispatches_whatever_else_it_has() -> None:
    def empty_row(instance: Plain, design: Plain) -> None:
        design["decisions"]["dispatch"] = ({"site": "here", "phase": "p1"},)

    assert failed(run(empty_row)) == {"dispatch.allowed"}
    assert failed(run(empty_row, flexible(firm_mw=0.6))) == set()
    # And without any row it is held to the hours called all the same.
    assert failed(run(flexible())) == {"connection.import"}


def test_the_firm_part_changes_with_its_stages() -> None:
    """In p2 nothing works: the site draws 0.024 MW of auxiliaries and transformers."""
    stages = ({"from_phase": "p2", "mw": 0.02},)
    report = run(CARRIED, add_phase, flexible(firm_stages=stages))
    assert {(f.check, f.where) for f in report.findings} == {("connection.import", "here / p2")}
    assert run(CARRIED, add_phase, flexible(firm_stages=({"from_phase": "p2", "mw": 0.024},))).passed


def test_holidays_are_days_of_the_weekend() -> None:
    fourth = [24 * (JULY + 3) + hour for hour in (18, 19)]
    assert set(fourth) < set(EVENINGS)
    free = engines(0.0, {hour: 0.4 for hour in EVENINGS if hour not in fourth})
    assert failed(run(free, flexible())) == {"connection.import"}
    assert failed(run(free, flexible(), put("tariffs.flat.holidays", ("07-04",)))) == set()


def warm_evenings(instance: Plain, design: Plain) -> None:
    """In July hour 18 has 30 C and hour 19 31 C; the wet bulb, and so the load, is as ever."""
    months = [dict(month) for month in instance["climates"]["constant"]["months"]]
    months[6]["dry_bulb_c"] = tuple({18: 30.0, 19: 31.0}.get(hour, 25.0) for hour in range(24))
    instance["climates"]["constant"]["months"] = tuple(months)


def dear_evenings(instance: Plain, design: Plain) -> None:
    """In July hour 18 costs 0.2 and hour 19 0.3 USD."""
    rest = tuple(month for month in range(1, 13) if month != 7)
    instance["tariffs"]["flat"]["energy"] = (
        {"label": "year", "price_per_kwh": 0.08, "months": rest},
        {"label": "day", "price_per_kwh": 0.08, "months": (7,), "to_hour": 18},
        {"label": "six", "price_per_kwh": 0.2, "months": (7,), "from_hour": 18, "to_hour": 19},
        {"label": "seven", "price_per_kwh": 0.3, "months": (7,), "from_hour": 19, "to_hour": 20},
        {"label": "night", "price_per_kwh": 0.08, "months": (7,), "from_hour": 20},
    )


SIXES, SEVENS = EVENINGS[::2], EVENINGS[1::2]


@pytest.mark.parametrize(
    ("rule", "hours"),
    [
        # All alike: the first of the window.
        ({"hours_per_year": 3.0}, EVENINGS[:3]),
        ({"hours_per_year": 2.5}, EVENINGS[:3]),
        ({"hours_per_year": 3.0, "called": "hottest", "warm": True}, SEVENS[:3]),
        ({"hours_per_year": 24.0, "called": "hottest", "warm": True}, [*SEVENS, *SIXES[:2]]),
        ({"hours_per_year": 3.0, "called": "coldest", "warm": True}, SIXES[:3]),
        ({"hours_per_year": 3.0, "called": "dearest"}, SEVENS[:3]),
        ({"hours_per_year": 8760.0}, EVENINGS),
    ],
)
def test_which_hours_are_called(rule: Plain, hours: list[int]) -> None:
    weather = warm_evenings if rule.pop("warm", False) else dear_evenings
    carried = dict.fromkeys(hours, 0.4)
    assert failed(run(engines(0.0, carried), weather, flexible(**rule))) == set()
    for hour in (hours[0], hours[-1]):
        less = engines(0.0, carried | {hour: 0.399})
        assert failed(run(less, weather, flexible(**rule))) == {"connection.import"}


def test_windows_add_up() -> None:
    """The two hours of the window in July, and an hour of a Sunday in January of which the first is day 6."""
    other = {"label": "sunday", "months": (1,), "days": "weekend", "from_hour": 3, "to_hour": 4}
    weekend = [24 * day + 3 for day in range(31) if day % 7 >= 5]
    two = flexible(windows=(WINDOW, other))
    assert failed(run(CARRIED, two)) == {"connection.import"}
    assert failed(run(engines(0.0, dict.fromkeys([*EVENINGS, *weekend], 0.4)), two)) == set()


def test_a_short_year_calls_its_share_of_the_hours() -> None:
    """Of 168 hours kept the days 0 and 312 and five between; 2 in 168 are 104.29 of 8,760, and no more than that."""

    def week(instance: Plain, design: Plain) -> None:
        instance["solve"] = {"hours": 168}

    def row(by_hour: dict[int, float]) -> Change:
        def change(instance: Plain, design: Plain) -> None:
            series = np.zeros(168)
            for hour, mw in by_hour.items():
                series[hour] = mw
            sources(instance, design)
            part = {"source": "engine", "fed_mw": pack_hours(series)}
            design["decisions"]["dispatch"] = ({"site": "here", "phase": "p1", "fed": (part,)},)

        return change

    rule = {"windows": ({"label": "six", "from_hour": 18, "to_hour": 19},)}
    for hours_per_year, count in ((2 * 8760 / 168, 2), (105.0, 3), (52.0, 1), (8000.0, 7)):
        given = {24 * day + 18: 0.4 for day in range(count)}
        kept = flexible(**rule, hours_per_year=hours_per_year)
        assert failed(run(week, row(given), kept)) == set()
        assert failed(run(week, row(given | {24 * (count - 1) + 18: 0.3}), kept)) == {"connection.import"}


def test_full_work_is_held_to_the_hours_called() -> None:
    """0.456 MW on the mean and 0.6 at full work, of which an engine of 0.4 leaves 0.1 for the 0.144 beyond."""
    full = run(half_idle, CARRIED, flexible(firm_mw=0.1))
    assert full.passed
    assert failed(run(half_idle, CARRIED, flexible(firm_mw=0.0999))) == {"connection.import"}


def files(folder: Path, *tables: dict[str, Any], **row: Any) -> Change:
    """Write files of columns, 24 or 8,760 values each, and name them at the site."""
    rows = []
    for number, table in enumerate(tables):
        columns = [np.resize(np.asarray(values), 8760) for values in table.values()]
        lines = [",".join(table), *(",".join(map(str, values)) for values in zip(*columns, strict=True))]
        (folder / f"grid{number}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        rows.append({"path": f"grid{number}.csv", **row})
    return at_site(grid_series=tuple(rows))


def told(folder: Path, *changes: Change) -> AuditReport:
    """Audit of the tiny design with files from a folder."""
    return audit(*build(*changes), base_folder=folder)


def by_hour(values: dict[int, float], rest: float) -> list[float]:
    return [values.get(hour, rest) for hour in range(24)]


def test_price_and_carbon_by_the_hour(tmp_path: Path) -> None:
    """0.6 MW all day: two hours at 0.5 and 22 at -0.01 USD, with a clause of 0.02; 6 hours at 0.9 kg and 18 at 0.1."""
    price, carbon = by_hour({18: 0.5, 19: 0.5}, -0.01), by_hour(dict.fromkeys(range(6), 0.9), 0.1)
    tables = files(tmp_path, {"Price_per_kWh ": price, "remark": ["x"] * 24}, {"carbon_kg_per_kwh": carbon})
    report = told(tmp_path, tables)
    found = amounts(report)
    assert report.findings == ()
    assert found["energy"] == pytest.approx(DAYS * 600 * (2 * 0.52 + 22 * 0.01) / 1e6)
    assert found["carbon_t"] == pytest.approx(DAYS * 0.6 * (6 * 0.9 + 18 * 0.1) + 2.4)
    assert found["carbon"] == pytest.approx(found["carbon_t"] * 10 / 1e6)
    assert found["demand"] == amounts(run())["demand"]


def test_trend_and_factor_of_the_tariff_stay(tmp_path: Path) -> None:
    trend = 1.02 ** (365 / 365.25 + 2.0) * 1.5
    tables = files(tmp_path, {"price_per_kwh": [0.08]})
    changes = (tables, put("tariffs.flat.real_trend_fraction", 0.02), put("phases.p1.tariff_factor", 1.5))
    assert amounts(told(tmp_path, *changes))["energy"] == pytest.approx(5256 * 100 * trend / 1e6)


def test_the_limit_by_the_hour(tmp_path: Path) -> None:
    limit = by_hour({18: 0.2, 19: 0.2}, 5.0)
    tables = files(tmp_path, {"import_limit_mw": limit})
    assert failed(told(tmp_path, tables)) == {"connection.import"}
    evenings = {24 * day + hour: 0.4 for day in range(365) for hour in (18, 19)}
    assert failed(told(tmp_path, tables, engines(0.0, evenings))) == set()
    assert failed(told(tmp_path, tables, engines(0.0, evenings | {18: 0.39}))) == {"connection.import"}
    # The limit is a further one: grid_mw holds in the other hours.
    found = failed(told(tmp_path, tables, engines(0.0, evenings), put(f"{HERE}.grid_mw", 0.5)))
    assert found == {"power.grid", "connection.import"}


def test_files_stand_on_the_clock_of_the_site(tmp_path: Path) -> None:
    """Times in UTC, and a site eight hours ahead: its hour 18 is the row of hour 10."""
    stamps = [f"2027-{m:02d}-{d:02d}T{h:02d}:00Z" for m, d, h in calendar()]
    tables = {"time": stamps, "import_limit_mw": by_hour({10: 0.2}, 5.0)}
    at_six = engines(0.0, {24 * day + 18: 0.4 for day in range(365)})
    assert failed(told(tmp_path, files(tmp_path, tables, utc_offset_hours=8), at_six)) == set()
    assert failed(told(tmp_path, files(tmp_path, tables), at_six)) == {"connection.import"}


def calendar() -> list[tuple[int, int, int]]:
    lengths = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return [(m + 1, d + 1, h) for m, days in enumerate(lengths) for d in range(days) for h in range(24)]


def test_files_that_do_not_fit_are_findings_or_refused(tmp_path: Path) -> None:
    twice = files(tmp_path, {"price_per_kwh": [0.1]}, {"price_per_kwh": [0.1], "carbon_kg_per_kwh": [0.5]})
    assert failed(told(tmp_path, twice)) == {"connection.column"}
    assert failed(told(tmp_path, files(tmp_path, {"carbon_kg_per_kwh": [-0.1]}))) == {"connection.series"}
    for table in ({"remark": [1.0]}, {"price_per_kwh": ["nan"]}, {"price_per_kwh": ["dear"]}):
        with pytest.raises(ValueError, match=r"columns|finite|dear"):
            told(tmp_path, files(tmp_path, table))
    rebates = put("tariffs.flat.load_factor_rebates", ({"from_hours": 300.0, "per_kwh": 0.01},))
    assert failed(told(tmp_path, files(tmp_path, {"price_per_kwh": [0.1]}), rebates)) == {"tariff.rebates"}


# At noon engines of 0.3 and the sun of 0.5 MW feed a load of 0.6: 0.2 MW are sold.
SOLD = (sources, feeding(np.where(np.arange(24) == NOON, 0.3, ENGINE_MW), SUN_MW))


def test_surplus_is_sold() -> None:
    trend = 1.02 ** (365 / 365.25 + 2.0) * 1.5
    dearer = (put("tariffs.flat.real_trend_fraction", 0.02), put("phases.p1.tariff_factor", 1.5))
    plain, sold = run(*SOLD), run(*SOLD, at_site(export_price_per_kwh=0.03))
    assert failed(plain) == {"dispatch.import"}
    assert sold.findings == ()
    found = amounts(sold)
    assert found["exported_mwh"] == pytest.approx(DAYS * 0.2)
    assert found["import_mwh"] == pytest.approx(DAYS * 5.5)
    assert found["carbon_t"] == pytest.approx(DAYS * (5.5 * 0.5 + 7.2 * 0.6) + 2.4)
    assert found["export_revenue"] == pytest.approx(-DAYS * 200 * 0.03 / 1e6)
    later = amounts(run(*SOLD, at_site(export_price_per_kwh=0.03), *dearer))
    assert later["export_revenue"] == pytest.approx(-DAYS * 200 * 0.03 * trend / 1e6)
    figures = sold.figures
    assert figures["exported_mwh_per_year"] == pytest.approx(DAYS * 0.2)
    # What is sold is consumed elsewhere: 0.6 for 0.48 MW.
    assert figures["pue_annual"] == pytest.approx(1.25)
    assert figures["pue_peak"] == pytest.approx(1.25)
    assert "exported_mwh_per_year" not in plain.figures
    unsold = run(*SOLD, fed("engine", {24 * day + NOON: 0.1 for day in range(365)}))
    more = DAYS * (200 * 0.03 - 0.2 * (38 + 6))
    gained = figures["dispatch_savings_musd_per_year"] - unsold.figures["dispatch_savings_musd_per_year"]
    assert gained == pytest.approx(more / 1e6)


def test_full_work_takes_what_would_be_sold() -> None:
    """0.456 MW on the mean, 0.144 more at full work: 0.044 of the 0.5 are sold on the mean, none is left."""

    def peak(engine_mw: float) -> float:
        report = run(half_idle, engines(engine_mw, {}), at_site(export_price_per_kwh=0.03))
        assert report.passed
        return report.figures["peak_import_mw"]

    assert peak(0.5) == pytest.approx(0.144 - 0.044)
    assert peak(0.48) == pytest.approx(0.144 - 0.024 - 0.02)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"export_price_per_kwh": 0.1}, set()),
        ({"export_price_per_kwh": 0.1001}, {"connection.export_price"}),
        ({"export_price_per_kwh": 0.03, "export_max_mw": 0.2}, set()),
        ({"export_price_per_kwh": 0.03, "export_max_mw": 0.1999}, {"connection.export"}),
        ({"export_price_per_kwh": 0.03, "grid_mw": 0.3}, set()),
    ],
)
def test_limits_of_surplus(values: Plain, found: set[str]) -> None:
    assert failed(run(*SOLD, at_site(**values))) == found


def test_surplus_goes_through_connection_and_substation() -> None:
    """0.4 MW of the sun and 0.5 of engines at night would be sold, where grid_mw is 0.2 and the firm unit 0.15 MVA."""
    none = engines(0.6, {})

    def bridge(instance: Plain, design: Plain) -> None:
        design["decisions"]["generation"] = ({"site": "here", "phase": "p1", "source": "engine", "units": 3},)
        instance["generation"]["engine"] |= {"unit_mw": 1.0, "max_units": 3}

    over = put(f"{HERE}.grid_mw", 0.2)
    selling = at_site(export_price_per_kwh=0.03)
    assert failed(run(none, bridge, selling, over)) == set()
    more = engines(0.8, {})
    assert failed(run(more, bridge, selling, over)) == set()
    assert failed(run(engines(0.801, {}), bridge, selling, over)) == {"connection.export"}
    small = put("transformers.t1.unit_mva", 0.2)
    assert "connection.export_firm" in failed(run(engines(0.8, {}), bridge, selling, over, small))
    assert "connection.export_firm" not in failed(run(engines(0.79, {}), bridge, selling, over, small))


def test_a_price_of_surplus_is_held_to_the_cheapest_hour_of_the_files(tmp_path: Path) -> None:
    price = np.full(8760, 0.09)
    price[8000] = 0.04
    tables = files(tmp_path, {"price_per_kwh": price})
    assert failed(told(tmp_path, *SOLD, tables, at_site(export_price_per_kwh=0.06))) == set()
    assert failed(told(tmp_path, *SOLD, tables, at_site(export_price_per_kwh=0.061))) == {"connection.export_price"}


def programme(**values: Any) -> Change:
    """What pays 20,000 USD a year for every MW that drops in the evenings of the window."""
    return at_site(demand_response={"usd_per_mw_year": 20_000.0, "max_mw": 0.3, "windows": (WINDOW,), **values})


def enrolled(mw: float) -> Change:
    return audit_dispatch.row(demand_response_mw=mw)


RAISED = engines(0.1, dict.fromkeys(EVENINGS, 0.3))
DROP_MW = 0.2 * (1 - 44 / 8760)
"""Engines give 0.2 MW more in the 44 hours called, and their mean is that much higher."""


def test_engines_drop_what_they_give_beyond_their_mean() -> None:
    report = run(RAISED, programme(), enrolled(DROP_MW))
    assert report.findings == ()
    found = amounts(report)
    assert found["demand_response"] == pytest.approx(-DROP_MW * 20_000 / 1e6)
    assert found["demand_response_mw"] == pytest.approx(DROP_MW)
    assert report.figures["demand_response_mw"] == pytest.approx(DROP_MW)
    none = run(RAISED, programme())
    saved = report.figures["dispatch_savings_musd_per_year"] - none.figures["dispatch_savings_musd_per_year"]
    assert saved == pytest.approx(DROP_MW * 0.02)
    assert none.figures["demand_response_mw"] == 0.0
    assert "demand_response_mw" not in run(RAISED).figures
    assert failed(run(RAISED, programme(), enrolled(DROP_MW + 1e-5))) == {"response.dropped"}
    # The price has neither the trend nor the factor of the tariff.
    dearer = (put("tariffs.flat.real_trend_fraction", 0.02), put("phases.p1.tariff_factor", 1.5))
    same = amounts(run(RAISED, programme(), enrolled(DROP_MW), *dearer))
    assert same["demand_response"] == found["demand_response"]


def test_an_engine_that_runs_all_year_and_the_sun_drop_nothing() -> None:
    steady = engines(0.3, {})
    assert failed(run(steady, programme(), enrolled(0.01))) == {"response.dropped"}
    noon = {**WINDOW, "from_hour": NOON, "to_hour": NOON + 1}
    sunny = (sources, feeding(np.full(24, 0.05), SUN_MW), programme(windows=(noon,)))
    assert failed(run(*sunny, enrolled(0.01))) == {"response.dropped"}


def test_what_is_sold_is_dropped_already() -> None:
    """At 0.5 MW beside 0.25 of the sun the engines would drop 0.4 beyond their mean, of which 0.15 are sold."""
    called = dict.fromkeys(EVENINGS, 0.5)

    def bright(instance: Plain, design: Plain) -> None:
        for month in instance["climates"]["constant"]["months"]:
            month["ghi_w_per_m2"] = (625.0,) * 24
        sun = {"source": "sun", "fed_mw": pack_hours(np.full(8760, 0.25))}
        design["decisions"]["generation"] += ({"site": "here", "phase": "p1", "source": "sun", "units": 5},)
        design["decisions"]["dispatch"][0]["fed"] += (sun,)

    drop = 0.4 - 0.4 * 44 / 8760 - 0.15
    site = (engines(0.1, called), bright, programme(), at_site(export_price_per_kwh=0.03))
    assert failed(run(*site, enrolled(drop))) == set()
    assert failed(run(*site, enrolled(drop + 1e-5))) == {"response.dropped"}


FIRST_EVENING = programme(
    windows=({"label": "evening", "from_hour": 18, "to_hour": 21},), hours_per_year=3.0, called="hottest"
)
"""The hours 18, 19 and 20 of the first day."""


def test_battery_work_that_waits_and_standby_sets_drop() -> None:
    """The day of audit_dispatch.py: the battery gives 0.162 MW and 0.05 * 1.2 MW of work is away in 18 and 19."""
    day = (*audit_dispatch.DISPATCHED, FIRST_EVENING)
    assert failed(run(*day, enrolled(0.12))) == set()
    # In hour 20 there are 0.12 MW of the standby sets alone.
    assert failed(run(*day, enrolled(0.1201))) == {"response.dropped"}
    two = programme(windows=({"label": "evening", "from_hour": 18, "to_hour": 20},), hours_per_year=2.0)
    assert failed(run(*audit_dispatch.DISPATCHED, two, enrolled(0.222))) == set()
    assert failed(run(*audit_dispatch.DISPATCHED, two, enrolled(0.2221))) == {"response.dropped"}
    # What is brought into the hours of the night, to be stored or to be done, adds to the load.
    night = programme(windows=({"label": "night", "to_hour": 1},), hours_per_year=1.0)
    assert failed(run(*audit_dispatch.DISPATCHED, night, enrolled(0.01))) == {"response.dropped"}


def test_who_enrols_nothing_promises_nothing() -> None:
    night = programme(windows=({"label": "night", "to_hour": 1},))
    assert failed(run(*audit_dispatch.DISPATCHED, night)) == set()


def test_limits_of_what_is_enrolled() -> None:
    assert failed(run(RAISED, programme(max_mw=0.15), enrolled(0.15))) == set()
    assert failed(run(RAISED, programme(max_mw=0.15), enrolled(0.1501))) == {"response.enrolled"}
    assert failed(run(RAISED, enrolled(0.01))) == {"response.enrolled"}
    # Nothing is imported, so nothing can be dropped for the grid.
    bridged = (put(f"{HERE}.grid_mw", 0.0), put("generation.engine.unit_mw", 0.4), programme(), enrolled(0.01))
    assert failed(run(engines(0.6, {}), *bridged)) == {"response.enrolled"}


def test_no_hour_called_is_nothing_enrolled() -> None:
    """Of a week the days kept lie in seven months, none of which is March."""

    def week(instance: Plain, design: Plain) -> None:
        instance["solve"] = {"hours": 168}
        design["decisions"]["dispatch"] = ({"site": "here", "phase": "p1", "demand_response_mw": 0.01},)

    march = programme(windows=({**WINDOW, "months": (3,)},))
    assert failed(run(march, week)) == {"response.called"}


def test_a_number_that_is_none_is_a_finding() -> None:
    instance, design = build(RAISED, programme())
    for value in (float("nan"), -0.1):
        broken = design.decisions.dispatch[0].model_copy(update={"demand_response_mw": value})
        decisions = design.decisions.model_copy(update={"dispatch": (broken,)})
        report = audit(instance, design.model_copy(update={"decisions": decisions}))
        assert "numbers.range" in failed(report)


def test_the_cap_of_a_site_counts_all_its_carbon() -> None:
    tonnes = DAYS * (5.5 * 0.5 + 7.0 * 0.6) + 2.4
    year = (sources, feeding())
    assert failed(run(*year, at_site(carbon_t_per_year=tonnes))) == set()
    assert failed(run(*year, at_site(carbon_t_per_year=tonnes - 0.1))) == {"limits.site_carbon"}


def test_the_cap_of_a_site_is_no_cap_of_another() -> None:
    def second(instance: Plain, design: Plain) -> None:
        instance["sites"]["there"] = instance["sites"]["here"] | {"carbon_t_per_year": 0.0}

    # Nothing is built there: neither load nor tests.
    assert failed(run(second)) == set()


@pytest.mark.parametrize("account", ["export_revenue", "exported_mwh", "demand_response", "demand_response_mw"])
def test_a_false_account_is_rejected(account: str) -> None:
    changes = (RAISED, programme(), enrolled(DROP_MW)) if "demand" in account else SOLD
    price = () if "demand" in account else (at_site(export_price_per_kwh=0.03),)
    instance, design = with_report(*changes, *price)
    assert design.reported is not None
    assert failed(audit(instance, design)) == set()
    lines = tuple(
        line.model_copy(update={"amount": line.amount * 1.1}) if line.account == account else line
        for line in design.reported.ledger
    )
    assert lines != design.reported.ledger
    reported = design.reported.model_copy(update={"ledger": lines})
    assert f"ledger.{account}" in failed(audit(instance, design.model_copy(update={"reported": reported})))
