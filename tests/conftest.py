"""What every test starts from."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from optimizer.app import design_studies

# A machine that is busy makes no property false: no example is timed.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def no_quick_plans(monkeypatch):
    """Designs are compared with simple plans only where a test is about that: each takes solves of its own."""
    monkeypatch.setattr(design_studies, "QUICK_S", 0.0)


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    """As wide as where there is no terminal, so that a test passes on a wide screen only if it passes anywhere."""
    monkeypatch.setenv("COLUMNS", "80")
