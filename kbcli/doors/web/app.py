"""The application: every address, behind the guard."""

from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from kbcli.doors.web import pages
from kbcli.doors.web.asking import Address, Ask, Asked, Page
from kbcli.doors.web.guard import SIDEBAR, Access, Guard
from kbcli.doors.web.openapi import describe_api
from kbcli.doors.web.threads import Threads
from kbcli.errors import CardNotFoundError, ConfigError
from kbcli.operations.live import LiveBase
from kbcli.operations.public import PublicBase
from kbcli.operations.writing import describe_unshared
from kbcli.render.pages.frame import STATIC

_PIECE = 64 * 1024
"""Bytes of a picture that one who takes none keeps in memory."""

_LIMIT = ("limit", "how many cards at most: 1 to 50")
_DIGEST = ("digest", "that of the text that was shown; 409 where it is another by now")
_TICKET = ("text", "the whole ticket")
ADDRESSES = (
    Address("/", pages.show_home, "the search box", as_json=False, for_public=True),
    Address(
        "/search",
        pages.search_cards,
        "the cards that answer a question",
        (("q", "the question"), _LIMIT),
        for_public=True,
    ),
    Address("/ticket", pages.show_paste, "where to paste a ticket", as_json=False),
    Address("/ticket", pages.search_ticket, "the cards that answer a ticket", (_TICKET, _LIMIT), "POST"),
    Address(
        "/suggest",
        pages.search_ticket,
        "the cards that answer a ticket, for a help desk's sidebar",
        (_TICKET, _LIMIT),
        "POST",
        as_page=False,
    ),
    Address(SIDEBAR, pages.show_sidebar, "the same beside a help desk", as_json=False),
    Address(SIDEBAR, pages.fill_sidebar, "the cards for a ticket", method="POST", as_json=False),
    Address("/card/{ident:path}", pages.show_card, "a card under its trust", for_public=True),
    Address("/reply/{ident:path}", pages.show_card, "the card again, with nothing filled in", as_json=False),
    Address(
        "/reply/{ident:path}", pages.fill_reply, "a text to send, filled in", method="POST", as_json=False
    ),
    Address(
        "/flag/{ident:path}",
        pages.flag_card,
        "report a card as wrong",
        (_DIGEST, ("reason", "what is wrong")),
        "POST",
    ),
    Address(
        "/link/{ident:path}",
        pages.link_card,
        "note that a card answered a ticket",
        (_DIGEST, ("ticket", "the ticket, as zendesk:35436 or 35436")),
        "POST",
    ),
    Address(
        "/gap",
        pages.keep_gap,
        "note what a ticket asked and no card answers",
        (("ticket", "the ticket"), ("asked", "what was asked, in eight words at most")),
        "POST",
    ),
    Address("/verify/{ident:path}", pages.review_card, "what changed in a card", as_json=False),
    Address(
        "/verify/{ident:path}",
        pages.verify_card,
        "say that a card is right today",
        (_DIGEST, ("settled", "the reason of the report that is settled by that")),
        "POST",
    ),
    Address(
        "/queue",
        pages.show_queue,
        "the cards that wait for a look, worst first",
        (("owner", "only those of one owner"), ("mine", "only those of who asks")),
    ),
    Address("/report", partial(pages.show_alone, "report"), "the report on trust"),
    Address("/gaps", pages.list_gaps, "what was asked and no card answers"),
    Address("/week", partial(pages.show_alone, "week"), "what support was asked this week"),
    Address("/top-ten", partial(pages.show_alone, "top-ten show"), "what kept coming in a month"),
    Address("/shift", pages.brief_shift, "what to know before the next shift"),
)
PAGES = (("/", "Search"), ("/queue", "Queue"), ("/report", "Report"), ("/gaps", "Gaps"))


def make_app(base: LiveBase, access: Access, user: str = "", *, with_mcp: bool = False) -> ASGIApp:
    """The application of one base. `user` is who acts where no proxy says so; `with_mcp` lets assistants in at /mcp.

    Of a PublicBase there is only what is for the public.
    """
    site = _Site(base, user)
    routes: list[BaseRoute] = [
        Route("/api/openapi.json", site.show_openapi),
        *(site.make_route(one, as_json=True) for one in site.addresses if one.as_json),
        *(site.make_route(one, as_json=False) for one in site.addresses if one.as_page),
        Route("/picture/{path:path}", site.show_picture),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    lifespan = None
    if with_mcp:
        from kbcli.doors.mcp.server import make_http_app

        assistants = make_http_app(base, access.hosts)
        routes += assistants.routes
        lifespan = assistants.router.lifespan_context
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: site.miss})
    return Guard(app, access, site.find_framers)


class _Site:
    """What the addresses of one base share."""

    def __init__(self, base: LiveBase, user: str) -> None:
        self._base, self._user = base, user
        self._threads = Threads()
        self._is_public = isinstance(base, PublicBase)
        self.addresses = [one for one in ADDRESSES if one.for_public or not self._is_public]
        paths = {one.path for one in self.addresses}
        self._links = [(path, name) for path, name in PAGES if path in paths]

    def describe(self, asked: Asked) -> dict[str, Any]:
        """What stands around each page."""
        return {
            "title": asked.kb.config.title or "Knowledge base",
            "user": asked.user,
            "is_public": self._is_public,
            "today": asked.kb.today,
            "notice": "" if self._is_public else describe_unshared(asked.kb),
            "pages": self._links,
        }

    def _make_page(self, ask: Ask, *, as_json: bool) -> Page:
        return Page(ask, self._base, self._user, self.describe, self._threads, as_json=as_json)

    def make_route(self, one: Address, *, as_json: bool) -> Route:
        """The route of an address, as a page or as JSON."""
        answer = self._make_page(one.ask, as_json=as_json).answer
        return Route(f"/api{one.path}" if as_json else one.path, answer, methods=[one.method])

    async def miss(self, request: Request, _error: Exception) -> Response:
        """The answer where there is no such address."""
        as_json = request.url.path.startswith("/api/")
        return await self._make_page(pages.show_home, as_json=as_json).miss(request)

    def find_framers(self) -> tuple[str, ...]:
        """The origins whose pages may frame the sidebar."""
        try:
            return () if self._is_public else self._base.config.serve_embed
        except ConfigError:  # the page says so
            return ()

    async def show_picture(self, request: Request) -> Response:
        """A picture of a card, piece by piece."""
        try:
            stream, kind = await self._threads.run(
                partial(pages.show_picture, self._base, request.path_params["path"])
            )
        except CardNotFoundError as error:
            return PlainTextResponse(error.message, 404)
        except TimeoutError:
            return PlainTextResponse("this takes too long at the moment", 503, {"Retry-After": "5"})
        pieces = iter(partial(stream.read, _PIECE), b"")
        return StreamingResponse(pieces, media_type=kind, background=BackgroundTask(stream.close))

    async def show_openapi(self, _request: Request) -> Response:
        """What the addresses take and answer, for programs."""
        return JSONResponse(describe_api(self.addresses))
