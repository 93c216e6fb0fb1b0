"""Caps on the whole plan as requirements: limits, prices users pay, engineers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from optimizer.inputs.schema import Instance
from optimizer.ledger.limits import Limit, stated
from optimizer.model.build import Built
from optimizer.study.requirement import AMPLE_ENGINEERS, Requirement, by_phase


def of_caps(instance: Instance) -> Iterator[Requirement]:
    """Every cap that is given."""
    yield from _limits(instance)
    if instance.staff.max_engineers is not None:
        yield Requirement(
            path="staff.max_engineers",
            label="engineers that can be had",
            drop=partial(_engineers, AMPLE_ENGINEERS),
            unit="engineers",
            value=instance.staff.max_engineers,
            move=lambda i, value: _engineers(value, i),
        )


def _engineers(most: float, instance: Instance) -> Instance:
    """More or fewer of them; without any limit other pods would need them, so it is raised, not left out."""
    return instance.model_copy(update={"staff": instance.staff.model_copy(update={"max_engineers": most})})


def _limits(instance: Instance) -> Iterator[Requirement]:
    for limit, most in stated(instance):
        bargained = limit.table == "limits" and not limit.per_eflop
        yield Requirement(
            path=limit.path,
            label=f"limit {limit.field}",
            drop=partial(_limit, limit, value=None),
            unit=limit.unit,
            value=most,
            more_is_easier=True,
            move=partial(_limit, limit),
            amounts=partial(_limited, limit) if bargained else None,
        )


def _limited(limit: Limit, built: Built) -> Iterator[Any]:
    """The amounts a limit bounds."""
    if limit.form:
        yield built.forms[limit.form]
        return
    for amounts in zip(*(by_phase(account, None, built) for account in limit.accounts), strict=True):
        yield sum(amounts)


def _limit(limit: Limit, instance: Instance, value: float | None) -> Instance:
    table = getattr(instance, limit.table)
    return instance.model_copy(update={limit.table: table.model_copy(update={limit.field: value})})
