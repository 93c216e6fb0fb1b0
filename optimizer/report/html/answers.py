"""Three questions every reader asks, answered in a few lines at the top of the page."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.pipeline import Result
from optimizer.report.figures import number, percent, whole
from optimizer.report.html.chips import ChipVerdict, chip_verdicts, peak_words, strongest_excluded
from optimizer.report.html.time_charts import days
from optimizer.report.html.view import View
from optimizer.report.usage import Use, tightest, uses
from optimizer.run.procurement import OrderLine

ORDERS_NAMED = 3
CHIPS_NAMED = 4


@dataclass(frozen=True)
class Answer:
    """A question and its answer; `see` is the part of the page with the rest."""

    question: str
    points: tuple[str, ...]
    see: str
    more: str


def answers(view: View, has_marginals: bool) -> tuple[Answer, ...]:
    """The questions this design answers."""
    found = [_first_orders(view), _excluded(view.result), _one_more(view, has_marginals)]
    return tuple(answer for answer in found if answer is not None)


def _first_orders(view: View) -> Answer | None:
    lines = view.orders
    if not lines:
        return None
    groups: dict[str, list[OrderLine]] = {}
    for line in lines:
        groups.setdefault(line.order_by.isoformat(), []).append(line)
    points = []
    for at, same_day in enumerate(list(groups.values())[:ORDERS_NAMED]):
        costly = sorted(same_day, key=lambda line: -line.total_usd)
        named = "; ".join(dict.fromkeys(_words(line) for line in costly[:3]))
        rest = f"; and {len(costly) - 3} more" if len(costly) > 3 else ""
        total = sum(line.total_usd for line in same_day) / 1e6
        opening = "First, by" if at == 0 else "Then by"
        points.append(f"{opening} {days(same_day[0].order_by)}: {named}{rest} ({number(total, 3)} MUSD that day).")
    return Answer("What must be ordered first, and by when?", tuple(points), "orders", "every order")


def _words(line: OrderLine) -> str:
    if line.unit == "lump sum":
        return f"{line.what} ({line.name})"
    if line.what == "accelerator pods":
        return f"{whole(line.quantity)} pods of {line.name} on {line.cooling}"
    amount = whole(line.quantity) if float(line.quantity).is_integer() else number(line.quantity, 3)
    return (
        f"{amount} {line.unit}{'s' if line.quantity != 1 and line.unit not in ('MW', 'MWh', 'm2') else ''} {_of(line)}"
    )


def _of(line: OrderLine) -> str:
    what = {"transformers": "", "generators": "", "cooling modules": "cooling "}.get(line.what, f"{line.what} ")
    return f"({what}{line.name})" if what else f"({line.name})"


def _excluded(result: Result) -> Answer | None:
    top = strongest_excluded(result)
    if top is None:
        return None
    same = [
        v for v in chip_verdicts(result) if v.law and top.law and v.law.clause == top.law.clause and v.kind == top.kind
    ]
    names = [result.problem.instance.accelerators[v.accelerator].name for v in same]
    named = ", ".join(names[:CHIPS_NAMED]) + (
        f" and {len(names) - CHIPS_NAMED} more" if len(names) > CHIPS_NAMED else ""
    )
    points = [f"{named}: {_because(top)}."]
    counts: dict[str, int] = {}
    for verdict in chip_verdicts(result):
        if verdict.kind not in ("bought", "allowed"):
            counts[verdict.kind] = counts.get(verdict.kind, 0) + 1
    points.append("In all: " + ", ".join(f"{count} excluded by {kind}" for kind, count in counts.items()) + ".")
    chip = result.problem.instance.accelerators[top.accelerator].name
    rate = peak_words(result.problem, top.accelerator)
    return Answer(
        f"Why not {chip}{f' ({rate})' if rate else ''}?", tuple(points), "chips", "the verdict on every accelerator"
    )


def _because(verdict: ChipVerdict) -> str:
    law = verdict.law
    clause = f" under {law.clause}" if law and law.clause else ""
    since = f", in force {law.effective}" if law and law.effective else ""
    return f"not available, {verdict.kind}{clause}{since}" + (f" ({verdict.reason})" if verdict.reason else "")


def _one_more(view: View, has_marginals: bool) -> Answer:
    found = tightest(uses(view.problem, view.design))
    points = [_power(use) for use, _ in found if use.requirement == "grid import"][:2]
    binding = [_binding(use) for use, _ in found if use.binds]
    listed = "; ".join(binding[:4]) + (f"; and {len(binding) - 4} more" if len(binding) > 4 else "")
    points.append(f"What binds: {listed}." if binding else "No requirement binds.")
    if has_marginals:
        return Answer("What is one more MW worth?", tuple(points), "marginals", "what one more of each is worth")
    return Answer("What is one more MW worth?", tuple(points), "limits", "how tight every requirement is")


def _power(use: Use) -> str:
    where = f" at {use.where[0]}" if use.where[0] else ""
    left = use.limit - use.used
    if use.binds:
        return (
            f"Grid power binds{where}: {number(use.used)} of {number(use.limit)} MW in {use.where[1]}. "
            f"More is worth what a design with {use.path} one MW higher saves."
        )
    return (
        f"Nothing to this design: {number(left, 3)} of the {number(use.limit)} MW{where} stay unused even in "
        f"{use.where[1]}, the tightest phase. Giving that much back costs nothing."
    )


def _binding(use: Use) -> str:
    least = "at least " if use.is_floor else "at most "
    unit = f" {use.unit}" if use.unit else ""
    return f"{use.requirement} ({percent(use.fraction)}, {least}{number(use.limit)}{unit})"
