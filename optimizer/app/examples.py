"""The instances that come with the program: which there are, and copying one with the files it rests on."""

from __future__ import annotations

import tomllib
from pathlib import Path

from optimizer.errors import UsageError

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
"""In a checkout a link to instances/; in an installed package a folder of its own."""


def example_names() -> tuple[str, ...]:
    """Names of the instances that come with the program."""
    return tuple(sorted(path.stem for path in EXAMPLES.glob("*.toml")))


def example_files(name: str) -> dict[str, str]:
    """The text of an instance and of those it extends, by file name, itself first. Raises UsageError."""
    if name not in example_names():
        raise UsageError(f"there is no example {name!r}", f"there are {', '.join(example_names())}")
    texts: dict[str, str] = {}
    file: str | None = f"{name}.toml"
    while file is not None and file not in texts:
        texts[file] = (EXAMPLES / file).read_text(encoding="utf-8")
        file = tomllib.loads(texts[file]).get("extends")
    return texts
