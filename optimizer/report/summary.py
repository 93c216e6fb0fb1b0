"""The verdict on one page: what it costs, what is built, why, and how far the numbers can be trusted.

The same page goes to the terminal as text and to `summary.md`. Names are data; see `report.document`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from optimizer.analysis.end_values import end_value_text, end_values
from optimizer.analysis.exclusions import exclusion_groups, licences
from optimizer.analysis.legal_flags import raised_flags
from optimizer.analysis.money import Currency, money_of
from optimizer.analysis.usage import uses
from optimizer.analysis.verdict import verdict
from optimizer.inputs.naming import short_chip_name
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.number_format import number
from optimizer.pipeline import Result
from optimizer.report.achieved_page import achieved_blocks
from optimizer.report.baselines import without_licences
from optimizer.report.calendar import gantt
from optimizer.report.cost_table import cost_table
from optimizer.report.deciders import decider, decider_blocks
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table, to_markdown, to_text
from optimizer.report.end_use_page import flags_blocks
from optimizer.report.first_screen import FirstScreen, first_screen, proof_text
from optimizer.report.halls_table import hall_blocks
from optimizer.report.mix import mix_blocks
from optimizer.report.names import reader_names, worded
from optimizer.report.plan import design_tables, finding_table, idle_text, plant_figures, superseded
from optimizer.report.usage_table import use_table

if TYPE_CHECKING:
    from optimizer.analysis.data_quality import DataQuality
    from optimizer.report.studies import Studies

ROWS_SHOWN = 12
GROUPS_SHOWN = 6


@dataclass(frozen=True, kw_only=True)
class About:
    """What the page says beside the result."""

    warnings: tuple[str, ...] = ()
    assumptions: str = ""
    """One sentence on where the values in use come from, with their grades."""
    files: str = ""
    """Folder of the run; empty if nothing was written."""
    instance_file: str = "INSTANCE"
    against: str = ""
    """One sentence that compares the design with that of another scenario."""
    reasons: tuple[Block, ...] = ()
    """Why no design exists, if none does."""
    quality: DataQuality | None = None
    """How good the data are behind the money."""
    studies: Studies | None = None
    """What was studied of the design: what a limit is worth, alternatives, baselines, entry prices."""


def summary_text(result: Result, about: About | None = None, width: int = 100) -> str:
    """The page as plain text."""
    return to_text(summary(result, about), width)


def summary_markdown(result: Result, about: About | None = None) -> str:
    """The page as markdown."""
    return to_markdown(summary(result, about))


def summary(result: Result, about: About | None = None) -> list[Block]:
    """The page as blocks. A design that failed the audit is withheld: only the reasons are shown."""
    return worded(_summary(result, about or About()), reader_names([result.problem.instance]))


def _summary(result: Result, about: About) -> list[Block]:
    instance = result.problem.instance
    top: list[Block] = [Heading(instance.title, 1)]
    if instance.solve.hours < HOURS_PER_YEAR:
        top.append(Paragraph(f"NOT THE WHOLE YEAR: {instance.solve.hours} of {HOURS_PER_YEAR:,} hours stand for it."))
    if not result.verified:
        why = [*_rejections(result), *about.reasons, *_left_out(result, about), *_closing(result, about)]
        return [*top, Paragraph(verdict(result)), *why]
    assert result.design is not None
    deciders = about.studies.deciders if about.studies else None
    plans = about.studies.baselines if about.studies else None
    screen = first_screen(result, plans, about.quality, decider(instance, deciders))
    return [
        *top,
        Paragraph(screen.buy),
        *mix_blocks(instance, screen),
        _answers(screen, result),
        *_rests_on(result),
        *flags_blocks(raised_flags(result.problem, result.decisions)),
        *_design(result),
        *dispatch_lines(result),
        *achieved_blocks(result),
        Heading("What the cost is made of"),
        cost_table(result),
        Heading("What limits the design"),
        use_table(result.problem.instance, uses(result.problem, result.design)),
        *_studied(about, money_of(instance)),
        *(decider_blocks(instance, deciders, about.instance_file) if deciders else ()),
        *_left_out(result, about),
        *_closing(result, about),
    ]


def _rests_on(result: Result) -> list[Block]:
    """Warnings: products that nobody sells yet, end values that are much of the cost."""
    chips = result.problem.instance.accelerators
    bought = dict.fromkeys(row.accelerator for row in result.decisions.deliveries if row.pods)
    names = [chips[name].name for name in bought if chips[name].roadmap]
    announced = f"NOT ON SALE: the plan rests on announced products [procurement.roadmap]: {', '.join(names)}."
    sentences = [announced if names else "", end_value_text(end_values(result), result.problem.instance)]
    return [Paragraph(sentence) for sentence in sentences if sentence]


def _answers(screen: FirstScreen, result: Result) -> Table:
    """One line a question; the proof last."""
    rows = tuple((tile.name, f"{tile.value} {tile.unit}".strip(), tile.note) for tile in screen.tiles)
    word, _, rest = verdict(result).partition(": ")
    return Table(("", "", ""), (*rows, ("Proof and audit", word, f"{rest} {proof_text(result)}")))


def dispatch_lines(result: Result) -> list[Block]:
    """What battery dispatch, work that can wait and generators beside the grid change, in the last phase."""
    problem = result.problem
    if result.design is None or result.design.reported is None:
        return []
    if all(year.flexible is None for year in problem.years.values()):
        return []
    kpis, last = result.design.reported.kpis, problem.calendar.last
    demand = sum(e.amount for e in result.design.reported.ledger if e.account == "demand" and e.phase == last)
    money = money_of(problem.instance)
    saved = money.figure(kpis["dispatch_savings_musd_per_year"], "MUSD")
    lines = (
        f"Dispatch saves {saved} a year in {last} against the same "
        f"design run rigidly: {_shaved_text(kpis['shaved_peak_mw'])}, "
        f"{number(kpis['battery_cycles_per_year'])} battery cycles, "
        f"{number(kpis['moved_mwh_per_year'])} MWh of work moved within its day. "
        f"Charges on demand still cost {money.figure(demand, 'MUSD')} a year."
    )
    return [Paragraph(lines)]


def _shaved_text(mw: float) -> str:
    """What dispatch does to the peak, which cheap hours may also raise."""
    return f"{number(mw)} MW off the peak" if mw >= 0 else f"{number(-mw)} MW added to the peak"


def _rejections(result: Result) -> list[Block]:
    if result.audit is None or not result.audit.findings:
        return []
    return [Heading("What the audit found"), _cut_table(finding_table(result.audit.findings))]


def _design(result: Result) -> list[Block]:
    instance = result.problem.instance
    orders, plant, peaks = design_tables(result, lambda chip: short_chip_name(instance, chip))
    one_site = len(instance.sites) == 1
    shown = [at for at, name in enumerate(orders.header) if name != "Flags" and not (one_site and name == "Site")]
    header = tuple("Number" if name == "Accelerators" else name for name in orders.header)
    return [
        Heading("The design: what to order"),
        _cut_table(replace(orders, header=header).part(shown)),
        Heading("Power and space, last phase"),
        plant_figures(result),
        Heading("Calendar: latest order ('-') to delivery ('=')"),
        _cut_table(gantt(result.problem, result.decisions)),
        *hall_blocks(result),
        Heading("Plant"),
        _cut_table(plant),
        Heading("Peak and effective, last phase"),
        _cut_table(peaks),
    ]


def _cut_table(table: Table) -> Table:
    return replace(table, rows=_cut(table.rows))


def _cut(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The first rows, and a last one that says how many more there are."""
    if len(rows) <= ROWS_SHOWN:
        return tuple(rows)
    more = f"(and {len(rows) - ROWS_SHOWN + 1} more)"
    return (*rows[: ROWS_SHOWN - 1], (*[""] * (len(rows[0]) - 1), more))


def _studied(about: About, money: Currency) -> list[Block]:
    if not about.studies:
        return []
    from optimizer.report.studies import blocks

    return blocks(about.studies, money)


def _left_out(result: Result, about: About) -> list[Block]:
    groups = exclusion_groups(result.problem)
    if not groups:
        return []
    items = [str(group) for group in groups[:GROUPS_SHOWN]]
    if len(groups) > GROUPS_SHOWN:
        items.append(f"{len(groups) - GROUPS_SHOWN} more kinds of reason")
    items.append(f"every reason, site by site: optimizer explain {about.instance_file} --exclusions")
    return [Heading("Accelerators that cannot be bought at any site"), Bullets(tuple(items))]


def _closing(result: Result, about: About) -> list[Block]:
    items: list[str] = [about.against] if about.against else []
    if result.verified and result.design is not None:
        items += licences(result.problem, result.design.decisions)
        plans = about.studies.baselines if about.studies else None
        items += without_licences(plans, money_of(result.problem.instance))
        idle = idle_text(result)
        items += [idle] if idle else []
        items += superseded(result.problem.instance)
    items += [about.assumptions] if about.assumptions else []
    items += [f"warning: {text}" for text in about.warnings]
    if about.files:
        items += [f"report: {about.files}/report.html", f"all files: {about.files}"]
    return [Heading("Before you rely on it"), Bullets(tuple(items))] if items else []
