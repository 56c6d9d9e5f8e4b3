"""Customers' words: what people type in haste, and what cards call it. A list for each language, carried as data.

A line of `it.txt` is `typed, typed: meant, meant; meant in English`, each of one or more words. Unlike synonyms it goes
one way: who types “quit” may mean “cancel”, and who types “cancel” never means “quit”. What is meant in English is for
topics that have a card in that language alone.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from unicodedata import normalize

from kbcli.foundation.text.han import simplify
from kbcli.foundation.text.languages import (
    SCRIPT_OF,
    find_script,
    fold_accents,
    language_code,
    normalise_devanagari,
    normalise_word,
)
from kbcli.foundation.text.pipeline import GRAM_LANGUAGES, QueryWord, split_grams
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.index.formula import HEADING_FIELDS
from kbcli.knowledge.index.port import Statistics
from kbcli.knowledge.index.schema import WORD_FIELDS

if TYPE_CHECKING:
    from kbcli.knowledge.search.explanation import SynonymUse

LANGUAGES = ("de", "en", "es", "fr", "hi", "it", "ja", "ko", "latn", "zh")
"""By ISO 639-1 code; `latn` is of languages of other scripts, as they are typed in Latin letters."""

_IN_PIECES = frozenset(("ja", "ko", "zh"))
"""Languages whose words are no words of a query, but pairs of signs."""

_LONGEST = 4
"""Words of a wording."""

_LONG = 6
"""Letters of a word that may be a misspelt wording: a shorter one is like too many."""

_SHORTEST_PART = 4
"""Letters of a wording that a longer word may be glued together of."""

_MOST_CHANCE = 1
"""So many words of a query stand in the list of another language by chance."""


class Meaning(NamedTuple):
    """What is meant by a wording, in its language and in English."""

    own: tuple[str, ...]
    english: tuple[str, ...]


@cache
def read_list(code: str) -> Mapping[str, Meaning]:
    """What is meant by a typed wording, folded, in a language (ISO 639-1); empty for one without a list."""
    lines = [line.partition(":") for line in _read_text(code).splitlines() if not line.startswith("#")]
    typed: list[str] = []
    meanings: list[Meaning] = []
    for wordings, _, meant in lines:
        own, _, english = meant.partition(";")
        found = wordings.split(", ")
        typed += found
        meanings += [Meaning(_split(own), _split(english))] * len(found)
    # To fold them one by one takes three times as long.
    return dict(zip(_fold("\n".join(typed), code).split("\n"), meanings, strict=True))


def _read_text(code: str) -> str:
    if code not in LANGUAGES:
        return ""
    with open(os.path.join(os.path.dirname(__file__), f"{code}.txt"), encoding="utf-8") as stream:
        return stream.read()


def _has_any(code: str, words: Iterable[str]) -> bool:
    """Whether any of some words in plain letters may stand in a list: takes a tenth of the time of reading it."""
    plain = normalize("NFD", _read_text(code)).encode("ascii", "ignore").decode().lower()
    plain = _fold_umlauts(plain) if code == "de" else plain
    return any(word in plain for word in words if len(word) > 1)


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.strip().split(", ") if part)


def _fold(text: str, code: str) -> str:
    """A text as it is compared: with and without accents, and however Devanagari is spelled, it is the same."""
    folded = normalise_word(text)
    if code == "de":
        return _fold_umlauts(fold_accents(folded))
    if code in _IN_PIECES or folded.isascii():
        return folded
    return normalise_devanagari(folded) if code == "hi" else fold_accents(folded)


def _fold_umlauts(text: str) -> str:
    """A text without umlauts where these are spelled as two letters: `kuendigen` → kundigen."""
    return text.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def widen_by_list(
    index: Statistics,
    words: Sequence[QueryWord],
    text: str,
    langs: Sequence[str],
    analyse: Callable[[str], list[QueryWord]],
    *,
    exact: bool = False,
) -> tuple[list[QueryWord], tuple["SynonymUse", ...], str]:
    """The words of a query with what customers mean by them among their alternatives, which those were, and its language.

    That is "" where no other than the first of `langs` is told by them.
    `langs` are the query's language and those of the cards. A word that the heading of a card holds means in this base
    what it says, and gets nothing beside it in its language. Of another language's list are taken wordings with a word that
    no card has, and all where it has most of the query's words, and more of them than the lists before it. Where cards
    have every word, and none is written with more than ASCII, no other list is looked at. Unless `exact`, a long word that
    no card has is taken for the wording that differs by one slip, which is searched itself, and means what it says where a
    heading has it.
    """
    lang, has_english = language_code(langs[0]), "en" in map(language_code, langs)
    widened: list[QueryWord] = list(words)
    uses: list[SynonymUse] = []
    most, told = _MOST_CHANCE, ""
    lists = _choose_lists(text, lang)
    if lists[:1] == [lang] and text.isascii() and all(_is_held(index, word, WORD_FIELDS) for word in words):
        lists = [lang]
    strange = () if exact else _list_strange(index, words)
    for code in lists:
        is_own = code == lang
        read = strange if is_own or code in GRAM_LANGUAGES else ()
        found = list(_find_wordings(words, text, code, read, is_own=is_own))
        covered = sum(len(run) for _, run, _ in found)
        is_told = is_own or (covered > most and 2 * covered > len(words))
        most = max(most, covered)
        for wording, run, meaning in found:
            there = [words[place] for place in run]
            if not is_told and all(_is_held(index, word, WORD_FIELDS) for word in there):
                continue
            right = (wording,) if is_own and not set(run).isdisjoint(strange) else ()
            there += analyse(" ".join(right))
            is_strange = not any(_is_held(index, word, tuple(HEADING_FIELDS)) for word in there)
            meant = (
                *((*right, *meaning.own) if is_strange else ()),
                *(meaning.english if has_english else ()),
            )
            if meant:
                _add_meant(widened, run, meant, analyse)
                uses += _note_uses(wording, meant)
                told = told or _tell_language(code, wording, langs)
    return widened, tuple(uses), "" if told == lang else told


def _tell_language(code: str, wording: str, langs: Sequence[str]) -> str:
    """The language of a wording: that of its list, or the one of `langs` in whose script what it means there is written.

    A word that only has a wording in it tells none.
    """
    meaning = read_list(code).get(wording)
    if meaning is None or code != "latn":
        return code if meaning else ""
    script, codes = find_script(" ".join(meaning.own)), map(language_code, langs)
    return next((lang for lang in codes if SCRIPT_OF.get(lang, "latin") == script != "latin"), "")


def _choose_lists(text: str, lang: str) -> list[str]:
    """The languages whose lists are looked at: that of the query, and others that are written in its script."""
    script = find_script(text)
    if script == "kana":
        return ["ja"]
    others = [
        code for code in LANGUAGES if SCRIPT_OF.get(code, "latin") == script and code not in (lang, "en")
    ]
    return [*((lang,) if lang in LANGUAGES else ()), *others]


def _list_strange(index: Statistics, words: Sequence[QueryWord]) -> list[int]:
    """The places of words that no card has, of letters and long enough to tell what was meant."""
    return [
        place
        for place, word in enumerate(words)
        if len(word.text) >= _LONG and word.text.isalpha() and not _is_held(index, word, WORD_FIELDS)
    ]


def _put_right(text: str, known: Mapping[str, Meaning]) -> str:
    """The wording that a word differs from by one slip, not in the first letter; the word where there is none."""
    from kbcli.knowledge.search.spellings import count_slips

    if text in known:
        return text
    alike = (one for one in known if one[0] == text[0] and abs(len(one) - len(text)) < 2)
    return next((one for one in alike if count_slips(text, one, 1) == 1), text)


def _read_glued(text: str, known: Mapping[str, Meaning], *, fewest: int) -> dict[str, Meaning]:
    """A word with what the wordings mean that it begins and ends with: `rechnungsadresse`; nothing where these are fewer."""
    places = range(2, len(text) - _SHORTEST_PART + 1)
    first = next((text[:-place] for place in places if text[:-place] in known), "")
    last = next((text[place:] for place in places if text[place:] in known), "")
    found = [known[part] for part in (first, last) if part]
    own, english = ([one for meaning in found for one in meaning[kind]] for kind in (0, 1))
    return {text: Meaning(tuple(own), tuple(english))} if len(found) >= fewest else {}


def _find_wordings(
    words: Sequence[QueryWord], text: str, code: str, strange: Sequence[int], *, is_own: bool
) -> Iterator[tuple[str, list[int], Meaning]]:
    """The wordings of a list that were typed, the longest first, with the places of their words; none overlaps another.

    In `strange` places a word may be misspelt, in the query's own language, or glued together.
    """
    if code in _IN_PIECES:
        known = read_list(code)
        folded = _fold(text, code)
        texts = [word.text for word in words]
        if code == "zh":
            folded, texts = simplify(folded), list(map(simplify, texts))
        sought = [(wording, split_grams(wording.split()[0], 2)) for wording in known if wording in folded]
    else:
        texts = [_fold(word.text, code) for word in words]
        if not strange and SCRIPT_OF.get(code, "latin") == "latin" and not _has_any(code, texts):
            return
        known = read_list(code)
        for place in strange:
            texts[place] = _put_right(texts[place], known) if is_own else texts[place]
            if code in GRAM_LANGUAGES and texts[place] not in known:
                known = {**known, **_read_glued(texts[place], known, fewest=1 if is_own else 2)}
        runs = (texts[start : start + size] for size in range(_LONGEST, 0, -1) for start in range(len(texts)))
        sought = [(" ".join(run), run) for run in runs if " ".join(run) in known]
    taken: set[int] = set()
    for wording, parts in sorted(dict(sought).items(), key=lambda item: -len(item[0])):
        starts = (start for start in range(len(texts)) if texts[start : start + len(parts)] == parts)
        for run in (list(range(start, start + len(parts))) for start in starts):
            if taken.isdisjoint(run):
                taken.update(run)
                yield wording, [place for place in run if words[place].required] or run, known[wording]
                break


def _add_meant(
    widened: list[QueryWord],
    run: Sequence[int],
    meant: Sequence[str],
    analyse: Callable[[str], list[QueryWord]],
) -> None:
    from kbcli.knowledge.search.synonyms import deal_out

    for other in meant:
        deal_out(widened, run, analyse(other))


def _note_uses(wording: str, meant: Sequence[str]) -> "list[SynonymUse]":
    from kbcli.knowledge.search.explanation import SynonymUse

    return [SynonymUse(wording, other) for other in meant if other != wording]


def _is_held(index: Statistics, word: QueryWord, fields: Sequence[str]) -> bool:
    return any(index.document_frequency(field, term) for field in fields for term, _ in word.terms)
