"""`optimizer schema`: the JSON schema of the instance file."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from optimizer.cli.console import session
from optimizer.cli.options import FILE, answer_command
from optimizer.inputs.units import key_text

SCHEMA_ID = "urn:facility-optimizer:instance:1"
"""Names the schema; 1 is the format's version."""


@answer_command(
    "schema",
    epilog="Example: optimizer schema --out instance.schema.json, then point your editor's TOML extension at it.",
    help="JSON schema of the instance file, with units and meanings, for completion in an editor.",
)
@click.option("--out", type=FILE, help="Write it to a file instead.")
def command(out: Path | None) -> int:
    import json

    schema = instance_schema()
    if out is not None:
        from optimizer.runs.atomic import write_whole

        write_whole(out, json.dumps(schema, indent=2) + "\n")
        session().say(f"written: {out}")
    elif not session().json:
        session().say(json.dumps(schema, indent=2))
    return session().answer({"schema": schema} if out is None else {"file": str(out)})


def instance_schema() -> dict[str, Any]:
    """The schema as a plain dictionary; nothing is required, since parents and the catalogue supply values too."""
    from optimizer.inputs.schema import Instance
    from optimizer.reading.catalogue import TABLES

    schema: dict[str, Any] = Instance.model_json_schema()
    # A file is merged with its parent, the catalogue and a scenario before it is checked as a whole, so nothing that
    # is required of the whole can be required of it; misspelt keys can still be refused.
    for part in (schema, *schema.get("$defs", {}).values()):
        part.pop("required", None)
    properties = schema["properties"]
    properties["extends"] = {"type": "string", "description": "Instance file this one changes; inside its folder."}
    properties["scenarios"] = {
        "type": "object",
        "description": "Changes by name, laid over the instance with --scenario NAME.",
        "additionalProperties": {"type": "object"},
    }
    provenance = {
        "source": {"type": ["string", "array"], "items": {"type": "string"}},
        "grade": {"enum": ["A", "B", "C"]},
        "grades": {"type": "object"},
        "sources": {"type": "object"},
        "price_year": {"type": "integer"},
        "note": {"type": "string"},
    }
    for spec in TABLES.values():
        own = schema["$defs"][spec.__name__]["properties"]
        schema["$defs"][spec.__name__]["properties"] = {**provenance, **own}
    _describe(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Instance of the facility optimiser, format 1",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def _describe(schema: dict[str, Any]) -> None:
    """Give every property the text that stands below it in its class, or its name in words with its suffix's unit."""
    texts = _texts()
    for name, part in ((schema["title"], schema), *schema["$defs"].items()):
        for key, value in part.get("properties", {}).items():
            if not value.get("description"):
                text = texts.get(name, {}).get(key) or key_text(key)
                part["properties"][key] = {**value, "description": text}


def _texts() -> dict[str, dict[str, str]]:
    """What stands below each field, by class; pydantic would read every class's source at every start for it."""
    from optimizer.inputs.quantity import Spec

    texts: dict[str, dict[str, str]] = {}
    todo: list[type[Spec]] = [Spec]
    for spec in todo:
        # Whoever uses the package may have tables of their own, with or without a source.
        todo += [table for table in spec.__subclasses__() if table.__module__.startswith("optimizer.")]
        inherited = {key: text for base in reversed(spec.__mro__) for key, text in texts.get(base.__name__, {}).items()}
        texts[spec.__name__] = inherited | _below(spec)
    return texts


def _below(spec: type) -> dict[str, str]:
    """The strings below a class's fields, by field."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(spec))).body
    assert isinstance(tree, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in pairwise(tree.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }
