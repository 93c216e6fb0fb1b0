"""From bytes on disk to text that is safe to parse, or findings that say why not."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import replace
from pathlib import Path

from optimizer.diagnostics import Diagnostic, clean
from optimizer.errors import InputError, InputOutputError

MAX_DEPTH = 200
MAX_INTEGER_DIGITS = 4300

_FOREIGN = {
    ".py": "a Python program",
    ".pyc": "a Python program",
    ".pkl": "a pickle",
    ".pickle": "a pickle",
    ".xlsx": "an Excel workbook",
    ".xls": "an Excel workbook",
    ".json": "JSON",
    ".yaml": "YAML",
    ".yml": "YAML",
    ".gz": "a gzip archive",
    ".zip": "a zip archive",
}
_MAGIC = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"PAR1", "a Parquet file"),
    (b"\x80\x02", "a pickle"),
    (b"\x80\x03", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")
"""Control characters, and those that turn the direction of writing: a line would read other than it is."""
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'|#[^\n]*|[\[\]{}]",
    re.DOTALL,
)
_DOTTED = re.compile(
    r"(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){" + str(MAX_DEPTH) + "}"
)
_LONG_INTEGER = re.compile(r"(?<![0-9A-Za-z_.])[0-9][0-9_]{" + str(MAX_INTEGER_DIGITS) + r",}(?![0-9.eE])")


def read_bytes(path: Path, shown: str, max_bytes: int, setting: str = "--max-bytes") -> bytes:
    """The bytes of a regular file of at most `max_bytes`.

    Raises InputOutputError if it cannot be read, InputError if it is no regular file or too large.
    """
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise InputOutputError(f"cannot read {clean(shown)}: it is a directory")
        if not stat.S_ISREG(status.st_mode):
            raise InputError([Diagnostic(code="E0102", message=f"{clean(shown)} is not a regular file", file=shown)])
        if status.st_size > max_bytes:
            raise InputError([_too_large(shown, status.st_size, max_bytes, setting)])
        with path.open("rb") as stream:
            content = stream.read(max_bytes + 1)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise InputOutputError(f"cannot read {clean(shown)}: {reason}") from problem
    if len(content) > max_bytes:
        raise InputError([_too_large(shown, len(content), max_bytes, setting)])
    return content


def _too_large(shown: str, size: int, limit: int, setting: str) -> Diagnostic:
    message = f"{clean(shown)} has {size:,} bytes; the limit is {limit:,}"
    return Diagnostic(
        code="E0103",
        message=message,
        file=shown,
        help=f"raise the limit with {setting} if the file is meant to be so large",
    )


def foreign_kind(path: Path, content: bytes) -> str | None:
    """What the file is, if by its name or its first bytes it is plainly no text of ours."""
    by_name = _FOREIGN.get(path.suffix.lower())
    return by_name or next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)


def decode(content: bytes, path: Path, shown: str) -> tuple[str, list[Diagnostic]]:
    """The text of a TOML file with `\\n` line ends, and the findings; after an error the text is not to be used."""
    kind = foreign_kind(path, content)
    if kind is not None:
        message = f"{path.name} is {kind}; an instance is a TOML text file"
        return "", [
            Diagnostic(code="E0104", message=message, file=shown, help="`optimizer init` writes one to start from")
        ]
    text, findings = decode_text(content, shown)
    if not any(finding.severity == "error" for finding in findings):
        findings += _structure(text, shown)
    return text, findings


def decode_text(content: bytes, shown: str) -> tuple[str, list[Diagnostic]]:
    """The text of any of our text files, and what is wrong with its encoding."""
    notes: list[Diagnostic] = []
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or _looks_like_utf16(content):
        message = "the file is UTF-16; it must be UTF-8"
        return "", [
            Diagnostic(code="E0105", message=message, file=shown, line=1, help="save it again with the encoding UTF-8")
        ]
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
        notes = [
            Diagnostic(
                code="W0612",
                severity="warning",
                message="the file starts with a UTF-8 byte order mark, which is ignored",
                file=shown,
                line=1,
            )
        ]
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        return "", [_not_utf8(content, problem.start, shown)]
    findings = [_control(text, match, shown) for match in list(_CONTROL.finditer(text))[:20]]
    return text.replace("\r\n", "\n"), notes + findings


def _looks_like_utf16(content: bytes) -> bool:
    start = content[:200]
    return len(start) >= 8 and (start[1::2].count(0) > len(start) // 3 or start[::2].count(0) > len(start) // 3)


def _not_utf8(content: bytes, offset: int, shown: str) -> Diagnostic:
    line = content.count(b"\n", 0, offset) + 1
    begin = content.rfind(b"\n", 0, offset) + 1
    raw = content[begin:].split(b"\n", 1)[0]
    guess = "re-save the file as UTF-8"
    try:
        quoted = raw.decode("cp1252")
        guess = "looks like Windows-1252; re-save as UTF-8"
    except UnicodeDecodeError:
        quoted = raw.decode("utf-8", "replace")
    message = f"not UTF-8: byte 0x{content[offset]:02x} at offset {offset}"
    return Diagnostic(
        code="E0106", message=message, file=shown, line=line, column=offset - begin + 1, source_line=quoted, help=guess
    )


def _control(text: str, match: re.Match[str], shown: str) -> Diagnostic:
    code = ord(match.group()[0])
    name = "NUL" if code == 0 else f"0x{code:02x}" if code < 0x80 else f"U+{code:04X}"
    found = _at(text, match.start(), shown, "E0107", f"control character {name} in the text")
    return replace(found, help="delete it")


def place_of(text: str, offset: int) -> tuple[int, int, str]:
    """Line and column (from 1) of an offset, and the line itself."""
    begin = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - begin + 1, text[begin : begin + 4000].split("\n", 1)[0]


def _structure(text: str, shown: str) -> list[Diagnostic]:
    """Nesting and numbers that would exhaust a parser."""
    findings = []
    depth = 0
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token in ("[", "{"):
            depth += 1
            if depth > MAX_DEPTH:
                findings.append(
                    _at(text, match.start(), shown, "E0108", f"brackets are nested deeper than {MAX_DEPTH}")
                )
                break
        elif token in ("]", "}"):
            depth = max(0, depth - 1)
    dotted = _DOTTED.search(text)
    if dotted:
        findings.append(_at(text, dotted.start(), shown, "E0108", f"a dotted key has more than {MAX_DEPTH} parts"))
    longest = _LONG_INTEGER.search(text)
    if longest:
        findings.append(
            _at(text, longest.start(), shown, "E0109", f"an integer has more than {MAX_INTEGER_DIGITS} digits")
        )
    return findings


def _at(text: str, offset: int, shown: str, code: str, message: str) -> Diagnostic:
    line, column, source = place_of(text, offset)
    return Diagnostic(code=code, message=message, file=shown, line=line, column=column, source_line=source)
