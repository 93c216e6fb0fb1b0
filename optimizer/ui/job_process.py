"""The process of a job (`python -m optimizer.ui.job_process FOLDER`): runs a command line, writes how it ended."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path


def live(folder: Path) -> int:
    """Run the job of a folder; gives its exit code, which is in ended.json as well."""
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    sys.argv = ["optimizer", *job["arguments"]]
    code: object = 1
    try:
        # Started like a program, from the room above this one; `program` would end the process before its end is told.
        import_module("optimizer.cli.main").main()
        code = 0
    except SystemExit as ended:
        code = ended.code
    finally:
        number = code if isinstance(code, int) else 0 if code is None else 1
        partial = folder / "ended.json.part"
        partial.write_text(json.dumps({"exit_code": number}) + "\n", encoding="utf-8")
        partial.replace(folder / "ended.json")
    return number


if __name__ == "__main__":
    sys.exit(live(Path(sys.argv[1])))
