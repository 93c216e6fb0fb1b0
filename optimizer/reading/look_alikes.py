"""Characters that look like those of TOML and are not: what text programmes and web pages put in their place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_LIKE: dict[str, str] = {
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02", '"'),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\uff07", "'"),
    **dict.fromkeys("\u00a0\u2007\u202f\u3000\u205f", " "),
    **{chr(code): " " for code in range(0x2000, 0x200B) if code != 0x2007},
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\uff0d", "-"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
    "\uff1d": "=",
    "\uff0c": ",",
    "\u3001": ",",
    "\uff0e": ".",
    "\uff3b": "[",
    "\uff3d": "]",
    "\u3010": "[",
    "\u3011": "]",
    **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
}
"""Each look-alike and the character of TOML it stands for; the empty text for one that is not seen at all."""

_PLAIN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#.*')
_NAMES = {'"': "the straight quotation mark", "'": "the straight apostrophe", " ": "a space", "-": "the hyphen"}


def look_alikes(line: str) -> Iterator[tuple[int, str]]:
    """Columns (from 1) and look-alikes of a line, those inside strings and comments left out."""
    inside = [range(*match.span()) for match in _PLAIN.finditer(line)]
    for at, character in enumerate(line):
        if character in _LIKE and not any(at in span for span in inside):
            yield at + 1, character


def code_point(character: str) -> str:
    """`U+201C (left double quotation mark)`."""
    name = unicodedata.name(character, "").lower()
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def remedy(character: str) -> str:
    """What to type instead."""
    plain = _LIKE[character]
    if not plain:
        return "delete it: it is not seen, and no character of TOML"
    return f"type {_NAMES.get(plain, plain)}: {plain} (U+{ord(plain):04X})".replace(":   (", " (")
