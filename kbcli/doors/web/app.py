"""The application: every address, behind the guard."""

from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from kbcli.doors.web import pages
from kbcli.doors.web.asking import Address, Asked, Page
from kbcli.doors.web.guard import SIDEBAR, Access, Guard
from kbcli.doors.web.openapi import describe_api
from kbcli.errors import CardNotFoundError, ConfigError
from kbcli.operations.live import LiveBase
from kbcli.operations.public import PublicBase
from kbcli.operations.writing import describe_unshared
from kbcli.render.pages.frame import STATIC

_PIECE = 64 * 1024
"""Bytes of a picture that one who takes none keeps in memory."""
THREADS = 2
"""Answers worked on at once in one process: more only make each wait longer, as Python runs one at a time."""


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
    limiter = CapacityLimiter(THREADS)
    is_public = isinstance(base, PublicBase)
    addresses = [one for one in ADDRESSES if one.for_public or not is_public]
    paths = {one.path for one in addresses}
    links = [(path, name) for path, name in PAGES if path in paths]

    def describe_site(asked: Asked) -> dict[str, Any]:
        return {
            "title": asked.kb.config.title or "Knowledge base",
            "user": asked.user,
            "is_public": is_public,
            "today": asked.kb.today,
            "notice": "" if is_public else describe_unshared(asked.kb),
            "pages": links,
        }

    def make_page(one: Address, *, as_json: bool) -> Route:
        page = Page(one.ask, base, user, describe_site, limiter, as_json=as_json)
        return Route(f"/api{one.path}" if as_json else one.path, page.answer, methods=[one.method])

    async def miss(request: Request, _error: Exception) -> Response:
        as_json = request.url.path.startswith("/api/")
        page = Page(pages.show_home, base, user, describe_site, limiter, as_json=as_json)
        return await page.miss(request)

    def find_framers() -> tuple[str, ...]:
        try:
            return () if is_public else base.config.serve_embed
        except ConfigError:  # the page says so
            return ()

    async def show_picture(request: Request) -> Response:
        try:
            stream, kind = await to_thread.run_sync(
                pages.show_picture, base, request.path_params["path"], limiter=limiter
            )
        except CardNotFoundError as error:
            return PlainTextResponse(error.message, 404)
        pieces = iter(partial(stream.read, _PIECE), b"")
        return StreamingResponse(pieces, media_type=kind, background=BackgroundTask(stream.close))

    async def show_openapi(_request: Request) -> Response:
        return JSONResponse(describe_api(addresses))

    routes: list[BaseRoute] = [
        Route("/api/openapi.json", show_openapi),
        *(make_page(one, as_json=True) for one in addresses if one.as_json),
        *(make_page(one, as_json=False) for one in addresses if one.as_page),
        Route("/picture/{path:path}", show_picture),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    lifespan = None
    if with_mcp:
        from kbcli.doors.mcp.server import make_http_app

        assistants = make_http_app(base, access.hosts)
        routes += assistants.routes
        lifespan = assistants.router.lifespan_context
    site = Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: miss})
    return Guard(site, access, find_framers)
