"""Caps on the whole plan as requirements: limits, prices users pay, engineers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from optimizer.inputs.schema import Instance
from optimizer.study.changes import in_limits
from optimizer.study.requirement import AMPLE_ENGINEERS, Amounts, Requirement, by_phase

LIMIT_AMOUNTS: dict[str, tuple[str, Amounts]] = {
    "capex_musd": ("MUSD", lambda built: iter([built.forms["capex"]])),
    "total_cost_musd": ("MUSD", lambda built: iter([built.forms["cost"]])),
    "energy_mwh_per_year": ("MWh/year", partial(by_phase, "import_mwh", None)),
    "carbon_t_per_year": ("t/year", partial(by_phase, "carbon_t", None)),
    "water_m3_per_year": ("m3/year", partial(by_phase, "water_m3", None)),
    "floor_area_m2": ("m2", lambda built: iter([built.model.limits.area_m2])),
}


def of_caps(instance: Instance) -> Iterator[Requirement]:
    """Every cap that is given."""
    yield from _limits(instance)
    yield from _prices(instance)
    if instance.staff.max_engineers is not None:
        yield Requirement(
            "staff.max_engineers",
            "engineers that can be had",
            partial(_engineers, AMPLE_ENGINEERS),
            "engineers",
            instance.staff.max_engineers,
            move=lambda i, value: _engineers(value, i),
        )


def _engineers(most: float, instance: Instance) -> Instance:
    """More or fewer of them; without any limit other pods would need them, so it is raised, not left out."""
    return instance.model_copy(update={"staff": instance.staff.model_copy(update={"max_engineers": most})})


PRICE_UNITS = {"list_price_max_usd_per_eflop": "USD/EFLOP", "subsidy_cap_musd": "MUSD"}


def _prices(instance: Instance) -> Iterator[Requirement]:
    for key, unit in PRICE_UNITS.items():
        value = getattr(instance.affordability, key, None)
        if value is not None:
            drop, move = partial(_price, key, None), partial(_moved_price, key)
            yield Requirement(f"affordability.{key}", f"cap {key}", drop, unit, value, move=move)


def _price(key: str, value: float | None, instance: Instance) -> Instance:
    assert instance.affordability is not None
    return instance.model_copy(update={"affordability": instance.affordability.model_copy(update={key: value})})


def _moved_price(key: str, instance: Instance, value: float) -> Instance:
    return _price(key, value, instance)


def _limits(instance: Instance) -> Iterator[Requirement]:
    for key, value in instance.limits:
        if value is None:
            continue
        unit, amounts = LIMIT_AMOUNTS.get(key, ("USD/EFLOP", None))
        yield Requirement(
            f"limits.{key}",
            f"limit {key}",
            partial(_limit, key, value=None),
            unit,
            value,
            True,
            partial(_limit, key),
            amounts,
        )


def _limit(key: str, instance: Instance, value: float | None) -> Instance:
    return in_limits(instance, {key: value})
