"""The other commands."""

from __future__ import annotations

import json

import pytest

from optimizer.cli import doctor
from optimizer.cli.catalogue import COLUMNS, rows

from .conftest import MINIMAL


def told(done):
    answer = json.loads(done.stdout)
    assert answer["format_version"] == 1
    return answer["result"]


def test_init_writes_a_valid_instance_once(invoke, tmp_path):
    assert invoke("init", "mine.toml").exit_code == 0
    assert invoke("validate", "mine.toml").exit_code == 0
    (tmp_path / "mine.toml").write_text("# edited")
    assert invoke("init", "mine.toml").exit_code == 2
    assert (tmp_path / "mine.toml").read_text() == "# edited"
    assert invoke("init", "mine.toml", "--overwrite").exit_code == 0


@pytest.mark.parametrize("scenario", ["no_licences", "half_price"])
def test_scenarios_of_the_template(scenario, invoke):
    invoke("init", "mine.toml")
    assert invoke("validate", "mine.toml", "--scenario", scenario).exit_code == 0


def test_the_template_is_not_impossible(invoke):
    invoke("init", "mine.toml")
    done = invoke("explain", "mine.toml")
    assert done.exit_code == 0, done.stdout


def test_validate(invoke):
    assert "valid" in invoke("validate", MINIMAL).stdout
    assert told(invoke("validate", MINIMAL, "--json"))["counts"]["accelerators"] == 2


def test_validate_lists_findings(invoke, tmp_path):
    (tmp_path / "bad.toml").write_text(MINIMAL.read_text().replace("grid_mw = 1.0", "grid_mww = -1.0"))
    done = invoke("validate", "bad.toml")
    assert done.exit_code == 3
    assert "did you mean grid_mw?" in done.stderr
    answer = json.loads(invoke("validate", "bad.toml", "--json").stdout)
    assert answer["ok"] is False
    assert answer["exit_code"] == 3
    assert {found["code"] for found in answer["error"]["diagnostics"]} >= {"E0302"}


@pytest.mark.parametrize("name", ["nope.toml", "."])
def test_files_that_cannot_be_read(name, invoke):
    done = invoke("validate", name)
    assert done.exit_code == 10
    assert "cannot read" in done.stderr


def test_unknown_scenario_and_setting(invoke):
    assert invoke("validate", MINIMAL, "--scenario", "x").exit_code == 3
    assert invoke("validate", MINIMAL, "--set", "sites.paper.grid_nw=1").exit_code == 2


def test_show_gives_the_origin_of_a_value(invoke):
    result = told(invoke("show", MINIMAL, "sites.paper", "--set", "sites.paper.grid_mw=3", "--json"))
    values = {row["path"]: row for row in result["values"]}
    assert all(path.startswith("sites.paper") for path in values)
    assert (values["sites.paper.grid_mw"]["value"], values["sites.paper.grid_mw"]["origin"]) == (3, "set")
    assert values["sites.paper.auxiliary_mw"]["origin"] == "default"
    assert values["sites.paper.tariff"]["line"] > 1
    assert invoke("show", MINIMAL, "sites.moon").exit_code == 2


def test_show_prints_hostile_titles_as_they_are(invoke, tmp_path):
    title = "[red]{x.__class__} {{7*7}} <b>%s"
    (tmp_path / "x.toml").write_text(MINIMAL.read_text().replace("Two chips, one site, one year", title))
    assert title in invoke("show", "x.toml", "title").stdout


def test_plan(invoke):
    result = told(invoke("plan", MINIMAL, "--json"))
    assert result["model"]["integers"] > 0
    assert {row["accelerator"] for row in result["pod_types"]} == {"quick", "frugal"}
    assert result["ranges"]["matrix"][0] <= result["ranges"]["matrix"][1]
    assert result["reasons"] == []
    assert invoke("plan", MINIMAL).exit_code == 0


@pytest.mark.parametrize(
    ("change", "group"),
    [
        ("sites.paper.grid_mw=0.05", "grid"),
        ("sites.paper.building.white_space_m2=5", "floor"),
        ("accelerators.quick.launch=2030-01-01", None),
        ("limits.capex_musd=0.1", "capital"),
        ("transformers.ideal.unit_mva=0.05", "substation"),
        ("coolings.warm_water.lead_time_weeks=500", "offer"),
        ("upses.none.lead_time_weeks=500", "offer"),
    ],
)
def test_explain_names_the_requirement(change, group, invoke):
    done = invoke("explain", MINIMAL, "--set", change, "--json")
    groups = {reason["group"] for reason in told(done)["reasons"]}
    assert groups == ({group} if group else set())
    assert done.exit_code == (4 if group else 0)


def test_explain_exclusions(invoke):
    done = invoke("explain", MINIMAL, "--exclusions", "--set", "accelerators.quick.launch=2030-01-01", "--json")
    assert [(row["accelerator"], row["kind"]) for row in told(done)["exclusions"]] == [("quick", "launch")]


def test_verify_a_bid(invoke, tmp_path, solved):
    bid = {"decisions": solved.design.decisions.model_dump(mode="json")}
    (tmp_path / "bid.json").write_text(json.dumps(bid))
    done = invoke("verify", MINIMAL, "bid.json")
    assert done.exit_code == 0, done.output
    assert "VERIFIED" in done.stdout
    bid["decisions"]["deliveries"][0]["pods"] -= 1
    (tmp_path / "bid.json").write_text(json.dumps(bid))
    done = invoke("verify", MINIMAL, "bid.json", "--json")
    assert done.exit_code == 7
    assert told(done)["passed"] is False


def test_verify_a_tampered_design(invoke, tmp_path, solved):
    data = solved.design.model_dump(mode="json")
    data["reported"]["npv_cost_musd"] *= 0.9
    (tmp_path / "design.json").write_text(json.dumps(data))
    assert invoke("verify", MINIMAL, "design.json").exit_code == 7


def test_verify_wants_a_design_with_an_instance(invoke):
    assert invoke("verify", MINIMAL).exit_code == 2
    assert invoke("verify", "nowhere").exit_code == 10


@pytest.mark.parametrize("kind", COLUMNS)
def test_catalogue_lists(kind, invoke, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    done = invoke("catalogue", "list", kind)
    assert done.exit_code == 0
    assert all(row_id in done.stdout for row_id in rows(kind))


def test_catalogue_shows_sources_and_grades(invoke):
    found = told(invoke("catalogue", "show", "h20_sxm", "--json"))["found"]
    assert found[0]["row"]["grade"] in "ABC"
    assert all(source["url"].startswith("http") for source in found[0]["sources"].values() if "url" in source)
    assert invoke("catalogue", "show", "h20_sxn").exit_code == 2


def test_schema_completes_and_refuses(invoke):
    schema = told(invoke("schema", "--json"))["schema"]
    assert {"sites", "accelerators", "extends", "scenarios"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False
    assert "grid_mw" in schema["$defs"]["Site"]["properties"]


def test_doctor(invoke):
    done = invoke("doctor", "--json")
    assert done.exit_code == 0, done.output
    assert all(check["passed"] for check in told(done)["checks"])


def test_doctor_tells_a_forbidden_solver(invoke, monkeypatch):
    from optimizer.solve import guards

    monkeypatch.setattr(guards, "version", lambda _: "1.14.0")
    monkeypatch.setattr(doctor, "TESTS", doctor.TESTS[:1])
    done = invoke("doctor")
    assert done.exit_code == 8
    assert "1.14.0" in done.stdout


def test_doctor_tells_a_wrong_optimum():
    passed, found = doctor._solved((-5.0, -4.0), ((6.0, 4.0, 24.0), (1.0, 2.0, 6.0)), -21.0)
    assert not passed
    assert "-20" in found
