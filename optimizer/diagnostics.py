"""Findings about an instance: a stable code, a place in a file, a message and what to do about it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["error", "warning"]

CODES: dict[str, str] = {
    "E0102": "not a regular file",
    "E0103": "file too large",
    "E0104": "not a TOML text file",
    "E0105": "UTF-16 text",
    "E0106": "not UTF-8",
    "E0107": "control characters",
    "E0108": "nested too deeply",
    "E0109": "integer too long",
    "E0110": "path outside the instance folder",
    "E0111": "extends in a circle",
    "E0112": "extends too deep",
    "E0113": "file cannot be read",
    "E0201": "TOML syntax",
    "E0202": "duplicate key",
    "E0301": "missing tables or keys",
    "E0302": "unknown key",
    "E0310": "wrong type",
    "E0311": "not finite",
    "E0312": "out of range",
    "E0313": "not one of the choices",
    "E0314": "malformed id",
    "E0315": "wrong length",
    "E0316": "ids differ only by case or Unicode form",
    "E0317": "malformed text",
    "E0318": "value no plan can have",
    "E0319": "invalid value",
    "E0320": "unknown id",
    "E0321": "unknown scenario",
    "E0322": "listed twice",
    "E0401": "phases are not one after the other",
    "E0402": "target beyond demand",
    "E0403": "floors beyond demand",
    "E0404": "stages out of order",
    "E0405": "cooling without a residual",
    "E0406": "cooling loop temperatures",
    "E0407": "tariff does not cover every hour once",
    "E0408": "no exchange rate",
    "E0409": "transformer life shorter than the horizon",
    "E0410": "tests beyond the permit",
    "E0411": "first phase before the planning date",
    "E0412": "nothing is asked for",
    "E0413": "share bounds cross",
    "E0414": "fabric tiers out of order",
    "E0415": "climate quantiles out of order",
    "E0417": "existing equipment beyond the site",
    "E0418": "value that differs between the places of the sites",
    "E0451": "neither or both of a regime and a timeline",
    "E0452": "timeline out of order",
    "E0453": "time without a regime",
    "E0454": "own regime that takes an id or rests on itself",
    "E0455": "condition that does not fit its fact",
    "E0456": "terms on a ruling that is no licence",
    "E0457": "payments that are not the whole price",
    "E0458": "milestone that cannot be asked",
    "E0459": "milestone that no lead time allows",
    "E0461": "probabilities that are not all there is",
    "E0462": "reveal that cannot be",
    "E0463": "later branch that cannot be",
    "E0464": "refusals where nothing needs a licence",
    "E0465": "peak that the definition of a supercomputer asks for",
    "E0466": "end of sale before the launch",
    "E0467": "value by age that does not fall",
    "E0468": "announced product asked for without leave",
    "E0469": "pods kept for less than their life, or until none works",
    "E0460": "share that quotas or other shares forbid",
    "E0421": "electricity bill not convex",
    "E0422": "rebate at a site that dispatches",
    "E0423": "label used twice",
    "E0424": "dispatch without a battery, or beyond the permit",
    "E0425": "charge on demand without a price",
    "E0426": "holiday that is no day of the year",
    "E0427": "fuel without a price",
    "E0428": "photovoltaics without radiation",
    "E0429": "generation that cannot be of use",
    "E0445": "column of the grid in two files",
    "E0446": "surplus sold for more than import costs",
    "E0447": "hours or power that a rule of the grid cannot call",
    "E0442": "hours to reach without rebates",
    "E0431": "more active than total parameters",
    "E0432": "training run without tokens",
    "E0433": "training runs take more than a year",
    "E0434": "service without tokens",
    "E0435": "residency excludes every site",
    "E0436": "precision nobody supports",
    "E0438": "utilisation above the peak",
    "E0439": "two occupancies of one class",
    "E0440": "scale-up domains out of order",
    "E0441": "first token without a prompt",
    "E0437": "porting programme incomplete or longer than the ramp",
    "E0471": "neither or both of a fabric and fabrics",
    "E0472": "fabric law of an exponent of 1 or more",
    "E0473": "fabric of existing pods where none is chosen",
    "E0474": "hall of existing pods where none is chosen",
    "E0475": "hall with generators at a site without backup",
    "E0476": "availability that no hall has",
    "E0477": "hall that nobody may use",
    "E0481": "tiers of an offer out of order",
    "E0482": "accelerator in two tiers",
    "E0483": "quality marks that are not all there is",
    "E0501": "series cannot be used",
    "E0502": "cell of a series",
    "E0503": "wrong number of hours",
    "E0504": "hours out of order",
    "E0505": "missing values in a weather file",
    "E0506": "columns of a series",
    "E0701": "not a workbook that is read",
    "E0702": "formula or error in a cell",
    "E0703": "merged cells",
    "E0704": "hidden sheet",
    "E0705": "cell of a table",
    "E0706": "columns or sheets of a table",
    "E0707": "table too large",
    "E0711": "price breaks out of order",
    "E0712": "quantity outside the bounds of a bid",
    "E0713": "bid expired",
    "E0714": "currency without a rate",
    "E0715": "delivery that cannot be",
    "E0718": "bid for another instance",
    "E0719": "two bids of one bidder",
    "W0711": "value of a bid outside the usual range",
    "W0712": "price of a bid far from the instance's",
    "W0713": "item that no plan can hold",
    "W0601": "value outside the usual range",
    "W0602": "price years differ",
    "W0603": "gap of the search",
    "W0604": "all costs are zero",
    "W0605": "no target",
    "W0606": "rule matches nothing",
    "W0607": "override without effect",
    "W0608": "29 February dropped",
    "W0609": "columns ignored",
    "W0610": "wet bulb above dry bulb",
    "W0611": "cannot be delivered in any phase",
    "W0612": "UTF-8 byte order mark",
    "W0641": "lenient test before a stricter one",
    "W0643": "refusal that refuses nothing",
    "W0644": "supply per year below that of its quarters",
    "W0645": "quarters that supply nothing",
    "W0646": "policy that bars nothing",
    "W0647": "scenarios that do not differ",
    "W0648": "no occupancy stated",
    "W0649": "idle power without idle hours",
    "W0650": "own regime in force on no day",
    "W0651": "refresh that can change nothing",
    "W0652": "longer service or ageing without effect",
    "W0660": "change that changes nothing",
    "W0642": "fact that a regime asks for and a chip lacks",
    "W0655": "holidays without effect",
    "W0656": "year's highest demand of a short year",
    "W0657": "hours called that a short year has not",
    "W0658": "connection that is never called back",
    "W0659": "step of a tariff that is never reached",
    "W0613": "demand charged twice",
    "W0614": "not the whole year",
    "W0620": "energy price below zero",
    "W0625": "existing pods past their life",
    "W0626": "existing pods that can do no work",
    "W0615": "phase longer than the life of what may be bought",
    "W0616": "ride-through without a battery",
    "W0617": "clock of a weather file",
    "W0618": "weather that looks like another unit",
    "W0621": "weather moved to the clock of the site",
}
"""Every code and its short title. A code keeps its meaning for ever; a retired one is not used again."""

NOTES = frozenset({"W0612", "W0621", "W0648", "W0650", "W0660"})
"""Warnings that `--strict` does not turn into errors, since nothing about the instance is doubtful."""


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One finding. `path` is the dotted key path; lines and columns count from 1."""

    code: str
    message: str
    severity: Severity = "error"
    path: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None
    source_line: str | None = None
    help: str | None = None

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"unknown diagnostic code {self.code}")

    @property
    def title(self) -> str:
        """Short title of the code."""
        return CODES[self.code]

    @property
    def told(self) -> str:
        """The message for a page, which has no place of its own for the key: the key stands behind it."""
        return self.message if not self.path or self.path in self.message else f"{self.message} [{self.path}]"


def clean(text: str, limit: int = 240) -> str:
    """The text with control, formatting and surrogate characters escaped, cut at `limit` characters."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(_safe(character) for character in shown)


def is_hidden(character: str) -> bool:
    """Whether a character controls what is shown instead of being shown."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _safe(character: str) -> str:
    if character == "\t":
        return " "
    if is_hidden(character):
        code = ord(character)
        return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    return character


def ordered(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings without repetitions, by file, line and column; those without a line come last."""
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda d: (d.line is None, d.file, d.line or 0, d.column or 0, d.code, d.path, d.message))


def strictly(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings as `--strict` sees them: warnings are errors."""
    return [
        replace(diagnostic, severity="error")
        if diagnostic.severity == "warning" and diagnostic.code not in NOTES
        else diagnostic
        for diagnostic in diagnostics
    ]


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """The findings as plain text, sorted by file and line, a blank line between two of them."""
    return "\n\n".join(_render_one(diagnostic) for diagnostic in ordered(diagnostics))


def _render_one(diagnostic: Diagnostic) -> str:
    number = str(diagnostic.line) if diagnostic.line is not None else ""
    width = max(len(number), 2)
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {clean(diagnostic.message, 2000)}"]
    if diagnostic.file:
        place = clean(diagnostic.file) + "".join(f":{n}" for n in (diagnostic.line, diagnostic.column) if n is not None)
        table = _table(diagnostic)
        lines.append(" " * width + f"--> {place}" + (f"  ({clean(table)})" if table else ""))
    if diagnostic.source_line is not None and number:
        lines.append(f"{number:>{width}} | {_quoted(diagnostic)}")
    if diagnostic.help:
        lines.append(" " * width + f" = help: {clean(diagnostic.help, 2000)}")
    return "\n".join(lines)


def _quoted(diagnostic: Diagnostic) -> str:
    """The line in question. Where its syntax is wrong, whatever is not ASCII shows as its code: terminals that fold it
    to ASCII would show a line that looks right."""
    line = (diagnostic.source_line or "").rstrip(" \t\r\n")
    if diagnostic.code == "E0201":
        line = "".join(c if c.isascii() or c.isalpha() else f"\\u{ord(c):04x}" for c in line)
    return clean(line, 160)


def _table(diagnostic: Diagnostic) -> str:
    """The table the finding is about; the key itself is left out where the message starts with it."""
    table, _, key = diagnostic.path.rpartition(".")
    return table if key and diagnostic.message.split(" ", 1)[0] == key else diagnostic.path


def to_json(diagnostics: Sequence[Diagnostic]) -> list[dict[str, object]]:
    """The findings as plain dictionaries, in the same order as ``render``."""
    return [
        {
            "code": diagnostic.code,
            "title": diagnostic.title,
            "severity": diagnostic.severity,
            "message": clean(diagnostic.message, 2000),
            "path": clean(diagnostic.path),
            "file": clean(diagnostic.file),
            "line": diagnostic.line,
            "column": diagnostic.column,
            "source_line": None if diagnostic.source_line is None else clean(diagnostic.source_line, 160),
            "help": None if diagnostic.help is None else clean(diagnostic.help, 2000),
        }
        for diagnostic in ordered(diagnostics)
    ]
