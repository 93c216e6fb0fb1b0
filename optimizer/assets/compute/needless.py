"""Fabrics that can be left out of the search: another does all they do, for no more money and no more power. Pure.

Pods of one accelerator in one cooling and hall differ by fabric only in price, in power and in what they can do. A
rival that is no dearer, draws no more, works on all that the other works on at the same rates, and needs no larger
clusters takes its place pod by pod: the same pods stand and work (of a run, those of the smaller cluster), count for
the same rules, and draw no more in any hour. That drawing less never costs more is asked of the tariff; otherwise power
and clusters must be equal. Pods that no workload can use on a fabric are left out likewise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from optimizer.assets.compute.duties import Duties
from optimizer.inputs.schema import Instance

if TYPE_CHECKING:
    from optimizer.assets.compute.pods import PodType

Key = tuple[str, str, str]


def needless(instance: Instance, types: Mapping[Key, PodType], there: frozenset[Key]) -> dict[Key, str]:
    """Pod types with a chosen fabric that need not be offered, with the reason. `there`: types of existing pods."""
    offered = {key: pod for key, pod in types.items() if pod.deliverable and key not in there and pod.fabric}
    reasons = {key: _idle_text(pod) for key, pod in offered.items() if not pod.duties.possible}
    rivals = _rivals(instance, {key: pod for key, pod in types.items() if key not in reasons})
    for key, rival in rivals.items():
        if key in offered:
            better = "does nothing for it that {} does not, for no more money and no more power"
            reasons[key] = f"{offered[key].fabric} {better.format(rival.fabric)}"
    return reasons


def _idle_text(pod: PodType) -> str:
    inside = "" if pod.wiring.spans_servers else ", which joins no servers"
    return f"no workload can be done on {pod.fabric}{inside}"


def _rivals(instance: Instance, types: Mapping[Key, PodType]) -> dict[Key, PodType]:
    """Pod types that can be bought, each with one that takes its place; of two alike the one listed first stays."""
    alike: dict[Key, list[PodType]] = {}
    for pod in types.values():
        if pod.deliverable:
            alike.setdefault((pod.site, pod.accelerator, pod.room), []).append(pod)
    rivals: dict[Key, PodType] = {}
    for pods in alike.values():
        for at, pod in enumerate(pods):
            for other, rival in enumerate(pods):
                tie_lost = other < at or not _covers(instance, pod, rival)
                if other != at and tie_lost and _covers(instance, rival, pod):
                    rivals.setdefault(pod.key, rival)
    return rivals


def _covers(instance: Instance, one: PodType, other: PodType) -> bool:
    """Whether one pod type can take the place of another and never costs more."""
    if one.deliverable != other.deliverable or one.wiring.usd_per_accelerator > other.wiring.usd_per_accelerator:
        return False
    if one.size.kw == other.size.kw and one.duties == other.duties:
        return True
    frugal = one.size.kw <= other.size.kw and _energy_costs(instance, one.site)
    return frugal and _does_as_much(one.duties, other.duties)


def _does_as_much(one: Duties, other: Duties) -> bool:
    """Whether pods can do all that other pods can, as fast, with clusters no larger."""
    if not other.possible <= one.possible:
        return False
    rates = all(
        one.effective_pflops[key] == other.effective_pflops[key]
        and one.gain_pflops.get(key, 0.0) == other.gain_pflops.get(key, 0.0)
        for key in other.possible
        if key not in other.clusters and key not in other.ported_clusters
    )
    plain = all(one.clusters.get(key, pods + 1) <= pods for key, pods in other.clusters.items())
    ported = all(one.ported_clusters.get(key, pods + 1) <= pods for key, pods in other.ported_clusters.items())
    return rates and plain and ported


def _energy_costs(instance: Instance, site: str) -> bool:
    """Whether no hour pays for using energy: rebates for high load stay below the price of every hour.

    Rebates that a year's energy must earn may pay for more of it, and so may prices that a file states, and a programme
    that pays for load that can be dropped.
    """
    spec = instance.sites[site]
    tariff = instance.tariffs[spec.tariff]
    if tariff.load_factor_eligible_hours is not None or spec.grid_series or spec.demand_response is not None:
        return False
    least = min((row.price_per_kwh for row in tariff.energy), default=0.0) + tariff.fuel_clause_per_kwh
    return least >= max((row.per_kwh for row in tariff.load_factor_rebates), default=0.0)
