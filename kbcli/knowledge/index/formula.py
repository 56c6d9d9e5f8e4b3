"""The formula by which documents are scored, whatever keeps the index.

The score of a document is the sum over the question's words of

    weight * idf * (doubt * sat(body + heading) + HEADING * sat(heading))

`body` is the word's frequency in the body, `heading` that in title, aliases and tags with the
weight of each, all divided by 1 - b + b * length / average length of their field (the headings of an identifier by 1
at most: a card is about the 429 in its title however long that is);
sat(x) = (K1 + 1) * x / (K1 + x); idf = ln(1 + (n - df + 0.5) / (df + 0.5)), where df documents of
n hold the word in any of these fields. Of a function word n is at most OWN times the documents
in the question's language: where few cards are in Hindi, the words of every Hindi sentence are rare and
tell nothing all the same. The first part is BM25F (Robertson, Zaragoza and Taylor
2004); the second rewards a card whose heading is about the word, by HEADING_IDENTIFIER for an identifier. `doubt` is below 1 for function
words: in a heading they tell what kind of question it answers, in a body nothing.

A word of m pieces adds GRAM / sqrt(m) * weight * idf * sat(frequency) for each piece in the
field `grams`. A word that stands in the question n times counts sqrt(n) times.

The sum is multiplied by 1 - m * (1 - (held / required) ** p), where `held` is how many of the
required words a document holds, and by FOREIGN for one in another language than the question's, if
any document is in that.
"""

K1 = 1.0
HEADING = 1.5
HEADING_IDENTIFIER = 3.0
DOUBT = 0.6
OWN = 3
GRAM = 0.5
COMMON_GRAM = 0.1
"""Pieces that a larger part of the cards holds are left out: they take time and tell nothing."""
FEWEST_COMMON_GRAMS = 20
"""Of a small base, pieces that so many cards hold are heeded all the same."""
ENOUGH_GRAMS = 0.6
"""The part of a word's pieces that a card must hold to be found by them alone."""

HEADING_FIELDS = {"title": 1.0, "aliases": 1.0, "tags": 0.5}
"""Their weights. A piece of a word and the body count 1."""
LENGTH_NORM = {"title": 0.9, "aliases": 0.5, "tags": 0.5, "body": 0.75, "grams": 0.75}
"""The b of each field: how far its length is held against a document, 0 to 1."""

MISSING, POWER = 0.05, 2
"""The m and p of the factor for missing words. More for a few keywords, of which people may expect all, finds less
(nDCG@10 of keyword queries with a factor of up to 95 %: stackfaq −.040, others −.005 to +.002): words that tell
little weigh as much in it as those that tell all."""
FOREIGN = 0.85
