"""`optimizer validate`: every finding about an instance, at once."""

from __future__ import annotations

from optimizer.app.source import Source
from optimizer.cli.console import session
from optimizer.cli.options import answer_command, instance_options, read
from optimizer.diagnostics import to_json
from optimizer.number_format import counted


@answer_command(
    "validate",
    epilog="Example: optimizer validate my_site.toml --strict",
    help="Check an instance: syntax, units, ranges, references and series, all findings at once with file and line.",
)
@instance_options
def command(source: Source) -> int:
    reading = read(source)
    instance = reading.instance
    counts = {
        "sites": len(instance.sites),
        "phases": len(instance.phases),
        "workloads": len(instance.workloads),
        "accelerators": len(instance.accelerators),
        "warnings": len(reading.warnings),
    }
    summary = ", ".join(counted(count, noun.removesuffix("s")) for noun, count in counts.items())
    session().say(f"{source.path}: valid ({summary})", "green")
    result = {
        "name": instance.name,
        "sha256": reading.sha256,
        "counts": counts,
        "files": [{"file": str(path), "sha256": digest} for path, digest in reading.files],
        "warnings": to_json(reading.warnings),
    }
    return session().answer(result)
