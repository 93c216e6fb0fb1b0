"""`optimizer calibration`: the model against published facts, with the error of each."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.console import session
from optimizer.cli.options import PATH, answer_command
from optimizer.runs.atomic import write_whole


@answer_command(
    "calibration",
    epilog="Example: optimizer calibration --out docs/calibration.md",
    help="Compare the model with published facts: days of training runs, scaling, tokens served, power, PUE, "
    "prices of halls and of accelerators by the hour. Errors are stated, nothing is tuned for a single case.",
)
@click.option("--out", type=PATH, metavar="FILE", help="Write the page as Markdown.")
def command(out: Path | None) -> int:
    from optimizer.analysis.calibration import cases
    from optimizer.report.calibration_page import blocks
    from optimizer.report.document import to_markdown

    if out is None:
        session().show(blocks())
    else:
        write_whole(out, to_markdown(blocks()))
        session().say(f"wrote {out}")
    rows = [
        {
            "group": case.group,
            "case": case.what,
            "unit": case.unit,
            "model": case.model,
            "published": case.fact,
            "error": case.error,
            "aim": case.aim,
            "meets_aim": case.hits,
            "read_off": case.read_off,
            "reference": case.key,
            "source": list(case.source),
            "grade": case.grade,
            "reason": case.why,
        }
        for case in cases()
    ]
    return session().answer({"cases": rows, "file": str(out) if out else None})
