"""Where words begin and end: compounds in a text, their parts, and the forms they make as a whole.

Text is read in chunks without white space. A chunk holds compounds: words glued by signs
(`user_id`, `v2.3.1`, `a@b.c`, `/etc/hosts`, `don't`, `C++`). A compound has parts, and, when
there are several, whole forms, so that it is found in full and by part.

Chunks of Latin letters and punctuation are read by `re`; `regex`, which knows scripts but takes as
long to load as a whole search, is loaded for the others only. Both give the same.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from unicodedata import category

from kbcli.foundation.text.languages import APOSTROPHES, compile_once, normalise_word, read_ranges
from kbcli.foundation.typed import Any, NamedTuple, compile_late

CHUNK = compile_late(r"[^\s()\[\]<>|*`\"{};!?]+")
"""A stretch of text within which words are glued together; nothing reaches over its ends."""

LONGEST = 64
"""Characters kept of one word, and the longest whole form."""

# Of how many pieces a word of letters and digits may consist to be found by piece (not a hash sum).
_MOST_RUNS = 6

_ELIDED = """
l d c j m n s t qu un dell nell sull all dall quell quest coll bell sant buon senz tutt anch com dov cos quant mezz
nient jusqu lorsqu puisqu quoiqu
"""
ELISIONS = frozenset(_ELIDED.split())
"""What stands before an apostrophe in Italian, French and Catalan and is not part of the word."""

# What stands after an apostrophe in English contractions.
_CONTRACTIONS = frozenset(("s", "t", "d", "m", "ll", "re", "ve", "n"))


class Word(NamedTuple):
    """A word as written, where it stands, and its kind.

    `kind` is the script (latin, cyrillic, greek, devanagari, arabic, other, han, hangul,
    unspaced), or `number`, or `literal` for what is indexed as it is, or `sign`: an emoji, an arrow, `€`.
    """

    text: str
    start: int
    end: int
    kind: str


Compound = tuple[list[Word], list[Word]]
"""The parts of one compound in order, and the forms it makes as a whole (none for a plain word)."""

Outline = tuple[list[tuple[str, int]], list[Word]]
"""A compound before its parts are read: its segments with where each starts, and what it is as a whole."""

# Compiled by `re` or by `regex`: a compound, and the runs within it.
_Patterns = tuple[Any, Any]

# Letters beside those of ASCII, all of them Latin.
_ACCENTED = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"

# No letter, mark, digit or joiner.
_PUNCTUATION = (
    "\u00a1\u00a6\u00a8\u00ab\u00af\u00b4\u00b6-\u00b8\u00bb\u00bf\u02bb\u02bc\u2010-\u2027\u2030-\u203e\u2122"
    "\u2500-\u259f"
)
# What is a word by itself: currencies, arrows, mathematics, pictures; no lines of tables.
_WORDLIKE = (
    "\u00a2-\u00a5\u00a7\u00a9\u00ac\u00ae\u00b0\u00b1\u00d7\u00f7\u20a0-\u20cf\u2190-\u2426\u25a0-\u2767\u2794-\u27bf"
    "\u27f0-\u27ff\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001f0ff\U0001f170-\U0001f1ff\U0001f200-\U0001f265"
    "\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
)
# A picture with its variant, skin tone or tags; several joined; a flag; a key.
_PICTURE = f"[{_WORDLIKE}][\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]*"
_SIGN = f"[0-9#*]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}}|{_PICTURE}(?:\u200d{_PICTURE})*"

_LATIN = f"\x00-\x7f{_ACCENTED}{_PUNCTUATION}"
# Hyphens and apostrophes that are not ASCII, each by itself: sets of several stretches are slow to compile.
_JOINERS = "|".join(f"‐‑{APOSTROPHES[1:]}")


@cache
def _latin_patterns(sign: str = "") -> _Patterns:
    # In a text of these signs, what `re` takes for letters is Latin, but for two apostrophes.
    return (
        re.compile(_compound_pattern(r"[^\W_ʻʼ]", sign)),
        re.compile(r"(?P<latin>[^\W\d_ʻʼ]+)|(?P<number>[0-9]+)"),
    )


@cache
def _unicode_patterns(sign: str = "") -> _Patterns:
    import regex

    # Within words and no part of them, beside soft hyphens and other invisible signs: the tatweel, signs of tone.
    tatweel, tones = "\u0640", "\u055b\u055c\u055e"
    han = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\u3005-\u3007\u30fc\uff70\uff9e\uff9f"
    unspaced = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
    spaced = ("Latin", "Cyrillic", "Greek", "Devanagari", "Arabic")
    in_scripts = "".join(rf"\p{{{name}}}" for name in spaced)
    glueless = rf"{han}{unspaced}\p{{Hangul}}"
    runs = [
        rf"(?P<han>[{han}][{han}\p{{M}}\p{{Cf}}]*)",
        r"(?P<hangul>\p{Hangul}[\p{Hangul}\p{M}]*)",
        rf"(?P<unspaced>[{unspaced}][{unspaced}\p{{M}}\p{{Cf}}]*)",
        *(
            rf"(?P<{name.lower()}>\p{{{name}}}[\p{{{name}}}\p{{M}}\p{{Cf}}{tatweel if name == 'Arabic' else ''}]*)"
            for name in spaced
        ),
        r"(?P<number>\p{N}+)",
        rf"(?P<other>[\p{{L}}--[{glueless}]][\p{{L}}\p{{M}}\p{{Cf}}{tones}--[{glueless}{in_scripts}]]*)",
    ]
    letter = rf"[\p{{L}}\p{{M}}\p{{N}}\p{{Cf}}{tones}--[{glueless}\u02bb\u02bc]]"
    compound = _compound_pattern(letter, sign)
    return (
        regex.compile(rf"[{glueless}][{glueless}\p{{M}}\p{{Cf}}]*|{compound}", regex.V1),
        regex.compile("|".join(runs), regex.V1),
    )


@cache
def _list_signs(ranges: str) -> frozenset[str]:
    return frozenset(map(chr, chain.from_iterable(read_ranges(ranges))))


_PURE = (
    ("han", "\u3041", "\u9fef", "\u3097-\u309c\u30a0\u30fb\u3100-\u33ff\u4dc0-\u4dff"),
    ("hangul", "\uac00", "\ud7a3", ""),
    ("devanagari", "\u0900", "\u097f", "\u0951-\u0954\u0964-\u0970"),
    ("unspaced", "\u0e01", "\u0e4e", "\u0e3b-\u0e3f"),
    ("cyrillic", "\u0400", "\u052f", "\u0482-\u0489"),
)
"""Kinds of word, the first and last of their letters and marks, and the signs between that are none."""


def _find_pure_kind(text: str) -> str:
    """The kind of a text that is letters and marks of one script alone, "" for any other."""
    low, high = min(text), max(text)
    for kind, first, last, others in _PURE:
        if first <= low and high <= last and _list_signs(others).isdisjoint(text):
            return kind
    return ""


@cache
def _pure_patterns(kind: str) -> _Patterns:
    return re.compile(".+"), re.compile(f"(?P<{kind}>.+)")


def _compound_pattern(letter: str, sign: str) -> str:
    """Letters joined by one sign (or `::`, `://`, `++`, an escaped underscore), `.NET`, `C++`, `C#`, `_C#_`.

    Or one `sign` that is a word by itself.
    """
    link = rf"(?:://|::|\+\+|\\_|[-_'./\\:@+&,]|{_JOINERS})"
    alone = f"(?P<sign>{sign})|" if sign else ""
    return rf"{alone}(?:(?<![\w.])\.(?=[A-Za-z]))?{letter}+(?:{link}{letter}+)*(?:(?:\+\+|\#)(?!_*[^\W_]|[+\#]))?"


def fold_title(text: str) -> str:
    """A title, or what was typed for one, as both are compared: without case, punctuation between words, blanks and hyphens.

    People part what is one word and join what is two: `load balancer`, `loadbalancer`.
    """
    return "".join(normalise_word(chunk.strip(",.:'")) for chunk in CHUNK.findall(text)).replace("-", "")


def list_names(title: str) -> list[str]:
    """What something is called whose title this is: that, and of `Continuous Delivery (CD)` either part as well."""
    before, opening, behind = title.rstrip().replace("（", "(").replace("）", ")").rpartition("(")
    inner = behind.removesuffix(")")
    parts = (before.strip(), inner.strip()) if opening and inner != behind else ()
    return [title, *filter(None, parts)]


def is_foreign(chunk: str) -> bool:
    """Whether a chunk is of other scripts alone, so that none of its terms is ASCII; false when in doubt."""
    for sign in chunk:
        if sign < "\x80":
            if sign.isalnum():
                return False
        elif sign.isdecimal() or not (
            "\u0370" <= sign <= "\u1cff"
            or "\u3001" <= sign <= "\u318f"
            or "\u3400" <= sign <= "\u9fff"
            or "\uac00" <= sign <= "\ud7a3"
        ):
            return False
    return not chunk.isascii()


def outline_compounds(chunk: str, offset: int = 0) -> Iterator[Outline]:
    """The compounds of a chunk cut at signs that part, with positions counted from `offset`."""
    for match in _choose_patterns(chunk)[0].finditer(chunk):
        if match.lastgroup == "sign":
            yield [], _read_sign(match[0], offset + match.start())
        else:
            yield _outline(match[0], offset + match.start())


def read_compounds(chunk: str, offset: int = 0) -> Iterator[Compound]:
    """The compounds of a chunk, with positions counted from `offset`."""
    for segments, literals in outline_compounds(chunk, offset):
        found = [read_segment(text, start) for text, start in segments]
        parts = [word for parts, _ in found for word in parts]
        wholes = [word for _, wholes in found for word in wholes]
        yield parts, [*wholes, *literals]


def _choose_patterns(text: str) -> _Patterns:
    if text.isascii() or _list_signs(_LATIN).issuperset(text):
        return _latin_patterns()
    if _list_signs(_LATIN + _WORDLIKE).issuperset(text):
        return _latin_patterns(_SIGN)
    # To look for letters of all scripts takes a third of a search to compile, and with signs another tenth.
    if kind := _find_pure_kind(text):
        return _pure_patterns(kind)
    has_signs = any(category(sign)[0] == "S" or sign == "\u20e3" for sign in text)
    return _unicode_patterns(_SIGN if has_signs else "")


_STRONG = r"://|::|\\(?!_)|[./:@+&,#]+"
# Persian joins the parts of a word by a sign without width, or writes them apart.
_HYPHENS = r"\\_|[-_]|[‐‑]"
_WEAK, _WEAK_PERSIAN = f"(?:{_HYPHENS})+", rf"(?:{_HYPHENS}|(?<=[\u0600-\u06ff])\u200c(?=[\u0600-\u06ff]))+"
_APOSTROPHE = f"[{APOSTROPHES}]"
_BETWEEN = r"://|::|[/\\:@&,]"
_VERSION = r"(?<![0-9.])[0-9]{1,8}(?:\.[0-9]{1,8})+"
_PLURAL_OF_CAPITALS = "[A-Z]{2,}s"
_GLUELESS = frozenset(("han", "hangul", "unspaced"))


def _outline(text: str, start: int) -> Outline:
    if text.isalnum() or _is_in_thousands(text):
        return [(text, start)], []
    segments = _split(text, start, _STRONG)
    if len(segments) == 1 and text[0] != "." and text[-1] not in "+#":
        return segments, []
    if len(segments) == 1 and len(segments[0][0]) == 1:
        segments = []  # the C of `C++` is another language
    return segments, _read_literals(text, start)


def _is_in_thousands(text: str) -> bool:
    """Whether a text is a number in groups of three digits: `1,000`, `1.000.000`."""
    if not text[:1].isdigit() or not text.isascii():
        return False
    first, *groups = text.split("," if "," in text else ".")
    digits = all(group.isdecimal() for group in (first, *groups))
    return digits and len(first) < 4 and bool(groups) and all(len(group) == 3 for group in groups)


def _split(text: str, start: int, pattern: str) -> list[tuple[str, int]]:
    """The pieces of a text between matches of the pattern, without the empty ones, and where they start."""
    if text.isalnum() and text.isascii():
        return [(text, start)]
    pieces, last = [], 0
    for match in compile_once(pattern).finditer(text):
        if match.start() > last:
            pieces.append((text[last : match.start()], start + last))
        last = match.end()
    if last < len(text):
        pieces.append((text[last:], start + last))
    return pieces


def read_segment(text: str, start: int = 0) -> Compound:
    """Read what weak signs, apostrophes, capitals and digits join: `user_id`, `don't`, `userId`, `x15`."""
    end = start + len(text)
    if text.isascii() and text.isalpha() and (text[1:].islower() or len(text) == 1):
        return [Word(text[:LONGEST], start, end, "latin")], []
    if _is_in_thousands(text):
        digits = text.replace(",", "").replace(".", "")
        return [Word(digits[:LONGEST], start, end, "number")], []
    _, runs = _choose_patterns(text)
    found: list[Word] = []
    for atom, at in _split(text, start, _WEAK_PERSIAN if "\u200c" in text else _WEAK):
        found += _read_atom(atom, at, runs)
    if len(found) > 1 and _GLUELESS.isdisjoint(word.kind for word in found):
        joined = "".join(word.text for word in found)
        if len(joined) <= LONGEST:
            kinds = {word.kind for word in found}
            return found, [Word(joined, start, end, kinds.pop() if len(kinds) == 1 else "literal")]
    return found, []


_PLAIN_PIECE = "[A-Z]+(?=[A-Z][a-z][a-z])|[A-Z]*[a-z]+|[A-Z]+|[0-9]+"


def split_plainly(segment: str) -> list[str]:
    """The texts of the parts that `read_segment` finds, for a plain segment and quickly; [] for any other."""
    if len(segment) > LONGEST or not segment.isascii() or "'" in segment or "," in segment or "." in segment:
        return []
    pieces: list[str] = compile_once(_PLAIN_PIECE).findall(segment)
    if len(pieces) > _MOST_RUNS or any(map(compile_once(_PLURAL_OF_CAPITALS).fullmatch, pieces)):
        return []
    return pieces


def _read_atom(text: str, start: int, runs: Any) -> list[Word]:
    """Read what has no joining sign but apostrophes: elisions and contractions are one word."""
    if text.isalnum() and text.isascii():
        return _read_runs(text, start, runs)
    pieces = _split(text, start, _APOSTROPHE)
    if len(pieces) == 2:
        (left, _), (right, at) = pieces
        ending = right.casefold()
        if ending in _CONTRACTIONS and (match := runs.match(left)) and match.end() == len(left):
            whole = left if ending == "s" else left + right
            return [Word(whole[:LONGEST], start, start + len(text), match.lastgroup or "literal")]
        if left.casefold() in ELISIONS:
            return _read_runs(right, at, runs)
    return [word for piece, at in pieces for word in _read_runs(piece, at, runs)]


def _read_runs(text: str, start: int, pattern: Any) -> list[Word]:
    """Split at script changes, between letters and digits, and at capitals."""
    if text.isascii() and text.isalpha() and (text.islower() or text.isupper()):
        return [Word(text[:LONGEST], start, start + len(text), "latin")]
    runs: list[Word] = []
    for match in pattern.finditer(text):
        kind, run, at = match.lastgroup, match[0], start + match.start()
        if kind == "latin" and compile_once(_PLURAL_OF_CAPITALS).fullmatch(run):
            runs.append(Word(run[:-1], at, at + len(run), kind))
            continue
        if kind != "latin" or run.islower() or run.isupper():
            runs.append(Word(run, at, at + len(run), kind or "literal"))
            continue
        humps = _find_humps(run)
        for begin, end in zip([0, *humps], [*humps, len(run)], strict=True):
            runs.append(Word(run[begin:end], at + begin, at + end, kind))
    if len(runs) > _MOST_RUNS and _GLUELESS.isdisjoint(word.kind for word in runs):
        return [Word(text[:LONGEST], start, start + len(text), "literal")]
    return runs


def _find_humps(run: str) -> list[int]:
    """Where capitals split a word: `userId` before the I, `HTTPError` before the E."""
    if run[1:].islower():
        return []
    kinds = list(map(category, run))
    return [
        place
        for place in range(1, len(run))
        if kinds[place] == "Lu"
        and (
            kinds[place - 1] == "Ll"
            or (kinds[place - 1] == "Lu" and kinds[place + 1 : place + 3] == ["Ll", "Ll"])
        )
    ]


def _read_sign(text: str, start: int) -> list[Word]:
    """A sign as a word, and the pictures that are joined in it."""
    words = [Word(text, start, start + len(text), "sign")]
    if "\u200d" in text:
        words += [Word(piece, at, at + len(piece), "sign") for piece, at in _split(text, start, "\u200d")]
    return words


def _read_literals(text: str, start: int) -> list[Word]:
    """The compound as it is, the names between slashes and at signs in it, and version numbers."""
    end = start + len(text)
    literals = [Word(text, start, end, "literal")] if len(text) <= LONGEST else []
    if "." not in text:
        return literals
    pieces = _split(text, start, _BETWEEN)
    if len(pieces) > 1:
        literals += [
            Word(piece, at, at + len(piece), "literal")
            for piece, at in pieces
            if len(piece) <= LONGEST and "." in piece.strip(".")
        ]
    literals += [
        Word(match[0], start + match.start(), start + match.end(), "literal")
        for match in compile_once(_VERSION).finditer(text)
        if len(match[0]) < len(text)
    ]
    return literals
