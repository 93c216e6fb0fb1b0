"""From factors to cells: the keys each factor moves, checked before anything is solved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from optimizer.errors import OptimizerError
from optimizer.reading.overrides import Setting
from optimizer.reading.read import Variants
from optimizer.reading.schema_walk import shape_at
from optimizer.study.axes import refuse
from optimizer.study.designs import Definition, Point, count, points
from optimizer.study.engine import StudyCell
from optimizer.study.targets import Factor, Target, settings_for, targets


@dataclass(frozen=True)
class StudyPlan:
    """A design over an instance. `moved` are the keys of every factor."""

    definition: Definition
    moved: tuple[tuple[Target, ...], ...]

    @property
    def total(self) -> int:
        """Number of cells."""
        return count(self.definition)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the factors: the input columns of the table."""
        return tuple(factor.name for factor in self.definition.factors)

    def cells(self, chosen: Iterable[Point] | None = None) -> Iterator[StudyCell]:
        """The cells in order, of the design or of other points of the same factors."""
        for number, point in enumerate(points(self.definition) if chosen is None else chosen):
            yield StudyCell(number, point, self.settings(point))

    def settings(self, point: Point) -> tuple[Setting, ...]:
        """The settings of a point."""
        pairs = zip(self.definition.factors, self.moved, point, strict=True)
        return tuple(
            s for factor, moved, value in pairs if value is not None for s in settings_for(factor, moved, value)
        )


def plan(variants: Variants, definition: Definition) -> StudyPlan:
    """Find the keys of every factor. Raises InputError for unknown keys, wrong types and keys varied twice."""
    instance = variants.read().instance
    moved = tuple(
        targets(instance, factor, lambda parts, factor=factor: _may_be_set(variants, parts, factor))  # type: ignore[misc]
        for factor in definition.factors
    )
    owner: dict[str, Factor] = {}
    for factor, values in zip(definition.factors, moved, strict=True):
        for target in values:
            if target.dotted in owner:
                other = owner[target.dotted].path
                refuse("E0322", factor.path, f"{target.dotted} is varied twice, by {other} too", factor.source)
            owner[target.dotted] = factor
    return StudyPlan(definition, moved)


def _may_be_set(variants: Variants, parts: tuple[str, ...], factor: Factor) -> bool:
    """Whether the schema has the key and the tables around it exist; what its value leads to is the cell's matter."""
    shape = shape_at(parts)
    if shape is None or shape.is_table:
        return False
    try:
        value = factor.values[0]
        variants.read([Setting(parts, value, ".".join(parts))])
    except OptimizerError as problem:
        return not problem.message.startswith("--set")
    return True
