"""Network: fabric and storage, bought with the accelerators. Decides nothing of its own.

Given       offers[k, p] of fabric and storage per accelerator of pod type k delivered in phase p;
            leaving[k, q, p] accelerators delivered in q that are retired in p
Posts       capex_fabric, capex_storage (with insurance, residual)
"""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.assets.network.coefficients import NetworkCoefficients
from optimizer.ledger.ledger import Amount, Ledger, Place
from optimizer.ledger.purchases import buy, retire

Leaving = Mapping[tuple[str, str, str, str, str], Amount]
"""By site, accelerator, racks, phase of delivery and phase of retirement."""


def add(given: NetworkCoefficients, leaving: Leaving, ledger: Ledger) -> None:
    """Post fabric and storage of every delivery, and what of them leaves with its accelerators."""
    for phase in ledger.calendar.phases:
        for posting in list(ledger.select("delivered_accelerators", phase)):
            site, name = posting.place.site or "", posting.place.label
            for offer in given.offers[(site, name, posting.place.detail), phase]:
                buy(ledger, Place(phase, site, name), (offer, posting.amount))
    for (site, name, racks, bought, phase), accelerators in leaving.items():
        for offer in given.offers[(site, name, racks), bought]:
            retire(ledger, Place(phase, site, name), bought, offer, accelerators)
