"""What does not live through a phase, and a ride-through without a battery, are named when the instance is read."""

from __future__ import annotations

import pytest

from optimizer.errors import InputError

BACKUP = '[sites.hub.backup]\ngenerator = "diesel"\ncritical_fraction = 0.1\nfrom_phase = "p2"\n'
WITH_BATTERY = ('ups = "double"', 'ups = "double"\nbattery = "lfp"')
POD = '[[sites.hub.existing_pods]]\naccelerator = "h20"\ncooling = "air"\npods = 1\ncommissioned = 2026-06-01\n'


def _found(reading, code):
    return [(d.path, d.message, d.help) for d in reading.warnings if d.code == code]


@pytest.mark.parametrize(
    ("changes", "add", "paths", "words"),
    [
        # Both chips live 2.9 years: p1 lasts 2 and p2 lasts 3.
        ([], "[accelerators.{}]\nlife_years = 2.9\n", ["phases.p2.years"], "no accelerator lives so long"),
        # The plates' own loop lives, the plant that takes the rest of the heat does not.
        ([], "[coolings.air]\nlife_years = 1\n", ["phases.p1.years", "phases.p2.years"], "no cooling of hub"),
        ([], "[upses.double]\nlife_years = 2.5\n", ["phases.p2.years"], "not the UPS of hub"),
        ([WITH_BATTERY], "[batteries.lfp]\nlife_years = 2.5\n", ["phases.p2.years"], "not the battery of hub"),
        ([], BACKUP + "[generators.diesel]\nlife_years = 1\n", ["phases.p2.years"], "not the generator of hub"),
        (
            [("plant_m2 = 3000", "plant_m2 = 3000\nfitout_life_years = 2.9")],
            "",
            ["phases.p2.years"],
            "no fit-out of hub",
        ),
    ],
)
def test_what_does_not_live_through_a_phase_is_named(write, read, changes, add, paths, words):
    text = add
    if "{}" in add:
        changes, text = [*changes, ("price_usd = 12000", "life_years = 2.9")], add.format("mi9")
    found = _found(read(write(*changes, add=text)), "W0615")
    assert [path for path, *_ in found] == paths
    assert all(words in message and "split" in hint for _, message, hint in found)


@pytest.mark.parametrize(
    ("changes", "add"),
    [
        ([("price_usd = 12000", "life_years = 2.96")], ""),  # 0.05 years of tolerance, as in the model
        ([], "[accelerators.mi9]\nlife_years = 1\n"),  # the other chip lives
        ([], "[coolings.bath]\nlife_years = 1\n"),  # not a cooling of the site
        ([], BACKUP + "existing_units = 2\n[generators.diesel]\nlife_years = 1\n"),  # existing sets never expire
        ([], "[sites.hub.existing_cooling_modules]\nair = 3\n[coolings.air]\nlife_years = 1\n"),
    ],
)
def test_what_lives_or_is_there_is_not_named(write, read, changes, add):
    assert _found(read(write(*changes, add=add)), "W0615") == []


def test_existing_pods_that_live_long_enough_count(write, read):
    """The mi9 may not be bought. Its pods of June 2026 live 4 years: through p1 (2027 and 2028), not through p2."""
    lists = '[procurement]\nexclude = ["mi9"]\n[accelerators.mi9]\nlife_years = 4.0\n'
    short = ("price_usd = 12000", "life_years = 1.5")
    path = write(short, add=lists)
    assert [path for path, *_ in _found(read(path), "W0615")] == ["phases.p1.years", "phases.p2.years"]
    path = write(short, add=lists + POD.replace("h20", "mi9"))
    assert [path for path, *_ in _found(read(path), "W0615")] == ["phases.p2.years"]


def test_a_ride_through_without_battery_is_named_at_its_key(write, read):
    add = BACKUP + "ride_through_minutes = 10\n"
    path, message, hint = _found(read(write(add=add)), "W0616")[0]
    assert path == "sites.hub.backup.ride_through_minutes"
    assert "no battery may be built there" in message
    assert "sites.hub.battery" in hint
    assert _found(read(write(WITH_BATTERY, add=add)), "W0616") == []
    with pytest.raises(InputError):
        read(write(add=add), strict=True)
