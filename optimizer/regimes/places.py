"""Places and the EAR country groups that the rules ask about.

Only D:1, D:3, D:4, D:5, A:5 and A:6 are kept (Supplement 1 to 15 CFR part 740); other groups decide nothing here.
Grades: A official or two sources, B one good secondary source, C from memory. Sources: docs/export_rules.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches


@dataclass(frozen=True)
class Destination:
    """Somewhere chips are delivered to, or a parent has its headquarters."""

    id: str
    country_groups: frozenset[str]
    """Groups in force: those last read, or by `on` those of a day."""
    dated: tuple[tuple[date, frozenset[str]], ...] = ()
    """Of a place whose groups have changed: all of them by first day, oldest first."""

    def on(self, day: date) -> Destination:
        """The place with the groups in force on a day; the answer can be asked again for another day."""
        begun = [groups for since, groups in self.dated if since <= day]
        return replace(self, country_groups=begun[-1]) if begun else self


def _place(place_id: str, *groups: str, earlier: tuple[str, ...] = (), since: date | None = None) -> Destination:
    """A place; `earlier` are its groups before `since`."""
    now = frozenset(groups)
    if since is None:
        return Destination(place_id, now)
    return Destination(place_id, now, ((date.min, frozenset(earlier)), (since, now)))


PLACES: tuple[Destination, ...] = (
    # Grade A [S50]: the entry of China.
    _place("mainland_china", "D:1", "D:3", "D:4", "D:5"),
    # Grade A [S50][S51]: since 23 December 2020 no destination of its own; China's entry governs.
    _place("hong_kong", "D:1", "D:3", "D:4", "D:5"),
    # Grade B [S59]: not in D:5 itself; every rule says "Macau or D:5", which `restricted` in conditions.py repeats.
    _place("macau", "D:1", "D:3", "D:4"),
    # Grade B [S160]: in none of D:1, D:4, D:5.
    _place("singapore", "A:6"),
    # Grade B [S160]: D:3 decides nothing about these chips.
    _place("taiwan", "A:6", "D:3"),
    # Grade B [S160]: in no group that matters; never enforced country caps of the AI Diffusion Rule are left out.
    _place("malaysia"),
    _place("thailand"),
    _place("indonesia"),
    # Grade B [S160].
    _place("japan", "A:5"),
    _place("south_korea", "A:5"),
    _place("australia", "A:5"),
    _place("india", "A:5"),
    _place("united_kingdom", "A:5"),
    _place("germany", "A:5"),
    _place("france", "A:5"),
    _place("netherlands", "A:5"),
    _place("norway", "A:5"),
    _place("sweden", "A:5"),
    _place("canada", "A:5"),
    # Grade A [S160][S161]: out of D:3 and D:4 since 10 July 2026; the rules of 3A090 name the place itself since then.
    _place("united_arab_emirates", "A:5", earlier=("D:3", "D:4"), since=date(2026, 7, 10)),
    # Grade B [S160].
    _place("saudi_arabia", "D:3", "D:4"),
    # Grade B [S160].
    _place("vietnam", "D:1", "D:3"),
    # Grade A: delivery inside the country is no export.
    _place("united_states"),
)


def place(place_id: str) -> Destination:
    """The place of that id; raises KeyError, with the known ids, if there is none."""
    known = {entry.id: entry for entry in PLACES}
    if place_id not in known:
        raise KeyError(unknown("place", place_id, tuple(known)))
    return known[place_id]


def unknown(kind: str, name: str, known: tuple[str, ...]) -> str:
    """The message for an id that is not there: the closest one, then all."""
    close = get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"unknown {kind} {name!r}.{hint} Known: {', '.join(known)}"
