"""`optimizer sweep`: an instance solved at many points, with a resumable folder of results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from optimizer.analysis.money import money_of
from optimizer.app.source import Source
from optimizer.app.study_runs import StudyOptions, code_of, tally
from optimizer.app.sweeps import SweepRequest, sweep_and_write
from optimizer.cli.console import session
from optimizer.cli.options import answer_command, instance_options
from optimizer.cli.study_options import end_study, factors_of, interrupted, study_options, vary_options, watched_study

if TYPE_CHECKING:
    from optimizer.reading.read import Variants
    from optimizer.study.designs import Definition
    from optimizer.study.study_file import StudyFile

DESIGNS = ("grid", "one_at_a_time", "latin_hypercube", "sobol", "monte_carlo")
SHOWN = 20


@answer_command(
    "sweep",
    epilog="Example: optimizer sweep instances/hong_kong_cyberport.toml --vary sites.cyberport.grid_mw=20:30:5 "
    "--vary export.regime=may_2026,open_market",
    help="Solve an instance at many points: --vary PATH=FROM:TO:STEP, PATH=-30%:+30%:POINTS or PATH=VALUE,VALUE "
    "(patterns such as accelerators.*.price_usd move together), or a study file with axes and a table of uncertain "
    "changes. Every cell is audited. A stopped study goes on where it was; tables do not depend on the workers. "
    "A cell that fails is a row with its reason, and the command ends with 9.",
)
@instance_options
@vary_options
@click.option("--design", type=click.Choice(DESIGNS), help="How axes are combined [grid; changes: monte_carlo].")
@click.option("--samples", type=click.IntRange(1, 10_000_000), help="Points of a sampled design [64].")
@click.option("--seed", type=click.IntRange(0, 2_147_483_647), help="Seed of a sampled design [0]; it is stored.")
@click.option(
    "--chain",
    type=click.IntRange(1, 10_000),
    default=1,
    show_default=True,
    help="Start each cell from the one before it, in rows of so many cells; 1: all from the base case.",
)
@study_options
def command(source: Source, study: StudyOptions, variants: Variants, vary: tuple[str, ...], **given: Any) -> int:
    definition, file = definition_from(vary, given)
    request = SweepRequest(
        source=source, variants=variants, definition=definition, study=study,
        name=file.name if file else None, chain=given["chain"],
    )  # fmt: skip
    with watched_study(variants) as (stopping, observer):
        swept = sweep_and_write(request, observer)
    if swept.stopped:
        return interrupted(swept.folder, len(swept.rows), swept.total, stopping.code)
    from optimizer.report.study_text import sweep_blocks

    lines = swept.rows
    instance = variants.read().instance
    session().show(sweep_blocks(lines, swept.names, SHOWN, money_of(instance)), instance)
    facts = ("status", "reason", "value", "gap", "chip_set")
    answer = {
        "instance": instance.name,
        "cells": len(lines),
        "statuses": tally(lines),
        "complete": True,
        "rows": [
            {"cell": line.number, "inputs": line.inputs, **{fact: line.record.get(fact) for fact in facts}}
            for line in lines
        ],
    }
    return end_study(swept.folder, lines, answer, code_of(lines))


def definition_from(vary: tuple[str, ...], given: dict[str, Any]) -> tuple[Definition, StudyFile | None]:
    """What is varied, from the command line and the study file; the command line wins."""
    from optimizer.study.designs import DEFAULT_SAMPLES, Definition

    factors, file = factors_of(vary, given["study_path"])
    kind, samples, seed = given["design"], given["samples"], given["seed"]
    if file is not None:
        kind = kind or file.design or ("monte_carlo" if file.changes else None)
        samples = file.samples if samples is None else samples
        seed = file.seed if seed is None else seed
    definition = Definition(kind or "grid", factors, samples or DEFAULT_SAMPLES, seed or 0)
    return definition, file
