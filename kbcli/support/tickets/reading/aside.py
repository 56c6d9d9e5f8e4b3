"""What records leave for others that come later: names of people, answers, counts; gone when the reading ends."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from kbcli.foundation.typed import Any


class Aside:
    """Values by kind and key, several for one key, in the order in which they were put.

    They lie in SQLite's own temporary database, which is memory first and then a file that has no name: nothing is
    left when the process ends, however it ends.
    """

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.execute("PRAGMA journal_mode=OFF")
        self._base.execute("CREATE TABLE aside (kind TEXT, key TEXT, value TEXT)")
        self._base.execute("CREATE INDEX by_key ON aside (kind, key)")
        self._base.execute("BEGIN")
        self._kinds: set[str] = set()

    def put(self, kind: str, key: object, value: Any) -> None:
        """Keep a value that JSON can hold."""
        self._kinds.add(kind)
        self._base.execute(
            "INSERT INTO aside VALUES (?, ?, ?)", (kind, str(key), json.dumps(value, ensure_ascii=False))
        )

    def get(self, kind: str, key: object) -> list[Any]:
        """The values that were put under a key."""
        if kind not in self._kinds:
            return []
        found = self._base.execute(
            "SELECT value FROM aside WHERE kind = ? AND key = ? ORDER BY rowid", (kind, str(key))
        )
        return [json.loads(value) for (value,) in found]

    def keys(self, kind: str) -> Iterator[str]:
        """The keys of a kind, in the order in which they first came."""
        with closing(self._base.cursor()) as cursor:
            query = "SELECT key FROM aside WHERE kind = ? GROUP BY key ORDER BY MIN(rowid)"
            for (key,) in cursor.execute(query, (kind,)):
                yield key

    def close(self) -> None:
        """Drop everything."""
        self._base.close()
