"""`optimizer calendar`: what to order by when, what is paid when, and how long each order can wait."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import money_of
from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.options import answer_command, instance_options, read, seconds_option
from optimizer.errors import ExitCode, UsageError
from optimizer.number_format import number

if TYPE_CHECKING:
    from optimizer.analysis.orders import OrderLine
    from optimizer.pipeline import Options, Result
    from optimizer.report.document import Block
    from optimizer.study.as_planned import ContractFloat
    from optimizer.study.latest_order import LatestOrder, OrderClass
    from optimizer.study.search_settings import SearchSettings


@answer_command(
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
@seconds_option("search")
def command(source: Source, latest_safe: bool, no_worse: bool, only: tuple[str, ...], time_limit: float | None) -> int:
    from optimizer.pipeline import Options
    from optimizer.study.as_planned import contract_floats
    from optimizer.study.search_settings import SearchSettings

    if (no_worse or only) and not latest_safe:
        raise UsageError("--no-worse and --only are about the latest safe orders", "add --latest-safe")
    options = Options(time_limit_s=time_limit)
    result, integrity = _result(source, options)
    if not result.verified:
        session().say("There is no verified design, so there is nothing to order.")
        code = ExitCode.INFEASIBLE if result.status.value == "infeasible" else ExitCode.LIMIT_WITHOUT_DESIGN
        return session().answer({"instance": result.problem.instance.name, "orders": []}, code)

    blocks, lines = _calendar(result)
    latest: tuple[LatestOrder, ...] = ()
    floats: tuple[ContractFloat, ...] = ()
    if latest_safe:
        search = SearchSettings(options=options)
        latest = _latest(result, search, only, no_worse)
        blocks += _latest_blocks(latest, no_worse)
        floats = contract_floats(result, search, only, lambda step: session().note(f"  {step}"))
        blocks += _float_blocks(floats)
    session().show(blocks)
    code = ExitCode.VERIFICATION if any(integrity.values()) else ExitCode.OK
    return session().answer({**_json(result, lines, latest, floats), **integrity}, code)


def _result(source: Source, options: Options) -> tuple[Result, dict[str, list[str]]]:
    """Solve an instance, or open a run: its result, and what is wrong with the run's files."""
    if source.path.is_dir():
        from optimizer.app.loaded import open_result

        opened, result = open_result(source.path)
        session().warn(opened.warnings)
        return result, opened.integrity
    from optimizer.pipeline import run

    reading = read(source)
    session().note(f"designing {reading.instance.name}")
    return run(reading.instance, reading.folder, options, None, reading.sha256), {}


def _section(
    title: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]], right: Set[int] = frozenset(), text: str = ""
) -> list[Block]:
    """A table under its heading and, if there is one, a text; nothing without text and rows."""
    from optimizer.report.document import Heading, Paragraph, Table

    above, filled = [Paragraph(text)] if text else [], tuple(rows)
    return [Heading(title), *above, Table(header, filled, frozenset(right))] if above or filled else []


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
    steps = ((o.site, o.phase, o.name, str(o.begins), str(o.ends)) for o in site_steps(problem, lines))
    years = tuple((str(year), number(money.of(usd) / 1e6, 4)) for year, usd in cash_flow(lines).items())
    licensed = (
        (line.item, line.phase, line.licence.clause, f"{line.licence.probability:.0%}", line.fallback or "none")
        for line in lines
        if line.what == "accelerator pods" and line.licence and line.licence.status == "licence"
    )
    quarters = (
        (o.item, o.quarter, number(o.supply, 6), f"{o.made:,}", f"{o.by_then:,}", str(o.order_by))
        for o in quarter_lines(problem, decisions)
    )
    made = ("Accelerator", "Quarter", "Supply", "Made in it", "By its end", "Order by")
    blocks = [
        Heading(f"{problem.instance.title}: calendar", 1),
        gantt(problem, decisions),
        *_section("On site", ("Site", "Phase", "Step", "From", "To"), steps),
        Heading("Payments for what is ordered, by year"),
        Table(("Year", money.unit("MUSD")), years, frozenset({1})),
        *_retirement_blocks(result),
        *_section(
            "Licences, and what may take their place",
            ("Accelerator", "Phase", "Licence", "Chance", "If refused"),
            licensed,
        ),
        *flags_blocks(raised_flags(problem, decisions)),
        *_section("To be made by quarter, each as late as supply allows", made, quarters, {2, 3, 4}),
    ]
    return blocks, lines


def _retirement_blocks(result: Result) -> list[Block]:
    """What leaves before the end of its life, and when."""
    from optimizer.analysis.retirements import retirement_lines

    assert result.design is not None
    rows = (
        (
            str(line.day),
            line.item,
            line.site,
            f"{line.pods:,}",
            "n/a" if line.accelerators is None else f"{line.accelerators:,}",
            str(line.came or "there before"),
        )
        for line in retirement_lines(result.problem, result.design.decisions)
    )
    header = ("Retire on", "Accelerator", "Site", "Pods", "Number", "In service since")
    return _section("To be retired before the end of its life", header, rows, {3, 4})


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
    rows = (
        (
            o.order.item,
            o.order.phase,
            str(o.order_by),
            "not needed" if o.outcome == "harmless" else str(o.latest_safe),
            _outcome(o, no_worse),
        )
        for o in latest
    )
    kept = "the plan is no worse" if no_worse else "every requirement can still be met, at whatever cost"
    text = f"Each order alone, everything else adapting, to the last day on which {kept}."
    header = ("Order", "Phase", "Order by", "Latest safe", "One phase later")
    return _section("How long an order can wait", header, rows, text=text)


def _float_blocks(floats: tuple[ContractFloat, ...]) -> list[Block]:
    rows = (
        (
            o.order.item,
            o.order.phase,
            str(o.order_by),
            str(o.latest or "not needed"),
            ("" if o.float_days is None else f"{o.float_days:,}") + ("" if o.decided else " (search stopped)"),
        )
        for o in floats
    )
    text = "The last day for this contract, all other deliveries as planned."
    header = ("Contract", "Phase", "Order by", "Latest", "Float, days")
    return _section("Float of each contract", header, rows, {4}, text)


def _outcome(order: LatestOrder, no_worse: bool) -> str:
    when = f"delivered in {order.tried}" if order.tried else "not delivered at all"
    texts = {
        "infeasible": "no design meets the targets",
        "worse": f"the plan is {100 * (order.change_fraction or 0.0):.3g} % worse",
        "undecided": "undecided: the search was stopped",
        "harmless": "nothing is lost" if no_worse else "the targets hold",
    }
    return f"{when}: {texts[order.outcome]}"


def _json(
    result: Result, lines: tuple[OrderLine, ...], latest: tuple[LatestOrder, ...], floats: tuple[ContractFloat, ...]
) -> dict[str, Any]:
    from optimizer.analysis.quarters import quarter_lines
    from optimizer.analysis.retirements import retirement_lines
    from optimizer.analysis.site_steps import site_steps
    from optimizer.report.run_tables import PROCUREMENT_COLUMNS, procurement_rows

    assert result.design is not None
    return {
        "instance": result.problem.instance.name,
        "orders": [dict(zip(PROCUREMENT_COLUMNS, row, strict=True)) for row in procurement_rows(lines)],
        "payments": [
            {"day": day, "usd": usd, "what": line.what, "item": line.item, "phase": line.phase}
            for line in lines
            for day, usd in line.paid
        ],
        "steps": site_steps(result.problem, lines),
        "retirements": retirement_lines(result.problem, result.design.decisions),
        "quarters": quarter_lines(result.problem, result.design.decisions),
        "latest_safe": [_of_order(o.order) | {k: v for k, v in vars(o).items() if k != "order"} for o in latest],
        "contracts": [
            _of_order(o.order)
            | {"order_by": o.order_by, "latest_as_planned": o.latest, "float_days": o.float_days, "decided": o.decided}
            for o in floats
        ],
    }


def _of_order(order: OrderClass) -> dict[str, str]:
    return {"item": order.item, "phase": order.phase}
