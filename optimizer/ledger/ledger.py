"""The ledger: the only place where assets meet.

An asset posts what it costs and what it uses; another reads the total of an account. Amounts are linear expressions of
the model's variables (or plain numbers). Money is in million US dollars.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.inputs.design import Timing
from optimizer.inputs.quantity import Resale
from optimizer.ledger.accounts import BY_ID, Account
from optimizer.setting.calendar import Calendar
from optimizer.setting.resale import resale_fraction
from optimizer.setting.service_life import years_beyond

Amount = Any
"""A Pyomo linear expression or a number."""


@dataclass(frozen=True)
class Place:
    """Where an entry belongs: a phase, a site (None for the whole plan) and a label."""

    phase: str
    site: str | None
    label: str
    detail: str = ""
    """Finer than the lines of the ledger, for assets that read it: racks of pods delivered, hall of IT power."""


@dataclass(frozen=True)
class Posting:
    """An amount posted to an account."""

    account: Account
    place: Place
    amount: Amount


@dataclass
class Ledger:
    """Postings in the order in which they were made, indexed by account and phase."""

    calendar: Calendar
    insurance_fraction: float
    postings: list[Posting] = field(default_factory=list)
    _index: dict[tuple[str, str], list[Posting]] = field(default_factory=lambda: defaultdict(list))

    def post(self, account: str, place: Place, amount: Amount) -> None:
        """Post an amount. Raises KeyError for an account that does not exist."""
        posting = Posting(BY_ID[account], place, amount)
        self.postings.append(posting)
        self._index[account, place.phase].append(posting)

    def select(self, account: str, phase: str, site: str | None = None, label: str | None = None) -> Iterator[Posting]:
        """Postings of an account in a phase, of one site and label if these are given."""
        if account not in BY_ID:
            raise KeyError(account)
        for posting in self._index.get((account, phase), ()):
            if site is not None and posting.place.site != site:
                continue
            if label is None or posting.place.label == label:
                yield posting

    def total(self, account: str, phase: str, site: str | None = None, label: str | None = None) -> Amount:
        """Sum of the selected postings: an expression, or 0 if there are none."""
        return add_up(posting.amount for posting in self.select(account, phase, site, label))

    def weighted(self, account: str, phase: str, site: str, factors: Mapping[str, float]) -> Amount:
        """Sum of an account at a site, each posting times the factor of its detail; of what is not named, nothing."""
        sums = {
            detail: add_up(row.amount for row in self.select(account, phase, site) if row.place.detail == detail)
            for detail in factors
        }
        weights = [factor * sums[detail] for detail, factor in factors.items()]
        return weights[0] if len(weights) == 1 else add_up(weights)

    def in_service(self, bought: Mapping[Any, Amount], where: tuple[str, ...], phase: str, life_years: float) -> Amount:
        """Sum of what was bought at `where` (the index but for its phase, the last) and still serves in a phase."""
        serving = ((*where, q) for q in self.calendar.serving(phase, life_years))
        return add_up(bought[key] for key in serving if key in bought)

    def net_present_value(self) -> Amount:
        """All money, each entry with the weight of its timing, in million US dollars at the base date."""
        weights = {(timing, p): self.calendar.weight(timing, p) for timing in Timing for p in self.calendar.phases}
        return add_up(
            weights[posting.account.timing, posting.place.phase] * posting.amount
            for posting in self.postings
            if posting.account.is_money
        )

    def capital(self) -> Amount:
        """All capital payments, undiscounted."""
        return add_up(posting.amount for posting in self.postings if posting.account.is_capital)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What follows from a purchase: how long it lives and what share of its price it costs per year."""

    life_years: float
    maintenance_fraction: float = 0.0
    resale: Resale = ()
    """Value by age; none given: a straight line over the life."""
    warranty_years: float = 0.0
    service_years: float | None = None
    """Most years in service; none given: its life."""
    ageing_fraction_per_year: float = 0.0
    """By which maintenance rises with every year beyond the life, as a share of the price."""

    @property
    def most_years(self) -> float:
        """Years after which it is out of service."""
        return self.life_years if self.service_years is None else self.service_years


def post_purchase(ledger: Ledger, account: str, place: Place, amount: Amount, terms: Terms) -> None:
    """Post a purchase with its maintenance, its insurance and its residual value."""
    ledger.post(account, place, amount)
    calendar = ledger.calendar
    for phase in calendar.from_phase_on(place.phase):
        for upkeep, share in _upkeep(ledger, place.phase, phase, terms):
            ledger.post(upkeep, Place(phase, place.site, place.label), share * amount)
    account, phase, left = what_is_left(calendar, place.phase, terms)
    if left:
        ledger.post(account, Place(phase, place.site, place.label), -left * amount)


def post_retirement(ledger: Ledger, place: Place, bought: str, amount: Amount, terms: Terms) -> None:
    """Take back what follows from a purchase, of which so much leaves service early: at the start of the place's phase.

    No upkeep from then on and nothing at the end, but what it fetches at its age.
    """
    calendar = ledger.calendar
    for phase in calendar.from_phase_on(place.phase):
        for upkeep, share in _upkeep(ledger, bought, phase, terms):
            ledger.post(upkeep, Place(phase, place.site, place.label), -share * amount)
    account, phase, left = what_is_left(calendar, bought, terms)
    if left:
        ledger.post(account, Place(phase, place.site, place.label), left * amount)
    if terms.resale:
        fetched = resale_fraction(terms.resale, calendar.t0[place.phase] - calendar.t0[bought])
        ledger.post("salvage", place, -fetched * amount)


def _upkeep(ledger: Ledger, bought: str, phase: str, terms: Terms) -> Iterator[tuple[str, float]]:
    """Accounts and shares of the price paid per year of a phase; none when it is out of service."""
    calendar = ledger.calendar
    if not calendar.serves(bought, phase, terms.most_years):
        return
    if terms.maintenance_fraction or terms.ageing_fraction_per_year:
        share = terms.maintenance_fraction * calendar.beyond_warranty(bought, phase, terms.warranty_years)
        born = calendar.t0[bought]
        beyond = years_beyond(terms.life_years, calendar.t0[phase] - born, calendar.t1[phase] - born)
        yield "maintenance", share + terms.ageing_fraction_per_year * beyond
    if ledger.insurance_fraction:
        yield "insurance", ledger.insurance_fraction


def what_is_left(calendar: Calendar, bought: str, terms: Terms) -> tuple[str, str, float]:
    """Account, phase and share of the price that comes back: at the end, or when it leaves service before."""
    if not terms.resale:
        return "residual_value", calendar.last, calendar.residual_fraction(bought, terms.life_years)
    after = [p for p in calendar.from_phase_on(bought)[1:] if not calendar.serves(bought, p, terms.most_years)]
    sold = calendar.t0[after[0]] if after else calendar.horizon
    left = resale_fraction(terms.resale, sold - calendar.t0[bought])
    return ("salvage", after[0], left) if after else ("residual_value", calendar.last, left)


def add_up(amounts: Iterable[Amount]) -> Amount:
    """Sum of linear expressions, without the quadratic cost of adding them pairwise."""
    from pyomo.core import quicksum

    return quicksum(amounts)


def is_variable(amount: Amount) -> bool:
    """Whether an amount depends on a decision; a plain number does not."""
    return not isinstance(amount, int | float) and bool(amount.is_potentially_variable())
