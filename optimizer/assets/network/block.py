"""Network: fabric and storage, bought with the accelerators. Decides nothing of its own.

Given       offers[k, p] of fabric and storage per accelerator of pod type k delivered in phase p
Posts       capex_fabric, capex_storage (with insurance, residual)
"""

from __future__ import annotations

from optimizer.assets.network.coefficients import NetworkCoefficients
from optimizer.ledger.ledger import Ledger, Place
from optimizer.ledger.purchases import buy


def add(given: NetworkCoefficients, ledger: Ledger) -> None:
    """Post fabric and storage of every delivery."""
    for phase in ledger.calendar.phases:
        for posting in list(ledger.select("delivered_accelerators", phase)):
            site, name = posting.place.site or "", posting.place.label
            for offer in given.offers[(site, name, posting.place.detail), phase]:
                buy(ledger, Place(phase, site, name), (offer, posting.amount))
