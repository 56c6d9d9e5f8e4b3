"""The names of the fields of the index."""

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
    "source",
    "trust",
)
"""Unscored fields: exact values, casefolded.

`id` holds the ID and every ending of it that begins after a slash; `path` holds the ID, and
every folder above it, so that a folder finds all that is in it; `source` holds the ID of the card
that a translation translates; `trust` holds what the state is judged from (see `trustterms`).
"""
