"""Solve an instance, and look at the design that comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING, Any

from optimizer.api.figures import figure, figure_titles
from optimizer.api.instance import FacilityInstance, as_instance, command_arguments
from optimizer.api.interrupts import stoppable
from optimizer.api.options import Options, checked
from optimizer.api.tables import hourly_frame, kpi_frame, ledger_frame, order_frame
from optimizer.app.design_studies import StudySelection, no_design
from optimizer.app.observer import Observer, Watch
from optimizer.app.solve import Answer, SolveRequest, answer, write_answer
from optimizer.errors import UnsoundError, UsageError, VerificationError
from optimizer.runs.folder import RunLocation, open_run
from optimizer.solve.isolation import spawning

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.inputs.design import Design
    from optimizer.pipeline import Result

STUDIES = ("marginal", "alternatives", "baselines", "entry")


@dataclass(frozen=True, kw_only=True)
class DesignResult:
    """The answer of a search: a verified design, or the reason why there is none.

    Tables and figures raise InfeasibleError or NoDesignError where there is no design. A design that the audit rejects
    never gets here.
    """

    request: SolveRequest = field(repr=False)
    answer: Answer = field(repr=False)
    log: bytes = field(repr=False, default=b"")
    """What the solver wrote."""
    label: str = ""
    """The scenario and changes of the instance, to tell results apart."""

    @property
    def result(self) -> Result:
        """The result as the report and the studies take it."""
        return self.answer.result

    @property
    def status(self) -> str:
        """optimal (proven to the gap), feasible (stopped before the proof), infeasible (proven) or no_solution."""
        return self.result.status.value

    @property
    def verified(self) -> bool:
        """Whether there is a design and the independent audit confirms it."""
        return self.result.verified

    @property
    def lcoc(self) -> float:
        """Levelised cost in USD per effective EFLOP."""
        return float(self._reported_kpis["lcoc_usd_per_eflop"])

    @property
    def value(self) -> float:
        """Value of the objective, in the unit of the objective (`docs/model.md`)."""
        facts = self.design.solve
        return self.lcoc if facts is None else facts.value

    @property
    def bound(self) -> float:
        """No design can be better than this: a proven bound on the objective, in its unit."""
        return self.result.design.solve.bound if self.result.design and self.result.design.solve else self.result.bound

    @property
    def gap(self) -> float:
        """Relative distance of value and bound, 1."""
        facts = self.design.solve
        return float("nan") if facts is None else facts.gap

    @property
    def design(self) -> Design:
        """Decisions, ledger and key figures as they are stored in design.json."""
        design = self.with_design.design
        assert design is not None
        return design

    @property
    def _reported_kpis(self) -> dict[str, float]:
        assert self.design.reported is not None
        return dict(self.design.reported.kpis)

    @cached_property
    def orders(self) -> pd.DataFrame:
        """What to order by which day, at what price, under which licence; one row per order (procurement.csv)."""
        return order_frame(self.with_design)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Every posting of cost and quantity (ledger.csv); npv_musd adds up to the present cost."""
        return ledger_frame(self.with_design)

    @cached_property
    def hourly(self) -> pd.DataFrame:
        """The year hour by hour, of every site in every phase: MW and PUE (hourly.parquet)."""
        return hourly_frame(self.with_design)

    @cached_property
    def kpis(self) -> pd.DataFrame:
        """Key figures by id: value, unit, meaning."""
        return kpi_frame(self._reported_kpis)

    @property
    def figures(self) -> dict[str, str]:
        """The charts there are, by name, each with its finding."""
        return figure_titles(self.with_design)

    def figure(self, name: str) -> Any:
        """A chart of the report: a Plotly figure (extra `notebook`), or a drawing. Raises UsageError."""
        return figure(self.with_design, name)

    @property
    def summary(self) -> str:
        """The summary the command line prints."""
        from optimizer.report.summary import summary_text

        return summary_text(self.result, self.answer.page)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write the folder that `optimizer solve` writes, and return its path.

        A folder that exists is left alone and a name beside it is taken, unless `overwrite` and it is a run's. Raises
        InputOutputError if it cannot be written, is foreign or is held by another process.
        """
        path = Path(folder)
        location = RunLocation(
            root=path.parent, instance=self.request.reading.instance.name, out=path, overwrite=overwrite
        )
        warned: list[str] = []
        with open_run(location) as opened:
            if self.log:
                opened.log_path.write_bytes(self.log)
            write_answer(self.request, opened, self.answer, warned.append)
            return opened.path

    @property
    def with_design(self) -> Result:
        """The result, which has a design. Raises InfeasibleError or NoDesignError if there is none."""
        if self.result.design is None:
            raise no_design(self.result)
        return self.result

    def __repr__(self) -> str:
        about = f"{self.request.reading.instance.name}{f' [{self.label}]' if self.label else ''}"
        if self.result.design is None:
            return f"<DesignResult {about}: {self.status}>"
        return f"<DesignResult {about}: {self.lcoc:.4g} USD/EFLOP, {self.status}, gap {self.gap:.2g}, verified>"

    def _repr_html_(self) -> str:
        from optimizer.api.card import card

        return card(self.result)


def solve(
    instance: FacilityInstance | str | Path,
    options: Options | None = None,
    *,
    studies: Iterable[str] = (),
    progress: Watch | None = None,
    note: Callable[[str], None] | None = None,
    stop: Event | None = None,
) -> DesignResult:
    """Find the design of least cost and have it audited; nothing is written until `save`.

    studies     of the design: "marginal", "alternatives", "baselines", "entry"
    progress    is called about twice a second with seconds, incumbent, bound (in the objective's unit) and nodes
    note        hears in words what is being done
    stop        once set, the best design so far is returned; without it, Ctrl-C does the same

    The solver works in a process of its own that is started anew, so this may be called from any thread. Raises
    UsageError for wrong arguments, what `read` raises for a file, UnsoundError if the numbers cannot be trusted,
    VerificationError if the audit does not confirm the design, SolverCrash if the solver's process dies.
    """
    case, chosen = as_instance(instance), checked(options)
    request = SolveRequest(
        reading=case.reading, instance_arguments=case.source.arguments, options=chosen, selection=_selection(studies),
        other_scenario=None, started=datetime.now(UTC), arguments=("solve", *command_arguments(case.source)),
    )  # fmt: skip
    with stoppable(stop) as event, spawning(), TemporaryDirectory(prefix="optimizer-") as scratch:
        log_path = Path(scratch) / "solver.log"
        answered = answer(request, _observer(event, progress, note), log_path)
        log = log_path.read_bytes() if log_path.exists() else b""
    result = answered.result
    if result.design is not None and not result.verified:
        count = len(result.audit.findings) if result.audit else 0
        raise VerificationError(f"the audit does not confirm the design ({count} findings); it is withheld")
    if result.status.value in ("unsound", "unbounded"):
        raise UnsoundError(result.message or f"the search ended {result.status.value}")
    label = ", ".join((*([case.source.scenario] if case.source.scenario else []), *case.source.sets))
    return DesignResult(request=request, answer=answered, log=log, label=label)


def _selection(studies: Iterable[str]) -> StudySelection:
    named = (studies,) if isinstance(studies, str) else tuple(studies)
    unknown = [name for name in named if name not in STUDIES]
    if unknown:
        raise UsageError(f"there is no study {unknown[0]!r}", f"there are {', '.join(STUDIES)}")
    return StudySelection(**dict.fromkeys(named, True))


def _observer(event: Event, progress: Watch | None, note: Callable[[str], None] | None) -> Observer:
    for name, given in (("progress", progress), ("note", note)):
        if given is not None and not callable(given):
            raise UsageError(f"{name} is a function, not a {type(given).__name__}")
    observer = Observer(watch=lambda _: nullcontext(progress), stop=event)
    return observer if note is None else replace(observer, note=note, warn=note)
