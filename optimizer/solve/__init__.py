"""The room of the solver. Called, it is the public function `solve` of docs/api.md, whose name it shares."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _SolverRoom(ModuleType):
    """A package that answers a call: importing a part of it binds its name over that of the public function."""

    @property
    def __wrapped__(self) -> Any:
        """The public function: help and signatures are read off it."""
        return import_module("optimizer.api.solving").solve

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.__wrapped__(*given, **named)


sys.modules[__name__].__class__ = _SolverRoom
