"""What an instance may say about uninterruptible power supplies."""

from __future__ import annotations

from typing import ClassVar

from optimizer.inputs.asset_text import AssetSpec, AssetText
from optimizer.inputs.quantity import Fraction, NonNegative, PositiveFraction, Usd


class Ups(AssetSpec):
    """A UPS technology, sized by the IT power it protects."""

    about: ClassVar[AssetText] = AssetText(
        table="upses",
        order="UPS",
        unit="MW",
        bought="UPS bought",
        kind="ups",
        tally="bought.ups_mw",
        noun="UPS",
        heading="UPS",
        account="capex_ups",
        account_label="UPS",
        account_meaning="uninterruptible power supplies",
        price_key="upses.{ups}",
        maintenance_label="ups",
        columns={"usd_per_mw": "USD/MW", "loss_fraction": "Loss"},
        purchase="Uninterruptible power supply",
        cpv=("31154000", "Uninterruptible power supplies"),
    )
    usd_per_mw: Usd
    m2_per_mw: NonNegative
    loss_fraction: Fraction
    """Conversion loss as a share of IT power."""
    no_load_loss_fraction: Fraction = 0.0
    """What it loses whatever it carries, as a share of the capacity in service; `loss_fraction` comes on top."""
    redundancy_fraction: NonNegative = 0.2
    """Capacity installed beyond the protected IT power (0.2 = N+1 of six modules)."""
    protected_fraction: PositiveFraction = 1.0
    """Share of the installed IT power that is protected."""
