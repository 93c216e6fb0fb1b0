"""What is wrong with a facility or a measured PUE is said with its key, and what is odd is doubted."""

from __future__ import annotations

import pytest

HALL = """
[facilities.mine]
name = "Mine"
life_years = 20
lv_distribution = {{ usd_per_mw = {usd}, life_years = 20 }}
contingency_fraction = {contingency}
fitout_weeks = {weeks}
"""


def hall(usd: float = 1_300_000, contingency: float = 0.075, weeks: float = 20) -> str:
    return HALL.format(usd=usd, contingency=contingency, weeks=weeks)


def of_site(text: str) -> tuple[str, str]:
    return "[sites.hub]\n", f"[sites.hub]\n{text}\n"


def test_a_usual_facility_is_accepted(write, read):
    reading = read(write(of_site('facility = "mine"'), add=hall()))
    assert [d for d in reading.warnings if "facilit" in d.path] == []
    assert reading.instance.facilities["mine"].contingency_fraction == 0.075


@pytest.mark.parametrize("contingency", [5.0, 500, -0.1])
def test_contingency_of_500_per_cent_is_refused(write, findings, contingency):
    path = write(of_site('facility = "mine"'), add=hall(contingency=contingency))
    (found,) = [d for d in findings(path) if d.path == "facilities.mine.contingency_fraction" and d.severity == "error"]
    assert found.line


def test_a_price_per_kw_is_doubted(write, read):
    path = write(of_site('facility = "mine"'), add=hall(usd=1_300))
    found = [d for d in read(path).warnings if d.path == "facilities.mine.lv_distribution.usd_per_mw"]
    assert [d.code for d in found] == ["W0601"]


def test_a_facility_that_is_not_there_is_named(write, findings):
    found = [d for d in findings(write(of_site('facility = "elsewhere"'))) if d.severity == "error"]
    assert [d.path for d in found] == ["sites.hub.facility"]


@pytest.mark.parametrize("pue", ["0.9", "9", "[1.2, 1.3]", '"low"'])
def test_a_pue_that_cannot_be_is_refused(write, findings, pue):
    found = [d for d in findings(write(of_site(f"measured_pue = {pue}"))) if d.severity == "error"]
    assert found
    assert all(d.path.startswith("sites.hub.measured_pue") for d in found)


@pytest.mark.parametrize(
    ("pue", "path", "words"),
    [
        ("0.9", "sites.hub.measured_pue", "must be >= 1"),
        ("[1.2, 1.3]", "sites.hub.measured_pue", "at least 12 entries"),
        ("[" + "1.2, " * 11 + "0.5]", "sites.hub.measured_pue.11", "must be >= 1"),
    ],
)
def test_of_two_types_only_the_one_that_was_given_is_spoken_of(write, findings, pue, path, words):
    (found,) = [d for d in findings(write(of_site(f"measured_pue = {pue}"))) if d.severity == "error"]
    assert found.path == path
    assert words in found.message


def test_a_pue_by_month_is_read(write, read):
    months = ", ".join(["1.25"] * 12)
    reading = read(write(of_site(f"measured_pue = [{months}]")))
    assert reading.instance.sites["hub"].measured_pue == (1.25,) * 12
