"""Addresses of the workbench, and how a request becomes a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from optimizer.errors import InputOutputError, OptimizerError
from optimizer.report.html.bundle import style
from optimizer.ui.pages import Pages
from optimizer.ui.shown import Shown

_HERE = Path(__file__).resolve().parent
HTMX = "htmx-4.0.1.min.js"
MOST_FIELDS = 500
"""Of a form; the longest has a mark for each bid and criterion."""
Form = Mapping[str, str]


@cache
def static(name: str) -> tuple[bytes, str]:
    """Our style and the library, by name. Raises InputOutputError for anything else."""
    if name == "workbench.css":
        own = (_HERE / "templates" / "workbench.css").read_text(encoding="utf-8")
        return f"{style()}\n{own}".encode(), "text/css; charset=utf-8"
    if name == HTMX:
        return (_HERE / "assets" / HTMX).read_bytes(), "text/javascript; charset=utf-8"
    raise InputOutputError("there is nothing of that name here")


def routed(folder: Path, base: str) -> Any:
    """The application without its gate. `base` is the path all addresses begin with outside of it."""
    pages = Pages(folder, base)
    return Starlette(routes=[*_of_instances(pages), *_of_answers(pages)])


def _of_instances(pages: Pages) -> list[Route]:
    """Projects, assumptions, bids, and what is started from them."""
    return [
        _get(pages, "/", lambda _, __: pages.projects()),
        _get(pages, "/static/{name}", lambda at, _: Shown(*static(at["name"]))),
        _post(pages, "/new", lambda _, form: pages.new(form)),
        _get(pages, "/i/{name}", lambda at, query: pages.assumptions(at["name"], dict(query))),
        _post(pages, "/i/{name}/set", lambda at, form: pages.set_value(at["name"], form)),
        _post(pages, "/i/{name}/reset", lambda at, form: pages.reset(at["name"], form)),
        _post(pages, "/i/{name}/scenario", lambda at, form: pages.choose_scenario(at["name"], form)),
        _post(pages, "/i/{name}/keep", lambda at, form: pages.keep_scenario(at["name"], form)),
        _post(pages, "/i/{name}/solve", lambda at, _: pages.solve(at["name"])),
        _post(pages, "/i/{name}/sweep", lambda at, form: pages.sweep(at["name"], form)),
        _post(pages, "/i/{name}/frontier", lambda at, form: pages.frontier(at["name"], form)),
        _get(pages, "/i/{name}/zip", lambda at, _: pages.project_zip(at["name"])),
        _get(pages, "/i/{name}/bids", lambda at, _: pages.bids.listed(at["name"])),
        _get(pages, "/i/{name}/bids/file/{file}", lambda at, _: pages.bids.file(at["name"], at["file"])),
        _upload(pages, "/i/{name}/bids/send", lambda at, kind, body: pages.bids.take_in(at["name"], kind, body)),
        _post(pages, "/i/{name}/bids/remove", lambda at, form: pages.bids.remove(at["name"], form)),
        _post(pages, "/i/{name}/bids/seal", lambda at, form: pages.bids.seal(at["name"], form)),
        _post(pages, "/i/{name}/bids/unseal", lambda at, _: pages.bids.unseal(at["name"])),
        _post(pages, "/i/{name}/bids/{what}", lambda at, _: pages.bids.start(at["name"], at["what"])),
    ]


def _of_answers(pages: Pages) -> list[Route]:
    """Jobs, runs, studies and awards."""
    return [
        _get(pages, "/tender/{instance}/{run}", lambda at, _: pages.bids.outcome(at["instance"], at["run"])),
        _get(pages, "/tender/{instance}/{run}/{bid}", lambda at, _: pages.bids.report(*at.values())),
        _get(pages, "/job/{id}", lambda at, _: pages.job(at["id"])),
        _get(pages, "/job/{id}/part", lambda at, _: pages.job_part(at["id"])),
        _post(pages, "/job/{id}/stop", lambda at, _: pages.stop(at["id"])),
        _get(pages, "/run/{instance}/{run}", lambda at, _: pages.run(at["instance"], at["run"])),
        _get(pages, "/run/{instance}/{run}/report", lambda at, _: pages.report(at["instance"], at["run"])),
        _get(pages, "/run/{instance}/{run}/zip", lambda at, _: pages.zipped(at["instance"], at["run"])),
        _post(pages, "/run/{instance}/{run}/ask", lambda at, form: pages.ask(at["instance"], at["run"], form)),
        _get(pages, "/compare", lambda _, query: pages.compare(query.getlist("run"))),
        _get(pages, "/study/{instance}/{name}", lambda at, _: pages.study(at["instance"], at["name"])),
        _get(pages, "/study/{instance}/{name}/part", lambda at, _: pages.study_part(at["instance"], at["name"])),
        _get(pages, "/study/{instance}/{name}/page", lambda at, _: pages.study_page(at["instance"], at["name"])),
        _post(
            pages, "/study/{instance}/{name}/open", lambda at, form: pages.open_cell(at["instance"], at["name"], form)
        ),
    ]


def _get(pages: Pages, path: str, page: Callable[[Mapping[str, str], Any], Shown]) -> Route:
    async def answer(request: Request) -> Response:
        return await run_in_threadpool(_answered, pages, lambda: page(request.path_params, request.query_params))

    return Route(path, answer, methods=["GET"])


def _post(pages: Pages, path: str, act: Callable[[Mapping[str, str], Form], str | Shown]) -> Route:
    async def answer(request: Request) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        form = dict(parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS))
        return await run_in_threadpool(_answered, pages, lambda: act(request.path_params, form))

    return Route(path, answer, methods=["POST"])


def _upload(pages: Pages, path: str, act: Callable[[Mapping[str, str], str, bytes], str | Shown]) -> Route:
    async def answer(request: Request) -> Response:
        body, kind = await request.body(), request.headers.get("content-type", "")
        return await run_in_threadpool(_answered, pages, lambda: act(request.path_params, kind, body))

    return Route(path, answer, methods=["POST"])


def _answered(pages: Pages, work: Callable[[], str | Shown]) -> Response:
    """The page, the address to go on to, or the failure in words."""
    try:
        response = work()
    except OptimizerError as problem:
        response = pages.failure(problem)
    except (ValueError, OSError, UnicodeError) as problem:
        response = pages.failure(InputOutputError(f"{type(problem).__name__}: {problem}"))
    if isinstance(response, str):
        return RedirectResponse(pages.base + response, status_code=303)
    return Response(
        response.body, status_code=response.status, media_type=response.kind, headers=dict(response.headers)
    )
