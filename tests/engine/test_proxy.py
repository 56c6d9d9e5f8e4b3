"""What tests with a guard rely on: TLS that can be wrong, and who may do what."""

import base64
import http.client
import json
import ssl

import pytest
from webserver import serve, status

from tests.engine.cluster import Cluster
from tests.engine.proxy import Guard, User, guard

USERS = {
    "pusher": User("write", writes=True),
    "reader": User("read", indexes="kb-*", monitors=False),
    "doctor": User("look"),
}


def ask(door: Guard, method: str, path: str, user: str = "", body: object = None) -> int:
    """The status of one request, over TLS verified by the guard's CA; `user` is name:password."""
    headers = {"Content-Type": "application/json"}
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    context = ssl.create_default_context(cafile=door.ca)
    client = http.client.HTTPSConnection("localhost", door.server_port, timeout=20, context=context)
    try:
        client.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = client.getresponse()
        answer.read()
    finally:
        client.close()
    return answer.status


def test_nobody_comes_in_without_a_password() -> None:
    """Without credentials, with wrong ones or another scheme the answer is 401, and the node is not asked."""
    with serve() as node, guard(node.url(""), USERS) as door:
        node.routes["/"] = status(200)
        for user in ("", "doctor:wrong", "nobody:look", "doctor"):
            assert ask(door, "GET", "/", user) == 401
        assert node.asked == []
        assert ask(door, "GET", "/", "doctor:look") == 200
        assert node.asked == [("GET", "/")]
        assert door.passed[-1] == ("doctor", "GET", "/", 200)


def test_a_role_may_do_what_is_said() -> None:
    """Who reads changes nothing and sees their own indexes only."""
    for user, method, path, allowed in (
        ("reader", "POST", "/kb-cards/_search", True),
        ("reader", "GET", "/kb-cards/_doc/state", True),
        ("reader", "POST", "/kb-cards,kb-tickets/_search", True),
        ("reader", "POST", "/kb-cards,payroll/_search", False),
        ("reader", "POST", "/payroll/_search", False),
        ("reader", "POST", "/_search", False),
        ("reader", "POST", "/kb-cards/_doc", False),
        ("reader", "POST", "/kb-cards/_delete_by_query", False),
        ("reader", "DELETE", "/kb-cards", False),
        ("reader", "GET", "/_cluster/health", False),
        ("doctor", "GET", "/_cluster/health", True),
        ("doctor", "PUT", "/_cluster/settings", False),
        ("doctor", "POST", "/_bulk", False),
        ("pusher", "POST", "/_bulk", True),
        ("pusher", "PUT", "/_cluster/settings", True),
    ):
        assert USERS[user].may(method, path) is allowed, (user, method, path)


def test_tls_can_be_wrong() -> None:
    """A client that verifies refuses an unknown CA, another host's certificate and one that is over."""
    with serve() as node:
        with (
            guard(node.url(""), USERS) as door,
            pytest.raises(ssl.SSLCertVerificationError, match="verify failed"),
        ):
            http.client.HTTPSConnection("localhost", door.server_port, timeout=20).request("GET", "/")
        with (
            guard(node.url(""), USERS, names=("engine.example.com",)) as door,
            pytest.raises(ssl.SSLCertVerificationError, match="localhost"),
        ):
            ask(door, "GET", "/")
        with (
            guard(node.url(""), USERS, expired=True) as door,
            pytest.raises(ssl.SSLCertVerificationError, match="expired"),
        ):
            ask(door, "GET", "/")
        assert node.asked == []


def test_a_real_node_is_guarded(cluster: Cluster) -> None:
    """Before a real node one user fills an index and another finds it, whose own writes are refused."""
    with guard(cluster.urls[0], USERS) as door:
        path = "/kb-cards/_doc/1?refresh=true"
        assert ask(door, "PUT", path, "pusher:write", {"title": "Quotas"}) == 201
        assert ask(door, "POST", "/kb-cards/_search", "reader:read", {"query": {"match_all": {}}}) == 200
        assert ask(door, "PUT", path, "reader:read", {"title": "mine"}) == 403
        door.target = "http://127.0.0.1:1"
        assert ask(door, "POST", "/kb-cards/_search", "reader:read", {}) == 502
    assert cluster.ask("GET", "/kb-cards/_doc/1").body["_source"] == {"title": "Quotas"}
