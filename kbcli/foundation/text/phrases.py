"""Phrases in a text, as whole words and in their forms: what a person means who says “do not write this word”.

A form is a word of the same stem that begins like the word, so that `leider` is not found in `leid`, and that is not
another word made of it, so that `kind` is not found in `kindly`. In scripts without spaces nothing tells where a
word ends, so there the characters are found wherever they stand.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from unicodedata import category

from kbcli.foundation.text.languages import CUT_IN_FRONT, fold_accents, language_code, normalise_word
from kbcli.foundation.text.pipeline import PARTICLES, analyse_text, word_terms
from kbcli.foundation.text.words import CHUNK, Word, read_compounds
from kbcli.foundation.typed import NamedTuple, compile_late

_UNSPACED = ("han", "unspaced")
_EXACT = ("number", "literal", "sign")
_GROWING = ("latin", "cyrillic", "devanagari")
_GLUED = frozenset("_@.")
# Between two words of a phrase: a space, or the end of a line within a paragraph; marks and quotes beside it.
_SPACE = compile_late(r"[*_~`'\"“”‘’«»()]*(?:[ \t\u00a0]+|[ \t]*\n[ \t>]*)[*_~`'\"“”‘’«»()]*")

# What may be missing of a word in its forms, beside one vowel at its end.
_INFINITIVES = {"de": "en n", "es": "ar er ir", "fr": "er ir re", "it": "are ere ire", "pt": "ar er ir", "ru": "ть"}  # fmt: skip
_VOWELS = frozenset("aeiouyаеёиоуыэюяйь")
_SHORTEST_TRUNK = 2
# What makes another word of a word, and no form of it.
_DERIVING = {
    "de": "bar haft heit isch keit lich los sam ung ungen weise",
    "en": "able ably ation ations ful fully ity ities ive less ly ment ments ness",
    "es": "mente",
    "fr": "ment",
    "it": "mente",
    "pt": "mente",
}
# The verb that Korean makes of nouns, as its forms begin, and as the forms end in which a dictionary or a letter has it.
_HADA = tuple("하해했합할한함")
_HADA_ENDS = ("하십시오", "합니다", "하세요", "해요", "하다")


class Match(NamedTuple):
    """A phrase that was found: the characters `start` to `stop` of the text, and which of the phrases it is."""

    start: int
    stop: int
    phrase: int


class _Token(NamedTuple):
    """A word, or a character of a script without spaces. One that `is_piece` is part of a name such as `user_id`."""

    text: str
    kind: str
    terms: frozenset[str]
    start: int
    stop: int
    is_piece: bool


class PhraseFinder:
    """Finds these phrases in texts of a language (BCP 47 tag). A phrase without a word is never found."""

    def __init__(self, phrases: Sequence[str], lang: str) -> None:
        self._lang = lang
        self._phrases = [(phrase, list(_read_tokens(phrase, lang))) for phrase in phrases]
        self._by_term: dict[str, list[int]] = {}
        for number, (_, tokens) in enumerate(self._phrases):
            for term in _list_keys(tokens[0]) if tokens else ():
                self._by_term.setdefault(term, []).append(number)

    def find(self, text: str) -> list[Match]:
        """Where the phrases stand in a text, in order; of those within one another the longest."""
        if self._by_term.keys().isdisjoint(analyse_text(text, self._lang)):
            return []
        tokens = list(_read_tokens(text, self._lang))
        found = {match for at in range(len(tokens)) for match in self._match_at(text, tokens, at)}
        kept: list[Match] = []
        for match in sorted(found, key=lambda match: (match.start, -match.stop, match.phrase)):
            if not kept or match.stop > kept[-1].stop:
                kept.append(match)
        return kept

    def _match_at(self, text: str, tokens: Sequence[_Token], at: int) -> Iterator[Match]:
        for number in {one for term in _list_keys(tokens[at]) for one in self._by_term.get(term, ())}:
            phrase, wanted = self._phrases[number]
            there = tokens[at : at + len(wanted)]
            if len(there) == len(wanted) and self._is_phrase(phrase, wanted, text, there):
                yield Match(there[0].start, there[-1].stop, number)

    def _is_phrase(self, phrase: str, wanted: Sequence[_Token], text: str, there: Sequence[_Token]) -> bool:
        if len(wanted) == 1 and there[0].is_piece:
            return False
        if not all(_is_form(token, word, self._lang) for token, word in zip(there, wanted, strict=True)):
            return False
        return all(
            _is_gap_alike(
                phrase[first.stop : second.start],
                text[left.stop : right.start],
                is_unspaced=left.kind in _UNSPACED and right.kind in _UNSPACED,
            )
            for (first, second), (left, right) in zip(pairwise(wanted), pairwise(there), strict=True)
        )


def _read_tokens(text: str, lang: str) -> Iterator[_Token]:
    for chunk in CHUNK.finditer(text):
        for parts, wholes in read_compounds(chunk[0], chunk.start()):
            words = parts or wholes
            inner = text[words[0].start : words[-1].end]
            is_name = len(words) > 1 and not _GLUED.isdisjoint(inner)
            for before, word, after in zip((None, *words[:-1]), words, (*words[1:], None), strict=True):
                if word.kind in _UNSPACED:
                    yield from _split_signs(word)
                else:
                    yield _make_token(word, lang, is_name or _are_one(before, word) or _are_one(word, after))


def _are_one(word: Word | None, after: Word | None) -> bool:
    """Whether two words are written as one, as `camelCase` and `v2`; in scripts without spaces all are."""
    if word is None or after is None or word.end != after.start:
        return False
    return word.kind not in _UNSPACED and after.kind not in _UNSPACED


def _make_token(word: Word, lang: str, is_piece: bool) -> _Token:
    plain = normalise_word(word.text)
    text = fold_accents(plain) if word.kind == "latin" else plain
    return _Token(text, word.kind, frozenset(word_terms(word, lang)), word.start, word.end, is_piece)


def _split_signs(word: Word) -> Iterator[_Token]:
    """The characters of a word, each with its marks."""
    bases = [at for at, sign in enumerate(word.text) if not at or category(sign)[0] not in "MC"]
    for start, stop in pairwise([*bases, len(word.text)]):
        text = normalise_word(word.text[start:stop])
        yield _Token(
            text, word.kind, frozenset((text,)), word.start + start, word.start + stop, is_piece=False
        )


def _list_keys(token: _Token) -> Iterable[str]:
    """The terms under which a word is looked up: all forms of a word share one, and an index of the text has it."""
    return (token.text[0],) if token.kind == "hangul" else token.terms


def _is_form(token: _Token, word: _Token, lang: str) -> bool:
    """Whether a word of a text is one that is asked for, in whatever form."""
    if token.kind != word.kind:
        return False
    if token.text == word.text:
        return True
    if word.kind == "hangul":
        return _is_korean_form(token.text, word.text)
    if word.kind in _UNSPACED or word.kind in _EXACT or token.terms.isdisjoint(word.terms):
        return False
    code = language_code(lang)
    if word.kind not in _GROWING or code in CUT_IN_FRONT:
        return True
    return token.text.startswith(_find_trunk(word.text, code)) and not any(
        token.text.endswith(ending) and not word.text.endswith(ending)
        for ending in _DERIVING.get(code, "").split()
    )


def _is_korean_form(text: str, word: str) -> bool:
    """Whether it is the word with particles, or a form of the verb that 하다 makes of it."""
    ending = next((one for one in _HADA_ENDS if word.endswith(one) and len(word) > len(one)), "")
    trunk = word.removesuffix(ending)
    if not text.startswith(trunk):
        return False
    rest = text[len(trunk) :]
    if rest.startswith(_HADA):
        return True
    return not ending and any(
        rest == one or (rest.startswith(one) and rest[len(one) :] in PARTICLES) for one in PARTICLES
    )


def _find_trunk(word: str, code: str) -> str:
    """What stays of a word in all its forms."""
    endings = (*_INFINITIVES.get(code, "").split(), *(sign for sign in word[-1:] if _is_vowel(sign)))
    ending = next((one for one in endings if word.endswith(one)), "")
    trunk = word.removesuffix(ending)
    return trunk if len(trunk) >= _SHORTEST_TRUNK else word


def _is_vowel(sign: str) -> bool:
    return sign in _VOWELS or category(sign)[0] == "M"


def _is_gap_alike(wanted: str, found: str, *, is_unspaced: bool) -> bool:
    """Whether what stands between two words of a text may stand there: a space for a space, else what glues."""
    if any(map(str.isspace, wanted)) or (is_unspaced and "\n" in found):
        return _SPACE.fullmatch(found) is not None
    return not any(map(str.isspace, found)) and (not is_unspaced or found == wanted)
