"""Which accelerators a rule is about: the one reading of `match` and of patterns on the side of the model. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Protocol

from optimizer.inputs.policies import Match
from optimizer.inputs.schema import Instance

FREE = "free"
"""Status of a delivery that no ruling is about."""


class Ruled(Protocol):
    """A ruling, of which only the status counts here."""

    @property
    def status(self) -> Any:
        """Its `value` is that of `match.status`."""


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether an id matches one of the patterns (`*` stands for anything)."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def may_be_bought(instance: Instance, name: str) -> bool:
    """Whether the planner's lists let an accelerator be bought."""
    lists = instance.procurement
    return matches(name, lists.include) and not matches(name, lists.exclude)


def about_chip(instance: Instance, match: Match, name: str) -> bool:
    """Whether a rule is about an accelerator, rulings left aside."""
    chip = instance.accelerators[name]
    wanted = (
        (match.tier, chip.tier),
        (match.vendor, chip.vendor),
        (match.origin, chip.origin),
    )
    named = match.accelerator is None or match.accelerator in (name, chip.product)
    return named and all(want is None or want == have for want, have in wanted)


def selects(
    instance: Instance,
    rulings: Mapping[tuple[str, str, str], Ruled] | None,
    match: Match,
    where: tuple[str, str, str],
) -> bool:
    """Whether a rule is about an accelerator at a site in a phase: `where` is (site, accelerator, phase)."""
    if not about_chip(instance, match, where[1]):
        return False
    ruling = rulings.get(where) if rulings else None
    return match.status in (None, ruling.status.value if ruling else FREE)
