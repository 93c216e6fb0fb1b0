"""How long each order can wait before the targets are lost: a question of feasibility, not of cost.

An order is barred from phase after phase. The first design found that meets every requirement without it is enough, at
whatever cost; that there is none is proven by the search. Barring more never helps, so the turning point is found by
halving: the phase before it has a design (audited), the phase after it has none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from optimizer.inputs.design import Decisions, Status
from optimizer.pipeline import Options, Result, run
from optimizer.setting.calendar import order_date
from optimizer.study.latest_order import LatestOrder, OrderClass, bought_plant, lead_weeks_of, moved, order_classes
from optimizer.study.search_settings import SearchSettings

ANY_GAP = 0.999
"""Relative gap at which a search ends with its first design."""


@dataclass
class _HoldingSearch:
    """One study: what it starts from, and the designs found so far, each of which may answer other orders too."""

    base: Result
    options: Options
    witnesses: list[Decisions] = field(default_factory=list)
    searches: int = 0

    def holds(self, order: OrderClass, barred: tuple[str, ...]) -> bool | None:
        """Whether every requirement can be met without the order in some phases; None if the search was stopped."""
        if any(does_without(self.base, design, order, barred) for design in self.witnesses):
            return True
        problem = self.base.problem
        options = replace(self.options, objective="total_cost", gap=ANY_GAP, start=self.base.solution)
        result = run(moved(problem.instance, problem.calendar, order, barred), problem.folder, options)
        self.searches += 1
        if result.verified and result.design is not None:
            self.witnesses.append(result.design.decisions)
            return True
        return False if result.status is Status.INFEASIBLE else None


def does_without(base: Result, design: Decisions, order: OrderClass, barred: tuple[str, ...]) -> bool:
    """Whether a design is one that the order's delay allows: nothing of it comes in the phases barred."""
    if order.table == "accelerators":
        return not any(row.accelerator == order.item and row.phase in barred for row in design.deliveries)
    # Plant is barred by its lead time, so from the first phase up to the last one barred.
    upto = base.problem.calendar.up_to(barred[-1])
    rows = bought_plant(base.problem, design)
    return not any((table, item) == (order.table, order.item) and phase in upto for table, item, phase in rows)


def _holding(search: _HoldingSearch, order: OrderClass) -> LatestOrder:
    """Halve between the phase planned for, in which it comes, and never."""
    calendar = search.base.problem.calendar
    later = calendar.from_phase_on(order.phase)
    days = [order_date(calendar.starts[p], lead_weeks_of(search.base, order)) for p in later]
    # Barred from the first `good` phases there is a design (0: the plan itself); from the first `bad` there is none.
    good, bad, unknown = 0, len(later) + 1, len(later) + 1
    ask = len(later)
    while good + 1 < min(bad, unknown):
        held = search.holds(order, later[:ask])
        good, bad = (ask, bad) if held else (good, min(bad, ask) if held is False else bad)
        unknown = ask if held is None else unknown
        ask = (good + min(bad, unknown)) // 2
    tried = later[good + 1] if good + 1 < len(later) else None
    safe: date = days[min(good, len(later) - 1)]
    if good == len(later):
        return LatestOrder(order=order, order_by=days[0], latest_safe=safe, outcome="harmless", tried=None)
    return LatestOrder(
        order=order,
        order_by=days[0],
        latest_safe=safe,
        outcome="infeasible" if bad == good + 1 else "undecided",
        tried=tried,
    )


def all_holding(
    base: Result, search: SearchSettings, only: tuple[str, ...] = (), say: Callable[[str], None] | None = None
) -> tuple[LatestOrder, ...]:
    """The last day of every order, or those of some items, on which all requirements can still be met."""
    classes = order_classes(base.problem, base.decisions)
    wanted = [order for order in classes if not only or order.item in only]
    asked, began, designs = _HoldingSearch(base, search.options, [base.decisions]), time.monotonic(), []
    for number, order in enumerate(wanted):
        if say:
            per_order = (time.monotonic() - began) / number if number else None
            left = f", about {per_order * (len(wanted) - number):.0f} s left" if per_order is not None else ""
            say(f"{number + 1} of {len(wanted)}: {order.item} for {order.phase}{left}")
        designs.append(_holding(asked, order))
    if say:
        say(f"{asked.searches} search{'' if asked.searches == 1 else 'es'} in {time.monotonic() - began:.0f} s")
    return tuple(designs)
