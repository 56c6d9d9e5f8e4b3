"""A word that the base does not have is searched by those of the base that are spelled nearly so, in every alphabet.

Every word that differs by one slip (a letter more, less or another, two neighbours swapped) is looked
up, so that the time does not grow with the vocabulary. Slips are tried on the stem of the word and, since
one in an ending keeps it from being stemmed, on the word as typed, in the language of the query.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice
from math import log
from unicodedata import category, normalize

from kbcli.foundation.text.languages import (
    SCRIPT_OF,
    find_script,
    fold_accents,
    fold_roughly,
    is_hangul,
    is_unspaced,
    language_code,
    normalise_word,
    word_start,
)
from kbcli.foundation.text.pipeline import (
    QueryWord,
    StemMemo,
    find_matches,
    gram_terms,
    hangul_stem,
    split_grams,
    stem_memo,
)
from kbcli.foundation.text.words import CHUNK, LONGEST
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.formula import HEADING_FIELDS
from kbcli.knowledge.index.port import Question, one_of
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import WORD_FIELDS
from kbcli.knowledge.search.context import SearchContext, TextReader, hold_words
from kbcli.knowledge.search.query_words import is_known

SPELLING_WEIGHT = 0.6
"""How much a near spelling counts beside the word that was typed."""

LONG_WEIGHT = 0.9
"""The same of a long word, which hardly any other is spelled like by chance."""

MOST_NEAR = 2
"""So many spellings are searched for one word."""

_MOST_WORDS = 4
"""So many words of a query are looked at."""

_FEW = 4
"""So many words of a query, without any that asks or connects, are typed in haste: a short one may have any slip."""

_SHORTEST, _FIRM, _TELLING, _LONG = 4, 6, 7, 8
"""Letters of a word. A shorter one is left alone: it has too many neighbours. Below the second only slips are tried
that hardly make another word: letters swapped, doubled, or not doubled. From the third on it is looked for in other
languages than the query's, from the fourth on a slip may change what the stemmer takes away, and two are looked for."""

_START, _ENDING = 3, 5
"""Letters that a word begins with, and that an ending has at most."""
_FEWEST_SYLLABLES = 3
_VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d"
_SYLLABLE = rf"\w(?:[{_VIRAMAS}]\w|\W)*"
_PARTS = re.compile(r"-|['’]s$")
_IDLE = ",:'\"=/\\~^$%&-_."
_LOOKED_UP = ("title", "aliases", "body")
_MOST_LINES = 12
_MOST_EXAMPLES = 3
_MOST_SCANNED = 20_000
_LEADS, _VOWELS, _TAILS = range(19), range(21), range(28)


class Spelling(NamedTuple):
    """A word that no card has, and the index terms, or two words for one, that are searched beside it, best first.

    `lang` is the language of cards that have these (ISO 639-1), "" where they were not looked for in one.
    """

    typed: str
    terms: tuple[str, ...]
    lang: str = ""


class SpellingUse(NamedTuple):
    """A word that no card has, and what was searched for beside it, as cards write it, best first."""

    typed: str
    searched: tuple[str, ...]


_Slip = tuple[str, int, bool]
"""A word with one slip: its text, where the slip is, and whether it is one that hardly makes another word."""


def add_spellings(
    context: SearchContext, words: Sequence[QueryWord], text: str
) -> tuple[list[QueryWord], tuple[Spelling, ...]]:
    """The words of a query, with near spellings among the alternatives of those that no card has, and which those are.

    `text` is what was typed. Codes, names in mixed case and words of scripts without an alphabet are left alone.
    """
    unknown = {word.text: word for word in words if not is_known(context.index, word)}
    found: list[Spelling] = []
    widened: dict[str, list[QueryWord]] = {}
    typed = dict.fromkeys(part for part in _list_plain(text) if part in unknown)
    for part in islice(typed, _MOST_WORDS):
        if is_hangul(part[0]):
            near, lang = _find_hangul(context, part, unknown), ""
            widened |= {text: [word] for text, word in _widen_hangul(part, near, unknown).items()}
        else:
            # A word that was put right tells the language of the next.
            near, lang = _find_near(context, list(_put_in(words, widened)), part)
            widened[part] = _widen(context, unknown[part], near)
        if near:
            found.append(Spelling(part, near, lang))
    return list(_put_in(words, widened)), tuple(found)


def _put_in(words: Sequence[QueryWord], widened: Mapping[str, list[QueryWord]]) -> Iterator[QueryWord]:
    for word in words:
        yield from widened.get(word.text, (word,))


def _list_plain(text: str) -> Iterator[str]:
    """The words of a text that are nothing but letters of an alphabet, long enough to tell what was meant.

    A Korean word comes without its particle, as the words of the query have it.
    """
    shouts = text.isupper()
    for chunk in CHUNK.findall(text):
        for part in _PARTS.split(chunk.strip(_IDLE)):
            if not part or len(part) > LONGEST or any(category(sign)[0] not in "LM" for sign in part):
                continue
            if is_hangul(part[0]):
                word = normalise_word(part)
                yield (hangul_stem(word) or [word])[0]
            elif len(part) < _SHORTEST or any(map(is_unspaced, part)):
                continue
            elif shouts or part[1:] == part[1:].lower():
                yield part


def _widen(context: SearchContext, word: QueryWord, near: Sequence[str]) -> list[QueryWord]:
    """A word with the spellings near it; what was written in one as its two words."""
    if near and " " in near[0]:
        return [part._replace(weight=SPELLING_WEIGHT) for part in context.analyse(near[0])]
    weight = LONG_WEIGHT if len(word.text) >= _LONG else SPELLING_WEIGHT
    terms = (*word.terms, *((term, weight) for term in near))
    return [word._replace(terms=terms, grams=tuple(gram_terms(near[:1], context.lang)) or word.grams)]


def _find_near(context: SearchContext, words: Sequence[QueryWord], typed: str) -> tuple[tuple[str, ...], str]:
    """The best terms near a word, and the language of the cards that have them.

    That is the query's, else, if nothing tells it, any. Else it is read as two words, or as the beginning of longer ones.
    A long word tells a language itself in which cards have the other words too. Two slips are looked for only where no
    card has any word of the query.
    """
    written = [lang for lang in context.langs if SCRIPT_OF.get(lang, "latin") == find_script(typed)]
    if not written and find_script(typed) != "latin":
        # No card is written in its script. Latin words stand in all.
        return (), ""
    near = _choose_held(context, typed, [context.lang], _find_terms)
    if near[0]:
        return near
    known = [word for word in words if is_known(context.index, word)]
    others = _list_others(context, known, typed, written)
    near = _choose_held(context, typed, others, _find_terms)
    if not near[0] and len(known) < _FEW and not any(word.is_function for word in words):
        near = _choose_held(context, typed, [context.lang], _find_titled)
    near = near if near[0] else (_split(context, typed), "")
    near = near if near[0] else _choose_held(context, typed, [context.lang, *others], _complete)
    if near[0] or known:
        return near
    return _choose_held(context, typed, [context.lang, *others], _scan_terms)


def _list_others(
    context: SearchContext, known: Sequence[QueryWord], typed: str, written: Sequence[str]
) -> list[str]:
    """The languages, of those written in the script of a word, that it may be in beside the query's."""
    if not any(word.is_function or _is_held(context, context.lang, word) for word in known):
        return list(written)
    if len(typed) < _TELLING or any(word.is_function for word in known):
        return []
    return [lang for lang in written if all(_is_held(context, lang, word) for word in known)]


def _choose_held(
    context: SearchContext,
    typed: str,
    langs: Sequence[str],
    find: Callable[[SearchContext, str, str], list[str]],
) -> tuple[tuple[str, ...], str]:
    """The best terms that are found in the first language in which cards hold any of them, and that language."""
    for lang in langs:
        held = (term for term in find(context, typed, lang) if _is_held(context, lang, _make_word(term)))
        if near := tuple(islice(held, MOST_NEAR)):
            return near, lang
    return (), ""


def _is_held(context: SearchContext, lang: str, word: QueryWord) -> bool:
    """Whether a card in a language holds a word."""
    if context.langs == (lang,):
        return True
    # Mostly one of the few that hold it most often tells.
    find = context.index.find_examples
    examples = (record for term, _ in word.terms for record in find("body", term, _MOST_EXAMPLES))
    if any(language_code(record.lang) == lang for record in examples):
        return True
    asked = Question(all_of=(one_of(("lang", lang)), hold_words([word], WORD_FIELDS)))
    return context.index.candidates(asked, 0).total > 0


def _make_word(term: str) -> QueryWord:
    return QueryWord(term, ((term, 1.0),))


def _find_terms(context: SearchContext, typed: str, lang: str) -> list[str]:
    """The terms that differ from a word by one slip, best first.

    Slips in the first letters are looked for one by one: the unusual ones in titles and aliases only where nothing else is found.
    """
    word, stem, slips = _list_slips(context, typed, lang)
    # One look at all terms that begin so takes less time than one for each.
    begins = stem[: _START if word.isascii() else _START - 1]
    near = [(term, is_usual) for term, (_, is_usual) in slips.items() if len(term) > 1]
    if len(word) < _FIRM:
        near = [
            (term, is_usual)
            for term, is_usual in near
            if is_usual or (len(word) == _FIRM - 1 and len(term) > len(stem))
        ]
    others = [(term, is_usual) for term, is_usual in near if not term.startswith(begins)]
    usual = [term for term, is_usual in others if is_usual]
    unusual = [term for term, is_usual in others if not is_usual]
    known = _scan_start(context, begins) | _count_known(context, usual)
    known |= context.index.count_known("body", unusual)
    counts = {term: known[term] for term, _ in near if term in known} or _count_known(context, unusual)
    return _rank_terms(counts, slips)


def _find_titled(context: SearchContext, typed: str, lang: str) -> list[str]:
    """The terms of headings that differ from a short word by any slip behind its first letter, best first."""
    word, _, slips = _list_slips(context, typed, lang)
    near = [term for term, (place, _) in slips.items() if place and len(term) > 1]
    return _rank_terms(_count_known(context, near, HEADING_FIELDS), slips) if len(word) < _FIRM else []


def _rank_terms(counts: Mapping[str, int], slips: Mapping[str, tuple[int, bool]]) -> list[str]:
    worth = {term: log(1 + count) + slips[term][1] - (not slips[term][0]) for term, count in counts.items()}
    return sorted(counts, key=lambda term: (-worth[term], term))


def _list_slips(
    context: SearchContext, typed: str, lang: str
) -> tuple[str, str, Mapping[str, tuple[int, bool]]]:
    """A word as it is stemmed, its stem, and by term that differs by one slip where that is, and whether it is usual."""
    word, memo = _read_word(typed, lang)
    stem = memo[word][0]
    slips = {text: (place, is_usual) for text, place, is_usual in _vary(stem)}
    varied = list(_vary(word))
    for term, (_, place, is_usual) in zip(
        memo.list_stems([text for text, _, _ in varied]), varied, strict=True
    ):
        # A slip in the beginning may keep an ending on, or take it away: dfferent has another than different.
        is_plain = place < _START or place >= len(term) - 1 > 1
        if len(word) < _FIRM or is_plain or len(word) >= _LONG <= len(term) + 4:
            slips.setdefault(term, (place, is_usual))
    if "\u0900" <= stem[:1] <= "\u0dff":
        for text, is_usual in _vary_syllables(word):
            slips.setdefault(memo[text][0], (1, is_usual))
        for term, is_usual in _find_with_syllable(context, stem):
            slips.setdefault(term, (1, is_usual))
    return word, stem, slips


def _vary_syllables(word: str) -> Iterator[tuple[str, bool]]:
    """A word of an Indic script without one of its syllables but the first, or with two swapped, and whether that is usual."""
    units = list_units(word)
    for place in range(1, len(units)):
        before, after = units[:place], units[place + 1 :]
        yield "".join([*before, *after]), units[place] == units[place - 1]
        yield "".join([*before, *after[:1], units[place], *after[1:]]), True


def _find_with_syllable(context: SearchContext, stem: str) -> Iterator[tuple[str, bool]]:
    """The terms that have one syllable of an Indic script more than a stem, which is usual, or another for one, but the first."""
    units = list(map(re.escape, list_units(stem)))
    starts = [("".join(units[:place]) + _SYLLABLE, units[place:]) for place in range(1, len(units) + 1)]
    more = re.compile("|".join(start + "".join(rest) for start, rest in starts))
    other = re.compile("|".join(start + "".join(rest[1:]) for start, rest in starts if rest))
    for term in _scan_start(context, stem[:1]) if len(units) >= _FEWEST_SYLLABLES else ():
        if more.fullmatch(term):
            yield term, True
        elif len(units) > _FEWEST_SYLLABLES and other.fullmatch(term):
            yield term, False


def _complete(context: SearchContext, typed: str, lang: str) -> list[str]:
    """The terms of headings that begin with a word, which was cut short: `appl` for “application”. The commonest first."""
    start = _read_word(typed, lang)[0]
    counts: dict[str, int] = {}
    for field in HEADING_FIELDS:
        for term, count in islice(context.index.terms(field, start), _MOST_SCANNED):
            counts[term] = max(counts.get(term, 0), count)
    return sorted(counts, key=lambda term: (-counts[term], term))


def _scan_start(context: SearchContext, start: str) -> dict[str, int]:
    """The terms that begin so, and in how many cards each stands."""
    counts: dict[str, int] = {}
    for field in WORD_FIELDS:
        for term, count in islice(context.index.terms(field, start), _MOST_SCANNED):
            counts[term] = max(counts.get(term, 0), count)
    return counts


def _scan_terms(context: SearchContext, typed: str, lang: str) -> list[str]:
    """The terms that begin as a long word does and differ by two slips, those of the most cards first."""
    word, memo = _read_word(typed, lang)
    stem = memo[word][0]
    if len(word) < _LONG:
        return []
    signs = set(stem)
    counts = {
        term: count
        for term, count in _scan_start(context, stem[:2]).items()
        if len(signs.symmetric_difference(term)) <= 4 and count_slips(stem, term, 2) <= 2
    }
    return sorted(counts, key=lambda term: (-counts[term], term))


def _read_word(typed: str, lang: str) -> tuple[str, StemMemo]:
    """A word as it is stemmed, and what gives its stems in a language."""
    script, word = find_script(typed), normalise_word(typed)
    return (fold_accents(word) if script == "latin" else word), stem_memo(script, lang)


def _count_known(
    context: SearchContext, terms: Sequence[str], fields: Iterable[str] = _LOOKED_UP
) -> dict[str, int]:
    """Those of the terms that cards hold, and in how many each stands."""
    counts: dict[str, int] = {}
    for field in fields:
        for term, count in context.index.count_known(field, terms).items():
            counts[term] = max(counts.get(term, 0), count)
    return counts


def _split(context: SearchContext, typed: str) -> tuple[str, ...]:
    """The two words of the base that were written in one, the commonest (`mailmerge` → `mail merge`), if there are any."""
    text = normalise_word(typed)
    if not text.isascii():
        return ()
    halves = [(text[:place], text[place:]) for place in range(3, len(text) - 2)]
    terms = {
        part: [term for word in context.analyse(part) for term, _ in word.terms]
        for pair in halves
        for part in pair
    }
    known = _count_known(context, list(dict.fromkeys(chain.from_iterable(terms.values()))))
    counts = {
        pair: min(max((known.get(term, 0) for term in terms[part]), default=0) for part in pair)
        for pair in halves
    }
    best = max(halves, key=counts.__getitem__, default=("", ""))
    return (" ".join(best),) if counts.get(best) else ()


def _vary(word: str, start: int = 0) -> Iterator[_Slip]:
    """Every text that differs from a word by one slip from a place on."""
    signs = _list_signs(word[:1])
    for place in range(start, len(word) + 1):
        before, after = word[:place], word[place:]
        last, first = before[-1:], after[:1]
        if after:
            yield before + after[1:], place, first == last
            if first != after[1:2] != "":
                yield before + after[1] + first + after[2:], place, True
            for sign in signs:
                yield before + sign + after[1:], place, False
        for sign in signs:
            yield before + sign + after, place, sign in (last, first)


@cache
def _list_signs(sign: str) -> str:
    """The letters and marks of the script that a character belongs to."""
    if sign.isascii():
        return "abcdefghijklmnopqrstuvwxyz"
    block = ord(sign) & ~0x7F
    signs = map(chr, range(block, block + 128))
    return "".join(sign for sign in signs if category(sign) in ("Ll", "Lo", "Mn", "Mc"))


def _find_hangul(context: SearchContext, typed: str, unknown: Mapping[str, QueryWord]) -> tuple[str, ...]:
    """Korean words of as many syllables that differ by one jamo, or by two syllables swapped."""
    pairs = split_grams(typed, 2)
    if len(typed) < 2 or not any(pair in unknown for pair in pairs):
        return ()
    others: list[str] = []
    for place in range(len(typed)):
        before, sign, after = typed[:place], typed[place], typed[place + 1 :]
        others += [before + other + after for other in _vary_syllable(sign)]
        others += [before + after[:1] + sign + after[1:]]
    varied = _count_known(context, [other for other in dict.fromkeys(others) if other != typed])
    return tuple(sorted(varied, key=lambda other: (-varied[other], other))[:1])


def _widen_hangul(typed: str, near: Sequence[str], unknown: Mapping[str, QueryWord]) -> dict[str, QueryWord]:
    """The unknown ones of a Korean word and its pairs of syllables, each with what stands there in a near spelling."""
    widened = {}
    for other in near:
        for old, new in zip([typed, *split_grams(typed, 2)], [other, *split_grams(other, 2)], strict=True):
            if old in unknown and old != new:
                word = unknown[old]
                widened[old] = word._replace(terms=(*word.terms, (new, SPELLING_WEIGHT)))
    return widened


def _vary_syllable(sign: str) -> list[str]:
    """Hangul syllables that differ by one jamo (Unicode 3.12, conjoining jamo behaviour)."""
    if not "\uac00" <= sign <= "\ud7a3":
        return []
    code = ord(sign) - 0xAC00
    lead, vowel, tail = code // 588, code % 588 // 28, code % 28
    varied = [(other, vowel, tail) for other in _LEADS]
    varied += [(lead, other, tail) for other in _VOWELS]
    varied += [(lead, vowel, other) for other in _TAILS]
    return [chr(0xAC00 + first * 588 + second * 28 + third) for first, second, third in varied]


def show_spellings(context: SearchContext, spellings: Sequence[Spelling]) -> tuple[SpellingUse, ...]:
    """Spellings as cards write them."""
    return tuple(
        SpellingUse(typed, tuple(dict.fromkeys(_show(context, typed, term) for term in terms)))
        for typed, terms, _ in spellings
    )


def _show(context: SearchContext, typed: str, term: str) -> str:
    """The word behind a term as some card writes it, in the form most like what was typed."""
    forms: set[str] = set()
    wanted = fold_roughly(typed)
    for field in ("title", "aliases", "body"):
        if " " in term or any(count_slips(wanted, fold_roughly(form), 1) <= 1 for form in forms):
            break
        for record in context.index.find_examples(field, term, 1 if field == "body" else 5):
            lines = _list_lines(context.texts, record, field)
            forms |= _find_forms(lines, term, record)
    return min(
        forms,
        key=lambda form: (count_slips(wanted, fold_roughly(form), 3), form.isupper(), form),
        default=term,
    )


def _list_lines(texts: TextReader, record: CardRecord, field: str) -> list[str]:
    if field == "title":
        return [record.title]
    return (texts.read_header(record) if field == "aliases" else texts.read_body(record)).split("\n")


def _find_forms(lines: Sequence[str], term: str, record: CardRecord) -> set[str]:
    """The spellings in which the term stands in the lines, lower case but for names."""
    word, forms = QueryWord(term, ((term, 1.0),)), set[str]()
    start = word_start(term)
    for line in islice((line for line in lines if start in fold_roughly(line)), _MOST_LINES):
        forms |= {line[begin:end] for begin, end, _ in find_matches(line, [word], record.lang)}
    if record.lang.startswith("de"):
        return forms
    return {form if form.isupper() or not form[:1].isupper() else form.lower() for form in forms}


def list_units(word: str) -> Sequence[str]:
    """What counts as one slip in a word: a letter; a jamo of Hangul; a whole syllable of an Indic script."""
    if word.isascii():
        return word
    if any("\uac00" <= sign <= "\ud7a3" for sign in word):
        return normalize("NFD", word)
    if not any("\u0900" <= sign <= "\u0dff" for sign in word):
        return word
    clusters: list[str] = []
    for sign in word:
        virama = bool(clusters) and clusters[-1][-1] in _VIRAMAS
        if clusters and (category(sign).startswith("M") or virama):
            clusters[-1] += sign
        else:
            clusters.append(sign)
    return clusters


def count_slips(first: str, second: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words; `most` + 1 for more.

    Optimal string alignment over `list_units`, or over code points where those are nearer.
    """
    if first == second:
        return 0
    best = _align(list_units(first), list_units(second), most)
    if best > 1 and not first.isascii() and not second.isascii():
        best = min(best, _align(first, second, most))
    return best


def _align(first: Sequence[str], second: Sequence[str], most: int) -> int:
    if abs(len(first) - len(second)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(second) + 1))
    for row, sign in enumerate(first, 1):
        line = [row]
        for column, other in enumerate(second, 1):
            value = min(above[column] + 1, line[-1] + 1, above[column - 1] + (sign != other))
            if row > 1 and column > 1 and sign == second[column - 2] and other == first[row - 2]:
                value = min(value, before[column - 2] + 1)
            line.append(value)
        if min(line) > most:
            return most + 1
        before, above = above, line
    return min(above[-1], most + 1)
