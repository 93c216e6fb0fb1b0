"""Studies of one design, as they are kept beside its run: marginal values, alternatives, simple plans, entry prices,
and which estimate decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

from optimizer.analysis.money import DOLLARS, Currency
from optimizer.errors import OptimizerError
from optimizer.number_format import finite
from optimizer.report.alternatives import Choices, alternatives_blocks
from optimizer.report.baselines import Plans, baseline_blocks, entry_blocks
from optimizer.report.document import Block, Paragraph
from optimizer.report.explanation import marginal_blocks
from optimizer.study.deciders import Deciders
from optimizer.study.entry_price import EntryPrice
from optimizer.study.marginal import Marginal

FORMAT_VERSION = 1
MARGINAL, ALTERNATIVES, BASELINES, ENTRY = "marginal.json", "alternatives.json", "baselines.json", "entry.json"
DECIDERS = "deciders.json"
NAMES = (MARGINAL, ALTERNATIVES, BASELINES, ENTRY, DECIDERS)
MOST_BYTES = 20_000_000
STOPPED = (
    "The studies were interrupted: what follows was computed before that, and what is missing was not computed. "
    "`optimizer report` makes them again."
)


@dataclass(frozen=True, kw_only=True)
class Studies:
    """What was studied; what was not is empty."""

    marginals: tuple[Marginal, ...] = ()
    alternatives: Choices | None = None
    baselines: Plans | None = None
    entries: tuple[EntryPrice, ...] = ()
    stopped: bool = False
    """Whether an interrupt ended them: what is missing was not computed."""
    deciders: Deciders | None = None

    def __bool__(self) -> bool:
        return bool(
            self.stopped or self.marginals or self.alternatives or self.baselines or self.entries or self.deciders
        )

    def over(self, earlier: Studies) -> Studies:
        """These studies, and the earlier ones that were not made again."""
        return Studies(
            marginals=self.marginals or earlier.marginals,
            alternatives=self.alternatives or earlier.alternatives,
            baselines=self.baselines or earlier.baselines,
            entries=self.entries or earlier.entries,
            stopped=self.stopped or earlier.stopped,
            deciders=self.deciders or earlier.deciders,
        )


def blocks(studies: Studies, money: Currency = DOLLARS) -> list[Block]:
    """What was studied, for the terminal and the summary."""
    made: list[Block] = [Paragraph(STOPPED)] if studies.stopped else []
    if studies.marginals:
        made += marginal_blocks(studies.marginals, money)
    if studies.alternatives:
        made += alternatives_blocks(studies.alternatives, money)
    if studies.baselines and (studies.baselines.rows or not studies.stopped):
        made += baseline_blocks(studies.baselines, money=money)
    if studies.entries:
        made += entry_blocks(studies.entries, money=money)
    return made


def as_json(studies: Studies) -> dict[str, Any]:
    """What was studied, as plain data by the stem of its file."""
    values = {
        MARGINAL: [asdict(value) for value in studies.marginals],
        ALTERNATIVES: asdict(studies.alternatives) if studies.alternatives else None,
        BASELINES: asdict(studies.baselines) if studies.baselines else None,
        ENTRY: [asdict(value) for value in studies.entries],
        DECIDERS: asdict(studies.deciders) if studies.deciders else None,
    }
    stored = {name.removesuffix(".json"): finite(value) for name, value in values.items() if value}
    return stored | ({"stopped": True} if studies.stopped else {})


def files(studies: Studies, instance_sha256: str) -> dict[str, str]:
    """The studies as files, by name; each says which question it belongs to."""
    texts = {stem: value for stem, value in as_json(studies).items() if stem != "stopped"}
    return {f"{stem}.json": _text(instance_sha256, value, studies.stopped) for stem, value in texts.items()}


def _text(instance_sha256: str, part: Any, stopped: bool) -> str:
    whole = {"format_version": FORMAT_VERSION, "instance_sha256": instance_sha256, "found": part}
    whole |= {"stopped": True} if stopped else {}
    return json.dumps(whole, sort_keys=True, indent=1, allow_nan=False) + "\n"


def load(folder: Path, instance_sha256: str) -> tuple[Studies, tuple[str, ...]]:
    """The studies kept in a run's folder, and warnings about those that cannot be used."""
    values: dict[str, Any] = {}
    stopped = False
    warnings: list[str] = []
    for name in NAMES:
        if not (folder / name).is_file():
            continue
        try:
            values[name], ended = _read(folder / name, name, instance_sha256)
            stopped = stopped or ended
        except (OptimizerError, ValueError) as problem:
            warnings.append(f"{name} is not shown: {_first_line(problem)}")
    kept = Studies(
        marginals=values.get(MARGINAL, ()),
        alternatives=values.get(ALTERNATIVES),
        baselines=values.get(BASELINES),
        entries=values.get(ENTRY, ()),
        stopped=stopped,
        deciders=values.get(DECIDERS),
    )
    return kept, tuple(warnings)


def _first_line(problem: Exception) -> str:
    return str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__


def _read(path: Path, name: str, instance_sha256: str) -> tuple[Any, bool]:
    """What a file holds, and whether an interrupt ended the study."""
    from optimizer.runs.strict_json import read_own_json

    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"it is larger than {MOST_BYTES:,} bytes")
    whole = read_own_json(path.parent, path.name)
    if not isinstance(whole, Mapping) or whole.get("format_version") != FORMAT_VERSION:
        raise ValueError(f"it is not of format version {FORMAT_VERSION}")
    if whole.get("instance_sha256") != instance_sha256:
        raise ValueError("it belongs to another question")
    value = whole.get("found")
    if name == MARGINAL and isinstance(value, list):
        value = [_with_infinity(row) for row in value]
    return _adapter(name).validate_python(value), whole.get("stopped") is True


def _with_infinity(row: Any) -> Any:
    """A cut that leaves no design costs without limit."""
    return {**row, "less_musd": inf} if isinstance(row, dict) and row.get("less_musd") is None else row


@cache
def _adapter(name: str) -> Any:
    from pydantic import TypeAdapter

    shapes: dict[str, Any] = {
        MARGINAL: tuple[Marginal, ...],
        ALTERNATIVES: Choices,
        BASELINES: Plans,
        ENTRY: tuple[EntryPrice, ...],
        DECIDERS: Deciders,
    }
    return TypeAdapter(shapes[name])
