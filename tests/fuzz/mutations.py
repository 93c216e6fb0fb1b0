"""Mutants of texts, of JSON and of folders. A seed makes the same mutant for ever."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from random import Random
from typing import Any

NUMBER = re.compile(r"(?<![\w.\"-])-?\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.\"-])", re.IGNORECASE)
VALUES = (
    "0", "-1", "1", "1e308", "-1e308", "1e-320", "nan", "inf", "-inf", "9223372036854775808", "1" * 400, "1e15", "0.5",
    "1e-9", "true", '""', '"x"', "[]", "{}", "[1, 2]", "2027-02-29", "2027-01-01", "9999-12-31", "0001-01-01",
    '"../../x"', '"/dev/zero"', '"CON"', "'''", "\"\\u202e\"", "1_000", "0x7fffffffffffffff", "[[[[1]]]]", "{ a = 1 }",
)  # fmt: skip
"""What may stand after an equals sign: edges of every kind, and a few that are no TOML."""
PIECES = (
    "\x00", "\u2028", "\u201c", "\u00a0", "\ufeff", "\U0001f600", "[", "]", "=", '"', "\n[sites]\n", "\n[a.b.c]\n",
    "#", "\\", "{", "}", "\r", "\x1b[31m", "\u202e", "'" * 3, "e", "-", ".", ",",
)  # fmt: skip
PLAIN: tuple[Any, ...] = (
    None, True, 0, -1, 1, 2**63, 10**300, 1e308, -1e308, 1e-320, 0.5, "", "x", "../../x", "/dev/zero", [], {}, [[]],
    {"a": 1}, "2027-13-01", "9999-12-31", "eJz7////fwAJ/AP9", "AAAA", "\u202e", "only", "quick", "paper",
)  # fmt: skip
"""What may stand in JSON; the last ones are ids of the minimal instance."""


def mutate_text(text: str, random: Random) -> str:
    """One to three small changes of a TOML text."""
    for _ in range(random.choice((1, 1, 2, 3))):
        text = random.choice((_number, _number, _number, _value, _value, _line, _line, _table, _piece, _cut))(
            text, random
        )
    return text


def _number(text: str, random: Random) -> str:
    found = list(NUMBER.finditer(text))
    if not found:
        return text
    at = random.choice(found)
    factor = random.choice((None, -1, 1e-3, 1e3, 1e6, 0.01, 100, 8760))
    told = random.choice(VALUES) if factor is None else repr(_scaled(at.group(), factor))
    return text[: at.start()] + told + text[at.end() :]


def _scaled(number: str, factor: float) -> float | int:
    value = float(number.replace("_", "")) * factor
    return int(value) if value.is_integer() and abs(value) < 1e15 and "." not in number else value


def _value(text: str, random: Random) -> str:
    lines = text.split("\n")
    places = [number for number, line in enumerate(lines) if re.match(r"\s*[\w.-]+\s*=", line)]
    if not places:
        return text
    at = random.choice(places)
    lines[at] = lines[at].partition("=")[0] + "= " + random.choice(VALUES)
    return "\n".join(lines)


def _line(text: str, random: Random) -> str:
    lines = text.split("\n")
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case _:
            lines[at] = re.sub(r"^(\s*)([\w-]+)", r"\1\2x", lines[at])
    return "\n".join(lines)


def _table(text: str, random: Random) -> str:
    """A table is lost, comes twice or goes to the end."""
    parts = re.split(r"(?m)^(?=\[)", text)
    at = random.randrange(len(parts))
    match random.randrange(3):
        case 0:
            del parts[at]
        case 1:
            parts.append(parts[at])
        case _:
            parts.append(parts.pop(at))
    return "".join(parts)


def _piece(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(PIECES) * random.choice((1, 1, 1, 300)) + text[at + random.choice((0, 1)) :]


def _cut(text: str, random: Random) -> str:
    return text[: random.randrange(len(text) + 1)] if random.random() < 0.3 else text


def mutate_json(value: Any, random: Random) -> Any:
    """One to three values of a JSON tree replaced, scaled, lost, doubled or renamed."""
    tree = json.loads(json.dumps(value))
    for _ in range(random.choice((1, 1, 2, 3))):
        places = list(_places(tree))
        if not places:
            return tree
        holder, key = random.choice(places)
        match random.randrange(5):
            case 0:
                holder[key] = random.choice(PLAIN)
            case 1 if isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
                holder[key] *= random.choice((-1, 0, 0.5, 2, 1000, 1e-6, 1.0000001))
            case 2:
                del holder[key]
            case 3 if isinstance(holder, list):
                holder.append(holder[key])
            case 4 if isinstance(holder, dict):
                holder[f"{key}x"] = holder.pop(key)
            case _:
                other, place = random.choice(places)
                if (isinstance(other, list) and place < len(other)) or (isinstance(other, dict) and place in other):
                    holder[key] = json.loads(json.dumps(other[place]))
    return tree


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place in the tree, tables and rows included; long ledgers do not drown the rest."""
    found: list[tuple[Any, Any]] = []
    keys = list(tree) if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for key in list(keys)[:40]:
        found.append((tree, key))
        found += _places(tree[key])
    return found


def mutate_bytes(content: bytes, random: Random) -> bytes:
    """Bytes flipped, lost or put in."""
    found = bytearray(content)
    for _ in range(random.choice((1, 2, 8))):
        if not found:
            return b"\xff"
        at = random.randrange(len(found))
        match random.randrange(3):
            case 0:
                found[at] ^= 1 << random.randrange(8)
            case 1:
                del found[at : at + random.choice((1, 1, 500))]
            case _:
                found[at:at] = random.choice((b"\x00", b"\xff\xfe", b"\n", b'"', b"9" * 50))
    return bytes(found)


def mutate_table(text: str, random: Random) -> str:
    """One to three cells of a CSV table replaced, or a line lost, doubled or cut."""
    lines = text.split("\n")
    for _ in range(random.choice((1, 1, 2, 3))):
        at = random.randrange(len(lines))
        cells = lines[at].split(",")
        match random.randrange(6):
            case 0:
                del lines[at : at + 1]
            case 1:
                lines.insert(at, random.choice(lines or [""]))
            case 2:
                cells[random.randrange(len(cells)) :] = []
                lines[at] = ",".join(cells)
            case _:
                cells[random.randrange(len(cells))] = random.choice((*VALUES, "", "TRUE", "infeasible", "optimal"))
                lines[at] = ",".join(cells)
        lines = lines or [""]
    return "\n".join(lines)


def mutate_folder(run: Path, outside: Path, random: Random) -> str:
    """One thing about the folder of a run or a study changed in place; says what."""
    files = sorted(path for path in run.rglob("*") if path.is_file() and not path.is_symlink() and path.stat().st_size)
    path = random.choice(files)
    name = str(path.relative_to(run))
    match random.randrange(8):
        case 0 | 1 if path.suffix == ".json" or path.name in ("RUN_OK", "STUDY_OK"):
            path.write_text(json.dumps(mutate_json(json.loads(path.read_text()), random)))
            return f"JSON of {name}"
        case 0 | 1 | 2 if path.suffix == ".csv" and run.name == "study":
            path.write_text(mutate_table(path.read_text(), random))
            return f"the table {name}"
        case 2 | 3 if (resolved := run / "instance.resolved.toml").is_file():
            resolved.write_text(mutate_text(resolved.read_text(), random))
            return "the resolved instance"
        case 4:
            path.write_bytes(mutate_bytes(path.read_bytes(), random))
            return f"bytes of {name}"
        case 5:
            path.unlink()
            return f"without {name}"
        case 6:
            path.unlink()
            path.symlink_to(random.choice((outside / "precious.txt", Path("/dev/zero"), outside, Path("nowhere"))))
            return f"a link at {name}"
        case _:
            path.unlink()
            os.mkfifo(path)
            return f"a FIFO at {name}"
