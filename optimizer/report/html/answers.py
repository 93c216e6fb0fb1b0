"""Three questions every reader asks, answered in a few lines at the top of the page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.analysis.exclusions import left_out_by_lists
from optimizer.analysis.money import Currency
from optimizer.analysis.orders import OrderLine
from optimizer.analysis.usage import Use, tightest, uses
from optimizer.number_format import counted, number, whole
from optimizer.pipeline import Result
from optimizer.report.explanation import worth
from optimizer.report.html.chips import ChipVerdict, chip_verdicts, peak_text, strongest_excluded
from optimizer.report.html.parts import quantity
from optimizer.report.html.time_charts import days
from optimizer.report.html.view import View

if TYPE_CHECKING:
    from optimizer.study.marginal import Marginal

DAYS_NAMED = 3
ITEMS_NAMED = 4
CHIPS_NAMED = 8


@dataclass(frozen=True)
class QuestionAnswer:
    """A question and its answer; `see` is the part of the page with the rest."""

    question: str
    points: tuple[str, ...]
    see: str
    more: str


def answers(view: View, marginals: tuple[Marginal, ...]) -> tuple[QuestionAnswer, ...]:
    """The questions this design answers."""
    sentences = [_first_orders(view), _excluded(view.result), _one_more(view, marginals)]
    return tuple(answer for answer in sentences if answer is not None)


def _first_orders(view: View) -> QuestionAnswer | None:
    by_day: dict[str, list[OrderLine]] = {}
    priced = [line for line in view.orders if line.total_usd]
    for line in priced or view.orders:
        by_day.setdefault(line.order_by.isoformat(), []).append(line)
    points = []
    for at, same_day in enumerate(list(by_day.values())[:DAYS_NAMED]):
        total = sum(line.total_usd for line in same_day) / 1e6
        opening = "First, by" if at == 0 else "Then by"
        amount = view.money.figure(total, "MUSD", 3)
        points.append(f"{opening} {days(same_day[0].order_by)} ({amount}): {_items(same_day)}.")
    if not points:
        return None
    return QuestionAnswer("What must be ordered first, and by when?", tuple(points), "orders", "every order")


def _items(lines: list[OrderLine]) -> str:
    """Orders of one day, most expensive first, lines of the same item together."""
    items: dict[tuple[str, str], list[OrderLine]] = {}
    for line in sorted(lines, key=lambda line: -line.total_usd):
        items.setdefault((line.name, line.site), []).append(line)
    named = [f"{name}: {', '.join(_amount(line) for line in same)}" for (name, _), same in items.items()]
    rest = f"; and {counted(len(named) - ITEMS_NAMED, 'more item')}" if len(named) > ITEMS_NAMED else ""
    return "; ".join(named[:ITEMS_NAMED]) + rest


def _amount(line: OrderLine) -> str:
    return line.what if line.unit == "lump sum" else quantity(line)


def _excluded(result: Result) -> QuestionAnswer | None:
    top = strongest_excluded(result)
    if top is None:
        return None
    chips = result.problem.instance.accelerators
    every = [verdict for verdict in chip_verdicts(result) if verdict.kind not in ("bought", "allowed")]
    same = [v for v in every if v.law and top.law and (v.law.clause, v.kind) == (top.law.clause, top.kind)] or [top]
    same.sort(key=lambda v: -(chips[v.accelerator].bf16_tflops or 0.0))
    names = [chips[verdict.accelerator].name for verdict in same]
    more = f" and {len(names) - CHIPS_NAMED} more" if len(names) > CHIPS_NAMED else ""
    points = [f"{', '.join(names[:CHIPS_NAMED])}{more}: {_because(top)}."]
    rate = peak_text(result.problem, top.accelerator)
    if rate and top.law and top.law.reason:
        points.append(f"The fastest of them, {names[0]} ({rate}): {top.law.reason.rstrip('. ')}.")
    counts = Counter(verdict.kind for verdict in every)
    unlisted = [name for name in left_out_by_lists(result.problem.instance) if name not in chips]
    if unlisted:
        counts["procurement list"] += len(unlisted)
    listed = ", ".join(f"{whole(count)} by {kind}" for kind, count in counts.items())
    rest = len(chips) - len(every)
    may = f"the other {whole(rest)} may be bought" if rest else "no other is left"
    points.append(f"Excluded in all: {listed}; {may}.{_unlisted(unlisted)}")
    return QuestionAnswer(
        "Which accelerators are excluded, and why?", tuple(points), "chips", "the verdict on every accelerator"
    )


def _unlisted(names: list[str]) -> str:
    """What procurement.include and exclude leave out of the catalogue, which no table of the page has."""
    if not names:
        return ""
    more = f" and {len(names) - CHIPS_NAMED} more of the catalogue" if len(names) > CHIPS_NAMED else ""
    return f" Left out by procurement.include or exclude: {', '.join(names[:CHIPS_NAMED])}{more}."


def _because(verdict: ChipVerdict) -> str:
    law = verdict.law
    clause = f", {law.clause}" if law and law.clause else ""
    since = f", in force since {law.effective}" if law and law.effective else ""
    return f"excluded by {verdict.kind}{clause}{since}"


def _one_more(view: View, marginals: tuple[Marginal, ...]) -> QuestionAnswer:
    limit = tightest(uses(view.problem, view.design))
    grid_values = [value for value in marginals if value.path.endswith(".grid_mw")]
    if grid_values:
        points = [_marginal(value, view.money) for value in grid_values[:2]]
    else:
        points = [_power(use) for use, _ in limit if use.requirement == "grid import" and use.limit][:2]
    binding = [_binding(use) for use, _ in limit if use.binds]
    listed = "; ".join(binding[:4]) + (f"; and {len(binding) - 4} more" if len(binding) > 4 else "")
    points.append(f"What binds: {listed}." if binding else "No requirement binds.")
    see = (
        ("marginals", "what a step of each limit is worth")
        if marginals
        else ("limits", "how tight every requirement is")
    )
    return QuestionAnswer("What is one more MW worth?", tuple(points), *see)


def _marginal(value: Marginal, money: Currency) -> str:
    value_text = worth(value.more_musd, value.noise_musd, money)
    saved = (
        "nothing that the gap could tell"
        if value_text == "about 0"
        else f"{value_text} {money.unit('MUSD')} of present value"
    )
    return f"{number(value.step)} {value.unit} more of {value.label} saves {saved} (solved again with it)."


def _power(use: Use) -> str:
    where = f" at {use.where[0]}" if use.where[0] else ""
    left = use.limit - use.used
    if use.binds:
        return (
            f"Grid power binds{where}: {number(use.shown)} of {number(use.limit)} MW in {use.where[1]}. What one more "
            f"is worth takes a search with {use.path} one MW higher."
        )
    return (
        f"Nothing that this design could use: of {number(use.limit)} MW{where}, {number(left, 3)} MW stay unused even "
        f"in {use.where[1]}, the tightest phase. Giving those back would cost nothing."
    )


def _binding(use: Use) -> str:
    least = "at least" if use.is_floor else "at most"
    unit = f" {use.unit}" if use.unit else ""
    whole_pods = f", {number(use.shown)} used and no whole pod more" if use.remark else ""
    return f"{use.requirement} ({least} {number(use.limit)}{unit}{whole_pods})"
