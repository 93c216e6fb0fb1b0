"""Order-by days and deliveries as an iCalendar file (RFC 5545): one all-day event each, with alarms.

Identifiers depend on what is ordered alone, so that a calendar that is imported again updates its events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from optimizer.analysis.orders import OrderLine
from optimizer.analysis.retirements import RetirementLine
from optimizer.analysis.site_steps import SiteStep
from optimizer.inputs.schema import Instance
from optimizer.version import __version__

ALARM_DAYS = (28, 7)
"""Days before an order at which it is called to mind."""
OCTETS = 75


def icalendar(
    instance: Instance,
    lines: Sequence[OrderLine],
    retired: Sequence[RetirementLine] = (),
    steps: Sequence[SiteStep] = (),
) -> str:
    """The calendar file: days to order, of delivery, and of retirement; and what happens on site."""
    rows = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//facility-optimizer//{__version__}//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(instance.title)}",
    ]
    stamp = instance.planning_date.strftime("%Y%m%dT000000Z")
    for line in lines:
        rows += [*_event(instance, line, "order", stamp), *_event(instance, line, "delivery", stamp)]
    for step in steps:
        rows += _step_event(instance, step, stamp)
    for gone in retired:
        rows += _retirement(instance, gone, stamp)
    return "".join(f"{folded}\r\n" for row in (*rows, "END:VCALENDAR") for folded in _folded(row))


def _event(instance: Instance, line: OrderLine, kind: str, stamp: str) -> Iterator[str]:
    day = line.order_by if kind == "order" else line.delivery
    verb = "Order by today" if kind == "order" else "Delivery due"
    what = f"{line.quantity:g} {line.unit} of {line.name}"
    where = f" for {line.site}" if line.site else ""
    about = (instance.name, kind, line.what, line.item, line.site, line.phase, line.account, line.cooling, line.fabric)
    begun = _begun(_hashed(about + (line.hall,) * bool(line.hall)), stamp, (day, day + timedelta(days=1)))
    yield from (*begun, f"SUMMARY:{_escaped(f'{verb}: {what}{where}')}", f"DESCRIPTION:{_escaped(_description(line))}")
    yield from (f"CATEGORIES:{kind.upper()}", "TRANSP:TRANSPARENT")
    if kind == "order":
        for days in ALARM_DAYS:
            reminder = _escaped(f"In {days} days: order {what}{where}")
            yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-P{days}D", f"DESCRIPTION:{reminder}", "END:VALARM")
    yield "END:VEVENT"


def _step_event(instance: Instance, step: SiteStep, stamp: str) -> Iterator[str]:
    uid = _hashed((instance.name, "step", step.name, step.site, step.phase))
    yield from _begun(uid, stamp, (step.begins, step.ends))
    yield f"SUMMARY:{_escaped(f'{step.name.capitalize()} at {step.site}')}"
    yield from (f"CATEGORIES:{step.name.upper()}", "TRANSP:TRANSPARENT", "END:VEVENT")


def _retirement(instance: Instance, line: RetirementLine, stamp: str) -> Iterator[str]:
    """The day on which pods leave."""
    since = f", in service since {line.came.isoformat()}" if line.came else ""
    about = (instance.name, "retire", line.item, line.site, line.phase, line.cooling, line.fabric, str(line.came))
    uid = _hashed(about + (line.hall,) * bool(line.hall))
    yield from _begun(uid, stamp, (line.day, line.day + timedelta(days=1)))
    yield f"SUMMARY:{_escaped(f'Retire today: {line.pods:g} pods of {line.name} at {line.site}')}"
    yield f"DESCRIPTION:{_escaped(f'{line.cooling}{since}')}"
    yield from ("CATEGORIES:RETIREMENT", "TRANSP:TRANSPARENT", "END:VEVENT")


def _begun(uid: str, stamp: str, days: tuple[date, date]) -> tuple[str, ...]:
    """How an event begins; it lasts from the first day to before the second."""
    span = (f"{word};VALUE=DATE:{day:%Y%m%d}" for word, day in zip(("DTSTART", "DTEND"), days, strict=True))
    return ("BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{stamp}", "SEQUENCE:0", *span)


def _description(line: OrderLine) -> str:
    text = f"{line.what}, in service {line.delivery.isoformat()}, lead time {line.lead_time_weeks:.1f} weeks."
    if line.licence is not None and line.licence.status == "licence":
        text += f"\nLicence: {line.licence.clause}."
    return text


def _hashed(about: tuple[str, ...]) -> str:
    return f"{hashlib.sha256(chr(31).join(about).encode()).hexdigest()[:32]}@facility-optimizer"


def _escaped(text: str) -> str:
    for plain, safe in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(plain, safe)
    return text


def _folded(row: str) -> Iterator[str]:
    """The line in parts of at most 75 octets, whole characters each; those after the first begin with a space."""
    part = ""
    for character in row:
        if len((part + character).encode()) > OCTETS:
            yield part
            part = " "
        part += character
    yield part
