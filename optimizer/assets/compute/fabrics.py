"""What joins the servers of a pod: the site's one fabric, one chosen from its list, or what a system brings. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.inputs.schema import Instance


@dataclass(frozen=True)
class Wiring:
    """A fabric as the pods of one accelerator at one site have it."""

    fabric: str | None
    """Id, where fabrics are chosen; None where a site has only one, and of systems that bring their own."""
    kw_per_accelerator: float
    usd_per_accelerator: float
    spans_servers: bool
    exponent_factor: float
    """Times the accelerator's fabric_exponent."""


def wirings(instance: Instance, site: str, accelerator: str) -> tuple[Wiring, ...]:
    """Every wiring an accelerator may be bought with at a site, in the order of the site's list; maybe none."""
    barred = unjoined(instance, site, accelerator)
    if _brings_its_own(instance, accelerator) or not instance.chooses_fabrics(site):
        return () if barred else (wiring(instance, site, accelerator, None),)
    listed = instance.fabrics_at(site)
    return tuple(wiring(instance, site, accelerator, fabric) for fabric in listed if fabric not in barred)


def wiring(instance: Instance, site: str, accelerator: str, fabric: str | None) -> Wiring:
    """The wiring of an accelerator on a fabric; None is the site's only one, or what the system brings."""
    listed = instance.fabrics_at(site)
    if _brings_its_own(instance, accelerator):
        spans = any(instance.fabrics[name].spans_servers for name in listed)
        return Wiring(None, 0.0, 0.0, spans, 1.0)
    data = instance.fabrics[fabric or listed[0]]
    price = data.price_usd(instance.network.cluster_accelerators)
    return Wiring(fabric, data.kw_per_accelerator, price, data.spans_servers, data.exponent_factor)


def existing_fabric(instance: Instance, site: str, accelerator: str, stated: str | None) -> str | None:
    """Fabric of pods that are there already: as stated, or the first of the site's list."""
    if _brings_its_own(instance, accelerator) or not instance.chooses_fabrics(site):
        return None
    return stated or instance.fabrics_at(site)[0]


def fabrics_are_chosen(instance: Instance) -> bool:
    """Whether any site chooses its fabrics."""
    return any(instance.chooses_fabrics(site) for site in instance.sites)


def fabric_id(instance: Instance, site: str, accelerator: str, fabric: str | None) -> str:
    """Id of the fabric pods are on, chosen or not; empty of systems that bring their own."""
    if _brings_its_own(instance, accelerator):
        return ""
    return fabric or instance.fabrics_at(site)[0]


def unjoined(instance: Instance, site: str, accelerator: str) -> dict[str, str]:
    """Fabrics of a site, its one fabric too, that do not join an accelerator, with the reason."""
    if _brings_its_own(instance, accelerator):
        return {}
    chip, reasons = instance.accelerators[accelerator], {}
    for name in instance.fabrics_at(site):
        data = instance.fabrics[name]
        if data.origins is not None and chip.origin not in data.origins:
            reasons[name] = f"{name} joins only accelerators of origin {' or '.join(data.origins)}"
        elif data.vendors is not None and chip.vendor not in data.vendors:
            reasons[name] = f"{name} joins only accelerators of {' or '.join(data.vendors)}"
    return reasons


def _brings_its_own(instance: Instance, accelerator: str) -> bool:
    system = instance.accelerators[accelerator].rack_scale
    return system is not None and system.fabric_included
