"""The error of numbers that no solver may see, and of solutions that cannot be trusted."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.errors import UnsoundError

_NAMES_SHOWN = 12
_HELP = "the inputs behind these names are too large, too small or not numbers"


class Unsound(UnsoundError):  # noqa: N818
    """The model or its solution cannot be trusted; `names` are the rows, columns and entries to look at."""

    def __init__(self, names: Iterable[str], reason: str) -> None:
        self.names = tuple(names)
        self.reason = reason
        shown = ", ".join(self.names[:_NAMES_SHOWN])
        more = f" and {len(self.names) - _NAMES_SHOWN} more" if len(self.names) > _NAMES_SHOWN else ""
        super().__init__(f"{reason}: {shown}{more}" if self.names else reason, _HELP if self.names else None)

    def __reduce__(self) -> tuple[type[Unsound], tuple[tuple[str, ...], str]]:
        """Pickle by the two arguments, so that the error crosses a process border."""
        return type(self), (self.names, self.reason)
