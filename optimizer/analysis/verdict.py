"""The verdict on a result: verified or not, proven or not, and why there is no design."""

from __future__ import annotations

from math import isfinite

from optimizer.inputs.design import Status
from optimizer.number_format import gap_percent, number, target_percent
from optimizer.pipeline import Result


def verdict(result: Result) -> str:
    """One or two sentences: what kind of answer this is."""
    facts = result.design.solve if result.design else None
    if result.design is not None and not result.verified:
        count = len(result.audit.findings) if result.audit else 0
        return f"WITHHELD: a design was found, but the independent audit does not confirm it ({count} findings)."
    if result.design is not None and result.status is Status.OPTIMAL:
        gap = f" by more than {gap_percent(facts.gap)}" if facts else ""
        return f"VERIFIED AND PROVEN: every limit holds, and no other design is better{gap}."
    if result.status is Status.UNSOUND:
        return _no_design(result)
    if result.design is not None:
        why = "interrupted" if facts and facts.interrupted else "stopped by a limit"
        gaps = f" by at most {gap_percent(facts.gap)} (asked: {target_percent(facts.gap_asked)})" if facts else ""
        return (
            f"VERIFIED, NOT PROVEN BEST: the search was {why}. Every limit holds; another design could be better{gaps}."
        )
    return _no_design(result)


def _no_design(result: Result) -> str:
    if result.status is Status.INFEASIBLE:
        return "INFEASIBLE: no design can meet all requirements."
    if result.status is Status.NO_SOLUTION:
        size = f"{result.size.rows:,} rows, {result.size.columns:,} columns, {result.size.integers:,} integer variables"
        bound = f" No design is better than {number(result.bound)}." if isfinite(result.bound) else ""
        return (
            f"NO DESIGN YET: the search was stopped before it found one ({size}).{bound} "
            "A larger --time-limit, a larger --gap or fewer phases help."
        )
    if result.status is Status.UNBOUNDED:
        return "UNSOUND: the objective can improve without limit, so a number of the instance must be wrong."
    return f"UNSOUND: the numbers cannot be trusted. {result.message}".strip()
