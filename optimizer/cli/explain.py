"""`optimizer explain`: why a chip is excluded, and what makes an instance impossible."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from optimizer.cli.console import session, width
from optimizer.cli.options import Source, instance_options, read, standard_options
from optimizer.errors import ExitCode

if TYPE_CHECKING:
    from optimizer.derive import Problem
    from optimizer.report.obstacles import Obstacle


@click.command(
    "explain",
    epilog="Example: optimizer explain instances/hong_kong_cyberport.toml --exclusions",
    help="Say in plain words why no design can meet an instance, as far as single requirements tell without a search; "
    "with --exclusions, every accelerator that is not offered, site by site, with its reason and clause.",
)
@instance_options
@click.option("--exclusions", is_flag=True, help="List what is not offered, and why.")
@standard_options
def command(source: Source, exclusions: bool) -> int:
    from optimizer.derive import derive

    reading = read(source)
    problem = derive(reading.instance, reading.folder)
    if exclusions:
        _say_exclusions(problem)
        rows = [asdict(found) for found in problem.compute.exclusions]
        session().answer({"instance": reading.instance.name, "exclusions": rows})
        return 0
    found = say_obstacles(problem, source.words)
    code = ExitCode.INFEASIBLE if found else ExitCode.OK
    session().answer({"instance": reading.instance.name, "reasons": [asdict(obstacle) for obstacle in found]}, code)
    return code


def say_obstacles(problem: Problem, words: str, searched: bool = False) -> tuple[Obstacle, ...]:
    """Print the reasons known without a search, and return them. `searched`: a search has proven it infeasible."""
    from optimizer.report.document import Bullets, Heading, Paragraph, to_text
    from optimizer.report.obstacles import obstacles

    found = obstacles(problem)
    if found:
        items = tuple(f"{obstacle.reason} [{obstacle.path}]" for obstacle in found)
        blocks: list[Any] = [Heading("Why no design can exist"), Bullets(items)]
    else:
        alone = "offer, grid import, white space, supply and capital each allow every target when taken alone"
        ask = f"Whether they do so together takes a search: optimizer solve {words}"
        conflict = "It is several requirements together that leave nothing; loosen one of them and solve again."
        blocks = [Paragraph(f"No single requirement is to blame: {alone}. {conflict if searched else ask}")]
    session().say(to_text(blocks, width()))
    return found


def _say_exclusions(problem: Problem) -> None:
    from optimizer.report.document import Heading, Paragraph, Table, to_text

    rows = tuple(
        (
            found.site,
            found.accelerator,
            found.cooling or "(any)",
            found.kind,
            " ".join(part for part in (found.reason, _law(found)) if part),
        )
        for found in problem.compute.exclusions
    )
    title = Heading(f"What is not offered: {problem.instance.title}", 1)
    if not rows:
        session().say(to_text([title, Paragraph("Everything in the instance is offered.")], width()))
        return
    session().say(to_text([title, Table(("Site", "Accelerator", "Cooling", "Kind", "Reason"), rows)], width()))


def _law(found: Any) -> str:
    if not found.clause:
        return ""
    return f"[{', '.join(part for part in (found.clause, f'in force {found.effective}', found.source) if part)}]"
