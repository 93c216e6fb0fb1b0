"""An instance file and the files it extends, merged into one layer."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimizer.diagnostics import Diagnostic, clean
from optimizer.errors import InputError, InputOutputError
from optimizer.reading.document import Document, load_document
from optimizer.reading.layers import Layer, document_layer, overlay, without
from optimizer.reading.paths import PathRefused, guarded

MAX_EXTENDS = 8


@dataclass
class Chain:
    """The documents, the instance itself first, then its parent, and so on; and what was found."""

    documents: list[Document] = field(default_factory=list)
    findings: list[Diagnostic] = field(default_factory=list)

    def merged(self) -> Layer:
        """One layer of all documents, the nearer over the farther."""
        layer = Layer()
        for number, document in reversed(list(enumerate(self.documents))):
            layer = overlay(layer, without(document_layer(document, "parent" if number else "file"), "extends"))
        return layer


def read_chain(path: Path, allowed: tuple[Path, ...], max_bytes: int) -> Chain:
    """Read an instance and what it extends. Raises InputOutputError or InputError if it is no file to read."""
    chain = Chain()
    real = Path(os.path.abspath(path))
    root = real.resolve().parent if real.exists() else real.parent
    loaded, findings_here = load_document(real, str(path), max_bytes)
    seen = [real.resolve()]
    while True:
        chain.findings += findings_here
        if loaded is None:
            return chain
        document = loaded
        chain.documents.append(document)
        if "extends" not in document.tree:
            return chain
        step = _parent(document, chain, root, allowed)
        if step is None:
            return chain
        seen.append(step)
        if step in seen[:-1] or len(seen) > MAX_EXTENDS + 1:
            chain.findings.append(_round(document, seen))
            return chain
        try:
            loaded, findings_here = load_document(step, _shown(path, step, root), max_bytes)
        except InputOutputError as problem:
            chain.findings.append(_at_extends(document, "E0113", problem.message, None))
            return chain
        except InputError as problem:
            chain.findings += problem.diagnostics
            return chain


def _parent(document: Document, chain: Chain, root: Path, allowed: tuple[Path, ...]) -> Path | None:
    value: Any = document.tree["extends"]
    if not isinstance(value, str):
        chain.findings.append(_at_extends(document, "E0310", "extends must be the path of a file in quotes", None))
        return None
    try:
        return guarded(value, document.path.resolve().parent, root, allowed)
    except PathRefused as refused:
        chain.findings.append(_at_extends(document, refused.code, f"extends: {refused.reason}", refused.help_text))
        return None


def _round(document: Document, seen: list[Path]) -> Diagnostic:
    names = " -> ".join(clean(path.name, 60) for path in seen)
    if seen[-1] in seen[:-1]:
        return _at_extends(document, "E0111", f"extends goes in a circle: {names}", None)
    return _at_extends(document, "E0112", f"extends is deeper than {MAX_EXTENDS}: {names}", None)


def _at_extends(document: Document, code: str, message: str, help_text: str | None) -> Diagnostic:
    line, column = document.locations.positions.get(("extends",), (1, 1))
    return Diagnostic(
        code=code,
        message=message,
        path="extends",
        file=document.shown,
        line=line,
        column=column,
        source_line=document.line_text(line),
        help=help_text,
    )


def _shown(instance: Path, parent: Path, root: Path) -> str:
    """How a parent is named: beside the instance as the planner wrote it, or by its full path if it lies elsewhere."""
    return str(instance.parent / parent.relative_to(root)) if parent.is_relative_to(root) else str(parent)
