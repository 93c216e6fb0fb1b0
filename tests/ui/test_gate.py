"""The attack list: token, host, origin, traversal, bodies, names, many requests. Nothing is served, nothing is lost."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

pytest.importorskip("starlette")

from optimizer.ui import routes
from optimizer.ui.gate import MOST_BODY_BYTES, POLICY
from tests.tiny import ROOT
from tests.ui.asking import Client

HOSTS: list[str | None] = [
    None, "", "evil.example", "127.0.0.1", "127.0.0.1:8766", "evil.example:8765", "[::1]:8765",
]  # fmt: skip
ORIGINS: list[str | None] = [
    None, "null", "http://evil.example", "https://127.0.0.1:8765", "http://127.0.0.1:8766",
]  # fmt: skip
HTMX_SHA256 = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"


@pytest.fixture
def client(tmp_path: Path) -> Client:
    folder = tmp_path / "work"
    folder.mkdir()
    shutil.copy(ROOT / "instances" / "minimal.toml", folder)
    (tmp_path / "secret.toml").write_text('name = "secret"\n')
    return Client(folder)


def test_our_own_page_is_served_with_every_header(client: Client) -> None:
    reply = client.get("/")
    assert reply.status == 200
    assert "minimal" in reply.text
    assert reply.headers["content-security-policy"] == POLICY
    assert reply.headers["referrer-policy"] == "same-origin"
    assert reply.headers["cache-control"] == "no-store"
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("token", ["", "wrong", "t0ken-of-a-tes", "t0ken-of-a-test%00", "é"])
def test_without_the_token_nothing_is_there(client: Client, token: str) -> None:
    for method, path in (("GET", "/"), ("GET", "/i/minimal"), ("POST", "/i/minimal/solve"), ("GET", "/static/x")):
        reply = client.ask(method, path, token=token, headers={"origin": "http://127.0.0.1:8765"})
        assert (reply.status, reply.text) == (404, "not found")
    assert client.ask("GET", f"/{'t0ken-of-a-test'}", token="").status == 404, "the token alone is no page"


@pytest.mark.parametrize("host", HOSTS)
def test_another_host_is_refused(client: Client, host: str | None) -> None:
    assert client.get("/", headers={"host": host}).status == 421


@pytest.mark.parametrize("origin", ORIGINS)
def test_only_our_own_pages_may_change_anything(client: Client, origin: str | None) -> None:
    reply = client.post("/i/minimal/reset", headers={"origin": origin})
    assert reply.status == 403
    assert client.get("/", headers={"sec-fetch-site": "cross-site"}).status == 403
    assert client.get("/", headers={"sec-fetch-site": "same-origin"}).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert client.ask(method, "/").status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/i/../secret", "/i/..%2fsecret", "/i/%2e%2e", "/i/a/b", "/i/secret.toml", "/i/" + "a" * 65, "/i/mini mal",
        "/static/../server.py", "/static/page.css", "/static/..", "/run/minimal/..", "/run/../work",
        "/run/minimal/studies", "/run/minimal/.hidden", "/run/minimal/../../minimal.toml/report", "/job/../minimal",
        "/job/x", "/study/minimal/..", "/run/minimal/none/zip", "/study/minimal/none/page",
        "/i/\u202eminimal", "/i/minimal%00",
    ],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(client: Client, path: str) -> None:
    reply = client.get(path)
    assert reply.status == 404, reply.text
    assert "secret" not in reply.text.replace(quote(path), "")


def test_a_link_is_no_instance_and_no_run(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    (folder / "linked.toml").symlink_to(tmp_path / "secret.toml")
    (folder / "results" / "minimal").mkdir(parents=True)
    (folder / "results" / "minimal" / "run").symlink_to(tmp_path)
    assert client.get("/i/linked").status == 404
    assert client.get("/run/minimal/run").status == 404
    assert "linked" not in client.get("/").text


def test_large_bodies_are_cut_off_whatever_they_say(client: Client) -> None:
    small, large = b"path=a&value=b", b"x" * (MOST_BODY_BYTES + 1)
    origin: dict[str, str | None] = {"origin": "http://127.0.0.1:8765"}
    assert client.ask("POST", "/i/minimal/set", headers=origin, body=large).status == 413
    said = origin | {"content-length": "1000000000"}
    assert client.ask("POST", "/i/minimal/set", headers=said, body=small).status == 413
    assert client.ask("POST", "/i/minimal/set", headers=origin | {"content-length": "-1"}, body=small).status == 413
    piece = b"x" * 50_000
    silent = origin | {"content-length": None}
    assert client.ask("POST", "/i/minimal/set", headers=silent, body=piece, chunks=1000).status == 413


def test_hostile_words_stay_text(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "work" / "minimal.toml"
    text = path.read_text(encoding="utf-8")
    evil = "</title><script>alert(1)</script>\"' onload=x"
    title = re.sub(r"(?m)^title = .*$", lambda _: f"title = '''{evil}'''", text)
    assert title != text
    path.write_text(title, encoding="utf-8")
    for page in ("/i/minimal", "/i/minimal?q=title", f"/i/minimal?q={quote(evil)}"):
        assert "<script>alert" not in client.get(page).text
    refused = client.post("/i/minimal/set", {"path": "sites.paper.grid_mw", "value": evil, "group": "sites"})
    assert refused.status == 422
    assert "<script>alert" not in refused.text


@pytest.mark.parametrize("name", ["a/b", "../a", "a.b", "", "a" * 65, "<b>", "--help"])
def test_a_project_with_a_name_that_is_none_is_refused(client: Client, tmp_path: Path, name: str) -> None:
    reply = client.post("/new", {"name": name, "example": ""})
    assert reply.status in (400, 404)
    assert [path.name for path in (tmp_path / "work").glob("*.toml")] == ["minimal.toml"]


def test_an_example_or_place_that_is_no_id_is_refused(client: Client) -> None:
    assert client.post("/new", {"name": "mine", "example": "../../secret"}).status == 404
    assert client.post("/new", {"name": "mine", "example": "no_such"}).status == 400
    assert client.post("/new", {"name": "minimal"}).status == 400, "what is there is not written over"


def test_five_hundred_requests_are_answered_alike(client: Client) -> None:
    first = client.get("/i/minimal?group=sites").text
    assert all(client.get("/static/workbench.css").status == 200 for _ in range(250))
    assert all(client.get("/", token="guess").status == 404 for _ in range(249))
    assert client.get("/i/minimal?group=sites").text == first


def test_it_is_up_before_the_model_is_loaded() -> None:
    """A search loads the model in its own process: the workbench is up in a second, whatever the model grows to."""
    code = "import sys, optimizer.ui.routes, optimizer.ui.gate; print(*sorted(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "optimizer.ui.pages" in loaded
    assert not loaded & {"pyomo", "scipy", "pandas", "highspy", "openpyxl", "optimizer.pipeline", "optimizer.app.bids"}


def test_the_library_is_the_published_one_and_named_by_its_hash(client: Client) -> None:
    body = client.get(f"/static/{routes.HTMX}").body
    assert hashlib.sha256(body).hexdigest() == HTMX_SHA256
    import base64

    page = (ROOT / "optimizer" / "ui" / "templates" / "htmx.html.j2").read_text(encoding="utf-8")
    assert base64.b64encode(hashlib.sha384(body).digest()).decode() in page
