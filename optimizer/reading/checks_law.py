"""Whether what export law asks of a whole design can be answered: each check is a small pure function."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.inputs.schema import Instance
from optimizer.reading.messages import InputFinding
from optimizer.regimes.conditions import restricted_place
from optimizer.regimes.facts import MissingFact, chip_facts
from optimizer.regimes.flags import meets_3a090
from optimizer.regimes.places import PLACES
from optimizer.regimes.supercomputer import LIMITS_PFLOPS, peak_tflops
from optimizer.setting.matching import may_be_bought

PEAK_FIELDS = {"fp64": "fp64_vector_tflops", "fp32": "fp32_tflops"}
"""The key to state, by precision; 0 where a chip has none."""


def peaks_are_there_where_they_bind(instance: Instance) -> Iterator[InputFinding]:
    """A plan bound by the definition of a supercomputer knows both peaks of what may stand at a restricted site."""
    known = {entry.id: entry for entry in PLACES}
    sites = [site for site in instance.sites.values() if site.place in known and restricted_place(known[site.place])]
    if instance.export.supercomputer != "bind" or not sites:
        return
    there = {pods.accelerator for site in sites for pods in site.existing_pods}
    for name, chip in instance.accelerators.items():
        if name not in there and not may_be_bought(instance, name):
            continue
        for precision in LIMITS_PFLOPS:
            if peak_tflops(chip, precision) is None:
                key = PEAK_FIELDS[precision]
                message = f'{key} of {name} is not given, and export.supercomputer = "bind" needs it'
                hint = f'{key} = ..., 0 if it has no such units; or supercomputer = "warn"'
                yield InputFinding("E0465", ("accelerators", name, key), message, hint, (("export", "supercomputer"),))


def sales_end_after_they_begin(instance: Instance) -> Iterator[InputFinding]:
    """A product's last delivery is not before its launch."""
    for name, chip in instance.accelerators.items():
        if chip.last_delivery is not None and chip.last_delivery < chip.launch:
            message = f"last_delivery {chip.last_delivery} of {name} is before its launch {chip.launch}"
            path = ("accelerators", name, "last_delivery")
            yield InputFinding("E0466", path, message, "leave it out if no end of sale is known", (path[:2],))


def avoiding_avoids_something(instance: Instance) -> Iterator[InputFinding]:
    """Avoiding General Prohibition 10 leaves out at least one chip that may be bought."""
    if instance.export.prc_3a090 != "avoid":
        return
    for name, chip in instance.accelerators.items():
        if chip.origin == "CN" and may_be_bought(instance, name):
            try:
                if meets_3a090(chip_facts(name, chip)) is not False:
                    return
            except MissingFact:
                continue
    message = 'prc_3a090 = "avoid" leaves nothing out: no chip of Chinese design that may be bought meets 3A090'
    yield InputFinding("W0646", ("export", "prc_3a090"), message, "procurement.include says which chips may be bought")


def announced_products_are_requested(instance: Instance) -> Iterator[InputFinding]:
    """What is not on sale is named among what may be bought only where announced products may be planned with."""
    lists = instance.procurement
    for number, pattern in enumerate(lists.include):
        chip = instance.accelerators.get(pattern)
        if chip is not None and chip.roadmap and not lists.roadmap and may_be_bought(instance, pattern):
            message = f"{pattern} is announced or proposed, and not on sale"
            hint = "procurement.roadmap = true plans with announced products, and the plan says so"
            uses = (("procurement", "roadmap"), ("accelerators", pattern))
            yield InputFinding("E0468", ("procurement", "include", number), message, hint, uses)


LAW_CHECKS = (
    peaks_are_there_where_they_bind,
    sales_end_after_they_begin,
    avoiding_avoids_something,
    announced_products_are_requested,
)
"""Checks of this page."""
