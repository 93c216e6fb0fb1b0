"""Porting programmes: docs/model.md section 4."""

from __future__ import annotations

from optimizer.audit.case import AuditCase
from optimizer.audit.findings import Recorder


def check_programmes(case: AuditCase, recorder: Recorder) -> None:
    """A programme is run only where the stack has one, and is adopted or that of existing pods."""
    used = set(case.decisions.stacks)
    for site in case.instance.sites.values():
        used |= {case.instance.accelerators[entry.accelerator].stack for entry in site.existing_pods}
    for stack in case.decisions.programmes:
        recorder.holds("programmes.offered", stack, stack in case.programmes, "the stack has no programme")
        recorder.holds("programmes.adopted", stack, stack in used, "neither adopted nor of existing pods")
