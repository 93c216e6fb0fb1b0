"""Start-up: what is imported, what every command offers, how usage errors end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from optimizer import __version__
from optimizer.cli.main import COMMANDS, root
from optimizer.solve.sparse import UNUSED

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("pyomo", "pandas", "numpy", "pydantic", "highspy", "scipy", "rich")


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from optimizer.cli.main import root\n"
        "try:\n    root.main(['--help'], prog_name='optimizer')\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "solve" in done.stdout


def test_help_on_a_command_imports_nothing_heavy():
    """The module of every command is light; what it works with is imported when it runs."""
    modules = sorted({f"optimizer.cli.{entry.module}" for entry in COMMANDS})
    heavy = [name for name in HEAVY if name != "pydantic"]
    code = f"import sys, {', '.join(modules)}\nprint([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_a_solve_loads_nothing_it_does_not_use(tmp_path):
    """Of scipy the sparse matrices, of pyarrow no pandas, of Pyomo no plugins: others take as long as a small solve."""
    unused = (*UNUSED, "pandas", "pyomo.environ", "numpy.f2py")
    code = (
        "import sys\n"
        "from optimizer.cli.main import root\n"
        f"asked = ['solve', 'instances/minimal.toml', '--quiet', '--no-isolate', '--out', {str(tmp_path / 'run')!r}]\n"
        "try:\n    root.main(asked, prog_name='optimizer')\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        f"print([m for m in {unused!r} if m in sys.modules], 'scipy.sparse' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[] True"
    assert (tmp_path / "run" / "hourly.parquet").is_file()


def test_pyomo_meets_placeholders_whichever_is_loaded_first():
    """Afterwards the real modules can be had."""
    code = (
        "import scipy.sparse, optimizer.solve.sparse, pyomo.environ, sys\n"
        f"assert not [m for m in {UNUSED!r} if m in sys.modules]\n"
        "import numpy, scipy.stats, scipy.integrate\n"
        "numpy.testing.assert_array_equal([1], [1])\n"
        "assert callable(numpy.f2py.get_include)\n"
        "print(scipy.stats.norm.cdf(0.0), scipy.integrate.quad(abs, 0, 1)[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0.5 0.5"


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_command_has_help_with_an_example(entry, invoke):
    done = invoke(entry.name, "--help")
    assert done.exit_code == 0
    assert "Example: optimizer" in done.output
    command = root.get_command(None, entry.name)
    assert command is not None
    assert command.name == entry.name


BIDS = [("bid", name) for name in ("template", "check", "quality", "evaluate", "award")]
SINGLE = [(entry.name,) for entry in COMMANDS if entry.name not in ("catalogue", "bid")]


@pytest.mark.parametrize("name", [*SINGLE, *BIDS], ids=" ".join)
def test_every_command_takes_json_and_debug(name, invoke):
    text = invoke(*name, "--help").output
    assert "--json" in text
    assert "--debug" in text


def test_version(invoke):
    assert invoke("--version").output.strip() == f"optimizer {__version__}"


@pytest.mark.parametrize("threaded", [False, True])
def test_the_program_ends_when_all_that_waits_for_its_end_is_done(threaded):
    """It does not wait for the interpreter to take everything down, but for threads and for handlers of the end."""
    code = (
        "import atexit, sys, threading, time\n"
        "from optimizer.cli.main import program\n"
        "sys.argv = ['optimizer', '--version']\n"
        "atexit.register(lambda: print('told', file=sys.stderr))\n"
        f"work = lambda: (time.sleep({0.3 if threaded else 0}), print('worked', file=sys.stderr))\n"
        "thread = threading.Thread(target=work)\nthread.start()\n"
        f"{'' if threaded else 'thread.join()'}\n"
        "program()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"optimizer {__version__}\n"
    assert sorted(done.stderr.split()) == ["told", "worked"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a file that is full")
def test_output_that_cannot_be_written_is_told_at_the_end_too():
    code = "import sys\nfrom optimizer.cli.main import program\nsys.argv = ['optimizer', '--version']\nprogram()"
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0
    assert done.stderr


def test_unknown_command_suggests_the_nearest(invoke):
    done = invoke("slove")
    assert done.exit_code == 2
    assert "Did you mean 'solve'?" in done.stderr


def test_unknown_option_is_a_usage_error(invoke):
    assert invoke("validate", "--nonsense").exit_code == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_the_program(shell, invoke):
    done = invoke("completion", shell)
    assert done.exit_code == 0
    assert "_OPTIMIZER_COMPLETE" in done.output


def test_a_programming_error_is_internal_and_short(invoke, monkeypatch):
    import optimizer.cli.completion as completion

    def broken(**_):
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(completion.command, "callback", broken)
    done = invoke("completion", "bash")
    assert done.exit_code == 1
    assert "--debug" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in invoke("--debug", "completion", "bash").stderr
