"""`optimizer calendar`: what to order by when, what is paid when, and how long each order can wait."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import money_of
from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.options import instance_options, read, standard_options
from optimizer.errors import ExitCode, UsageError
from optimizer.number_format import number

if TYPE_CHECKING:
    from optimizer.analysis.orders import OrderLine
    from optimizer.analysis.quarters import QuarterLine
    from optimizer.analysis.site_steps import SiteStep
    from optimizer.pipeline import Options, Result
    from optimizer.report.document import Block
    from optimizer.study.as_planned import ContractFloat
    from optimizer.study.latest_order import LatestOrder
    from optimizer.study.search_settings import SearchSettings


@click.command(
    "calendar",
    epilog="Example: optimizer calendar instances/minimal.toml --latest-safe",
    help="The procurement calendar of an instance (solved first) or of a RUN folder: latest order dates, deliveries, "
    "payments, licences with their fallback, as a text Gantt. --latest-safe: each order is moved to later phases and "
    "the instance solved again, to the last day on which a design exists that meets every requirement, at any cost, "
    "and a phase later none; with --no-worse, on which the plan is no worse either, which takes a full search each. "
    "Beside it the float of each contract: the last day with everything else as planned.",
)
@instance_options
@click.option("--latest-safe", is_flag=True, help="Prove by solving again how long each order can wait.")
@click.option("--no-worse", is_flag=True, help="With --latest-safe: stop where the plan gets worse (slow).")
@click.option("--only", multiple=True, metavar="ITEM", help="With --latest-safe: only this accelerator or plant.")
@click.option("--time-limit", type=click.FloatRange(0.1, 604_800), metavar="S", help="Seconds for each search.")
@standard_options
def command(source: Source, latest_safe: bool, no_worse: bool, only: tuple[str, ...], time_limit: float | None) -> int:
    from optimizer.pipeline import Options
    from optimizer.study.search_settings import SearchSettings

    if (no_worse or only) and not latest_safe:
        raise UsageError("--no-worse and --only are about the latest safe orders", "add --latest-safe")
    options = Options(time_limit_s=time_limit)
    result, integrity = _result(source, options)
    if not result.verified:
        session().say("There is no verified design, so there is nothing to order.")
        code = ExitCode.INFEASIBLE if result.status.value == "infeasible" else ExitCode.LIMIT_WITHOUT_DESIGN
        session().answer({"instance": result.problem.instance.name, "orders": []}, code)
        return code

    blocks, lines = _calendar(result)
    latest: tuple[LatestOrder, ...] = ()
    floats: tuple[ContractFloat, ...] = ()
    if latest_safe:
        search = SearchSettings(options=options)
        latest = _latest(result, search, only, no_worse)
        blocks += _latest_blocks(latest, no_worse)
        floats = _floats(result, search, only)
        blocks += _float_blocks(floats)
    session().show(blocks)
    code = ExitCode.VERIFICATION if any(integrity.values()) else ExitCode.OK
    answer = _json(result, lines, latest) | {"contracts": _floats_json(floats)}
    session().answer({**answer, **integrity}, code)
    return code


def _result(source: Source, options: Options) -> tuple[Result, dict[str, list[str]]]:
    """Solve an instance, or open a run: its result, and what is wrong with the run's files."""
    if source.path.is_dir():
        from optimizer.app.loaded import open_result

        opened, result = open_result(source.path)
        for doubt in opened.warnings:
            session().note(f"warning: {doubt}", "yellow")
        return result, opened.integrity
    from optimizer.pipeline import run

    reading = read(source)
    session().note(f"designing {reading.instance.name}")
    return run(reading.instance, reading.folder, options, None, reading.sha256), {}


def _calendar(result: Result) -> tuple[list[Block], tuple[OrderLine, ...]]:
    from optimizer.analysis.legal_flags import raised_flags
    from optimizer.analysis.orders import procurement
    from optimizer.analysis.quarters import quarter_lines
    from optimizer.analysis.site_steps import site_steps
    from optimizer.report.calendar import cash_flow, gantt
    from optimizer.report.document import Heading, Table
    from optimizer.report.end_use_page import flags_blocks

    assert result.design is not None
    problem, decisions = result.problem, result.design.decisions
    lines, money = procurement(problem, decisions), money_of(problem.instance)
    years = tuple((str(year), number(money.of(usd) / 1e6, 4)) for year, usd in cash_flow(lines).items())
    licensed = tuple(
        (line.item, line.phase, line.licence.clause, f"{line.licence.probability:.0%}", line.fallback or "none")
        for line in lines
        if line.what == "accelerator pods" and line.licence and line.licence.status == "licence"
    )
    blocks: list[Block] = [
        Heading(f"{problem.instance.title}: calendar", 1),
        gantt(problem, decisions),
        *_step_blocks(site_steps(problem, lines)),
        Heading("Payments for what is ordered, by year"),
        Table(("Year", money.unit("MUSD")), years, frozenset({1})),
    ]
    blocks += _retirement_blocks(result)
    if licensed:
        header = ("Accelerator", "Phase", "Licence", "Chance", "If refused")
        blocks += [Heading("Licences, and what may take their place"), Table(header, licensed)]
    blocks += flags_blocks(raised_flags(problem, decisions))
    return [*blocks, *_quarter_blocks(quarter_lines(problem, decisions))], lines


def _step_blocks(steps: tuple[SiteStep, ...]) -> list[Block]:
    """What happens on site before service."""
    from optimizer.report.document import Heading, Table

    if not steps:
        return []
    rows = tuple((o.site, o.phase, o.name, o.begins.isoformat(), o.ends.isoformat()) for o in steps)
    return [Heading("On site"), Table(("Site", "Phase", "Step", "From", "To"), rows)]


def _retirement_blocks(result: Result) -> list[Block]:
    """What leaves before the end of its life, and when."""
    from optimizer.analysis.retirements import retirement_lines
    from optimizer.report.document import Heading, Table

    assert result.design is not None
    rows = tuple(
        (
            line.day.isoformat(),
            line.item,
            line.site,
            f"{line.pods:,}",
            "n/a" if line.accelerators is None else f"{line.accelerators:,}",
            line.came.isoformat() if line.came else "there before",
        )
        for line in retirement_lines(result.problem, result.design.decisions)
    )
    header = ("Retire on", "Accelerator", "Site", "Pods", "Number", "In service since")
    return [Heading("To be retired before the end of its life"), Table(header, rows, frozenset({3, 4}))] if rows else []


def _quarter_blocks(lines: tuple[QuarterLine, ...]) -> list[Block]:
    """How many must be made by when, where supply is stated by quarter."""
    from optimizer.report.document import Heading, Table

    if not lines:
        return []
    rows = tuple(
        (o.item, o.quarter, number(o.supply, 6), f"{o.made:,}", f"{o.by_then:,}", o.order_by.isoformat()) for o in lines
    )
    header = ("Accelerator", "Quarter", "Supply", "Made in it", "By its end", "Order by")
    return [Heading("To be made by quarter, each as late as supply allows"), Table(header, rows, frozenset({2, 3, 4}))]


def _latest(result: Result, search: SearchSettings, only: tuple[str, ...], no_worse: bool) -> tuple[LatestOrder, ...]:
    from optimizer.study.holding_orders import all_holding
    from optimizer.study.latest_order import all_latest, order_classes

    assert result.design is not None
    known = {o.item for o in order_classes(result.problem, result.design.decisions)}
    for item in only:
        if item not in known:
            raise UsageError(f"nothing of {item} is ordered", f"there are {', '.join(sorted(known))}")
    study = all_latest if no_worse else all_holding
    return study(result, search, only, lambda step: session().note(f"  {step}"))


def _latest_blocks(latest: tuple[LatestOrder, ...], no_worse: bool) -> list[Block]:
    from optimizer.report.document import Heading, Paragraph, Table

    rows = tuple(
        (o.order.item, o.order.phase, o.order_by.isoformat(), _latest_day(o), _outcome(o, no_worse)) for o in latest
    )
    kept = "the plan is no worse" if no_worse else "every requirement can still be met, at whatever cost"
    return [
        Heading("How long an order can wait"),
        Paragraph(f"Each order alone, everything else adapting, to the last day on which {kept}."),
        Table(("Order", "Phase", "Order by", "Latest safe", "One phase later"), rows),
    ]


def _floats(result: Result, search: SearchSettings, only: tuple[str, ...]) -> tuple[ContractFloat, ...]:
    from optimizer.study.as_planned import contract_floats

    return contract_floats(result, search, only, lambda step: session().note(f"  {step}"))


def _float_blocks(floats: tuple[ContractFloat, ...]) -> list[Block]:
    from optimizer.report.document import Heading, Paragraph, Table

    rows = tuple(
        (
            o.order.item,
            o.order.phase,
            o.order_by.isoformat(),
            "not needed" if o.latest is None else o.latest.isoformat(),
            ("" if o.float_days is None else f"{o.float_days:,}") + ("" if o.decided else " (search stopped)"),
        )
        for o in floats
    )
    return [
        Heading("Float of each contract"),
        Paragraph("The last day for this contract, all other deliveries as planned."),
        Table(("Contract", "Phase", "Order by", "Latest", "Float, days"), rows, frozenset({4})),
    ]


def _floats_json(floats: tuple[ContractFloat, ...]) -> list[dict[str, Any]]:
    return [
        {
            "item": o.order.item,
            "phase": o.order.phase,
            "order_by": o.order_by.isoformat(),
            "latest_as_planned": o.latest.isoformat() if o.latest else None,
            "float_days": o.float_days,
            "decided": o.decided,
        }
        for o in floats
    ]


def _latest_day(order: LatestOrder) -> str:
    return "not needed" if order.outcome == "harmless" else order.latest_safe.isoformat()


def _outcome(order: LatestOrder, no_worse: bool) -> str:
    when = f"delivered in {order.tried}" if order.tried else "not delivered at all"
    texts = {
        "infeasible": "no design meets the targets",
        "worse": f"the plan is {100 * (order.change_fraction or 0.0):.3g} % worse",
        "undecided": "undecided: the search was stopped",
        "harmless": "nothing is lost" if no_worse else "the targets hold",
    }
    return f"{when}: {texts[order.outcome]}"


def _json(result: Result, lines: tuple[OrderLine, ...], latest: tuple[LatestOrder, ...]) -> dict[str, Any]:
    from optimizer.analysis.quarters import quarter_lines
    from optimizer.analysis.retirements import retirement_lines
    from optimizer.analysis.site_steps import site_steps
    from optimizer.report.run_tables import PROCUREMENT_COLUMNS, procurement_rows

    assert result.design is not None
    return {
        "instance": result.problem.instance.name,
        "orders": [dict(zip(PROCUREMENT_COLUMNS, row, strict=True)) for row in procurement_rows(lines)],
        "payments": [
            {"day": day.isoformat(), "usd": usd, "what": line.what, "item": line.item, "phase": line.phase}
            for line in lines
            for day, usd in line.paid
        ],
        "steps": [
            asdict(step) | {"begins": step.begins.isoformat(), "ends": step.ends.isoformat()}
            for step in site_steps(result.problem, lines)
        ],
        "retirements": [
            {**asdict(line), "day": line.day.isoformat(), "came": line.came.isoformat() if line.came else None}
            for line in retirement_lines(result.problem, result.design.decisions)
        ],
        "quarters": [
            asdict(line) | {"order_by": line.order_by.isoformat()}
            for line in quarter_lines(result.problem, result.design.decisions)
        ],
        "latest_safe": [
            {
                "item": o.order.item,
                "phase": o.order.phase,
                "order_by": o.order_by.isoformat(),
                "latest_safe": o.latest_safe.isoformat(),
                "outcome": o.outcome,
                "tried": o.tried,
                "change_fraction": o.change_fraction,
            }
            for o in latest
        ],
    }
