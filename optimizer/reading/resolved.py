"""Resolved instances as TOML: written beside results, read back without the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from optimizer.diagnostics import Diagnostic, ordered
from optimizer.errors import InputError
from optimizer.inputs.schema import Instance
from optimizer.reading.checks import run_checks
from optimizer.reading.document import load_document
from optimizer.reading.layers import Layer, document_layer
from optimizer.reading.messages import InputFinding, diagnose
from optimizer.reading.names import reserved_names
from optimizer.reading.references import colliding_ids, unknown_references
from optimizer.reading.refusals import findings_of
from optimizer.reading.resolve import literal_types
from optimizer.reading.weather_files import check_weather_files

MAX_RESOLVED_BYTES = 50_000_000


def to_toml(instance: Instance) -> str:
    """The resolved instance as TOML text; what is not given is left out. ``read_resolved`` gives back an equal one."""
    import tomli_w

    return tomli_w.dumps(instance.model_dump(exclude_none=True))


def read_resolved(path: Path, folder: Path | None = None, shown: str | None = None) -> Instance:
    """Read a resolved instance: nothing is merged, extended or looked up.

    With a `folder` its series are read and checked too; they have to lie in it, as those of any instance. Raises
    InputError, which names file and line, or InputOutputError.
    """
    document, findings = load_document(path, shown or str(path), MAX_RESOLVED_BYTES)
    if document is None:
        raise InputError(ordered(findings))

    def refuse(wrong: Iterable[InputFinding], *others: Diagnostic) -> InputError:
        layer = document_layer(document, "file")
        return InputError(ordered([*others, *(diagnose(finding, layer, document.shown) for finding in wrong)]))

    # A file that says `true` or `1.0` where a whole number is wanted was not written by `to_toml`.
    if wrong := literal_types(document.tree):
        raise refuse(wrong)
    try:
        instance = Instance.model_validate(document.tree)
    except ValidationError as problem:
        raise refuse(findings_of(list(problem.errors(include_url=False)), document.tree)) from None
    if errors := [f for f in (*_ids(document.tree), *run_checks(instance)) if f.severity == "error"]:
        raise refuse(errors)
    if folder is None:
        return instance
    weather = check_weather_files(Layer(document.tree), folder, ())
    wrong_files = [finding for finding in weather.diagnostics if finding.severity == "error"]
    if wrong_files or weather.findings:
        raise refuse(weather.findings, *wrong_files)
    return instance


def _ids(tree: dict[str, Any]) -> list[InputFinding]:
    """Ids that name no row, or are the same but for their case.

    An accelerator keeps all the coolings it may be built with; those that no site has are left out of the file.
    """
    unknown = [
        finding
        for finding in unknown_references(tree, Layer(tree))
        if not (finding.path[0] == "accelerators" and "coolings" in finding.path)
    ]
    return [*unknown, *colliding_ids(tree), *reserved_names(tree)]
