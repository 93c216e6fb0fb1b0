"""The versions allowed, pinned, lowest and tested say one thing."""

from __future__ import annotations

import re
import tomllib

import pytest

from optimizer.runs.provenance import TESTED, range_text, within
from tests.tiny import ROOT


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text().splitlines()
    return {canonical(name): version for name, _, version in (line.partition("==") for line in lines) if version}


def bounds() -> dict[str, str]:
    """Lower bound by package: what the product and its tests need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    found = [re.match(r"([\w.-]+)>=([\d.]+)", text) for text in asked]
    assert all(found)
    return {canonical(match[1]): match[2] for match in found if match}


def padded(version: str) -> tuple[int, ...]:
    return tuple(([int(part) for part in version.split(".")] + [0, 0, 0])[:3])


def test_the_lowest_environment_has_the_lower_bounds() -> None:
    lowest = pins("constraints-lowest.txt")
    told = {name: (padded(lowest[name])[: bound.count(".") + 1], bound) for name, bound in bounds().items()}
    assert {name: have for name, (have, bound) in told.items() if have != padded(bound)[: len(have)]} == {}


def test_what_is_pinned_was_tested() -> None:
    for name in TESTED.keys() - {"python"}:
        assert within(name, pins("constraints.txt")[name]), name
        assert within(name, pins("constraints-lowest.txt")[name]), name
        assert padded(TESTED[name][0]) == padded(pins("constraints-lowest.txt")[name]), name


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("1.15.0", "1.15.1 to 1.16.0: NOT TESTED with this version"),
        ("1.15.1", "1.15.1 to 1.16.0"),
        ("1.16.0", "1.15.1 to 1.16.0"),
        ("1.16.1", "1.15.1 to 1.16.0: NOT TESTED with this version"),
        ("absent", "1.15.1 to 1.16.0: NOT TESTED with this version"),
    ],
)
def test_a_version_that_was_not_tested_is_named(version: str, words: str) -> None:
    assert range_text("highspy", version) == words


def test_a_python_is_known_by_its_minor_version() -> None:
    assert within("python", "3.11.2")
    assert not within("python", "3.12.0")
    assert range_text("optimizer", "0.1.0") == ""
