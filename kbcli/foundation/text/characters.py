"""Characters: one spelling for what people write in several, texts folded for comparing, columns on a terminal."""

import re
from functools import cache, lru_cache
from unicodedata import category, combining, decimal, east_asian_width, is_normalized, normalize

_STROKES = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ŋ": "n",
    }
)
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))


def normalise_word(text: str) -> str:
    """NFKC, case folded, NFKC again, ASCII digits, no invisible signs. Any text, never fails."""
    if text.isascii():
        return text.lower()
    text = normalize("NFKC", normalize("NFKC", text).casefold()).translate(_INVISIBLE)
    if not text.isascii() and any(map(str.isdecimal, text)):
        text = "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)
    return text


def fold_accents(word: str) -> str:
    """A Latin word without its accents and strokes: `städte` → stadte, `søk` → sok."""
    if word.isascii():
        return word
    decomposed = normalize("NFD", word.translate(_STROKES))
    return "".join(sign for sign in decomposed if not combining(sign))


@cache
def _devanagari_rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The rules of Lucene's HindiNormalizer (after Larkey and others 2003), on NFD text."""
    rules = (
        ("[\u0928\u092e\u0919\u091e\u0923]\u094d(?=[\u0915-\u0939])", "\u0902"),  # half nasal → anusvara
        ("\u0901", "\u0902"),  # chandrabindu → anusvara
        ("\u093c", ""),  # no nukta
        ("\u0929", "\u0928"),
        ("[\u0945\u0946]", "\u0947"),
        ("[\u0949\u094a]", "\u094b"),
        ("[\u090d\u090e]", "\u090f"),
        ("[\u0911\u0912]", "\u0913"),
        ("\u0972", "\u0905"),
        ("\u0906", "\u0905"),
        ("\u0908", "\u0907"),
        ("\u090a", "\u0909"),
        ("\u0960", "\u090b"),
        ("\u0961", "\u090c"),
        ("\u0910", "\u090f"),
        ("\u0914", "\u0913"),
        ("\u0940", "\u093f"),
        ("\u0942", "\u0941"),
        ("\u0944", "\u0943"),
        ("\u0963", "\u0962"),
        ("\u0948", "\u0947"),
        ("\u094c", "\u094b"),
        ("\u094d$", ""),
    )
    return tuple((re.compile(pattern), replacement) for pattern, replacement in rules)


def normalise_devanagari(word: str) -> str:
    """One spelling for the ways to write nasals, nuktas and long vowels in Hindi."""
    word = normalize("NFD", word)
    for pattern, replacement in _devanagari_rules():
        word = pattern.sub(replacement, word)
    return word


UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)


def is_unspaced(sign: str) -> bool:
    """Whether a character belongs to a script written without spaces: Han, Kana, Thai, Lao, Khmer, Burmese."""
    return (
        "\u0e00" <= sign <= "\u0eff"
        or "\u1000" <= sign <= "\u109f"
        or "\u1780" <= sign <= "\u17ff"
        or "\u3005" <= sign <= "\u30ff"
        or "\u3400" <= sign <= "\u9fff"
        or "\uf900" <= sign <= "\ufaff"
        or "\U00020000" <= sign <= "\U0003ffff"
    )


def is_hangul(sign: str) -> bool:
    """Whether a character is a Hangul syllable or a jamo."""
    return "\uac00" <= sign <= "\ud7a3" or "\u1100" <= sign <= "\u11ff" or "\u3130" <= sign <= "\u318f"


class _Signs(dict[int, str | int | None]):
    """Code point → what it counts as in a phrase: itself, a digit, a blank, or nothing."""

    def __missing__(self, code: int) -> str | int | None:
        sign = chr(code)
        kind = category(sign)
        found: str | int | None = " "
        if kind == "Nd":
            found = str(decimal(sign))
        elif kind[0] in "LMN" or sign in "+#":
            found = code
        elif kind == "Cf":
            found = None
        self[code] = found
        return found


_SIGNS = _Signs()


def fold_text(text: str, *, join: bool = True) -> str:
    """A text as phrases are compared: case, accents and widths folded, words apart by one blank.

    Punctuation and markup count as blanks, but `+` and `#` at the end of a word stay (`C++`).
    With `join` there is no blank between two characters of a script without spaces.
    """
    if not text.isascii():
        text = normalize("NFKC", text).casefold()
        text = re.sub("[\u0300-\u036f]+", "", normalize("NFKD", text))
        if not is_normalized("NFC", text):
            text = normalize("NFC", text)
    else:
        text = text.lower()
    text = text.translate(_SIGNS)
    if "+" in text or "#" in text:
        text = re.sub(r"[+#]+", _keep_at_end, text)
    text = " ".join(text.split())
    if join and not text.isascii():
        text = re.sub(f"(?<=[{UNSPACED}]) (?=[{UNSPACED}])", "", text)
    return text


def _keep_at_end(match: re.Match[str]) -> str:
    """The plus and number signs themselves at the end of a word, else a blank."""
    text, start, end = match.string, match.start(), match.end()
    before = start > 0 and text[start - 1] != " "
    after = end < len(text) and text[end] != " "
    return match[0] if before and not after else " "


def fold_roughly(text: str) -> str:
    """Case and accents folded, fast."""
    if text.isascii():
        return text.lower()
    return normalize("NFC", re.sub("[\u0300-\u036f]+", "", normalize("NFKD", text.casefold())))


def word_start(term: str) -> str:
    """What the words behind an index term begin with, folded roughly: stemming leaves three letters alone."""
    return term[:1] if "\u0900" <= term[:1] <= "\u097f" else term[:3]


@lru_cache(maxsize=8192)
def sign_width(sign: str) -> int:
    """Columns of one character: 2 for wide and fullwidth ones (UAX #11), 0 for marks and format signs."""
    if combining(sign) or category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(sign) in ("W", "F") else 1


def text_width(text: str) -> int:
    """Columns of a text on one line."""
    return len(text) if text.isascii() else sum(map(sign_width, text))
