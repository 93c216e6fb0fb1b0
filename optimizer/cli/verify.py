"""`optimizer verify`: the independent audit of a run, or of anybody's design for an instance."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.options import PATH, answer_command, read
from optimizer.errors import ExitCode
from optimizer.number_format import number

if TYPE_CHECKING:
    from optimizer.app.verifying import Audited
    from optimizer.audit.audit import AuditReport
    from optimizer.inputs.design import Design
    from optimizer.inputs.schema import Instance
    from optimizer.report.document import Block

FINDINGS_SHOWN = 30


@answer_command(
    "verify",
    epilog="Example: optimizer verify results/minimal/20270101T000000Z-1a2b3c4d, or "
    "optimizer verify tender.toml bid.json for a vendor's bid",
    help="Check a design against every requirement and recompute every figure, with code that shares nothing with the "
    "model. Give the folder of a run, or an instance and a design file (ours, or a bid with decisions only).",
)
@click.argument("target", type=PATH, metavar="RUN_FOLDER|INSTANCE")
@click.argument("design", required=False, type=PATH, metavar="[DESIGN.json]")
@click.option("--scenario", metavar="NAME", help="Lay a scenario of INSTANCE over it.")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Change one value of INSTANCE.")
def command(target: Path, design: Path | None, scenario: str | None, sets: tuple[str, ...]) -> int:
    audited = _audited(target, design, scenario, sets)
    instance, report = audited.instance, audited.report
    session().show(_blocks(instance, audited.design, report), instance)
    code = ExitCode.OK if audited.passed else ExitCode.VERIFICATION
    altered = "THE DESIGN HOLDS, BUT FILES OF THE RUN ARE NOT WHAT IT WROTE (see the warnings)"
    verdict = "NOT VERIFIED" if not report.passed else "VERIFIED" if audited.intact else altered
    session().say(verdict, "green" if code == ExitCode.OK else "red")
    answer = report.to_json_dict() | ({} if audited.run is None else audited.run.integrity)
    answer.pop("ledger", None)
    about = {"instance": instance.name, "instance_sha256": audited.design.instance_sha256}
    return session().answer(about | answer, code)


def _audited(target: Path, design: Path | None, scenario: str | None, sets: tuple[str, ...]) -> Audited:
    from optimizer.app.verifying import audited_design, audited_run

    if design is not None:
        return audited_design(read(Source(target, scenario, sets)), design)
    if not target.is_file() and (scenario or sets):
        raise click.UsageError("a run's instance is fixed: --scenario and --set go with INSTANCE DESIGN.json")
    audited = audited_run(target)
    session().warn(audited.run.warnings if audited.run else ())
    return audited


def _blocks(instance: Instance, design: Design, report: AuditReport) -> list[Block]:
    from optimizer.report.document import Heading, Paragraph, Table

    failed = Counter(finding.check.partition(".")[0] for finding in report.findings)
    families = tuple(
        (family, f"{count:,}", f"{failed[family]:,}", f"{report.worst_by_family.get(family, 0.0):.1e}")
        for family, count in sorted(report.checks_by_family.items())
    )
    scope = "with what it reports of itself" if design.reported is not None else "decisions only; nothing is reported"
    blocks: list[Block] = [
        Heading(f"Audit of a design for {instance.title} ({instance.name})", 1),
        Paragraph(
            f"{report.checks:,} checks, {len(report.findings):,} failed; {scope}. "
            f"SHA-256 of the instance: {design.instance_sha256 or 'not stated'}."
        ),
        Table(("Kind of check", "Checks", "Failed", "Worst margin"), families, frozenset({1, 2, 3})),
        Paragraph(
            f"Recomputed: {number(report.lcoc_usd_per_eflop)} USD/EFLOP, {number(report.npv_cost_musd)} MUSD "
            f"net present cost, {number(report.figures.get('effective_pflops', 0.0))} PFLOPS effective. "
            "A margin above 1e-6 fails."
        ),
    ]
    if report.findings:
        from optimizer.report.plan import finding_table

        blocks += [Heading("What failed"), finding_table(report.findings[:FINDINGS_SHOWN])]
    if len(report.findings) > FINDINGS_SHOWN:
        blocks.append(Paragraph(f"and {len(report.findings) - FINDINGS_SHOWN} more (all of them with --json)"))
    return blocks
