"""A server that breaks the protocol on purpose, in one named way at a time.

    with lie("cut-body") as liar:                        # every request; liar.url, liar.asked
        …
    with lie("total-negative", target=cluster.urls[0], only="_search") as liar:
        …                                                # the node's own answers, but for searches

`LIES` has all names; the first line of each function says what it does. Those of the wire (`WIRE`) spoil
how an answer is sent, those of the status (`STATUS`) send another answer, those of the shape (`SHAPES`)
change the JSON of a true one: of the target's, or of `TRUE`, an answer to a search. `liar.lies` may be
set to another name, or to "" for the truth, while it runs.
"""

import contextlib
import gzip
import http.client
import io
import json
import math
import random
import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

MEGABYTE = 1 << 20
_MADE = {"schema": 1, "commit": "0" * 40}
TRUE: dict[str, Any] = {
    "took": 3,
    "timed_out": False,
    "_shards": {"total": 2, "successful": 2, "skipped": 0, "failed": 0},
    "hits": {
        "total": {"value": 2, "relation": "eq"},
        "max_score": 2.5,
        "hits": [
            {
                "_index": "kb-cards",
                "_id": "api/quotas.md",
                "_score": 2.5,
                "_source": {"path": "api/quotas.md", **_MADE},
            },
            {
                "_index": "kb-cards",
                "_id": "refund.md",
                "_score": 1.5,
                "_source": {"path": "refund.md", **_MADE},
            },
        ],
    },
}


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Liar:
    """What a test holds of a running liar: its address, the lie, and who asked."""

    def __init__(self, lies: str, target: str, only: str) -> None:
        self.lies, self.target, self.only = lies, target, only
        self.asked: list[Asked] = []
        self.elsewhere = ""
        self.ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def accept(self) -> None:
        """Answer each connection in a thread of its own, until closed."""
        while not self.ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def close(self) -> None:
        """Stop, in the middle of whatever is said."""
        self.ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            connection.settimeout(60)
            with connection.makefile("rb") as reader:
                while (request := _read_request(reader)) is not None:
                    self.asked.append(request)
                    name = self.lies if self.only in f"{request.method} {request.path}" else ""
                    if name in WIRE:
                        WIRE[name](Wire(connection, self.ended, self._tell_truth(request)[1]))
                        return
                    connection.sendall(self._tell(name, request))
                    if request.headers.get("Connection", "").lower() == "close":
                        return

    def _tell(self, name: str, request: Asked) -> bytes:
        """An answer as bytes: the true one, or one whose status or shape is a lie."""
        if name in STATUS:
            return STATUS[name](self)
        status, body = self._tell_truth(request)
        if name in SHAPES:
            body = SHAPES[name](body)
        return encode(body, status, with_body=request.method != "HEAD")

    def _tell_truth(self, request: Asked) -> tuple[int, bytes]:
        if not self.target:
            return 200, json.dumps(TRUE).encode()
        connection = http.client.HTTPConnection(urlsplit(self.target).netloc, timeout=60)
        kept = {name: value for name, value in request.headers.items() if name.lower() == "content-type"}
        with contextlib.closing(connection):
            connection.request(request.method, request.path, request.body or None, kept)
            answer = connection.getresponse()
            return answer.status, answer.read()


def _read_request(reader: io.BufferedIOBase) -> Asked | None:
    line = reader.readline(65536).decode("latin-1").split()
    if len(line) != 3:
        return None
    headers = dict(http.client.parse_headers(reader).items())
    named = {name.lower(): value for name, value in headers.items()}
    if named.get("transfer-encoding", "").lower() == "chunked":
        chunks = []
        while size := int(reader.readline().partition(b";")[0], 16):
            chunks.append(reader.read(size))
            reader.readline()
        reader.readline()
        return Asked(line[0], line[1], headers, b"".join(chunks))
    return Asked(line[0], line[1], headers, reader.read(int(named.get("content-length", 0))))


def encode(
    body: bytes, status: int = 200, kind: str = "application/json", *, with_body: bool = True, **headers: str
) -> bytes:
    """An answer as it should be; `_` in the names of headers stands for `-`."""
    lines = [f"HTTP/1.1 {status} {http.client.responses.get(status, 'Unknown')}", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + (body if with_body else b"")


class Wire(NamedTuple):
    """A connection on which an answer is due, what ends the waiting, and the body that would be true."""

    connection: socket.socket
    ended: threading.Event
    body: bytes

    def send(self, *parts: bytes | str) -> None:
        """Send these as they are."""
        self.connection.sendall(b"".join(part.encode() if isinstance(part, str) else part for part in parts))

    def head(self, *headers: str) -> None:
        """Send a good status, and these lines."""
        self.send("\r\n".join(["HTTP/1.1 200 OK", "Content-Type: application/json", *headers, "", ""]))

    def hold(self) -> None:
        """Say nothing until the client or the test has enough."""
        self.connection.settimeout(0.1)
        while not self.ended.is_set():
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(4096):
                    return

    def repeat(self, part: bytes, times: int = 1 << 62, every: float = 0) -> None:
        """Send the same again and again, until the client or the test has enough."""
        for _ in range(times):
            if self.ended.wait(every) if every else self.ended.is_set():
                return
            self.connection.sendall(part)


WIRE: dict[str, Callable[[Wire], None]] = {}
STATUS: dict[str, Callable[[Liar], bytes]] = {}
SHAPES: dict[str, Callable[[bytes], bytes]] = {}


def _named(function: Callable[..., Any]) -> str:
    return function.__name__.strip("_").replace("_", "-")


def wire(function: Callable[[Wire], None]) -> Callable[[Wire], None]:
    """Name a way to spoil how an answer is sent."""
    WIRE[_named(function)] = function
    return function


def status(function: Callable[[Liar], bytes]) -> Callable[[Liar], bytes]:
    """Name another answer."""
    STATUS[_named(function)] = function
    return function


def shape(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Name a change of an answer's JSON: in place, or what is returned instead."""

    def change(body: bytes) -> bytes:
        # An answer without the place that is changed stays as it is.
        with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError):
            answer = json.loads(body)
            instead = function(answer)
            return instead if isinstance(instead, bytes) else json.dumps(answer).encode()
        return body

    SHAPES[_named(function)] = change
    return function


# How an answer is sent.


@wire
def silent(wire: Wire) -> None:
    """Take the request and never answer."""
    wire.hold()


@wire
def hang_up(wire: Wire) -> None:
    """Close without a word."""


@wire
def reset(wire: Wire) -> None:
    """Reset the connection."""
    wire.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@wire
def drip_body(wire: Wire) -> None:
    """A byte of the body a second."""
    wire.head(f"Content-Length: {len(wire.body)}")
    for n in range(len(wire.body)):
        if wire.ended.wait(1):
            return
        wire.send(wire.body[n : n + 1])


@wire
def drip_headers(wire: Wire) -> None:
    """A header a second, without end."""
    wire.send("HTTP/1.1 200 OK\r\n")
    wire.repeat(b"X-Wait: more\r\n", every=1)


@wire
def cut_headers(wire: Wire) -> None:
    """Close in the middle of the headers."""
    wire.send("HTTP/1.1 200 OK\r\nContent-Type: appl")


@wire
def cut_body(wire: Wire) -> None:
    """Close in the middle of the body."""
    wire.head(f"Content-Length: {len(wire.body)}")
    wire.send(wire.body[: len(wire.body) // 2])


@wire
def long_length(wire: Wire) -> None:
    """A Content-Length of more than is sent, and the connection stays open."""
    wire.head(f"Content-Length: {len(wire.body) + 10}")
    wire.send(wire.body)
    wire.hold()


@wire
def short_length(wire: Wire) -> None:
    """A Content-Length of less than is sent: what is inside is no JSON."""
    wire.head(f"Content-Length: {len(wire.body) - 10}")
    wire.send(wire.body)


@wire
def smuggled_answer(wire: Wire) -> None:
    """A second answer behind the first, which the next request on the connection would get."""
    lie = json.dumps({**TRUE, "hits": {"total": {"value": 0, "relation": "eq"}, "hits": []}}).encode()
    wire.head(f"Content-Length: {len(lie)}")
    wire.send(lie, encode(wire.body))
    wire.hold()


@wire
def negative_length(wire: Wire) -> None:
    """A Content-Length below nothing."""
    wire.head("Content-Length: -1")
    wire.send(wire.body[:-10])


@wire
def text_length(wire: Wire) -> None:
    """A Content-Length that is no number."""
    wire.head("Content-Length: much")
    wire.send(wire.body[:-10])


@wire
def two_lengths(wire: Wire) -> None:
    """Two Content-Lengths, the first of them too short."""
    wire.head(f"Content-Length: {len(wire.body) // 2}", f"Content-Length: {len(wire.body)}")
    wire.send(wire.body)


@wire
def bad_chunks(wire: Wire) -> None:
    """Chunks whose sizes are garbage."""
    wire.head("Transfer-Encoding: chunked")
    wire.send("zz\r\n", wire.body, "\r\n0\r\n\r\n")


@wire
def cut_chunks(wire: Wire) -> None:
    """Chunks without the last one."""
    wire.head("Transfer-Encoding: chunked")
    half = len(wire.body) // 2
    wire.send(f"{half:x}\r\n", wire.body[:half], "\r\n")


@wire
def huge_chunk(wire: Wire) -> None:
    """A chunk of 16 exabytes is announced."""
    wire.head("Transfer-Encoding: chunked")
    wire.send("ffffffffffffffff\r\n", wire.body)
    wire.hold()


@wire
def huge_body(wire: Wire) -> None:
    """A body of 2 GB, which its length says."""
    wire.head(f"Content-Length: {2048 * MEGABYTE}")
    wire.repeat(b" " * MEGABYTE, 2048)


@wire
def endless_body(wire: Wire) -> None:
    """A body without a length and without an end."""
    wire.head("Connection: close")
    wire.repeat(b'{"hits":' + b" " * MEGABYTE)


@wire
def endless_header(wire: Wire) -> None:
    """One header without an end."""
    wire.send("HTTP/1.1 200 OK\r\nX-Long: ")
    wire.repeat(b"x" * 65536)


@wire
def many_headers(wire: Wire) -> None:
    """A hundred thousand headers."""
    wire.send(
        "HTTP/1.1 200 OK\r\n",
        "X-Many: 1\r\n" * 100_000,
        f"Content-Length: {len(wire.body)}\r\n\r\n",
        wire.body,
    )


@wire
def endless_continue(wire: Wire) -> None:
    """The status 100 without end, which http.client waits through."""
    wire.repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


@wire
def switch_protocols(wire: Wire) -> None:
    """The status 101 though nobody asked for another protocol."""
    wire.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: engine\r\n\r\n", wire.body)


@wire
def no_http(wire: Wire) -> None:
    """The greeting of another protocol."""
    wire.send("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")


@wire
def noise(wire: Wire) -> None:
    """Random bytes, the same each time."""
    wire.send(random.Random(15).randbytes(8192))


@wire
def old_http(wire: Wire) -> None:
    """A bare body, as in HTTP/0.9."""
    wire.send(wire.body)


@wire
def bad_status(wire: Wire) -> None:
    """A status that is no number."""
    wire.send("HTTP/1.1 fine OK\r\n\r\n")


@wire
def gzip_bomb(wire: Wire) -> None:
    """A body of 1 MB that unpacks to 1 GB."""
    packed = _pack_spaces()
    wire.head("Content-Encoding: gzip", f"Content-Length: {len(packed)}")
    wire.send(packed)


def _pack_spaces() -> bytes:
    """One packed megabyte, again and again; the check sum, at its end, is that of two."""
    packer = zlib.compressobj(wbits=31)
    first, again = (packer.compress(b" " * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 1023 + packer.flush()


@wire
def unasked_gzip(wire: Wire) -> None:
    """A packed body that nobody asked to be packed."""
    packed = gzip.compress(wire.body)
    wire.head("Content-Encoding: gzip", f"Content-Length: {len(packed)}")
    wire.send(packed)


@wire
def bad_gzip(wire: Wire) -> None:
    """A body that is said to be packed, and is not."""
    wire.head("Content-Encoding: gzip", f"Content-Length: {len(wire.body)}")
    wire.send(wire.body)


# Other answers.


@status
def html(liar: Liar) -> bytes:
    """Status 200 and the page of a log-in."""
    return encode(b"<!doctype html><title>Log in</title><form method=post>", kind="text/html")


@status
def empty(liar: Liar) -> bytes:
    """Status 200 and nothing."""
    return encode(b"")


@status
def no_content(liar: Liar) -> bytes:
    """Status 204."""
    return b"HTTP/1.1 204 No Content\r\n\r\n"


@status
def redirect(liar: Liar) -> bytes:
    """Status 302 to `liar.elsewhere`."""
    return encode(b"", 302, Location=liar.elsewhere)


@status
def redirect_same_method(liar: Liar) -> bytes:
    """Status 307 to `liar.elsewhere`, which asks for the same body there."""
    return encode(b"", 307, Location=liar.elsewhere)


def _refuse(code: int, kind: str, **headers: str) -> Callable[[Liar], bytes]:
    error = {"error": {"type": kind, "reason": "\x1b[31m<b>no</b>\u202e\n", "root_cause": []}, "status": code}

    def refuse(liar: Liar) -> bytes:
        return encode(json.dumps(error).encode(), code, **headers)

    refuse.__doc__ = f"Status {code}, with control characters in the reason."
    return refuse


STATUS |= {
    "400": _refuse(400, "parsing_exception"),
    "401": _refuse(401, "security_exception", WWW_Authenticate='Basic realm="elsewhere"'),
    "403": _refuse(403, "security_exception"),
    "404": _refuse(404, "index_not_found_exception"),
    "409": _refuse(409, "version_conflict_engine_exception"),
    "413": _refuse(413, "content_too_long_exception"),
    "429": _refuse(429, "circuit_breaking_exception", Retry_After="3600"),
    "500": _refuse(500, "null_pointer_exception"),
    "503": _refuse(503, "cluster_block_exception"),
    "599": _refuse(599, "unknown_exception"),
}


# The JSON of an answer: what `json.loads` gave is changed, or other bytes are returned.


@shape
def truncated_json(answer: Any) -> bytes:
    """JSON that ends in the middle, its length as it is."""
    return json.dumps(answer).encode()[:-20]


@shape
def json_list(answer: Any) -> bytes:
    """A list where an object should be."""
    return b"[]"


@shape
def json_text(answer: Any) -> bytes:
    """A text where an object should be."""
    return b'"ok"'


@shape
def json_null(answer: Any) -> bytes:
    """Null where an object should be."""
    return b"null"


@shape
def json_object(answer: Any) -> bytes:
    """An object with nothing in it."""
    return b"{}"


@shape
def bad_utf8(answer: Any) -> bytes:
    """Bytes that are no UTF-8, inside of a text."""
    return json.dumps(answer).encode().replace(b'"', b'"\xff\xfe', 1)


@shape
def utf16(answer: Any) -> bytes:
    """JSON in UTF-16."""
    return json.dumps(answer).encode("utf-16")


@shape
def deep(answer: Any) -> bytes:
    """Lists in lists, a million deep."""
    return b'{"hits": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}"


@shape
def long_number(answer: Any) -> bytes:
    """A number with a million digits."""
    return b'{"took": ' + b"9" * 1_000_000 + b"}"


@shape
def hits_text(answer: Any) -> None:
    """The hits are a text."""
    answer["hits"] = "all of them"


@shape
def hits_null(answer: Any) -> None:
    """The hits are null."""
    answer["hits"] = None


@shape
def hit_list_text(answer: Any) -> None:
    """The list of hits is a text."""
    answer["hits"]["hits"] = "all of them"


@shape
def hit_text(answer: Any) -> None:
    """Each hit is a text."""
    answer["hits"]["hits"] = ["api/quotas.md"]


@shape
def too_many_hits(answer: Any) -> None:
    """The same hit a hundred thousand times, whatever was asked for."""
    answer["hits"]["hits"] = answer["hits"]["hits"][:1] * 100_000


@shape
def same_hit_twice(answer: Any) -> None:
    """Each hit twice."""
    answer["hits"]["hits"] *= 2


def _for_hits(name: str, what: str, change: Callable[[dict[str, Any]], None]) -> None:
    def lie(answer: Any) -> None:
        for hit in answer["hits"]["hits"]:
            change(hit)

    lie.__name__, lie.__doc__ = name, what
    shape(lie)


_for_hits("score_nan", "Scores that are no numbers.", lambda hit: hit.update(_score=math.nan))
_for_hits("score_infinite", "Scores without bound.", lambda hit: hit.update(_score=math.inf))
_for_hits("score_huge", "Scores near the largest float.", lambda hit: hit.update(_score=1.7e308))
_for_hits("score_negative", "Scores below nothing.", lambda hit: hit.update(_score=-1))
_for_hits("score_text", "Scores that are texts.", lambda hit: hit.update(_score="2.5"))
_for_hits("score_null", "Hits without a score.", lambda hit: hit.update(_score=None))
_for_hits("score_true", "Scores that are true.", lambda hit: hit.update(_score=True))
_for_hits("source_text", "Documents that are texts.", lambda hit: hit.update(_source="text"))
_for_hits("source_missing", "Hits without their documents.", lambda hit: hit.pop("_source", None))
_for_hits("id_number", "IDs that are numbers.", lambda hit: hit.update(_id=7))


def _replace_texts(value: Any, text: str, keys: tuple[str, ...]) -> Any:
    """The same JSON, each text another one, below the keys named."""
    if isinstance(value, dict):
        return {
            key: text if key in keys and isinstance(inner, str) else _replace_texts(inner, text, keys)
            for key, inner in value.items()
        }
    return [_replace_texts(inner, text, keys) for inner in value] if isinstance(value, list) else value


def _for_texts(name: str, what: str, text: str) -> None:
    def lie(answer: Any) -> None:
        keys = ("_id", "id", "path", "title", "digest", "key", "reason")
        answer.update(_replace_texts(answer, text, keys))

    lie.__name__, lie.__doc__ = name, what
    shape(lie)


_for_texts("hostile_path", "IDs, paths and titles that leave the folder.", "../../../../etc/passwd")
_for_texts("absolute_path", "IDs, paths and titles that begin at the root.", "/etc/passwd")
_for_texts(
    "hostile_text",
    "IDs, paths and titles for a terminal and a page.",
    "\x1b]0;x\x07\x1b[2J<script>\u202e\r\nx: y",
)
_for_texts("surrogate", "IDs, paths and titles with half a character.", "\ud800")
_for_texts("null_byte", "IDs, paths and titles with a byte that ends names in C.", "a\x00b")
_for_texts("unknown_path", "IDs, paths and titles of documents that are nowhere.", "nowhere/no-such-card.md")
_for_texts("long_path", "IDs, paths and titles of a megabyte.", "x" * MEGABYTE)


@shape
def total_negative(answer: Any) -> None:
    """Less than no hits in all."""
    answer["hits"]["total"] = {"value": -1, "relation": "eq"}


@shape
def total_text(answer: Any) -> None:
    """The total is a text."""
    answer["hits"]["total"] = "many"


@shape
def total_missing(answer: Any) -> None:
    """No total."""
    answer["hits"].pop("total", None)


@shape
def total_huge(answer: Any) -> None:
    """A total beyond 64 bits."""
    answer["hits"]["total"] = {"value": 1 << 80, "relation": "gte"}


@shape
def total_short(answer: Any) -> None:
    """A total of fewer hits than are there."""
    answer["hits"]["total"] = {"value": 0, "relation": "eq"}


@shape
def numbers_negative(answer: Any) -> None:
    """Each number in it, below any key, is its opposite, less one."""
    answer.update(_map_numbers(answer, lambda number: -number - 1))


@shape
def numbers_text(answer: Any) -> None:
    """Each number in it is a text."""
    answer.update(_map_numbers(answer, str))


@shape
def numbers_huge(answer: Any) -> None:
    """Each number in it is beyond 64 bits."""
    answer.update(_map_numbers(answer, lambda number: 10**300))


def _map_numbers(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _map_numbers(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_map_numbers(inner, change) for inner in value]
    return change(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


@shape
def shards_failed(answer: Any) -> None:
    """One shard failed, and the status is 200."""
    failure = {
        "shard": 0,
        "index": "kb-cards",
        "reason": {"type": "node_disconnected_exception", "reason": "gone"},
    }
    total = answer.get("_shards", {}).get("total", 2)
    answer["_shards"] = {"total": total, "successful": total - 1, "failed": 1, "failures": [failure]}


@shape
def shards_unassigned(answer: Any) -> None:
    """One shard did not answer, and none is said to have failed."""
    answer["_shards"] = {"total": 2, "successful": 1, "skipped": 0, "failed": 0}


@shape
def shards_none(answer: Any) -> None:
    """No shard was asked."""
    answer["_shards"] = {"total": 0, "successful": 0, "skipped": 0, "failed": 0}


@shape
def shards_missing(answer: Any) -> None:
    """Nothing is said of shards."""
    answer.pop("_shards", None)


@shape
def shards_text(answer: Any) -> None:
    """What is said of shards is a text."""
    answer["_shards"] = "all"


@shape
def timed_out(answer: Any) -> None:
    """The engine ran out of time, and answers with what it had."""
    answer["timed_out"] = True


@shape
def stopped_early(answer: Any) -> None:
    """The engine stopped before all documents were looked at."""
    answer["terminated_early"] = True


@shape
def other_schema(answer: Any) -> None:
    """Whatever is called schema, analysis or version is another."""
    answer.update(_replace_named(answer, ("schema", "analysis", "version"), 999, "999.0"))


@shape
def other_commit(answer: Any) -> None:
    """Whatever is called commit is one that nobody has."""
    answer.update(_replace_named(answer, ("commit",), 0, "f" * 40))


def _replace_named(value: Any, keys: tuple[str, ...], number: int, text: str) -> Any:
    if isinstance(value, dict):
        return {
            key: (number if isinstance(inner, int) else text)
            if key in keys and isinstance(inner, int | str)
            else _replace_named(inner, keys, number, text)
            for key, inner in value.items()
        }
    return (
        [_replace_named(inner, keys, number, text) for inner in value] if isinstance(value, list) else value
    )


@shape
def bulk_refused(answer: Any) -> None:
    """Each document of a bulk was refused, and only its items say so."""
    answer["errors"] = False
    for item in answer.get("items", []):
        for done in item.values():
            done.update(
                status=429, error={"type": "opensearch_rejected_execution_exception", "reason": "full"}
            )


@shape
def bulk_half(answer: Any) -> None:
    """Every other document of a bulk was refused."""
    answer["errors"] = True
    for item in answer.get("items", [])[::2]:
        for done in item.values():
            done.update(status=503, error={"type": "unavailable_shards_exception", "reason": "gone"})


@shape
def bulk_short(answer: Any) -> None:
    """A bulk of which one document is not spoken of."""
    answer["items"] = answer.get("items", [])[:-1]


LIES = (*WIRE, *STATUS, *SHAPES)


@contextlib.contextmanager
def lie(name: str, *, target: str = "", only: str = "") -> Iterator[Liar]:
    """Run a liar: on requests whose `METHOD /path` has `only` in it, where others get the target's answer."""
    assert name in LIES or not name, f"no lie is called {name}"
    liar = Liar(name, target, only)
    threading.Thread(target=liar.accept, daemon=True).start()
    try:
        yield liar
    finally:
        liar.close()
