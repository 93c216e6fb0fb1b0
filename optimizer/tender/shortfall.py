"""Why a bid cannot be taken as it stands, before anything is searched: what is short, and by how much. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from optimizer.model.derive import Problem
from optimizer.study.entry_price import exclusion_text
from optimizer.tender.offers import OfferRow, most_of

FURTHEST = 10_000
"""Accelerators by which a nearest whole number of pods is sought."""


def shortfalls(problem: Problem, rows: Sequence[OfferRow]) -> Iterator[str]:
    """One sentence for each item that cannot be bought, or not in the quantity of the bid."""
    for row in rows:
        total = sum((row.deliveries or {}).values())
        if not row.tiers:
            bounds = f"{row.item.min_accelerators:,} to {most_of(row.item):,}"
            yield f"{row.item.id}: {total:,} accelerators lie outside {bounds}"
            continue
        names = [row.accelerator(t) for t in range(len(row.tiers))]
        offered = {key: pod for key, pod in problem.compute.types.items() if key[1] in names}
        if not any(pod.deliverable for pod in offered.values()):
            yield f"{row.item.id} may not be bought: {exclusion_text(problem, names[0]) or 'nothing admits it'}"
            continue
        if not row.deliveries:
            yield from _no_whole_pods(row, {pod.size.accelerators for pod in offered.values() if pod.deliverable})
        for phase, required in (row.deliveries or {}).items():
            sizes = {pod.size.accelerators for pod in offered.values() if phase in pod.deliverable}
            room = sum(pod.pods_max * pod.size.accelerators for pod in offered.values() if phase in pod.deliverable)
            if not sizes:
                reason = exclusion_text(problem, names[0]) or "its lead time or the law"
                yield f"{row.item.id} cannot be delivered for {phase}: {reason}"
            elif not _reaches(required, sizes):
                below = next((n for n in range(required, max(0, required - FURTHEST), -1) if _reaches(n, sizes)), 0)
                above = next(n for n in count(required) if _reaches(n, sizes))
                pods = " or ".join(f"{size:,}" for size in sorted(sizes))
                yield (
                    f"{row.item.id}: {required:,} accelerators for {phase} are no whole number of pods of {pods}; "
                    f"the nearest are {below:,} ({required - below:,} fewer) and {above:,} ({above - required:,} more)"
                )
            elif required > room:
                yield f"{row.item.id}: {required:,} accelerators for {phase}, and there is room for {room:,}"


def _no_whole_pods(row: OfferRow, sizes: set[int]) -> Iterator[str]:
    least, most = row.item.min_accelerators, most_of(row.item)
    if not any(_reaches(n, sizes) for n in range(least, min(most, least + max(sizes)) + 1)):
        pods = " or ".join(f"{size:,}" for size in sorted(sizes))
        yield f"{row.item.id}: no quantity from {least:,} to {most:,} is a whole number of pods of {pods}"


def _reaches(total: int, sizes: set[int]) -> bool:
    """Whether whole pods of these sizes add up to a number of accelerators."""
    if len(sizes) == 1:
        return total % next(iter(sizes)) == 0
    reached = [True] + [False] * total
    for number in range(1, total + 1):
        reached[number] = any(number >= size and reached[number - size] for size in sizes)
    return reached[total]
