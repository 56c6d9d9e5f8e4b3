"""What asking for a web address ends in, and what follows from one answer. Pure; sends nothing."""

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.foundation.weblinks.urls import WebAddress, join_address

if TYPE_CHECKING:
    import ssl

Progress = Callable[[int, int], None]
Resolve = Callable[[str, int], Sequence[str]]

FINE, MOVED, BROKEN, UNSURE = "fine", "moved", "broken", "unsure"


class Outcome(NamedTuple):
    """How an address answered.

    `kind` is `fine`, `moved` (fine, but permanently at `url`), `broken` (certainly of no use to a
    reader) or `unsure` (could not tell: a passing fault, or the address may not be asked).
    `message` continues a sentence that begins with the address. `status` is the last HTTP status,
    0 when there was none. `fault` is the kind of WebError when it was one that decided.
    """

    kind: str
    message: str = ""
    url: str = ""
    status: int = 0
    fault: str = ""


class Answer(NamedTuple):
    """The head of an HTTP response. `location` and `retry_after` are header values, "" when absent."""

    status: int
    location: str = ""
    retry_after: str = ""
    sets_cookie: bool = False


class WebError(Exception):
    """A request that got no answer.

    `kind` is `refused` (kb does not ask such an address), `no-host`, `dns`, `connect`, `timeout`,
    `certificate`, `tls` or `protocol`.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def resolve_host(host: str, port: int) -> tuple[str, ...]:
    """The IP addresses of a host, in the system's order. Raises WebError `no-host` or `dns`.

    It takes as long as the system's resolver takes: Python cannot give it a deadline.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
            raise WebError("no-host", f"names a host that does not exist: {host}") from error
        raise WebError("dns", f"names a host that could not be looked up: {host}") from error
    except (UnicodeError, ValueError, OSError) as error:
        raise WebError("no-host", f"names a host that does not exist: {host}") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How patiently and how carefully the web is asked; times in seconds.

    `timeout` is for one request as a whole, from connecting to the last header. A request that
    fails for a passing reason is sent `retries` more times, after `backoff`, then twice that.
    A server that asks (Retry-After) to be left alone for up to `max_wait` is left alone that
    long, for longer it is not asked again. At most `per_host` requests run on one host, `delay`
    apart. `private` lets requests go to loopback and private addresses (never to link-local,
    metadata and multicast ones). `resolve` looks names up; `tls` replaces the system's
    certificates, `proxies` (scheme to URL, `no` for exceptions) the environment's.
    """

    timeout: float = 10.0
    retries: int = 2
    backoff: float = 1.0
    max_wait: float = 30.0
    max_redirects: int = 8
    max_bytes: int = 131_072
    workers: int = 16
    per_host: int = 2
    delay: float = 0.2
    private: bool = False
    resolve: Resolve = resolve_host
    tls: "ssl.SSLContext | None" = None
    proxies: Mapping[str, str] | None = None


_GONE = {404: "answers 404 (not found)", 410: "answers 410 (gone)"}
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PERMANENT = frozenset((301, 308))
# Something is there, for those who log in.
_PROTECTED = frozenset((401, 407))
_PASSING = frozenset((408, 425, 429))
# What a failed request tells of every address of its origin, not only of this one.
_ORIGIN_WIDE = frozenset(("no-host", "dns", "connect", "certificate", "tls"))
_FOREVER = 10**9


@dataclass(frozen=True, slots=True)
class Job:
    """One link on its way: where its next request goes, and what it has been through.

    `start` is the address of the link itself. `permanent` is the last address that was reached
    by permanent redirects alone. `attempts` counts failed requests to `address`.
    """

    start: WebAddress
    address: WebAddress
    method: str = "HEAD"
    attempts: int = 0
    seen: tuple[str, ...] = ()
    permanent: WebAddress | None = None
    strayed: bool = False
    sets_cookie: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Either the `outcome` of a job, or the `job` to go on with.

    `wait` is how many seconds the host is to be left alone. `verdict` is what every other link to
    the same origin would end in too.
    """

    outcome: Outcome | None = None
    job: Job | None = None
    wait: float = 0.0
    verdict: Outcome | None = None


def judge_answer(job: Job, answer: Answer, settings: WebSettings, now: float) -> Step:
    """What follows from an answer. `now` is seconds since the epoch, for Retry-After dates."""
    status = answer.status
    if status in _REDIRECTS:
        return _follow(job, answer, settings)
    if 200 <= status < 300 or status in _PROTECTED:
        return Step(_conclude(job, status))
    if status == 429 or (status == 503 and answer.retry_after):
        return _wait(job, answer, settings, now)
    if job.method == "HEAD":
        # Many servers answer a HEAD wrongly; only a GET decides.
        return Step(job=replace(job, method="GET"))
    if status in _GONE:
        return Step(Outcome(BROKEN, _via(job, _GONE[status]), status=status))
    if status in _PASSING or 500 <= status < 600:
        return _retry(job, Outcome(UNSURE, _via(job, f"answers {status}"), status=status), settings)
    return Step(Outcome(UNSURE, _via(job, f"answers {status}"), status=status))


def judge_error(job: Job, error: WebError, settings: WebSettings) -> Step:
    """What follows from a request that got no answer."""
    final = error.kind in ("refused", "no-host", "certificate")
    kind = BROKEN if error.kind in ("no-host", "certificate") else UNSURE
    outcome = Outcome(kind, _via(job, error.message), fault=error.kind)
    verdict = outcome._replace(message=error.message) if error.kind in _ORIGIN_WIDE else None
    return Step(outcome, verdict=verdict) if final else _retry(job, outcome, settings, verdict)


def _conclude(job: Job, status: int) -> Outcome:
    start, target = job.start, job.permanent
    # What differs in nothing but a slash at the end is the same place.
    if target is None or start.url.rstrip("/") == target.url.rstrip("/"):
        return Outcome(FINE, status=status)
    return Outcome(MOVED, f"has moved for good to {target.url}", target.url, status)


def _via(job: Job, message: str) -> str:
    return message if job.address == job.start else f"leads to {job.address.url}, which {message}"


def _follow(job: Job, answer: Answer, settings: WebSettings) -> Step:
    status = answer.status
    if not answer.location:
        return Step(Outcome(BROKEN, _via(job, "redirects to nowhere"), status=status))
    try:
        target = join_address(job.address, answer.location)
    except ValueError as error:
        return Step(Outcome(BROKEN, _via(job, f"redirects to an address that {error}"), status=status))
    seen = (*job.seen, job.address.url)
    cookie = job.sets_cookie or answer.sets_cookie
    if target.url in seen or len(seen) > settings.max_redirects:
        # A site that sends everyone round until they keep its cookie works in a browser.
        kind = UNSURE if cookie else BROKEN
        what = (
            "redirects in a circle"
            if target.url in seen
            else f"redirects more than {settings.max_redirects} times"
        )
        return Step(Outcome(kind, what, status=status))
    strayed = job.strayed or status not in _PERMANENT
    permanent = job.permanent if strayed else target
    return Step(
        job=Job(job.start, target, seen=seen, permanent=permanent, strayed=strayed, sets_cookie=cookie)
    )


def _retry(job: Job, outcome: Outcome, settings: WebSettings, verdict: Outcome | None = None) -> Step:
    if job.attempts >= settings.retries:
        return Step(outcome, verdict=verdict)
    wait = settings.backoff * 2**job.attempts
    return Step(job=replace(job, method="GET", attempts=job.attempts + 1), wait=wait)


def _wait(job: Job, answer: Answer, settings: WebSettings, now: float) -> Step:
    asked = parse_retry_after(answer.retry_after, now)
    outcome = Outcome(UNSURE, _via(job, f"answers {answer.status}"), status=answer.status)
    if asked is None:
        return _retry(job, outcome, settings)
    if asked > settings.max_wait:
        message = f"answers {answer.status} and asks to be left alone for {_say_seconds(asked)}"
        return Step(outcome._replace(message=_via(job, message)), verdict=outcome._replace(message=message))
    if job.attempts >= settings.retries:
        return Step(outcome, wait=asked)
    return Step(job=replace(job, attempts=job.attempts + 1), wait=asked)


def parse_retry_after(value: str, now: float) -> float | None:
    """The seconds a Retry-After header asks for (a number or an HTTP date, RFC 9110 §10.2.3), or None."""
    value = value.strip()
    if value.isascii() and value.isdecimal():
        return float(min(int(value[:12]), _FOREVER))
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.fromtimestamp(now, UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _say_seconds(seconds: float) -> str:
    whole = round(seconds)
    if whole < 120:
        return f"{whole} seconds"
    return f"{round(whole / 60)} minutes" if whole < 7200 else f"{round(whole / 3600)} hours"
