"""`optimizer rules`: which chip may go where under which law, and why."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.options import read, standard_options
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


@click.command(
    "rules",
    epilog="Example: optimizer rules --to hong_kong --explain h20_sxm, or optimizer rules instances/minimal.toml",
    help="Every accelerator under every dated export regime: total processing performance (TPP), performance density "
    "(PD), ruling and clause. With INSTANCE: its chips, regimes, destinations and parent. --explain: every test on one "
    "chip in words, and what would change the ruling. --terms: ruling, fee, clause and flags of each place and regime, "
    "chips that fare alike in one row.",
)
@click.argument("instance", type=click.Path(path_type=Path), metavar="[INSTANCE]", required=False)
@click.option("--regime", "regimes", multiple=True, metavar="ID", help="Only this regime; with its clauses.")
@click.option("--to", "destinations", multiple=True, metavar="PLACE", help="Destination [default: hong_kong].")
@click.option(
    "--parent", metavar="PLACE", help="Place of the parent's headquarters [default: hong_kong]; or: destination."
)
@click.option("--date", "day", metavar="YYYY-MM-DD", help="Day of delivery: the law in force on it, unless --regime.")
@click.option(
    "--design",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Legal flags of a run's design, or with INSTANCE of DESIGN.json, and the test of supercomputers.",
)
@click.option("--explain", "chip", metavar="CHIP", help="Every test on one chip, in words.")
@click.option("--terms", is_flag=True, help="Fees, clauses and flags; without --date, of the day each regime begins.")
@standard_options
def command(instance: Path | None, **options: Any) -> int:
    reading = read(Source(instance, None, (), False, ())) if instance else None
    if options["design"] is not None:
        return _design(options["design"], reading)
    given = reading.instance if reading else None
    rows = _rows(given)
    regimes = _regimes(given, options["regimes"], _day(options["day"]))
    if given is None:
        places, parent = options["destinations"] or ("hong_kong",), options["parent"] or "hong_kong"
    else:
        places = options["destinations"] or tuple(dict.fromkeys(site.place for site in given.sites.values()))
        parent = options["parent"] or given.export.parent
    when = _day(options["day"]) or (next(iter(given.phases.values())).start if given else KNOWN_ON)
    if options["terms"]:
        days = {regime.id: _day(options["day"]) or regime.effective for regime in regimes}
        trades = {regime.id: _trades(places, parent, days[regime.id]) for regime in regimes}
        return _terms(rows, regimes, trades, days)
    if options["chip"]:
        return _explain(rows, options["chip"], regimes, _trades(places, parent, when))
    return _table(rows, regimes, _trades(places, parent, when), when)


def _design(run: Path, reading: Reading | None) -> int:
    """The flags of a run, or of a design file for an instance, and whether it is a supercomputer by law."""
    from optimizer.analysis.end_use import site_readings
    from optimizer.analysis.legal_flags import raised_flags
    from optimizer.app.loaded import open_result, result_on_file
    from optimizer.report.end_use_page import end_use_blocks, end_use_json, flags_blocks, flags_json

    opened, stranger = None, False
    if reading is not None:
        result = result_on_file(reading, run)
        named = result.design.instance_sha256 if result.design else ""
        stranger = bool(named) and named != reading.sha256
        if stranger:
            text = "the design names another instance (SHA-256); it is read as an answer to this one"
            session().note(f"warning: {text}", "yellow")
    else:
        opened, result = open_result(run)
        for doubt in opened.warnings:
            session().note(f"warning: {doubt}", "yellow")
    assert result.design is not None
    readings = site_readings(result.problem, result.design.decisions)
    flags = raised_flags(result.problem, result.design.decisions)
    session().show([*end_use_blocks(readings), *flags_blocks(flags)])
    code = ExitCode.OK if opened is None or opened.intact else ExitCode.VERIFICATION
    integrity: dict[str, Any] = {"of_another_instance": stranger} if opened is None else opened.integrity
    session().answer({"end_use": end_use_json(readings), "flags": flags_json(flags), **integrity}, code)
    return code


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise UsageError(f"--date {text} is no day", "write it as 2026-11-22") from None


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


def _table(rows: dict[str, Any], regimes: list[Regime], trades: list[Trade], day: date) -> int:
    from optimizer.report.rules import answer, table_blocks

    answers = [answer(regime, name, row, trade) for trade in trades for name, row in rows.items() for regime in regimes]
    session().show(table_blocks(answers, regimes, day))
    session().answer({"delivery": day.isoformat(), "rulings": [_json(ruling) for ruling in answers]})
    return 0


def _terms(rows: dict[str, Any], regimes: list[Regime], trades: dict[str, list[Trade]], days: dict[str, date]) -> int:
    """Rulings with their terms, by place and regime."""
    from optimizer.report.rules import answer, terms_blocks

    answers = [
        answer(regime, name, row, trade)
        for regime in regimes
        for trade in trades[regime.id]
        for name, row in rows.items()
    ]
    session().show(terms_blocks(answers, regimes, days))
    dates = {regime: day.isoformat() for regime, day in days.items()}
    session().answer({"delivery": dates, "rulings": [_json(ruling) for ruling in answers]})
    return 0


def _json(chip_ruling: ChipRuling) -> dict[str, Any]:
    ruling = chip_ruling.ruling
    return {
        "chip": chip_ruling.chip,
        "regime": chip_ruling.regime,
        "destination": chip_ruling.destination,
        "parent": chip_ruling.parent,
        "tpp": chip_ruling.tpp,
        "performance_density": chip_ruling.performance_density,
        "status": chip_ruling.status,
        "clause": ruling.clause if ruling else None,
        "effective": ruling.effective.isoformat() if ruling else None,
        "source": ruling.source if ruling else None,
        "reason": ruling.reason if ruling else chip_ruling.missing,
        "fee_fraction": ruling.fee_fraction if ruling else None,
        "quota_accelerators": ruling.quota_accelerators if ruling else None,
        "extra_lead_weeks": ruling.extra_lead_weeks if ruling else None,
        "probability": ruling.probability if ruling else None,
        "flags": list(ruling.flags) if ruling else [],
    }


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
    session().answer({"chip": chip, "rulings": parts})
    return 0
