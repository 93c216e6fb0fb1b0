"""How many pods of a type are worth ordering at once: the least of floor, quotas, supply, caps and feed. Pure.

Floor, quotas, supply and the cap on accelerators are limits themselves: no design goes beyond them. The feed limits
only pods at work:

    sum_w assigned[k, w, p] * import of a MW of w in hour t <= grid or substation + battery + generators, every hour,

so, on the mean of the hours, no more than `working` pods of a type work, whatever they do. Pods that are there without
work serve nothing but whole replicas of services (`docs/model.md`, 4c), at most `spare`. An order of more than
working + spare pods of a type at once can be cut down to that: what is cut works in no phase (all of an order serve
the same phases), no limit asks for pods without work, and each of them costs money, space, plant and UPS. That
pods cost money is asked for (and a lot is never cut below `min_lot`): of a discount rate below zero, or of payments
after delivery, residual values may be worth more than the price was, and then nothing but the limits bounds an order.
The same holds where the definition of a supercomputer binds: pods without work may thin out the peak of the others;
where pods fail with age, so many more are worth ordering;
and where a price asks for a quantity (offers): more may be bought than works, for the sake of its price. Neither the
feed nor the work of an
hour differs between scenarios, so the argument holds for orders that scenarios share.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from optimizer.assets.compute.pods import ComputeCoefficients, PodType
from optimizer.assets.compute.serving import replica_accelerators
from optimizer.assets.compute.throughput import peak_tflops
from optimizer.inputs.schema import Instance
from optimizer.operations.coefficients import SiteYear
from optimizer.setting.calendar import Calendar
from optimizer.setting.demand import model_of, servings

_GUARD = 1e-6
"""Relative: limits may be missed by that much (section 13)."""

_ROUNDING = 1e-12
"""MUSD."""


def bounded(
    given: ComputeCoefficients,
    instance: Instance,
    calendar: Calendar,
    years: Mapping[str, SiteYear],
    most_mw: Mapping[str, float],
) -> ComputeCoefficients:
    """The pods with bounds on what works and on what one order holds; `most_mw` can feed a site in an hour."""
    types = {}
    for key, pod in given.types.items():
        working = working_max(pod, years[pod.site], most_mw[pod.site])
        most = pod.pods_max
        demanded = _asks_for_a_quantity(instance, pod.accelerator)
        if instance.export.supercomputer != "bind" and not demanded and _idle_pods_cost(pod, calendar):
            useful = math.floor((working + _spare(pod, instance)) / _sound(pod) + 1)
            most = min(most, max(useful, instance.procurement.min_lot or 0))
        types[key] = replace(pod, order_max=most, working_max=working)
    return replace(given, types=types)


def _asks_for_a_quantity(instance: Instance, accelerator: str) -> bool:
    """Whether so many of an accelerator have to be bought, or none."""
    return any(tier.accelerator == accelerator for offer in instance.offers.values() for tier in offer.tiers)


def working_max(pod: PodType, year: SiteYear, most_mw: float) -> float:
    """Pods that a feed of so many MW keeps at work, whatever they work on."""
    of_one = (_mean_mw(year, at) for at, (room, _) in enumerate(year.loads) if room == pod.room)
    each_mw = pod.size.kw / 1000 * min(of_one)
    return most_mw * (1 + _GUARD) / each_mw if each_mw > 0 else math.inf


def _mean_mw(year: SiteYear, load: int) -> float:
    """Least mean import of 1 MW of rated IT power at work; work that moves takes its losses to a better hour."""
    if year.flexible is None:
        return float(year.import_per_mw[load].mean())
    return float(year.it_per_mw[load].mean() * year.overhead[load].min())


def _sound(pod: PodType) -> float:
    """Least share of an order that has not failed while anything of it works."""
    return 1 - max((failed for failed in pod.failed.values() if failed < 1), default=0.0)


def _spare(pod: PodType, instance: Instance) -> int:
    """Pods that may stand without work for whole replicas, one of every service."""
    chip = pod.chip
    able = [load for load in servings(instance).values() if peak_tflops(chip, load)]
    replicas = [replica_accelerators(chip, load, model_of(instance, load)) for load in able]
    return sum(math.ceil(n / pod.size.accelerators) for n in replicas)


def _idle_pods_cost(pod: PodType, calendar: Calendar) -> bool:
    """Whether an order is worth no more at the end than it costs."""
    return calendar.log_rate >= 0 and all(early >= -_ROUNDING for early in pod.prepayment_musd.values())
