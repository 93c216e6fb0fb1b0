"""Designs side by side, and where their levelised costs differ.

    LCOC = sum over accounts of (present value of the account / NPV of EFLOP)

so the difference of two levelised costs is, exactly, the sum of the accounts' differences; the same holds line by line.
Every difference is: the other side less the first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from optimizer.analysis.legal_flags import raised_flags
from optimizer.analysis.sides import Side
from optimizer.inputs.design import Entry, Timing
from optimizer.inputs.quantity import MILLION
from optimizer.ledger.accounts import ACCOUNTS, BY_ID
from optimizer.model.kpis import ALL_KPIS
from optimizer.reading.read import values_of
from optimizer.reading.references import is_listed

Amount = float | str | None
ANY_SITE = "(site)"
"""Stands for the only site of each side."""
_NOT_COMPARED = ("name", "title", "description")


@dataclass(frozen=True)
class Row:
    """One thing on every side, in the order of the sides. None: the side does not have it."""

    what: str
    unit: str
    values: tuple[Amount, ...]
    detail: str = ""

    @property
    def differs(self) -> bool:
        return any(value != self.values[0] for value in self.values[1:])

    def difference(self, side: int) -> float | None:
        """The side less the first; None if either is not a number. An absent quantity is none of it: zero."""
        here, first = self.values[side], self.values[0]
        if isinstance(here, str) or isinstance(first, str):
            return None
        return (here or 0.0) - (first or 0.0)

    def relative(self, side: int) -> float | None:
        """The difference as a share of the first side; None where that means nothing."""
        difference, first = self.difference(side), self.values[0]
        return difference / abs(first) if difference is not None and isinstance(first, float) and first else None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything set side by side."""

    sides: tuple[Side, ...]
    figures: tuple[Row, ...]
    costs: tuple[Row, ...]
    """USD per EFLOP by account, largest difference first. Each side's column adds up to its levelised cost."""
    lines: tuple[Row, ...]
    """The same by account, phase, site and label."""
    decisions: tuple[Row, ...]
    chips: tuple[Row, ...]
    """Accelerators that at least one side cannot buy: why, and by which clause."""
    assumptions: tuple[Row, ...]
    """Values of the instances that differ, by path."""

    def to_json_dict(self) -> dict[str, Any]:
        """Plain data; the order of values is that of the sides."""
        tables = {name: getattr(self, name) for name in ("figures", "costs", "lines", "decisions", "chips")}
        sides = [
            {
                "name": side.name,
                "instance": side.instance.name,
                "verified": side.result.verified,
                "bid": side.is_bid,
                "status": None if side.is_bid else side.result.status.value,
                "verdict": side.verdict,
                "doubts": list(side.doubts),
            }
            for side in self.sides
        ]
        plain: dict[str, Any] = {"sides": sides}
        for name, rows in (*tables.items(), ("assumptions", self.assumptions)):
            plain[name] = [
                {**asdict(row), "difference": [row.difference(at) for at in range(1, len(self.sides))]} for row in rows
            ]
        return plain


def compare(sides: tuple[Side, ...]) -> Comparison:
    """Set designs side by side. Raises ValueError for fewer than two."""
    if len(sides) < 2:
        raise ValueError("a comparison takes two designs at least")
    return Comparison(
        sides=sides,
        figures=tuple(_figures(sides)),
        costs=_costs(sides, by_line=False),
        lines=_costs(sides, by_line=True),
        decisions=_decisions(sides),
        chips=tuple(_chips(sides)),
        assumptions=tuple(_assumptions(sides)),
    )


def _figures(sides: tuple[Side, ...]) -> Iterator[Row]:
    for kpi in ALL_KPIS:
        if all(kpi.id not in side.reported.kpis for side in sides):
            continue
        yield Row(kpi.id, kpi.unit, tuple(side.reported.kpis.get(kpi.id) for side in sides), kpi.meaning)


def _costs(sides: tuple[Side, ...], by_line: bool) -> tuple[Row, ...]:
    """USD per EFLOP by account, or by line: the largest difference to the first side leads."""
    one_site = all(side.only_site for side in sides)
    # The audit's lines of a bid have no labels, so with a bid nobody's lines have.
    labels = not any(side.is_bid for side in sides)

    def key_of(line: Entry) -> tuple[str, ...]:
        if not by_line:
            return (line.account,)
        return line.account, line.phase, "" if one_site else line.site or "", line.label if labels else ""

    shares = [_usd_per_eflop(side, key_of) for side in sides]
    keys = list(dict.fromkeys(key for share in shares for key in share))
    rows = [
        Row(
            " / ".join(part for part in key if part),
            "USD/EFLOP",
            tuple(s.get(key) for s in shares),
            BY_ID[key[0]].meaning,
        )
        for key in keys
    ]
    rank = {account.id: at for at, account in enumerate(ACCOUNTS)}
    order = sorted(zip(rows, keys, strict=True), key=lambda pair: (-_largest(pair[0]), rank[pair[1][0]]))
    return tuple(row for row, _ in order)


def _largest(row: Row) -> float:
    return max(abs(row.difference(side) or 0.0) for side in range(1, len(row.values)))


def _usd_per_eflop(side: Side, key_of: Callable[[Entry], tuple[str, ...]]) -> dict[tuple[str, ...], float]:
    """Present value over NPV of EFLOP by account or line. All zero if nothing is delivered."""
    calendar, eflop = side.result.problem.calendar, side.reported.npv_eflop
    sums: dict[tuple[str, ...], float] = defaultdict(float)
    for entry in side.reported.ledger:
        if BY_ID[entry.account].is_money:
            worth = entry.amount * calendar.weight(Timing(entry.timing), entry.phase)
            sums[key_of(entry)] += worth * MILLION / eflop if eflop else 0.0
    return dict(sums)


def _decisions(sides: tuple[Side, ...]) -> tuple[Row, ...]:
    """What is bought over the horizon by kind and item, and the substation in the last phase."""
    chosen = [_chosen(side) for side in sides]
    place = {what: number for number, what in enumerate(_KINDS)}
    keys = sorted(
        {key for quantities in chosen for key in quantities}, key=lambda key: (place.get(key[0], len(place)), key)
    )
    return tuple(
        Row(
            f"{what}: {item}" if item else what,
            unit,
            tuple(quantities.get((what, item, unit)) for quantities in chosen),
        )
        for what, item, unit in keys
    )


_KINDS = (
    "pods bought",
    "racks bought",
    "existing pods retired",
    "bought pods retired",
    "cooling modules bought",
    "transformers, last phase",
    "UPS bought",
    "battery power bought",
    "battery energy bought",
    "generators bought",
    "white space fitted out",
    "plant space fitted out",
    "software stacks",
    "porting programmes",
    "legal flags",
)


def _chosen(side: Side) -> dict[tuple[str, str, str], float]:
    """Quantities by (kind, item, unit), over all sites and phases."""
    made, problem, sums = side.decisions, side.result.problem, defaultdict[tuple[str, str, str], float](float)
    for row in made.deliveries:
        size = problem.compute.types[row.type_key].size
        sums["pods bought", f"{row.accelerator} in {row.type_key[2]}", "pods"] += row.pods
        sums["racks bought", "", "racks"] += row.pods * size.racks
    for row in made.retirements:
        what = "existing pods retired" if row.bought is None else "bought pods retired"
        sums[what, f"{row.accelerator} in {row.type_key[2]}", "pods"] += row.pods
    for station in made.substations:
        if station.phase == problem.calendar.last:
            sums["transformers, last phase", station.transformer, "units"] += station.units
    for bought in problem.purchases(made):
        offer = bought.offer
        if offer.bought:
            unit = offer.unit if offer.unit in ("MW", "MWh", "m2") else f"{offer.unit}s"
            sums[offer.bought, "" if offer.kind else offer.item, unit] += bought.quantity
    for stack in made.stacks:
        sums["software stacks", stack, "adopted"] += 1
    for stack in made.programmes:
        sums["porting programmes", stack, "run"] += 1
    for raised in raised_flags(problem, made):
        sums["legal flags", raised.flag.label, "accelerators" if raised.accelerators else "sites"] += (
            raised.count or len(raised.sites)
        )
    return dict(sums)


def _chips(sides: tuple[Side, ...]) -> Iterator[Row]:
    """Accelerators left out on a side, with the reason; those on which the sides disagree first."""
    names = list(dict.fromkeys(name for side in sides for name in side.instance.accelerators))
    rows = [Row(name, "", tuple(_admission(side, name) for side in sides)) for name in names]
    left_out = [row for row in rows if any(value not in ("offered", "bought") for value in row.values)]
    yield from sorted(left_out, key=lambda row: not row.differs)


def _admission(side: Side, chip: str) -> str:
    """`bought`, `offered`, or why it cannot be bought at any site."""
    if chip not in side.instance.accelerators:
        # A resolved instance leaves out what the planner's lists leave out.
        lists = side.instance.procurement
        listed = is_listed(chip, lists.include, lists.exclude)
        return "not in the instance" if listed else "excluded: procurement list"
    if any(row.accelerator == chip for row in side.decisions.deliveries):
        return "bought"
    if any(a == chip and pod.deliverable for (_, a, _), pod in side.result.problem.compute.types.items()):
        return "offered"
    exclusions = [e for e in side.result.problem.compute.exclusions if e.accelerator == chip]
    reasons = dict.fromkeys(f"{e.kind}, {e.clause}" if e.clause else e.kind for e in exclusions)
    return "excluded: " + ("; ".join(reasons) or "no pod of it can be built")


def _assumptions(sides: tuple[Side, ...]) -> Iterator[Row]:
    """Values that differ. If each side has one site, its values are compared whatever its name."""
    one_site = all(side.only_site for side in sides)
    tables = [dict(_values(side, one_site)) for side in sides]
    for path in dict.fromkeys(path for table in tables for path in table):
        row = Row(path, "", tuple(table.get(path) for table in tables))
        if row.differs and path not in _NOT_COMPARED:
            yield row


def _values(side: Side, one_site: bool) -> Iterator[tuple[str, Amount]]:
    for path, value in values_of(side.instance):
        if one_site and len(path) > 1 and path[0] == "sites":
            path = ("sites", ANY_SITE, *path[2:])
        yield ".".join(str(part) for part in path), _amount(value)


def _amount(value: Any) -> Amount:
    if value is None or (isinstance(value, tuple | list | dict) and not value):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, tuple | list):
        return ", ".join(f"{item:g}" if isinstance(item, float) else str(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
