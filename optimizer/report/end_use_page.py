"""The test of supercomputer end use, and every legal flag of a design, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from optimizer.analysis.end_use import NAMES, Item, SiteReading
from optimizer.analysis.legal_flags import RaisedFlag
from optimizer.regimes.supercomputer import ENVELOPE_M3
from optimizer.report.document import Block, Bullets, Heading, Paragraph, Table

VERDICTS = {
    "supercomputer": "A SUPERCOMPUTER by any layout",
    "by_layout": "a supercomputer or not, by where the racks stand: spread the dense ones evenly among the others",
    "not_reached": "no supercomputer",
}
ABOUT = (
    "15 CFR 772.1: at least 100 PFLOPS in FP64 or 200 in FP32 within 41,600 cubic feet (1,178 m3). 15 CFR 744.23(a)(1) "
    "then asks for a licence for listed parts of American make, with a presumption of denial."
)


def end_use_blocks(readings: Sequence[SiteReading]) -> list[Block]:
    """The test by site, with its numbers and the items a licence would be needed for."""
    blocks: list[Block] = [Heading("Supercomputer end use", 1), Paragraph(ABOUT)]
    if not readings:
        return [*blocks, Paragraph("No site is in Country Group D:5 or Macau: the rule does not apply.")]
    for reading in readings:
        blocks += _site_blocks(reading)
    return blocks


def _site_blocks(reading: SiteReading) -> list[Block]:
    rows = tuple(
        (
            NAMES[r.measure],
            f"{r.total_pflops:,.4g}",
            f"{r.densest_pflops:,.4g}",
            f"{r.even_pflops:,.4g}",
            f"{r.limit_pflops:,.4g}",
            r.verdict.replace("_", " "),
        )
        for r in reading.readings
    )
    header = ("Precision", "Installed", "Densest envelope", "Evenly mixed", "Limit", "Verdict")
    vector = f"FP64 by vector units alone: {reading.vector_fp64_pflops:,.4g} PFLOPS."
    volume = f"The racks with their aisles fill {reading.volume_m3:,.0f} m3; one envelope is {ENVELOPE_M3:,.0f} m3."
    unknown = (
        [Paragraph(f"Not stated, counted as 0: {', '.join(reading.unknown)}. The peaks are at least these.")]
        if reading.unknown
        else []
    )
    return [
        Heading(f"{reading.site}, {reading.phase}: {VERDICTS[reading.verdict]}"),
        Table(header, rows, frozenset({1, 2, 3, 4})),
        Paragraph(f"{volume} {vector}"),
        *unknown,
        Bullets(tuple(_item(item, reading.verdict) for item in reading.items)),
    ]


def _item(item: Item, verdict: str) -> str:
    if item.reached is None:
        return f"{item.name}: not classified; ask its maker for the ECCN"
    if not item.reached:
        return f"{item.name}: {item.eccn}, not on the list of the rule"
    need = "needs no licence by this rule" if verdict == "not_reached" else "would need a licence"
    return f"{item.name}: {item.eccn}, on the list: {need}"


def flags_blocks(flags: Sequence[RaisedFlag]) -> list[Block]:
    """Legal flags of a design: what each says and what raises it; nothing if there is none."""
    if not flags:
        return []
    lines = (f"{one.flag.label} ({bought(one)}): {one.detail or one.flag.sentence}" for one in flags)
    return [Heading("Legal flags"), Bullets(tuple(lines))]


def bought(raised: RaisedFlag) -> str:
    """What raises a flag, in a cell."""
    if not raised.accelerators:
        return ", ".join(raised.sites)
    return f"{raised.count:,} accelerators: {', '.join(raised.accelerators)}"


def flags_json(flags: Sequence[RaisedFlag]) -> list[dict[str, Any]]:
    """Flags for JSON."""
    return [
        {
            "flag": raised.flag.id,
            "label": raised.flag.label,
            "clause": raised.flag.clause,
            "source": raised.flag.source,
            "sentence": raised.flag.sentence,
            "accelerators": list(raised.accelerators),
            "count": raised.count,
            "sites": list(raised.sites),
            "detail": raised.detail,
        }
        for raised in flags
    ]


def end_use_json(readings: Sequence[SiteReading]) -> list[dict[str, Any]]:
    """The test for JSON."""
    return [
        {
            **asdict(reading),
            "verdict": reading.verdict,
            "readings": [{**asdict(r), "verdict": r.verdict} for r in reading.readings],
        }
        for reading in readings
    ]
