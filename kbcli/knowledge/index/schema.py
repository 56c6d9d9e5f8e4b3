"""The fields of the index, and the fingerprint that tells when an index on disk is another version's."""

import os
from bisect import bisect_left
from zlib import crc32

from kbcli import __version__
from kbcli.config import Config
from kbcli.knowledge.index.record import CardRecord

FIELDS = ("title", "aliases", "tags", "body", "grams")
"""Scored fields: analysed terms, with repetitions, in order.

`grams` holds pieces of the words of all the others, for cards in languages that glue words together.
"""

WORD_FIELDS = ("title", "aliases", "tags", "body")
"""Scored fields that hold whole words: where a word is looked for when the question is yes or no."""

FILTER_FIELDS = (
    "tag",
    "owner",
    "type",
    "lang",
    "product",
    "status",
    "audience",
    "id",
    "path",
    "former",
    "source",
    "sound",
    "called",
    "trust",
)
"""Unscored fields: exact values, casefolded (IDs by `fold_name`).

`id` holds the ID and every ending of it that begins after a slash; `path` holds the ID, and
every folder above it, so that a folder finds all that is in it; `former` holds the IDs it once had,
as `id` does; `owner` is NO_OWNER where there is none; `source` holds the ID of the card
that a translation translates; `called` holds the whole title, its parts before and within
brackets at its end, and each alias by `fold_title`; `sound` holds the Latin words of title and aliases, each behind its sounds (see
`foundation.text.sounds`); `trust` holds what the state is judged from (see `record`).
"""

NAME_FIELDS = ("id", "former", "source", "called")
"""Those by which single documents are looked for, many for each search."""

SOUND_FIELD = "sound"

NO_OWNER = "-"

LENGTHS: tuple[int, ...] = tuple(round((1.033**code - 1) * 27) for code in range(256))
"""The number of terms that each code of a length stands for: exact up to 10, about 3 % steps above.

The code is Whoosh's (`whoosh.util.numeric.length_to_byte`), so its readers agree with ours:
code n stands for round((1.033**n - 1) * 27) terms, 255 for 106,374 or more.
"""


def encode_length(length: int) -> int:
    """The code, 0 to 255, of a number of terms; 0 only for none. Never raises."""
    return min(bisect_left(LENGTHS, length), 255)


FORMAT = 6
"""Counted up when the files of the index change their layout, or a text other terms."""

FILE_FIELD = "file"
"""Holds the path of each document's file, exactly: the unique key."""

RECORD_COLUMN = "record"
FACTS_COLUMN = "facts"
"""Per document: the digest of its file and the exact number of terms in each scored field."""

TERMS, POSTINGS, SUMS = ".trm", ".pst", ".sum"
"""Endings of a segment's files: Whoosh's terms and postings, and the page sums of all its files."""

INDEX_NAME = "MAIN"
"""Whoosh's name for the index: every file of it begins with this."""

DIGEST_SIZE = 16
FACTS_SIZE = DIGEST_SIZE + 4 * len(FIELDS)

FIELD_NUMBERS = {name: number for number, name in enumerate(sorted({*FIELDS, *FILTER_FIELDS, FILE_FIELD}))}
"""The number each field's terms begin with in the terms file."""

WHOOSH_RELEASE = (2, 7, 4)
_WATCHED_CODE = (
    ".",
    "foundation/markdown",
    "foundation/text",
    "knowledge/cards",
    "knowledge/cards/header",
    "knowledge/index",
    "knowledge/index/whoosh",
    "knowledge/trust",
)


def make_fingerprint(config: Config) -> str:
    """A text that differs whenever an index on this machine that was built under another one must not be used."""
    return make_schema(config) + _stamp_code()


def make_schema(config: Config) -> str:
    """A text that differs whenever an index built under another one must not be used, wherever it was built.

    It covers kb's version, the layout, the fields, what a record holds, and what kb.toml says of cards.
    """
    settings = config.reading.encode("utf-8", "backslashreplace")
    shape = repr((FIELDS, FILTER_FIELDS, CardRecord._fields)).encode()
    return f"{__version__}/{FORMAT}/{crc32(shape):08x}/{crc32(settings):08x}-{len(settings)}"


def _stamp_code() -> str:
    """In a source checkout the code changes without its version: the newest time of what shapes an index."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if not os.path.exists(os.path.join(os.path.dirname(package), ".git")):
        return ""
    newest = 0
    for folder in _WATCHED_CODE:
        with os.scandir(os.path.join(package, folder)) as entries:
            stamps = [entry.stat().st_mtime_ns for entry in entries if entry.name.endswith(".py")]
        newest = max([newest, *stamps])
    return f"/{newest}"
