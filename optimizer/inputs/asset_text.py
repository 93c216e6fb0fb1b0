"""What the pages, the orders and the messages say of a table of assets: stated once, beside the fields of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from optimizer.inputs.quantity import Fraction, Name, Resale, Spec, Weeks, Years


@dataclass(frozen=True, kw_only=True)
class AssetText:
    """Of one table of assets. `Spec` classes of rows hold theirs as `about`."""

    table: str
    """Name of the table in an instance."""
    noun: str
    """One row, within a sentence."""
    heading: str
    """The table, above its rows."""
    account: str
    """Capital account that its purchases are posted to."""
    account_label: str
    """What a reader sees in place of the account's id."""
    account_meaning: str
    price_key: str
    """Input that its payments follow; names in braces are filled in by site and label."""
    maintenance_label: str = ""
    """Label of its lines of maintenance, where that is a word and not a row's id."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Fields shown in a list of the catalogue, with their headings."""
    order: str
    """Kind of line in the calendar of orders."""
    unit: str
    """What its price is per."""
    bought: str = ""
    """What it is called among the quantities bought; empty: they leave it out."""
    kind: str = ""
    """Its item in the table of decisions."""
    tally: str = ""
    """What studies count it as; empty: they do not."""
    purchase: str = ""
    """What is bought, in a call for tenders; empty: the account's label."""
    cpv: tuple[str, str] = ("", "")
    """Code and name in the common procurement vocabulary (CPV 2008)."""
    ages: bool = True
    """Whether it is bought anew at the end of its life; False if a row stands for as long as it is in place."""
    in_facility: bool = True
    """Whether design and contingency of a site's facility are a share of it too; False for what stands beside it."""


class AssetSpec(Spec):
    """What every row of a table of assets states of itself, and what is said of it."""

    about: ClassVar[AssetText]
    name: Name
    life_years: Years
    """Until it is bought anew."""
    resale: Resale = ()
    """Value by age. None given: a straight line over the life."""
    maintenance_fraction: Fraction
    """Of the price, a year."""
    lead_time_weeks: Weeks
    """From the order to the delivery."""
