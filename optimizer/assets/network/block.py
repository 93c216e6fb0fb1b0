"""Network: fabric and storage, bought with the accelerators. Decides nothing of its own.

Given       fabric_musd[k] of pod type k, storage_musd per accelerator delivered
Posts       capex_fabric, capex_storage (with insurance, residual)
"""

from __future__ import annotations

from optimizer.assets.network.coefficients import NetworkCoefficients
from optimizer.ledger.ledger import Ledger, Place, Terms, post_purchase


def add(given: NetworkCoefficients, ledger: Ledger) -> None:
    """Post fabric and storage of every delivery."""
    for phase in ledger.calendar.phases:
        for posting in list(ledger.select("delivered_accelerators", phase)):
            name = posting.place.label
            here = Place(phase, posting.place.site, name)
            terms = Terms(given.life_years[name])
            fabric_musd = given.fabric_musd[posting.place.site or "", name, posting.place.detail]
            for account, price in (("capex_fabric", fabric_musd), ("capex_storage", given.storage_musd)):
                if price:
                    post_purchase(ledger, account, here, price * posting.amount, terms)
