"""What tests with a liar rely on: each name is one lie, and all else is true."""

import contextlib
import http.client
import json
import socket
import time
from urllib.parse import urlsplit

import pytest
from webserver import serve

from tests.engine.liar import LIES, MEGABYTE, TRUE, encode, lie

TRUTH = encode(json.dumps(TRUE).encode())
HEADERS = "Host: engine\r\nConnection: close\r\nContent-Length: 2"


def hear(url: str, *, seconds: float = 0.3, most: int = 1 << 16, path: str = "/kb/_search") -> bytes:
    """What a server says to one request, until it stops, is silent, or said enough."""
    heard, end = b"", time.monotonic() + seconds
    address = urlsplit(url)
    with contextlib.suppress(OSError), socket.create_connection((address.hostname, address.port)) as client:
        client.settimeout(seconds)
        client.sendall(f"POST {path} HTTP/1.1\r\n{HEADERS}\r\n\r\n{{}}".encode())
        while len(heard) < most and time.monotonic() < end and heard != TRUTH:
            if not (part := client.recv(most)):
                break
            heard += part
    return heard


def test_no_lie_is_the_truth() -> None:
    """What is said under the name of a lie differs from the true answer, and the liar heard the request."""
    with lie("") as liar:
        assert hear(liar.url) == TRUTH
        for liar.lies in LIES:
            assert hear(liar.url) != TRUTH, liar.lies
    assert [(asked.method, asked.path, asked.body) for asked in liar.asked] == [
        ("POST", "/kb/_search", b"{}")
    ] * (len(LIES) + 1)


def test_the_truth_is_told_for_all_that_is_not_asked_for() -> None:
    """With `only`, and with no lie at all, the answer is the true one; a lie can begin later."""
    with lie("hits-text", only="_search") as liar:
        assert hear(liar.url, path="/_cluster/health") == TRUTH
        assert hear(liar.url) != TRUTH
        liar.lies = ""
        assert hear(liar.url) == TRUTH


def test_a_lie_changes_the_answer_of_its_target() -> None:
    """Before a server, what is changed is that server's own answer; what has no such place stays as it is."""
    with serve() as server, lie("shards-failed", target=server.url("")) as liar:
        body = b'{"_shards": {"total": 5, "successful": 5, "failed": 0}, "took": 42}'
        server.routes["/kb/_search"] = lambda handler: handler.wfile.write(encode(body))
        said = json.loads(hear(liar.url).partition(b"\r\n\r\n")[2])
        assert said["took"] == 42
        assert (said["_shards"]["total"], said["_shards"]["failed"]) == (5, 1)
        liar.lies = "score-nan"
        assert hear(liar.url).endswith(body)


@pytest.mark.parametrize(("name", "least"), [("huge-body", 16), ("endless-body", 16), ("endless-header", 4)])
def test_what_is_large_is_large(name: str, least: int) -> None:
    """Who reads on gets megabytes of it."""
    with lie(name) as liar:
        assert len(hear(liar.url, seconds=20, most=least * MEGABYTE)) >= least * MEGABYTE


def test_what_waits_keeps_the_connection() -> None:
    """A server that never answers does not close either, and ends with the test."""
    with lie("silent") as liar:
        client = http.client.HTTPConnection(urlsplit(liar.url).netloc, timeout=0.2)
        client.request("GET", "/")
        with pytest.raises(TimeoutError):
            client.getresponse()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", int(liar.url.rpartition(":")[2])), timeout=0.2)
    client.close()
