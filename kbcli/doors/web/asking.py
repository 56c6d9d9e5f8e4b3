"""A request as plain values, and its answer as a page or as JSON: what every page has in common."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from kbcli.doors.web.guard import OWN_STYLE
from kbcli.doors.web.threads import Threads
from kbcli.errors import (
    CardNotFoundError,
    ChangedFileError,
    KbError,
    NoKnowledgeBaseError,
    RefusedError,
    UsageError,
)
from kbcli.operations.live import LiveBase
from kbcli.render.formats import View, render
from kbcli.render.json import format_failure
from kbcli.render.pages.frame import render_page

MAX_FIELDS = 100
_BACK = '<header>\n<nav aria-label="Pages"><a href="/">Back to the search</a></nav>'
"""How a page that stands alone begins here."""


class Asked(NamedTuple):
    """What is asked: of which base (who acts is in it), the ID in the address, the values of query and form.

    `part` is the piece of a page that a script asks for, "" for a whole one; `user` who asks, as far as is known.
    """

    kb: LiveBase
    ident: str
    values: Mapping[str, str]
    user: str = ""
    part: str = ""


class Answer(NamedTuple):
    """An answer: the template of its page with `values`, and the `result` of the operation `kind` as JSON.

    With `to` a browser is sent there instead; with `alone` the page is the result in that format, its style in it.
    """

    template: str
    values: Mapping[str, Any]
    kind: str = ""
    result: Any = None
    status: int = 200
    to: str = ""
    alone: str = ""


Ask = Callable[[Asked], Answer]


class Address(NamedTuple):
    """One address: a page, the same as JSON below /api, or both.

    `for_public` says that it is there without a login too. `about` says what it answers, `takes` what each field of its query or form is.
    """

    path: str
    ask: Ask
    about: str
    takes: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    as_page: bool = True
    as_json: bool = True
    for_public: bool = False


Describe = Callable[[Asked], Mapping[str, Any]]


class Page:
    """One address: what answers it, as a page and (where there is a result) as JSON below /api."""

    def __init__(
        self,
        ask: Ask,
        base: LiveBase,
        user: str,
        describe_site: Describe,
        threads: Threads,
        *,
        as_json: bool,
    ) -> None:
        self._ask = ask
        self._base = base
        self._user = user
        self._describe_site = describe_site
        self._threads = threads
        self._as_json = as_json

    async def answer(self, request: Request) -> Response:
        """The answer to a request."""
        try:
            values = {**request.query_params, **await _read_form(request)}
        except KbError as error:
            return self._refuse(error, None, 400)
        user = request.state.user
        asked = Asked(
            self._base.act_as(user) if user else self._base,
            request.path_params.get("ident", ""),
            values,
            user or self._user,
            request.headers.get("x-part", ""),
        )
        return await self._run(partial(self._answer, asked))

    async def miss(self, request: Request) -> Response:
        """That there is no such page, in the frame of the others."""
        user = getattr(request.state, "user", "")
        base = self._base.act_as(user) if user else self._base
        error = CardNotFoundError("there is no such page")
        return await self._run(partial(self._refuse, error, Asked(base, "", {}, user or self._user), 404))

    async def _run(self, work: Callable[[], Response]) -> Response:
        try:
            return await self._threads.run(work)
        except TimeoutError:
            late = KbError(
                "this takes too long at the moment", "Try again; what you sent may be done by then."
            )
            answer = self._refuse(late, None, 503)
            answer.headers["Retry-After"] = "5"
            return answer

    def _answer(self, asked: Asked) -> Response:
        try:
            return self._compose(asked, self._ask(asked))
        except KbError as error:
            return self._refuse(error, asked, _find_status(error))
        except OSError as error:
            return self._refuse(KbError(error.strerror or str(error)), asked, 500)

    def _compose(self, asked: Asked, answer: Answer) -> Response:
        if self._as_json and not answer.kind:
            raise UsageError("nothing is asked")
        if self._as_json:
            text = render(answer.kind, "json", answer.result, View()).text
            return Response(text, answer.status, media_type="application/json")
        if answer.to:
            return RedirectResponse(answer.to, 303)
        if answer.alone:
            page = render(answer.kind, answer.alone, answer.result, View()).text.replace("<header>", _BACK, 1)
            return Response(page, media_type="text/html", headers={"Content-Security-Policy": OWN_STYLE})
        # A script asks for the hits alone.
        template = "hits" if asked.part and answer.template == "search" else answer.template
        page = render_page(template, **{**self._frame(asked), **answer.values})
        return Response(page, answer.status, media_type="text/html")

    def _frame(self, asked: Asked) -> dict[str, Any]:
        return {"site": self._describe_site(asked), "query": "", "json": "", "here": "", "framed": False}

    def _refuse(self, error: KbError, asked: Asked | None, status: int) -> Response:
        if self._as_json:
            text = format_failure("", error.message, error.hint, error.exit_code)
            return Response(text, status, media_type="application/json")
        try:
            frame = None if asked is None else self._frame(asked)
        except (KbError, OSError):  # no page can say even its title
            frame = None
        if asked is None or frame is None:
            return PlainTextResponse("\n".join(filter(None, (error.message, error.hint))), status)
        heading = {404: "Not here", 409: "That was refused", 400: "That cannot be asked"}.get(
            status, "That did not work"
        )
        if isinstance(error, ChangedFileError):
            heading = "It changed"
        back = f"/card/{asked.ident}" if status == 409 and asked.ident else ""
        page = render_page(
            "message",
            **frame,
            heading=heading,
            message=error.message,
            hint="" if status == 404 else error.hint,
            back=back,
        )
        return Response(page, status, media_type="text/html")


def _find_status(error: KbError) -> int:
    """The HTTP status that says what an error says."""
    if isinstance(error, UsageError):
        return 400
    if isinstance(error, CardNotFoundError):
        return 404
    if isinstance(error, NoKnowledgeBaseError):
        return 503
    return 409 if isinstance(error, RefusedError) else 422


async def _read_form(request: Request) -> dict[str, str]:
    """The fields of a form, or of an object of JSON. Raises UsageError for what is neither."""
    if request.method in ("GET", "HEAD"):
        return {}
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            data = json.loads(body)
            if not all(isinstance(value, str | int | float) for value in data.values()):
                raise UsageError("a value of that is no text")
            values = {str(name): str(value) for name, value in data.items()}
            "".join(values.values()).encode()  # half a character cannot be written anywhere
            return values
        if kind == "application/x-www-form-urlencoded":
            return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except (ValueError, AttributeError, RecursionError):
        raise UsageError("that cannot be read") from None
    raise UsageError("send a form, or JSON")
