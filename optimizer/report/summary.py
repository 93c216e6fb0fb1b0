"""The verdict on one page: what it costs, what is built, why, and how far the numbers can be trusted.

The same page goes to the terminal as text and to `summary.md`. Names are data; see `report.document`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.analysis.end_values import end_value_words, end_values
from optimizer.analysis.exclusions import exclusion_groups, licences
from optimizer.analysis.legal_flags import raised_flags
from optimizer.analysis.usage import uses
from optimizer.analysis.verdict import verdict
from optimizer.inputs.quantity import HOURS_PER_YEAR
from optimizer.model.objectives import GOALS
from optimizer.number_format import asked_percent, gap_percent, number, whole
from optimizer.pipeline import Result
from optimizer.report.achieved_page import achieved_blocks
from optimizer.report.calendar import gantt
from optimizer.report.cost_table import cost_table
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table, to_markdown, to_text
from optimizer.report.end_use_page import flags_blocks
from optimizer.report.plan import chip_rows, decisions_of, idle_words, order_header, order_rows, plant_rows, superseded
from optimizer.report.usage_table import use_table

if TYPE_CHECKING:
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
    studies: Studies | None = None
    """What was studied of the design: what a limit is worth, alternatives, simple plans, entry prices."""


def summary_text(result: Result, about: About | None = None, width: int = 100) -> str:
    """The page as plain text."""
    return to_text(summary(result, about), width)


def summary_markdown(result: Result, about: About | None = None) -> str:
    """The page as markdown."""
    return to_markdown(summary(result, about))


def summary(result: Result, about: About | None = None) -> list[Block]:
    """The page as blocks. A design that failed the audit is withheld: only the reasons are shown."""
    about = about or About()
    instance = result.problem.instance
    top: list[Block] = [Heading(f"{instance.title} ({instance.name})", 1), Paragraph(verdict(result))]
    if instance.solve.hours < HOURS_PER_YEAR:
        top.append(Paragraph(f"NOT THE WHOLE YEAR: {instance.solve.hours} of {HOURS_PER_YEAR:,} hours stand for it."))
    if not result.verified:
        return [*top, *_rejections(result), *about.reasons, *_left_out(result, about), *_closing(result, about)]
    assert result.design is not None
    return [
        *top,
        _headline(result),
        *_rests_on(result),
        *dispatch_lines(result),
        *flags_blocks(raised_flags(result.problem, result.design.decisions)),
        *_design(result),
        *achieved_blocks(result),
        Heading("What the cost is made of"),
        cost_table(result),
        Heading("What limits the design"),
        use_table(uses(result.problem, result.design)),
        *_studied(about),
        *_left_out(result, about),
        *_closing(result, about),
    ]


def _rests_on(result: Result) -> list[Block]:
    """Warnings: products that nobody sells yet, end values that are much of the cost."""
    assert result.design is not None
    chips = result.problem.instance.accelerators
    bought = dict.fromkeys(row.accelerator for row in result.design.decisions.deliveries if row.pods)
    names = [chips[name].name for name in bought if chips[name].roadmap]
    announced = f"NOT ON SALE: the plan rests on announced products (procurement.roadmap): {', '.join(names)}."
    told = [announced if names else "", end_value_words(end_values(result))]
    return [Paragraph(words) for words in told if words]


def dispatch_lines(result: Result) -> list[Block]:
    """What battery dispatch, work that can wait and generators beside the grid change, in the last phase."""
    problem = result.problem
    if result.design is None or result.design.reported is None:
        return []
    if all(year.flexible is None for year in problem.years.values()):
        return []
    kpis, last = result.design.reported.kpis, problem.calendar.last
    demand = sum(e.amount for e in result.design.reported.ledger if e.account == "demand" and e.phase == last)
    told = (
        f"Dispatch saves {number(kpis['dispatch_savings_musd_per_year'])} MUSD a year in {last} against the same "
        f"design run rigidly: {_shaved_words(kpis['shaved_peak_mw'])}, "
        f"{number(kpis['battery_cycles_per_year'])} battery cycles, "
        f"{number(kpis['moved_mwh_per_year'])} MWh of work moved within its day. "
        f"Charges on demand still cost {number(demand)} MUSD a year."
    )
    return [Paragraph(told)]


def _shaved_words(mw: float) -> str:
    """What dispatch does to the peak, which cheap hours may also raise."""
    return f"{number(mw)} MW off the peak" if mw >= 0 else f"{number(-mw)} MW added to the peak"


def _rejections(result: Result) -> list[Block]:
    if result.audit is None or not result.audit.findings:
        return []
    found = result.audit.findings
    rows = [(f.check, f.where, number(f.value, 7), number(f.limit, 7), f.message) for f in found]
    table = Table(("Check", "Where", "Value", "Limit", "What"), _cut(rows), frozenset({2, 3}))
    return [Heading("What the audit found"), table]


def per_import(kpis: dict[str, float]) -> str:
    """Effective throughput per MW imported, or that nothing is."""
    per_mw = kpis["effective_pflops_per_mw"]
    return f"{number(per_mw)} PFLOPS/MW" if per_mw else "nothing imported"


def capability_rows(kpis: dict[str, float]) -> list[tuple[str, str, str]]:
    """What stands, and beside it what is delivered of it where it is not at work all year."""
    capability = f"{number(kpis['effective_pflops'])} PFLOPS"
    if "delivered_pflops" not in kpis:
        return [("Effective", capability, "what the workloads get")]
    share = kpis["delivered_pflops"] / kpis["effective_pflops"] if kpis["effective_pflops"] else 0.0
    delivered = f"{number(kpis['delivered_pflops'])} PFLOPS"
    return [
        ("Capability", capability, "effective, what the workloads get while all of it works"),
        ("Delivered", delivered, f"on the mean of the year, {100 * share:.0f} % of it: what the levelised cost counts"),
    ]


def _headline(result: Result) -> Table:
    assert result.design is not None
    assert result.design.reported is not None
    assert result.audit is not None
    kpis, facts = result.design.reported.kpis, result.design.solve
    per_rack = kpis["effective_pflops"] / kpis["racks"] if kpis["racks"] else 0.0
    precisions = ", ".join(sorted({row[2] for row in chip_rows(result)})) or "none"
    left = end_values(result)
    share = "more than all" if left.share > 1 else f"{100 * left.share:.1f} %"
    rows = [
        (
            "Levelised cost",
            f"{number(kpis['lcoc_usd_per_eflop'])} USD/EFLOP",
            "per EFLOP of effective compute delivered",
        ),
        *capability_rows(kpis),
        ("Peak", f"{number(kpis['peak_pflops'])} PFLOPS", f"dense, at the precision used ({precisions})"),
        ("Capital", f"{number(kpis['capex_musd'])} MUSD", "all payments for equipment and works, undiscounted"),
        (
            "Present cost",
            f"{number(kpis['npv_cost_musd'])} MUSD",
            f"NPV of all costs less residual values; {number(kpis['opex_musd_per_year'])} MUSD a year to run",
        ),
        ("End values", f"{number(left.musd)} MUSD", f"{share} of it: what is left at the end of the horizon"),
        (
            "Power",
            f"{number(kpis['peak_import_mw'])} MW",
            f"peak import; {number(kpis['it_mw'])} MW IT rated; {per_import(kpis)}",
        ),
        ("PUE", number(kpis["pue_annual"]), f"over the year; {number(kpis['pue_peak'])} in the worst hour"),
        (
            "Space",
            f"{number(kpis['white_space_m2'])} m2",
            f"white, and {number(kpis['plant_m2'])} m2 plant; {whole(kpis['racks'])} racks; "
            f"{number(kpis['effective_pflops_per_m2'])} PFLOPS/m2, {number(per_rack)} PFLOPS/rack",
        ),
    ]
    if facts is not None:
        unit = GOALS[facts.objective].unit if facts.objective in GOALS else ""
        proven = f"{facts.objective} cannot be better than {number(facts.bound, 5)} {unit}"
        rows.append(
            (
                "Gap",
                gap_percent(facts.gap),
                f"asked {asked_percent(facts.gap_asked)}; {proven}; {number(facts.seconds, 3)} s",
            )
        )
    audit = result.audit
    checked = f"{audit.checks:,} checks of {len(audit.checks_by_family)} kinds by a second, independent calculation"
    rows.append(("Audit", "VERIFIED", checked))
    flags = raised_flags(result.problem, result.design.decisions)
    if flags:
        labels = ", ".join(raised.flag.label for raised in flags)
        rows.append(("Legal flags", str(len(flags)), f"{labels}: see below what each means"))
    return Table(("", f"in {result.problem.calendar.last}", ""), tuple(rows))


def _design(result: Result) -> list[Block]:
    header, numbers = order_header(result)
    peaks = ("Accelerator", "Workload", "Precision", "Peak PFLOPS", "Effective PFLOPS", "Effective/peak")
    return [
        Heading("The design: what to order"),
        Table(header, _cut(order_rows(result)), numbers),
        Heading("Calendar: latest order ('-') to delivery ('=')"),
        _cut_table(gantt(result.problem, decisions_of(result))),
        Heading("Plant"),
        Table(("Phase", "Site", "What"), _cut(plant_rows(result))),
        Heading("Peak and effective, last phase"),
        Table(peaks, _cut(chip_rows(result)), frozenset({3, 4, 5})),
    ]


def _cut_table(table: Table) -> Table:
    return Table(table.header, _cut(table.rows), table.right)


def _cut(rows: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The first rows, and a last one that says how many more there are."""
    if len(rows) <= ROWS_SHOWN:
        return tuple(rows)
    more = f"(and {len(rows) - ROWS_SHOWN + 1} more)"
    return (*rows[: ROWS_SHOWN - 1], (*[""] * (len(rows[0]) - 1), more))


def _studied(about: About) -> list[Block]:
    if not about.studies:
        return []
    from optimizer.report.studies import blocks

    return blocks(about.studies)


def _refused(about: About) -> list[str]:
    if not about.studies:
        return []
    from optimizer.report.baselines import without_licences

    return without_licences(about.studies.baselines)


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
        items += _refused(about)
        idle = idle_words(result)
        items += [idle] if idle else []
        items += superseded(result.problem.instance)
    items += [about.assumptions] if about.assumptions else []
    items += [f"warning: {text}" for text in about.warnings]
    if about.files:
        items += [f"report: {about.files}/report.html", f"all files: {about.files}"]
    return [Heading("Before you rely on it"), Bullets(tuple(items))] if items else []
