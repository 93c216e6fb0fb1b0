"""The OCDS release against the official schema of the standard, which `make test-long` fetches."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from optimizer.report.ocds import release_package
from tests.report.test_tender_exports import TENDER, designed, procurement
from tests.tiny import EVERYTHING, ROOT, tiny

SCHEMA = ROOT / "build" / "standards" / "release-schema.json"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not SCHEMA.exists(), reason="the official schema is not at hand"),
]


def errors(release: dict[str, Any]) -> list[str]:
    import jsonschema

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert schema["id"].endswith("/schema/1__1__5/release-schema.json")
    validator = jsonschema.Draft4Validator(schema)
    return [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(release)]


def release(changes: dict[str, Any]) -> dict[str, Any]:
    result = designed()
    package = release_package(tiny(changes), procurement(result.problem, result.design.decisions))
    (found,) = json.loads(json.dumps(package))["releases"]
    return found


@pytest.mark.parametrize("changes", [EVERYTHING, {**EVERYTHING, "tender": TENDER}])
def test_the_release_is_valid(changes: dict[str, Any]) -> None:
    assert errors(release(changes)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("ocid",), 7),
        (("tag",), ["tendering"]),
        (("initiationType",), "purchase"),
        (("tender", "status"), "running"),
        (("tender", "items", 0, "quantity"), "twelve"),
        (("tender", "milestones", 0, "dueDate"), 2027),
    ],
)
def test_the_schema_would_tell(path: tuple[Any, ...], value: Any) -> None:
    """Each of these slips is one that the schema finds, so that finding nothing says something."""
    wrong = copy.deepcopy(release(EVERYTHING))
    node = wrong
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    assert errors(wrong)
