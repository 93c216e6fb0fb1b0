"""Power lost between the meter and the racks."""

from __future__ import annotations

from optimizer.inputs.schema import Instance
from optimizer.setting.halls import hall_of, protected_fraction


def loss_fraction(instance: Instance, site: str, hall: str | None = None) -> float:
    """Losses of distribution and UPS at a site, of pods in a hall where halls are chosen, as a share of IT power."""
    ups, kind = instance.upses[instance.sites[site].ups], hall_of(instance, hall)
    in_hall = kind.loss_fraction if kind else 0.0
    protected = ups.loss_fraction * protected_fraction(instance, site, hall)
    return instance.sites[site].distribution_loss_fraction + in_hall + protected
