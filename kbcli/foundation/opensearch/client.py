"""One cluster, asked in JSON within a time that is kept whatever the other side does.

What both OpenSearch 2 and 3 and Elasticsearch understand is spoken. `http.client` is used because it costs a
search 10 ms of loading, where the official client costs 540.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Lock, local
from time import monotonic

from kbcli.foundation.opensearch.access import Access, EngineError, Node
from kbcli.foundation.opensearch.connections import find_left, open_connection
from kbcli.foundation.opensearch.failures import find_failure, note_failure
from kbcli.foundation.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssl import SSLContext

CALL_SECONDS = 1.5
"""How long one whole answer may take, unless more is allowed."""

MOST_BYTES = 64_000_000
_BLOCK = 1 << 18
_FAILURES = (OSError, HTTPException, ValueError)
_MOST_TOLD = 200
_GONE = 404


class _UnreachedError(EngineError):
    """A node that did not answer; another may."""


class Engine:
    """A cluster. Safe in threads; connections are kept open for the next who asks."""

    def __init__(self, access: Access) -> None:
        self.access = access
        # Of this process alone: what a fork inherits, its parent goes on using.
        self._idle: dict[tuple[int, Node], list[HTTPConnection]] = defaultdict(list)
        self._lock = Lock()
        self.patience = CALL_SECONDS
        self._tls: SSLContext | None = None
        self._allowed = local()

    @contextmanager
    def allow(self, seconds: float) -> Iterator[None]:
        """So much waiting for all that this thread asks within, of what is left where that was allowed around it; and no call less for being long."""
        around: float | None = getattr(self._allowed, "seconds", None)
        given = self._allowed.seconds = seconds if around is None else min(seconds, around)
        try:
            yield
        finally:
            waited = given - self._allowed.seconds
            self._allowed.seconds = None if around is None else around - waited

    def spend(self, seconds: float) -> None:
        """Count time that this thread waited for something else as waiting for the cluster."""
        if getattr(self._allowed, "seconds", None) is not None:
            self._allowed.seconds -= seconds

    def wait(self, seconds: float) -> "Engine":
        """The same cluster, for somebody who gives each call so much time where nothing else is allowed."""
        other = copy(self)
        other.patience = seconds
        return other

    def close(self) -> None:
        """Let the connections go; whoever asks next opens others."""
        with self._lock:
            for connection in (one for kept in self._idle.values() for one in kept):
                connection.close()
            self._idle.clear()

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The answer, a JSON object. Raises EngineError for any other, and for one that says it failed."""
        data = b"" if body is None else encode_json(body)
        return self._ask(method, path, data, "application/json")

    def write_bulk(self, lines: Iterable[object]) -> None:
        """Do many writes in one go: lines as the bulk API takes them; bytes are JSON already. Raises EngineError where one was not done."""
        given = [line if isinstance(line, bytes) else encode_json(line) for line in lines]
        if not given:
            return
        data = b"".join(line + b"\n" for line in given)
        items = self._ask("POST", "/_bulk", data, "application/x-ndjson").get("items")
        done = [_read_status(item) for item in items] if isinstance(items, list) else []
        if len(done) != _count_writes(given) or not all(done):
            raise EngineError(f"it did not write all: {_find_reason(items)}")

    def _ask(self, method: str, path: str, data: bytes, kind: str) -> dict[str, Any]:
        allowed: float | None = getattr(self._allowed, "seconds", None)
        began = monotonic()
        try:
            until = began + (self.patience if allowed is None else allowed)
            return self._ask_any(method, path, data, kind, until)
        finally:
            self.spend(monotonic() - began)

    def _ask_any(self, method: str, path: str, data: bytes, kind: str, until: float) -> dict[str, Any]:
        error = EngineError("there was no time left to ask it")
        # A write that takes longer than a search may says nothing of searches.
        is_short = until - monotonic() <= CALL_SECONDS
        # One more try, on another node where there is one: it may be that one only that is gone.
        for node in (self._order_nodes() * 2)[:2]:
            if monotonic() >= until:
                break
            try:
                return self._ask_node(node, method, path, data, kind, until)
            except _UnreachedError as unreached:
                # Who says at once that it is busy or starting costs nobody a wait.
                if is_short and not unreached.status:
                    note_failure(node)
                error = unreached
        raise error

    def _order_nodes(self) -> list[Node]:
        """The nodes as they are to be asked: those that did not answer a moment ago last."""
        nodes = self.access.nodes
        # Of many short processes each begins with another.
        first = os.getpid() % len(nodes)
        return sorted((*nodes[first:], *nodes[:first]), key=lambda node: find_failure(node) is not None)

    def _ask_node(
        self, node: Node, method: str, path: str, data: bytes, kind: str, until: float
    ) -> dict[str, Any]:
        headers = {"Content-Type": kind, "Accept": "application/json", "Content-Length": str(len(data))}
        if self.access.authorization:
            headers["Authorization"] = self.access.authorization
        place = os.getpid(), node
        with self._lock:
            kept = self._idle[place].pop() if self._idle[place] else None
        if kept is not None and monotonic() < until:
            # It may have been closed there meanwhile, which says nothing of the node.
            with suppress(*_FAILURES):
                return self._exchange(kept, node, method, path, data, headers, until)
        try:
            find_left(until)
            connection = open_connection(node, self._load_tls() if node.is_secure else None, until)
            return self._exchange(connection, node, method, path, data, headers, until)
        except _FAILURES as error:
            raise _UnreachedError(_name_failure(error)) from error

    def _exchange(
        self,
        connection: HTTPConnection,
        node: Node,
        method: str,
        path: str,
        data: bytes,
        headers: dict[str, str],
        until: float,
    ) -> dict[str, Any]:
        """One question on an open connection, which is kept for the next. Raises EngineError, and `_FAILURES`."""
        try:
            # A TimedSocket: see open_connection.
            sock: Any = connection.sock
            sock.until = until
            connection.request(method, path, body=data, headers=headers)
            response = connection.getresponse()
            answer = _read_body(response)
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            with self._lock:
                self._idle[os.getpid(), node].append(connection)
        return _read_answer(response.status, answer)

    def _load_tls(self) -> "SSLContext":
        if self._tls is None:
            from ssl import create_default_context

            self._tls = create_default_context(cafile=self.access.ca or None)
        return self._tls


def _read_body(response: HTTPResponse) -> bytes:
    parts, size = [], 0
    while part := response.read(_BLOCK):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise ValueError("an answer without end")
    if response.length:
        raise ValueError("an answer cut short")
    return b"".join(parts)


def _name_failure(error: Exception) -> str:
    """What kept a node from answering, in words that show neither its address nor what it sent."""
    from ssl import SSLError

    if isinstance(error, SSLError):
        return "its certificate is not one that kb trusts, or it does not speak TLS"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "nothing answers at its address"
    return "its address is not known" if type(error).__name__ == "gaierror" else "it broke off its answer"


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _read_answer(status: int, data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        answer = None
    if status in (401, 403):
        raise EngineError("it refuses the user and password (or key) that kb has", status)
    if status in (429, 502, 503, 504):
        raise _UnreachedError("it is busy, starting, or lacks a part of the index", status)
    if not 200 <= status < 300:
        raise EngineError(f"it answered {status}: {_find_reason(answer)}", status)
    if not isinstance(answer, dict):
        raise EngineError("its answer is not what an OpenSearch says", status)
    return answer


def _find_reason(answer: object) -> str:
    """The first reason that an answer gives, in one line that is safe to show."""
    waiting: list[object] = [answer]
    for _ in range(1000):
        if not waiting:
            break
        item = waiting.pop(0)
        if isinstance(item, dict):
            if isinstance(item.get("reason"), str):
                shown = "".join(sign if sign.isprintable() else " " for sign in item["reason"][:_MOST_TOLD])
                return " ".join(shown.split())
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
    return "it does not say why"


def encode_json(value: object) -> bytes:
    """JSON that every server reads: half signs, which a file may hold, become question marks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _count_writes(lines: Iterable[bytes]) -> int:
    """How many writes lines ask for: each is a line, and of all but deletions what is written follows."""
    left = iter(lines)
    count = 0
    for line in left:
        count += 1
        if not line.startswith(b'{"delete"'):
            next(left, None)
    return count


def _read_status(item: object) -> bool:
    """Whether one write was done; of a deletion also that there is nothing to delete."""
    if not isinstance(item, dict) or len(item) != 1:
        return False
    kind, result = next(iter(item.items()))
    status = result.get("status") if isinstance(result, dict) else None
    return isinstance(status, int) and (200 <= status < 300 or (kind == "delete" and status == _GONE))


def join_path(*parts: str, **query: str | int) -> str:
    """The path of a request; parts are names that need no quoting."""
    joined = "".join(f"/{part}" for part in parts)
    return joined + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")


def is_whole(answer: dict[str, Any]) -> bool:
    """Whether every part of an index took part in an answer of a search."""
    shards = answer.get("_shards")
    return (
        isinstance(shards, dict)
        and shards.get("failed") == 0
        and isinstance(shards.get("total"), int)
        and shards["total"] > 0
        and shards.get("successful") == shards["total"]
        # That it ended early OpenSearch 3 says of counts that it has without a look; kb asks nobody to.
        and not answer.get("timed_out")
    )


Hits = Sequence[dict[str, Any]]


def read_hits(answer: dict[str, Any], *, in_part: bool = False) -> tuple[Hits, int]:
    """The documents found, and how many there are at all. Raises EngineError for an answer of another form or, unless `in_part`, in part."""
    if not in_part and not is_whole(answer):
        raise EngineError("a part of the index did not answer")
    try:
        hits, total = answer["hits"]["hits"], answer["hits"]["total"]["value"]
    except (KeyError, TypeError):
        hits, total = None, None
    if (
        not isinstance(hits, list)
        or not all(isinstance(hit, dict) for hit in hits)
        or not isinstance(total, int)
    ):
        raise EngineError("its answer is not what an OpenSearch says")
    return hits, max(total, len(hits))
