"""One spelling for what people write in several: widths, case, digits, accents, Indic signs."""

import re
from functools import cache
from unicodedata import combining, normalize

_STROKES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ŋ": "n"}
)  # fmt: skip
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
