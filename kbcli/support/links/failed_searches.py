"""What was searched for in vain in this clone: kept for its user alone, for a while, in their folder of states.

It never enters the knowledge base by itself. Nothing of a whole ticket is kept, and of a question its first words,
without the personal data that rules can find.
"""

import json
import time
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from kbcli.foundation.disk.files import (
    find_user_folder,
    hold_file,
    name_place,
    prepare_cache_folder,
    read_cache_file,
    write_cache_file,
)
from kbcli.foundation.typed import NamedTuple
from kbcli.support.links.lines import MOST_WORDS

DAYS_KEPT = 30
_MOST_KEPT = 1000
_MOST_BYTES = 1_000_000


class FailedSearch(NamedTuple):
    """What was asked in vain on a day, redacted, in MOST_WORDS at most."""

    on: date
    asked: str


def keep_failed_search(root: Path, query: str, today: date) -> bool:
    """Keep a question, once a day; whether it is the first that is kept of this clone."""
    from kbcli.foundation.redaction import redact_text

    asked = " ".join(redact_text(query[:2000]).split()[:MOST_WORDS])
    path = _find_file(root)
    if not asked or not prepare_cache_folder(path.parent):
        return False
    _drop_old_files(path.parent)
    is_first = not path.exists()
    with hold_file(path):
        kept = list_failed_searches(root, today - timedelta(days=DAYS_KEPT))
        new = FailedSearch(today, asked)
        if _name_search(new) not in map(_name_search, kept):
            lines = [{"on": str(one.on), "asked": one.asked} for one in [*kept, new][-_MOST_KEPT:]]
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            write_cache_file(path, text.encode("utf-8", "replace"))
    return is_first and path.exists()


def list_failed_searches(root: Path, since: date) -> list[FailedSearch]:
    """What was asked in vain in this clone since a day, oldest first; what cannot be read is left out."""
    found: list[FailedSearch] = []
    data = read_cache_file(_find_file(root), _MOST_BYTES) or b""
    for line in data.decode("utf-8", "replace").splitlines():
        with suppress(ValueError, TypeError, KeyError):
            kept = json.loads(line)
            found.append(FailedSearch(date.fromisoformat(kept["on"]), str(kept["asked"])))
    return sorted(one for one in found if one.on >= since)


def clear_failed_searches(root: Path) -> None:
    """Forget what was asked in vain in this clone. Raises OSError where the file cannot be deleted."""
    _find_file(root).unlink(missing_ok=True)


def _name_search(one: FailedSearch) -> tuple[date, str]:
    return one.on, one.asked.casefold()


def _find_file(root: Path) -> Path:
    return find_user_folder("state") / "failed-searches" / f"{name_place(root)}.jsonl"


def _drop_old_files(folder: Path) -> None:
    """Delete the files of clones in which nobody has searched in vain for long."""
    with suppress(OSError):
        for file in folder.iterdir():
            if time.time() - file.lstat().st_mtime > DAYS_KEPT * 86400:
                file.unlink()
