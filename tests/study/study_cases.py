"""A small study of formula cells, and what it takes to run it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from optimizer.reading.read import Variants
from optimizer.runs.study_tables import StudyRow, StudyTable, map_table, study_table
from optimizer.study.axes import parse_axis
from optimizer.study.cell import Question, Record, StudyContext
from optimizer.study.designs import Definition
from optimizer.study.engine import Setup, StudyOutcome
from optimizer.study.plan import StudyPlan, plan
from optimizer.study.pools import Executor, Serial, Work
from optimizer.study.versions import versions
from tests.hand.test_hand_battery import CELL
from tests.study import analytic
from tests.tiny import ROOT

MINIMAL = ROOT / "instances" / "minimal.toml"
GRID = ("accelerators.quick.price_usd=10000:40000:10000", "sites.paper.grid_mw=1:2:0.5")

DAY_AND_NIGHT: dict[str, Any] = {
    "tariffs.flat.energy": [
        {"label": "day", "price_per_kwh": 0.30, "from_hour": 8},
        {"label": "night", "price_per_kwh": 0.05, "from_hour": 0, "to_hour": 8},
    ],
    "batteries.cell": {**CELL, "max_mw": 0.05, "max_mwh": 0.4, "usable_fraction": 1.0},
    "sites.paper.battery": "cell",
    "sites.paper.battery_dispatch": True,
}
"""A site that dispatches a battery between two prices of energy."""


@dataclass
class Memory:
    """A store in memory that counts what is solved."""

    records: dict[str, Record] = field(default_factory=dict)
    put_count: int = 0

    def get(self, key: str) -> Record | None:
        return self.records.get(key)

    def put(self, key: str, record: Record) -> None:
        self.put_count += 1
        self.records[key] = record


def planned(*axes: str, kind: str = "grid") -> tuple[Variants, StudyPlan]:
    variants = Variants(MINIMAL)
    return variants, plan(variants, Definition(kind, tuple(map(parse_axis, axes or GRID))))  # type: ignore[arg-type]


def setup(variants: Variants, executor: Executor | None = None, store: Any = None, work: Work | None = None) -> Setup:
    found = versions()
    context = StudyContext(MINIMAL.parent, Question(), tuple(sorted(found.items())))
    return Setup(
        read=variants.read,
        context=context,
        executor=executor or Serial(),
        work=work or analytic.work,
        store=store or Memory(),
        versions=found,
    )


def table(plan_: StudyPlan, outcome: StudyOutcome) -> StudyTable:
    return study_table(lines(plan_, outcome))


def lines(plan_: StudyPlan, outcome: StudyOutcome) -> list[StudyRow]:
    return [
        StudyRow(cell.number, dict(zip(plan_.names, cell.inputs, strict=True)), outcome.records[cell.number])
        for cell in plan_.cells()
    ]


def both(plan_: StudyPlan, outcome: StudyOutcome) -> tuple[str, bytes, str]:
    made = table(plan_, outcome)
    return made.csv(), made.parquet(), map_table(lines(plan_, outcome)).csv()
