"""The application: every address, behind the guard."""

from collections.abc import Callable
from typing import Any, NamedTuple

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from kbcli.doors.web import pages
from kbcli.doors.web.asking import Ask, Asked, Page
from kbcli.doors.web.guard import Access, Guard
from kbcli.errors import CardNotFoundError
from kbcli.operations.live import LiveBase
from kbcli.render.pages.frame import STATIC

THREADS = 2
"""Answers worked on at once in one process: more only make each wait longer, as Python runs one at a time."""


class Address(NamedTuple):
    """One address of a page; `in_json` says that its answer is there as JSON too, below /api."""

    path: str
    ask: Ask
    method: str = "GET"
    in_json: bool = True


ADDRESSES = (
    Address("/", pages.show_home, in_json=False),
    Address("/search", pages.search_cards),
    Address("/ticket", pages.search_ticket, "POST"),
    Address("/card/{ident:path}", pages.show_card),
    Address("/reply/{ident:path}", pages.fill_reply, "POST", in_json=False),
)


def make_app(base: LiveBase, access: Access, user: str = "") -> ASGIApp:
    """The application of one base. `user` is who acts where no proxy says so."""
    limiter = CapacityLimiter(THREADS)

    def describe_site(asked: Asked) -> dict[str, Any]:
        return {
            "title": asked.kb.config.title or "Knowledge base",
            "user": asked.user or user,
            "today": asked.kb.today,
            "notice": "",
            "pages": (("/", "Search"),),
        }

    def make_page(address: Address, *, as_json: bool) -> Callable[[Request], Any]:
        return Page(address.ask, base, describe_site, limiter, as_json=as_json).__call__

    async def show_picture(request: Request) -> Response:
        try:
            data, kind = await to_thread.run_sync(
                pages.show_picture, base, request.path_params["path"], limiter=limiter
            )
        except CardNotFoundError as error:
            return PlainTextResponse(error.message, 404)
        return Response(data, media_type=kind)

    routes: list[BaseRoute] = []
    for one in ADDRESSES:
        if one.in_json:
            routes.append(Route(f"/api{one.path}", make_page(one, as_json=True), methods=[one.method]))
        routes.append(Route(one.path, make_page(one, as_json=False), methods=[one.method]))
    routes += [
        Route("/picture/{path:path}", show_picture),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Guard(Starlette(routes=routes), access)
