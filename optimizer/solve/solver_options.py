"""What a request says in HiGHS's own options, and how a tree that has a design begins.

Sub-MIPs are where HiGHS solves a restriction of its own for a better solution: neighbourhoods of the incumbent and of
the relaxation, columns of small reduced cost. At the root of these models they take as long as the bound does. A tree
that begins with a design, which comes of such restrictions already (start_heuristic.py), and is likely to be short is
therefore searched without them: 10 to 50 % less time with all that was before it. A long one needs them: the brownfield
was at 0.3 % after 36 CPU s without, and proven to 0.01 % after 27 with them. Which is which the restrictions tell:
where they took few nodes, so did the tree, in all 12 instances tried of up to 820 whole numbers. Of large models they
do not: 1,436 (real work of one run) were searched for 300 nodes in vain, 21 CPU s of 41. A tree that is not short after
all is begun anew.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

from optimizer.solve.limits_of_choices import LEAST_INTEGERS
from optimizer.solve.outcome import Outcome, Request, SolverStatus

BRIEF_NODES = 300
"""Nodes of a tree without sub-MIPs: a count, so that the same question has the same answer anywhere."""
EASY_NODES = 16
"""Nodes of the restricted search before it up to which a tree is likely to end within those."""
FEW = 100
"""Whole numbers of a model whose trees take some hundredths of a second, a third of it in looking for any design before
the relaxation is solved (feasibility jump), which the root's first fractions give as well: 28 CPU ms become 19. A
restricted search for a better design than a known one takes as long as the tree does from there, and is left out."""
_NO_LIMIT = 2**31 - 1
_SUB_MIPS = ("mip_heuristic_run_rins", "mip_heuristic_run_rens", "mip_heuristic_run_root_reduced_cost")


def options_for(integers: int) -> dict[str, bool]:
    """Options of a model of so many whole numbers.

    Without restarts at the root these models solve 1.3 to 2 times faster (five of six cases measured).
    """
    return {"mip_allow_restart": False, "mip_heuristic_run_feasibility_jump": integers > FEW}


def options_of(request: Request) -> dict[str, bool | int | float | str]:
    """Name to value of the options that differ from one request to the next, but for the limit of time."""
    return {
        "mip_rel_gap": float(request.relative_gap),
        "mip_abs_gap": float(request.absolute_gap),
        "mip_feasibility_tolerance": float(request.integrality_tolerance),
        "random_seed": int(request.seed),
        "solve_relaxation": bool(request.relaxed),
        "mip_max_nodes": _NO_LIMIT if request.node_limit is None else int(request.node_limit),
        **dict.fromkeys(_SUB_MIPS, request.sub_mips),
    }


def brief(request: Request, integers: int) -> Request | None:
    """The request as a tree without sub-MIPs and of few nodes; None where that would not pay."""
    whole_tree = 0 < integers < LEAST_INTEGERS and not request.relaxed and request.node_limit is None
    if not (whole_tree and request.likely_short and request.start is not None):
        return None
    return replace(request, sub_mips=False, node_limit=BRIEF_NODES, likely_short=False)


def rest_of(request: Request, found: Outcome) -> Request | None:
    """What is left of a request after its brief tree; None if that has answered it, or neither time nor nodes are."""
    left_s = request.time_limit_s - found.seconds
    ended = not found.status.undecided or found.nodes < BRIEF_NODES or found.interrupted
    if ended or left_s <= 0 or (request.enough is not None and request.enough(found.bound)):
        return None
    start = request.start if found.x is None else found.x
    return replace(request, start=start, time_limit_s=left_s)


def joined(first: Outcome, rest: Outcome) -> Outcome:
    """Both trees as one: the better design, the higher bound, all nodes and seconds."""
    if rest.status is SolverStatus.UNSOUND:
        return rest
    best = first if rest.x is None or first.objective < rest.objective else rest
    objective = inf if best.x is None else best.objective
    return replace(
        rest,
        x=best.x,
        objective=objective,
        bound=min(max(first.bound, rest.bound), objective),
        nodes=first.nodes + rest.nodes,
        seconds=first.seconds + rest.seconds,
    )
