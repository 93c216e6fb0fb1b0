"""Why no design can meet an instance, and the smallest changes that would let one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from optimizer.api.instance import FacilityInstance, as_instance
from optimizer.api.interrupts import stoppable
from optimizer.api.tables import exclusion_frame, frame
from optimizer.app.observer import Observer
from optimizer.app.solve import EXPLAIN_S, explained
from optimizer.errors import UsageError
from optimizer.report.document import to_text
from optimizer.solve.isolation import spawning

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.analysis.static_bounds import Obstacle
    from optimizer.model.derive import Problem
    from optimizer.study.infeasible import Explanation


@dataclass(frozen=True, kw_only=True)
class InfeasibilityResult:
    """Whether a design exists, and if not, why."""

    problem: Problem = field(repr=False)
    verdict: str
    """feasible, infeasible or undecided."""
    obstacles: tuple[Obstacle, ...] = field(repr=False)
    explanation: Explanation | None = field(repr=False)

    @property
    def reasons(self) -> pd.DataFrame:
        """Single requirements that rule out every design, with the key behind each."""
        return frame(("group", "path", "reason"), [(o.group, o.path, o.reason) for o in self.obstacles])

    @property
    def conflict(self) -> tuple[str, ...]:
        """Keys of the requirements that cannot hold together; empty if nothing is in conflict."""
        return tuple(part.path for part in self.explanation.conflict) if self.explanation else ()

    @property
    def changes(self) -> pd.DataFrame:
        """Per requirement the smallest change that alone admits a design; no `value`: only dropping it helps."""
        columns = ("path", "label", "unit", "before", "value", "verified")
        repairs = self.explanation.repairs if self.explanation else ()
        return frame(columns, [tuple(getattr(row, name) for name in columns) for row in repairs])

    @property
    def exclusions(self) -> pd.DataFrame:
        """What is not offered, and why, with the clause and the date it came into force."""
        return exclusion_frame(self.problem)

    @property
    def text(self) -> str:
        """The page the command line prints."""
        from optimizer.report.explanation import explanation_blocks, obstacle_blocks

        if self.verdict == "feasible":
            return "A design exists: the requirements can be met together."
        blocks = explanation_blocks(self.explanation) if self.explanation else []
        return to_text([*obstacle_blocks(self.obstacles), *blocks])


def explain(
    instance: FacilityInstance | str | Path, *, time_limit_s: float = EXPLAIN_S, stop: Event | None = None
) -> InfeasibilityResult:
    """Ask whether a design exists and, if none does, which requirements are to blame and what would do.

    time_limit_s    seconds per question

    Every change named was solved with. Raises what `read` raises.
    """
    from optimizer.analysis.static_bounds import obstacles
    from optimizer.model.derive import derive
    from optimizer.study.infeasible import Asker, Verdict

    if not isinstance(time_limit_s, int | float) or not 0 < time_limit_s <= 604_800:
        raise UsageError(f"the time limit is {time_limit_s!r}: not seconds above 0 and at most 604,800")
    reading = as_instance(instance).reading
    problem = derive(reading.instance, reading.folder)
    with stoppable(stop) as event, spawning():
        observer = Observer(stop=event)
        asker = Asker(folder=reading.folder, time_limit_s=time_limit_s, hooks=observer.hooks)
        verdict = asker.ask(reading.instance)
        impossible = verdict is Verdict.INFEASIBLE and not observer.stopped
        why = explained(reading, time_limit_s, observer) if impossible else None
    return InfeasibilityResult(problem=problem, verdict=verdict.value, obstacles=obstacles(problem), explanation=why)
