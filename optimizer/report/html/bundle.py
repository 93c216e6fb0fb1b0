"""What the page carries inside it: the chart library, our script and style, and the policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

VERSION = "4.1.1"
"""Version of plotly.js in `assets/`."""
SHA256 = "79542150855a52c567260e3137095dbe2b744e6d702a5cabe67da246942fba7a"
_HERE = Path(__file__).resolve().parent
TEMPLATES = _HERE / "templates"


@cache
def plotly_script() -> str:
    """The chart library as published."""
    return (_HERE / "assets" / f"plotly-cartesian-{VERSION}.min.js").read_text(encoding="utf-8")


@cache
def page_script() -> str:
    """Our own script: theme, drawing, printing."""
    return (TEMPLATES / "page.js").read_text(encoding="utf-8")


@cache
def explorer_script() -> str:
    """The script of the explorer of a study."""
    return (TEMPLATES / "explorer.js").read_text(encoding="utf-8")


@cache
def style() -> str:
    """The style sheet."""
    return (TEMPLATES / "page.css").read_text(encoding="utf-8")


@cache
def _source_hash(script: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii") + "'"


def policy(scripts: tuple[str, ...]) -> str:
    """Content security policy: these scripts by their hash, no other, no evaluation, no request of any kind.

    Styles are inline because the chart library sets them while it draws; images are the heat map's own pixels.
    """
    allowed = " ".join(map(_source_hash, scripts)) or "'none'"
    rules = ("default-src 'none'", f"script-src {allowed}", "style-src 'unsafe-inline'", "img-src data:")
    return "; ".join((*rules, "base-uri 'none'", "form-action 'none'"))


def script_json(value: Any) -> str:
    """JSON that is safe inside a script element: no sign of it can end the element or start a comment."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
