"""An instance whose every name tries to run something."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optimizer.inputs.schema import Instance
from optimizer.pipeline import Result
from optimizer.reading.layers import Origin
from optimizer.reading.read import values_of
from tests.tiny import EVERYTHING, tiny

ATTACKS = (
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=2>",
    "<svg onload=window.hacked=3>",
    '"><a href="javascript:window.hacked=4" onmouseover=window.hacked=5>x</a>',
    "{{ 7*7 }}{% raw %}<!--",
    "=HYPERLINK(1) %{y} $x$ [a](javascript:1)",
    "</title></style><iframe src=http://example.org></iframe>",
    "<b>bold</b><br>&lt;img src=x onerror=window.hacked=6&gt;",
)
SOURCES = (
    "javascript:window.hacked=7",
    "data:text/html,<script>window.hacked=8</script>",
    "JaVaScRiPt:alert(1)",
    "https://example.org/plain?a=1&b=2",
    'https://example.org/"onmouseover=alert(1)',
    "vbscript:x",
    "//example.org/x",
)


def titled(result: Result, title: str) -> Result:
    """A result under another title."""
    instance = result.problem.instance.model_copy(update={"title": title})
    return replace(result, problem=replace(result.problem, instance=instance))


def hostile_instance() -> Instance:
    """EVERYTHING with attacks for names."""
    data: dict[str, Any] = tiny(EVERYTHING).model_dump()
    for turn, place in enumerate(_names(data)):
        place["name"] = ATTACKS[turn % len(ATTACKS)]
    data["title"], data["description"] = ATTACKS[0], ATTACKS[1] + "\n" + ATTACKS[6]
    for number, chip in enumerate(data["accelerators"].values()):
        chip["vendor"] = "Example"
        chip["architecture"] = ATTACKS[number % len(ATTACKS)]
    return Instance.model_validate(data)


def _names(node: Any) -> list[dict[str, Any]]:
    found = (
        [node] if isinstance(node, dict) and isinstance(node.get("name"), str) and "format_version" not in node else []
    )
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list | tuple) else ()
    for item in inside:
        found += _names(item)
    return found


def hostile_origins(instance: Instance) -> dict[str, Origin]:
    """Every value with a hostile source, file and grade."""
    paths = [".".join(map(str, keys)) for keys, _ in values_of(instance)]
    return {
        path: Origin(
            kind="catalogue",
            file=ATTACKS[at % len(ATTACKS)],
            line=1,
            source=(SOURCES[at % len(SOURCES)],),
            grade=ATTACKS[1],
        )
        for at, path in enumerate(paths)
    }
