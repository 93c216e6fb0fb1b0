"""`optimizer rules`: which chip may go where under which law, and why."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.options import PATH, answer_command, read
from optimizer.errors import ExitCode, UsageError
from optimizer.regimes.facts import MissingFact, chip_facts
from optimizer.regimes.order import DATED
from optimizer.regimes.places import place, unknown
from optimizer.regimes.questions import questions
from optimizer.regimes.ruling import Trade
from optimizer.regimes.table import Regime
from optimizer.regimes.turning import turns

if TYPE_CHECKING:
    from optimizer.inputs.schema import Instance
    from optimizer.reading.read import Reading
    from optimizer.report.rules import ChipRuling

KNOWN_ON = date(2026, 11, 28)
"""The day up to which docs/export_rules.md describes the law: deliveries of the table without --date."""

DESTINATION = "destination"
"""A parent that has its headquarters where the chips go, wherever that is."""

ABOUT = ("chip", "regime", "destination", "parent", "tpp", "performance_density", "status")
TERMS = (
    *("clause", "effective", "source", "reason"),
    *("fee_fraction", "quota_accelerators", "extra_lead_weeks", "probability", "flags"),
)


def _day(ctx: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    try:
        return None if value is None else datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError:
        raise UsageError(f"--date {value} is no day", "write it as 2026-11-22") from None


@answer_command(
    "rules",
    epilog="Example: optimizer rules --to hong_kong --explain h20_sxm, or optimizer rules instances/minimal.toml",
    help="Every accelerator under every dated export regime: total processing performance (TPP), performance density "
    "(PD), ruling and clause. With INSTANCE: its chips, regimes, destinations and parent. --explain: every test on one "
    "chip in words, and what would change the ruling. --terms: ruling, fee, clause and flags of each place and regime, "
    "chips that fare alike in one row.",
)
@click.argument("instance", type=PATH, metavar="[INSTANCE]", required=False)
@click.option("--regime", "regimes", multiple=True, metavar="ID", help="Only this regime; with its clauses.")
@click.option("--to", "destinations", multiple=True, metavar="PLACE", help="Destination [default: hong_kong].")
@click.option(
    "--parent", metavar="PLACE", help="Place of the parent's headquarters [default: hong_kong]; or: destination."
)
@click.option(
    "--date",
    "day",
    callback=_day,
    metavar="YYYY-MM-DD",
    help="Day of delivery: the law in force on it, unless --regime.",
)
@click.option(
    "--design",
    type=PATH,
    metavar="RUN",
    help="Legal flags of a run's design, or with INSTANCE of DESIGN.json, and the test of supercomputers.",
)
@click.option("--explain", "chip", metavar="CHIP", help="Every test on one chip, in words.")
@click.option("--terms", is_flag=True, help="Fees, clauses and flags; without --date, of the day each regime begins.")
def command(instance: Path | None, **options: Any) -> int:
    reading = read(Source(instance)) if instance else None
    if options["design"] is not None:
        return _design(options["design"], reading)
    given, day = reading.instance if reading else None, options["day"]
    rows = _rows(given)
    regimes = _regimes(given, options["regimes"], day)
    if given is None:
        places, parent = options["destinations"] or ("hong_kong",), options["parent"] or "hong_kong"
    else:
        places = options["destinations"] or tuple(dict.fromkeys(site.place for site in given.sites.values()))
        parent = options["parent"] or given.export.parent
    when = day or (next(iter(given.phases.values())).start if given else KNOWN_ON)
    if options["chip"]:
        return _explain(rows, options["chip"], regimes, _trades(places, parent, when))
    from optimizer.report.rules import answer, table_blocks, terms_blocks

    if options["terms"]:
        days = {regime.id: day or regime.effective for regime in regimes}
        answers = [
            answer(regime, name, row, trade)
            for regime in regimes
            for trade in _trades(places, parent, days[regime.id])
            for name, row in rows.items()
        ]
        session().show(terms_blocks(answers, regimes, days))
    else:
        trades = _trades(places, parent, when)
        answers = [answer(regime, name, row, at) for at in trades for name, row in rows.items() for regime in regimes]
        session().show(table_blocks(answers, regimes, when))
    delivery = days if options["terms"] else when
    return session().answer({"delivery": delivery, "rulings": [_json(ruling) for ruling in answers]})


def _design(run: Path, reading: Reading | None) -> int:
    """The flags of a run, or of a design file for an instance, and whether it is a supercomputer by law."""
    from optimizer.analysis.end_use import site_readings
    from optimizer.analysis.legal_flags import raised_flags
    from optimizer.app.loaded import open_result, result_on_file
    from optimizer.report.end_use_page import end_use_blocks, end_use_json, flags_blocks, flags_json

    integrity: dict[str, Any]
    if reading is None:
        opened, result = open_result(run)
        session().warn(opened.warnings)
        integrity = opened.integrity
    else:
        result = result_on_file(reading, run)
        named = result.design.instance_sha256 if result.design else ""
        integrity = {"of_another_instance": bool(named) and named != reading.sha256}
        if integrity["of_another_instance"]:
            session().warn(["the design names another instance (SHA-256); it is read as an answer to this one"])
    assert result.design is not None
    readings = site_readings(result.problem, result.design.decisions)
    flags = raised_flags(result.problem, result.design.decisions)
    session().show([*end_use_blocks(readings), *flags_blocks(flags)])
    code = ExitCode.OK if reading or opened.intact else ExitCode.VERIFICATION
    return session().answer({"end_use": end_use_json(readings), "flags": flags_json(flags), **integrity}, code)


def _rows(given: Instance | None) -> dict[str, Any]:
    """The accelerators: the catalogue's, and over them those of the instance."""
    from optimizer.inputs.compute import Accelerator
    from optimizer.reading.catalogue import catalogue_rows

    table = catalogue_rows("accelerators")
    rows = {name: Accelerator.model_validate(row) for name, row in table.items()}
    return rows | (dict(given.accelerators) if given else {})


def _regimes(given: Instance | None, wanted: tuple[str, ...], day: date | None) -> list[Regime]:
    from optimizer.policies.export_rules import known_regimes

    known = known_regimes(given)
    for name in wanted:
        if name not in known:
            raise UsageError(unknown("regime", name, tuple(known)))
    if wanted:
        return [known[name] for name in dict.fromkeys(wanted)]
    dated = [known[name] for name in DATED]
    if day is not None:
        return [regime for regime in dated if regime.effective <= day][-1:] or dated[:1]
    return dated + [regime for name, regime in known.items() if given is not None and name in given.regimes]


def _trades(places: tuple[str, ...], parent: str, day: date) -> list[Trade]:
    try:
        return [
            Trade(place(name), place(name if parent == DESTINATION else parent), day) for name in dict.fromkeys(places)
        ]
    except KeyError as problem:
        raise UsageError(str(problem.args[0])) from None


def _json(ruling: ChipRuling) -> dict[str, Any]:
    """The ruling and its terms; without a ruling they are null, and the reason is the fact that is missing."""
    about = {name: getattr(ruling, name) for name in ABOUT}
    if ruling.ruling is None:
        return about | dict.fromkeys(TERMS) | {"reason": ruling.missing, "flags": ()}
    return about | {name: getattr(ruling.ruling, name) for name in TERMS}


def _explain(rows: dict[str, Any], chip: str, regimes: list[Regime], trades: list[Trade]) -> int:
    from optimizer.report.rules import answer, explain_blocks

    if chip not in rows:
        raise UsageError(unknown("accelerator", chip, tuple(rows)))
    try:
        facts = chip_facts(chip, rows[chip])
    except MissingFact as missing:
        raise UsageError(str(missing)) from None
    parts = []
    for trade in trades:
        session().show(explain_blocks(facts, trade, {r.id: r for r in regimes}))
        session().say("")
        for regime in regimes:
            tests = regime.questions(facts, trade) if regime.questions else questions(regime.id, facts, trade)
            changes = turns(regime.rule, facts, trade, regime.thresholds)
            parts.append(
                _json(answer(regime, chip, rows[chip], trade))
                | {"tests": [{"test": test.label, "holds": test.holds} for test in tests]}
                | {"would_change": [{"change": turn.change, "status": turn.status} for turn in changes]}
            )
    return session().answer({"chip": chip, "rulings": parts})
