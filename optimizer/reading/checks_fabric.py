"""Whether fabrics fit together: one or a list, exponents that stay a law, and what existing pods are on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from optimizer.inputs.network import Network
from optimizer.inputs.schema import Instance, Site
from optimizer.reading.messages import InputFinding
from optimizer.reading.toml_positions import KeyPath


def one_fabric_or_a_list(instance: Instance) -> Iterator[InputFinding]:
    """A table states a fabric or a list of them; the network must, unless every site does."""
    tables: list[tuple[KeyPath, Site | Network]] = [(("network",), instance.network)]
    tables += [(("sites", s), site) for s, site in instance.sites.items()]
    for path, table in tables:
        if table.fabric is not None and table.fabrics is not None:
            where = ".".join(str(part) for part in path)
            message = f"fabrics: {where} states both fabric and fabrics"
            hint = "keep fabric for a given one, fabrics for a choice; what a site states goes before the network's"
            yield InputFinding("E0471", (*path, "fabrics"), message, hint, ((*path, "fabric"),))
    lacking = [s for s in instance.sites if not instance.fabrics_at(s)]
    if lacking:
        message = f"network states neither fabric nor fabrics, and so does {', '.join(lacking)}"
        yield InputFinding("E0471", ("network",), message, 'fabric = "infiniband_ndr", or fabrics = [...] for a choice')


def exponents_are_below_one(instance: Instance) -> Iterator[InputFinding]:
    """What a job on n accelerators delivers rises with n as long as the exponent of n is below 1."""
    used = {name: s for s in reversed(instance.sites) for name in instance.fabrics_at(s) if name in instance.fabrics}
    for name, site in used.items():
        factor = instance.fabrics[name].exponent_factor
        chips = [a for a, chip in instance.accelerators.items() if chip.fabric_exponent * factor >= 1]
        if chips:
            chip = max(chips, key=lambda a: instance.accelerators[a].fabric_exponent)
            exponent = instance.accelerators[chip].fabric_exponent
            path = ("fabrics", name, "exponent_factor")
            message = (
                f"exponent_factor of {name}: {factor:g} times the fabric_exponent {exponent:g} of {chip} is not below 1"
            )
            uses = (("accelerators", chip, "fabric_exponent"), ("sites", site))
            yield InputFinding("E0472", path, message, f"exponent_factor below {1 / exponent:.4g}", uses)


def existing_fabrics_are_chosen(instance: Instance) -> Iterator[InputFinding]:
    """Existing pods name a fabric only where there is more than the site's one."""
    for s, site in instance.sites.items():
        for number, row in enumerate(site.existing_pods):
            if row.fabric is not None and not instance.chooses_fabrics(s):
                path = ("sites", s, "existing_pods", number, "fabric")
                message = f"fabric of existing pods: {s} has one fabric, so its pods are on it"
                hint = "leave it out, or list fabrics at the site"
                yield InputFinding("E0473", path, message, hint, (("sites", s), ("network",)))


FABRIC_CHECKS: tuple[Callable[[Instance], Iterator[InputFinding]], ...] = (
    one_fabric_or_a_list,
    exponents_are_below_one,
    existing_fabrics_are_chosen,
)
