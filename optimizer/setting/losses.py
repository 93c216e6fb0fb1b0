"""Power lost between the meter and the racks."""

from __future__ import annotations

from optimizer.inputs.schema import Instance


def loss_fraction(instance: Instance, site: str) -> float:
    """Losses of distribution and UPS at a site, as a share of IT power."""
    ups = instance.upses[instance.sites[site].ups]
    return instance.sites[site].distribution_loss_fraction + ups.loss_fraction * ups.protected_fraction
