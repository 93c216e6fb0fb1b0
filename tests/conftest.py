"""What every test starts from."""

from __future__ import annotations

import pytest

from optimizer.app import design_studies


@pytest.fixture(autouse=True)
def no_quick_plans(monkeypatch):
    """Designs are compared with simple plans only where a test is about that: each takes solves of its own."""
    monkeypatch.setattr(design_studies, "QUICK_S", 0.0)


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    """The terminal is as wide as where there is none: a test that passes on a wide screen passes anywhere."""
    monkeypatch.setenv("COLUMNS", "80")
