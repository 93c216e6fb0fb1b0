"""The three standard streams: all there, and stdout for the answer alone, whatever a library prints.

Libraries print with Python and with C, where the text may lie in a buffer until the process ends. So the descriptor 1
leads to stderr for the whole life of the program, and the answer goes through a descriptor of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from optimizer.errors import InputOutputError


def set_up() -> None:
    """Once, before anything else: open what the caller closed, and keep the real stdout for the answer.

    A closed stdout or stderr becomes nowhere. Left closed, its number would be given to the next file that is opened,
    and what is printed would land in that file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    try:
        if sys.stdout.fileno() != 1:
            return
        sys.stdout.flush()
        kept = os.dup(1)
        os.dup2(2, 1)
    except (OSError, ValueError) as problem:
        raise InputOutputError(f"cannot write the output: {getattr(problem, 'strerror', None) or problem}") from problem
    given: Any = sys.stdout
    sys.stdout = os.fdopen(kept, "w", encoding=given.encoding, errors=given.errors)


def _nowhere() -> IO[str]:
    return open(os.devnull, "w", encoding="utf-8")


@contextmanager
def prints_go_to_stderr() -> Iterator[None]:
    """While a command works, `print` of whatever it calls writes to stderr; the answer keeps its own stream."""
    before = sys.stdout
    sys.stdout = sys.stderr
    try:
        yield
    finally:
        sys.stdout = before
