"""File names from titles, in any script."""

import re
from unicodedata import category, combining, normalize

MAX_BYTES = 80
FALLBACK = "card"

# Left out rather than made a hyphen: apostrophes, joiners, soft hyphen.
_DROPPED = str.maketrans("", "", "'’ʼ`\u00ad\u200b\u200c\u200d\u2060\ufeff")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])\Z")


def make_slug(text: str) -> str:
    """A file name for a title: letters, digits and marks of any script, lower-case, hyphens, at most 80 bytes.

    Never empty ("card" when nothing is left), hidden, or a name that Windows reserves. NFC.
    """
    lowered = normalize("NFC", normalize("NFC", text).lower()).translate(_DROPPED)
    kept = "".join(char if category(char)[0] in "LMN" else "-" for char in lowered)
    words = [word for word in kept.split("-") if _has_letter(word)]
    slug = _shorten("-".join(words)) or FALLBACK
    return f"{slug}-{FALLBACK}" if _RESERVED.match(slug) else slug


def _has_letter(word: str) -> bool:
    """Whether a word is more than marks that have lost their letter."""
    return any(category(char)[0] != "M" for char in word)


def _shorten(slug: str) -> str:
    """Cut at a hyphen where one is near, and never between a letter and its marks."""
    if len(slug.encode("utf-8")) <= MAX_BYTES:
        return slug
    whole = slug.encode("utf-8")[: MAX_BYTES + 1].decode("utf-8", "ignore")
    while len(whole.encode("utf-8")) > MAX_BYTES or _is_mark(slug, len(whole)):
        whole = whole[:-1]
    if slug[len(whole)] == "-":
        return whole
    head, hyphen, _ = whole.rpartition("-")
    return head if hyphen and len(head.encode("utf-8")) >= MAX_BYTES // 2 else whole


def _is_mark(text: str, index: int) -> bool:
    return index < len(text) and (category(text[index])[0] == "M" or combining(text[index]) > 0)
