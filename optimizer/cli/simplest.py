"""`optimizer simplest`: the plan with the fewest kinds and lots among those that cost hardly more than the best."""

from __future__ import annotations

from dataclasses import asdict

from optimizer.analysis.money import money_of
from optimizer.app.design_studies import base_design, save
from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.design_options import DesignOptions, design_options, watched
from optimizer.cli.options import answer_command, instance_options, read
from optimizer.errors import ExitCode


@answer_command(
    "simplest",
    epilog="Example: optimizer simplest instances/hong_kong_brownfield.toml --gap 0.001",
    help="Search the simplest plan near the best: of all designs whose levelised cost is within solve.simplicity of "
    "the best one's (0.2 % unless the instance says otherwise), the one with the fewest kinds of accelerator, then the "
    "fewest lots. It is verified like any other and told beside the best, with what it costs more. The search for it "
    "takes two minutes at most.",
)
@instance_options
@design_options
def command(source: Source, chosen: DesignOptions) -> int:
    reading = read(source)
    from optimizer.app.write_run import design_text
    from optimizer.report.document import to_markdown
    from optimizer.report.simplest import simplest_blocks, simplest_summary
    from optimizer.study.simplest import simplest
    from optimizer.study.steps import Steps, best_of

    with watched(reading, chosen.options) as (stopping, search):
        steps = Steps(2, session().note)
        best = base_design(reading, search, steps.begin)
        steps.best = best_of(best)
        steps.begin("the simplest plan near it")
        simple = simplest(best, search)
    page = simplest_summary(simple)
    blocks = simplest_blocks(page, money_of(reading.instance))
    files = {"summary.md": to_markdown(blocks)}
    if simple.plan.verified and simple.plan.design is not None:
        files["design.json"] = design_text(simple.plan.design)
    folder = save("simplest", reading, chosen.location(reading.instance.name), files)
    session().show(blocks, reading.instance)
    session().say(f"\nall files: {folder}")
    code = stopping.code or (ExitCode.OK if page.proven else ExitCode.LIMIT_WITH_DESIGN)
    return session().answer({**asdict(page), "folder": str(folder)}, code)
