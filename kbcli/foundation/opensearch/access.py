"""Where a cluster is reached, and with what rights: from the user's own settings, never from a clone."""

import os
import re
from collections.abc import Sequence

from kbcli.errors import ConfigError
from kbcli.foundation.typed import NamedTuple

_ADDRESS = re.compile(r"(https?)://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::(\d{1,5}))?/?")
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]")
_PORT = 9200
_CONFLICT, _MISSING = 409, 404


class EngineError(Exception):
    """The cluster did not answer, or not as it must. `status` is that of its answer, 0 for none.

    The text is safe to show: one line, cut, without what the address or the rights are.
    """

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status

    @property
    def is_missing(self) -> bool:
        """Whether what was asked for is not there."""
        return self.status == _MISSING

    @property
    def is_conflict(self) -> bool:
        """Whether somebody else was first."""
        return self.status == _CONFLICT


class Node(NamedTuple):
    """One server of a cluster: `host` without brackets, spoken to in plain HTTP unless `is_secure`."""

    host: str
    port: int
    is_secure: bool


class Access(NamedTuple):
    """The servers of a cluster, the file of the authority that signs for them, and who asks.

    `authorization` is the value of that header, "" for none; it is shown to nobody.
    """

    nodes: tuple[Node, ...]
    ca: str = ""
    authorization: str = ""


def read_access(
    urls: Sequence[str], *, ca: str = "", user: str = "", password: str = "", api_key: str = ""
) -> Access:
    """What the user's settings say of a cluster.

    Raises ConfigError for what is no address, for credentials in one, and for plain HTTP to another machine:
    what is asked are customers' words.
    """
    nodes = tuple(_read_node(url) for url in urls)
    authorization = ""
    if api_key:
        authorization = f"ApiKey {api_key}"
    elif user:
        from base64 import b64encode

        authorization = f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
    if "\r" in authorization or "\n" in authorization:
        raise ConfigError("the engine's key holds a line break", "Write it in one line.")
    return Access(nodes, os.path.expanduser(ca), authorization)


def _read_node(url: str) -> Node:
    match = _ADDRESS.fullmatch(url)
    if match is None or not 0 < int(match[3] or _PORT) < 65_536:
        raise ConfigError(
            "an address of the engine is not one kb can use",
            "Write https://host:9200, and user and password beside it.",
        )
    is_secure = match[1] == "https"
    if not is_secure and not _LOOPBACK.fullmatch(match[2]):
        raise ConfigError(
            f"the engine at {match[2]} would be asked in plain HTTP, which anyone between can read",
            "Use https://.",
        )
    return Node(match[2].strip("[]"), int(match[3] or _PORT), is_secure)
