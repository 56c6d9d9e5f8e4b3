"""The fields of the index, and the one byte that tells how long a field is."""

from bisect import bisect_left

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
    "trust",
)
"""Unscored fields: exact values, casefolded.

`id` holds the ID and every ending of it that begins after a slash; `path` holds the ID, and
every folder above it, so that a folder finds all that is in it; `former` holds the IDs it once had,
as `id` does; `owner` is NO_OWNER where there is none; `source` holds the ID of the card
that a translation translates; `trust` holds what the state is judged from (see `trustterms`).
"""

NO_OWNER = "-"

LENGTHS: tuple[int, ...] = tuple(round((1.033**code - 1) * 27) for code in range(256))
"""The number of terms that each code of a length stands for: exact up to 10, about 3 % steps above.

The code is Whoosh's (`whoosh.util.numeric.length_to_byte`), so its readers agree with ours:
code n stands for round((1.033**n - 1) * 27) terms, 255 for 106,374 or more.
"""


def encode_length(length: int) -> int:
    """The code, 0 to 255, of a number of terms; 0 only for none. Never raises."""
    return min(bisect_left(LENGTHS, length), 255)
