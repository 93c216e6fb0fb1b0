"""Whether a scenario tree can be one: probabilities, the reveal, later branches, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from optimizer.inputs.schema import Instance
from optimizer.inputs.uncertainty import Uncertainty
from optimizer.reading.checks_no_effect import NO_EFFECT_CHECKS
from optimizer.reading.messages import InputFinding
from optimizer.reading.schema_walk import did_you_mean
from optimizer.setting.matching import matches


def scenarios_are_all_there_is(instance: Instance) -> Iterator[InputFinding]:
    """Probabilities add up to 1."""
    tree = instance.uncertainty
    total = sum(future.probability for future in tree.scenarios.values()) if tree else 1.0
    if abs(total - 1.0) > 1e-9:
        last = list(tree.scenarios)[-1] if tree else ""
        path = ("uncertainty", "scenarios", last, "probability")
        uses = (("uncertainty", "scenarios"),)
        yield InputFinding(
            "E0461", path, f"the probabilities of the scenarios add up to {total:g}, not to 1", None, uses
        )


def reveal_can_be(instance: Instance) -> Iterator[InputFinding]:
    """One reveal, after the planning date, with something decided before it and something after."""
    tree = instance.uncertainty
    if tree is None:
        return
    path, starts = ("uncertainty",), {name: phase.start for name, phase in instance.phases.items()}
    if (tree.reveal_phase is None) == (tree.reveal_date is None):
        yield InputFinding("E0462", path, "give either reveal_phase or reveal_date")
    elif tree.reveal_date is not None and tree.reveal_date < instance.planning_date:
        message = f"reveal_date {tree.reveal_date} is before the planning date {instance.planning_date}"
        hint = "what is known when planning is no uncertainty"
        yield InputFinding("E0462", (*path, "reveal_date"), message, hint, (("planning_date",),))
    elif tree.reveal_date is not None and all(start < tree.reveal_date for start in starts.values()):
        message = f"reveal_date {tree.reveal_date}: no phase starts on or after it"
        yield InputFinding("E0462", (*path, "reveal_date"), message, None, (("phases",),))
    elif tree.reveal_phase == next(iter(starts)) or (tree.reveal_date or date.max) <= min(starts.values()):
        key = "reveal_phase" if tree.reveal_phase else "reveal_date"
        message = f"{key}: nothing is decided before the first phase, so there is nothing to hedge"
        yield InputFinding("E0462", (*path, key), message, "reveal in a later phase", (("phases",),))


def refusals_refuse_something(instance: Instance) -> Iterator[InputFinding]:
    """Patterns of refused licences that fit no accelerator."""
    for name, future in (instance.uncertainty.scenarios if instance.uncertainty else {}).items():
        for number, pattern in enumerate(future.refused):
            if not any(matches(chip, (pattern,)) for chip in instance.accelerators):
                message = f'no accelerator fits "{pattern}", so its licence cannot be refused'
                path = ("uncertainty", "scenarios", name, "refused", number)
                yield InputFinding("W0643", path, message, did_you_mean(pattern.strip("*"), instance.accelerators))


def branches_can_be(instance: Instance) -> Iterator[InputFinding]:
    """A later branch follows a scenario from the reveal on, and parts from it after that one has parted itself."""
    tree = instance.uncertainty
    for name, future in (tree.scenarios if tree else {}).items():
        assert tree is not None
        path = ("uncertainty", "scenarios", name)
        if (future.follows is None) != (future.from_phase is None):
            yield InputFinding("E0463", path, f"{name}: follows and from_phase go together", "give both, or neither")
        elif future.follows is not None and future.follows not in tree.scenarios:
            hint = did_you_mean(future.follows, tree.scenarios)
            yield InputFinding("E0463", (*path, "follows"), f"there is no scenario {future.follows}", hint)
        elif future.follows is not None and not _parts_later(instance, tree, name):
            message = f"{name} must part from {future.follows} after the reveal, and after {future.follows} has parted"
            yield InputFinding("E0463", (*path, "from_phase"), message, "choose a later from_phase")


def _parts_later(instance: Instance, tree: Uncertainty, name: str) -> bool:
    """Whether the phases in which a chain of branches parts fall towards its trunk, down to the reveal."""
    order = {p: k for k, p in enumerate(instance.phases)}
    at = len(order)
    seen = name
    while (future := tree.scenarios.get(seen)) is not None and future.follows is not None:
        here = order.get(future.from_phase or "", -1)
        if not 0 <= here < at:
            return False
        at, seen = here, future.follows
    return at > revealed_from(instance, tree)


def revealed_from(instance: Instance, tree: Uncertainty) -> int:
    """Number of the first phase whose decisions may depend on the scenario."""
    names = tuple(instance.phases)
    if tree.reveal_phase in instance.phases:
        return names.index(tree.reveal_phase)
    day = tree.reveal_date or date.max
    return next((k for k, p in enumerate(names) if instance.phases[p].start >= day), len(names))


UNCERTAINTY_CHECKS = (
    scenarios_are_all_there_is,
    reveal_can_be,
    branches_can_be,
    refusals_refuse_something,
    *NO_EFFECT_CHECKS,
)
"""Checks of this page."""
