"""From what was typed to the words that cards are ranked by: those typed, what stands for them, the telling ones."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from heapq import nlargest
from itertools import islice
from math import log

from kbcli.foundation.text.languages import fold_accents, function_words, is_unspaced, normalise_word
from kbcli.foundation.text.pipeline import IDENTIFIER_WEIGHT, QueryWord
from kbcli.foundation.text.signs import is_sign
from kbcli.foundation.text.words import CHUNK
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.index.formula import HEADING, HEADING_FIELDS
from kbcli.knowledge.index.port import Frequencies, Vocabulary
from kbcli.knowledge.index.schema import WORD_FIELDS
from kbcli.knowledge.search.context import SearchContext
from kbcli.knowledge.search.customers_words import widen_by_list
from kbcli.knowledge.search.query import Query

if TYPE_CHECKING:
    from kbcli.knowledge.search.explanation import SynonymUse
    from kbcli.knowledge.search.spellings import Spelling
    from kbcli.knowledge.search.synonyms import Synonyms

MOST_WORDS = 40
"""Words of a query that are ranked by; of more, the telling ones are chosen as from a ticket."""

TELLING_WORDS = 96
"""How many words of a long text find what all of them would (nDCG@10 of half a text looking for its
other half, Cranfield, before words faded: 64 words .847, 96 and all .849)."""

_MOST_CONSIDERED = 450
"""Different words of a text that are looked up. What holds more of them is mostly pasted."""

MOST_PASTED = 150
"""The same of its log."""

_FEWEST_WORDS = 24
_MOST_POSTINGS = 30_000
"""After so many words, those that would bring more postings to go through are left out."""

_FADE = 320
"""A word counts half where so many different ones stand before it: people say first what they want."""

_MOST_REPEATED = 4
"""A word that stands there more often counts no more: it belongs to a form or to what was pasted."""

_FURTHER_WORDS = 60
"""So many words of a log count in full; more of them count less each, so that together they count no more."""

_BESIDE = 0.3
"""How much a word of an earlier message counts beside one of the question."""

_FUNCTION_WORD = 0.1

_MOST_KEYWORDS = 4
"""So many words and no function word are typed for search, not said."""

CHARACTER_WEIGHT = 0.5
"""How much a single character counts beside a pair: alone it tells less."""

_HAN = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))

_MOST_SCANNED = 20_000
_MOST_TERMS = 300


def is_known(statistics: Frequencies, word: QueryWord) -> bool:
    """Whether any card holds the word."""
    return any(statistics.document_frequency(field, term) for term, _ in word.terms for field in WORD_FIELDS)


def drop_punctuation(statistics: Frequencies, words: list[QueryWord], *, keep: bool) -> list[QueryWord]:
    """The words without those of ASCII signs that no card holds, or without all (not `keep`), where there are others."""
    if not any(is_sign(word.text) for word in words):
        return words
    kept = [word for word in words if not is_sign(word.text) or (keep and is_known(statistics, word))]
    return kept or words


class Understood(NamedTuple):
    """The words to rank by, and the synonyms and near spellings that are among their alternatives.

    `told` is the language (ISO 639-1) that these say the query is in, where it was taken for another.
    """

    words: list[QueryWord]
    uses: tuple["SynonymUse", ...] = ()
    spellings: tuple["Spelling", ...] = ()
    told: str = ""


def is_sentence(context: SearchContext, query: Query) -> bool:
    """Whether a query asks or tells something, beside what it quotes, and is not a few keywords."""
    words = context.analyse(" ".join(query.words))
    return sum(word.required for word in words) > _MOST_KEYWORDS or any(word.is_function for word in words)


def find_query_words(
    context: SearchContext, query: Query, synonyms: "Synonyms | None", *, exact: bool = False
) -> Understood:
    """The words to rank by: those of words, phrases, titles and prefixes, in the order typed.

    Synonyms are among their alternatives and, unless `exact`, near spellings of those that no card has, and names
    that sound like those of a script without cards.
    """
    index = context.index
    text = _join(query.words)
    typed = list_words(index, query, context.analyse)
    is_long = _is_long(query, typed)
    further = " ".join((*query.phrases, *query.titles))
    words = [*typed, *context.analyse(further)]
    if context.lang == "zh":
        # Where cards are in Japanese too, what they hold may be meant in it: 認証 is no slip for 认证.
        is_shared = "ja" in context.langs
        words = [word if is_shared and is_known(index, word) else _respell(index, word) for word in words]
        typed = words[: len(typed)]
    uses: tuple[SynonymUse, ...] = ()
    told = ""
    # Of a whole text customers' words tell little, unless no card is in its language.
    if context.config.customers_words and (not is_long or context.spoken != context.lang):
        words, uses, told = widen_by_list(
            index, words, text, (context.spoken, *context.langs), context.analyse, exact=exact
        )
    if is_long:
        rest = words[len(typed) :]
        typed = select_telling_words(index, list(map(_lower_name, words[: len(typed)])))
        words = [*typed, *rest]
    if synonyms is not None and synonyms.groups and words:
        from kbcli.knowledge.search.synonyms import widen_words

        words, further_uses = widen_words(words, f"{text} {further}", synonyms, context.analyse)
        uses += further_uses
    spellings: tuple[Spelling, ...] = ()
    if not exact and not query.is_ticket and not all(is_known(index, word) for word in words):
        from kbcli.knowledge.search.spellings import add_spellings

        words, spellings = add_spellings(context, words, f"{text} {further}")
        told = told or next((one.lang for one in spellings if one.lang not in ("", context.lang)), "")
    if typed and not text.isascii() and not query.is_ticket and len(typed) <= MOST_WORDS:
        signs, further_uses = _read_signs(context, words[: len(typed)], text, exact=exact)
        words += signs
        uses += further_uses
    for prefix in query.prefixes:
        words += expand_prefix(context, prefix)
    return Understood(words, uses, spellings, told)


def _read_signs(
    context: SearchContext, meant: Sequence[QueryWord], text: str, *, exact: bool
) -> tuple[list[QueryWord], "tuple[SynonymUse, ...]"]:
    """Single characters beside the words of a text, and the names that it sounds like, with which those were."""
    found = find_characters(context.index, meant, context.lang)
    known = {word.text for word in meant if is_known(context.index, word)}
    if exact or len(known) == len({word.text for word in meant}):
        return found, ()
    from kbcli.knowledge.search.sounds import find_by_sound

    sounding, uses = find_by_sound(context, text, known)
    return [*found, *sounding], uses


def _respell(index: Frequencies, word: QueryWord) -> QueryWord:
    """A pair of Chinese characters with its spellings in the other script that cards hold among its alternatives."""
    from kbcli.foundation.text.han import respell

    if word.text.isascii() or len(word.text) > 2:
        return word
    others = [(text, 1.0) for text in respell(word.text)]
    held = [other for other in others if is_known(index, QueryWord(word.text, (other,)))]
    return word._replace(terms=(*word.terms, *held)) if held else word


def gather_words(
    vocabulary: Frequencies, query: Query, analyse: Callable[[str], list[QueryWord]]
) -> list[QueryWord]:
    """The words of a query as it was typed, of a long one the telling ones; its phrases and prefixes are left out."""
    typed = list_words(vocabulary, query, analyse)
    return select_telling_words(vocabulary, typed) if _is_long(query, typed) else typed


def _lower_name(word: QueryWord) -> QueryWord:
    """A word, no more than that if it is a NAME: in whole texts capitals mark headings, products and people too."""
    if not word.is_identifier or not word.text.isalpha():
        return word
    return word._replace(is_identifier=False, weight=word.weight / IDENTIFIER_WEIGHT)


def _is_long(query: Query, words: Sequence[QueryWord]) -> bool:
    return query.is_ticket or len(words) > MOST_WORDS


def list_words(
    vocabulary: Frequencies, query: Query, analyse: Callable[[str], list[QueryWord]]
) -> list[QueryWord]:
    """The words of a query as it was typed, all of them; its phrases and prefixes are left out."""
    typed = analyse(_join(query.words))
    if query.pasted:
        typed = add_words(typed, analyse(thin_text(" ".join(query.pasted), MOST_PASTED)), 1.0)
    if query.beside:
        typed = add_words(typed, analyse(thin_text(" ".join(query.beside), MOST_PASTED)), _BESIDE)
    if query.is_ticket:
        from kbcli.knowledge.search.courtesies import is_courtesy

        telling = [word for word in typed if not is_courtesy(word)]
        # Who says nothing else asks for that.
        if any(word.required and is_known(vocabulary, word) for word in telling):
            typed = telling
    return drop_punctuation(vocabulary, typed, keep=not query.is_ticket)


def _join(words: Sequence[str]) -> str:
    """The text of a query, of one that is long thinned, and without the version of HTTP that a status is told in."""
    text = " ".join(words)
    if "HTTP/" in text:
        text = re.sub(r"\bHTTP/\d(?:\.\d)?(?=\W+\d{3}\b)", "", text)
    return thin_text(text)


def thin_text(text: str, limit: int = _MOST_CONSIDERED) -> str:
    """A text with at most `limit` different words: the first ones, then the most repeated of the rest.

    People say first what they want; what follows and matters is said more than once. A text that
    holds no more is left as it is.
    """
    words = CHUNK.findall(text)
    counts = Counter(words)
    if len(counts) <= limit:
        return text
    firsts = 2 * limit // 3
    different = list(counts)
    repeated = sorted(different[firsts:], key=lambda word: -counts[word])
    kept = {*different[:firsts], *repeated[: limit - firsts]}
    return " ".join(word for word in words if word in kept)


def add_words(words: Sequence[QueryWord], further: Sequence[QueryWord], share: float) -> list[QueryWord]:
    """The words of a question and behind them the further ones that it does not say itself, each once, by a share.

    Of many that share gets smaller.
    """
    own = set(words)
    added = [word for word in dict.fromkeys(further) if word not in own]
    share *= min(1.0, _FURTHER_WORDS / max(1, len(added)))
    return [*words, *(word._replace(weight=word.weight * share) for word in added)]


def select_telling_words(
    vocabulary: Frequencies, words: Sequence[QueryWord], limit: int = TELLING_WORDS
) -> list[QueryWord]:
    """The few words of a long text that say most about what it is about, in the order of the text.

    A word is worth how often it stands there, times its idf, times what a heading that holds it would
    add: about the most that it can give to a score. The further behind it first stands, the less it
    weighs, here and in the ranking. The index is asked for document frequencies only. Words that no
    card holds are left out. A text of few different words is left as it is. A word that is
    repeated stays repeated, up to a bound.

    Among 10,000 cards 400 words find the right one with nDCG@10 .91 (all words: .88), 100 with .86
    (.85), 80 within a log with .86 (.01); `python -m tests.bench.tickets` measures the like.
    """
    counts = Counter(words)
    if len(counts) <= min(limit, _FEWEST_WORDS):
        return list(words)
    faded = {
        word: word._replace(weight=word.weight * _FADE / (_FADE + place)) for place, word in enumerate(counts)
    }
    held = {word: count for word in counts if (count := _count_holders(vocabulary, word))}
    worth = {
        word: min(counts[word], _MOST_REPEATED) * _rate(vocabulary, faded[word], count)
        for word, count in held.items()
    }
    # A heading can make a word worth 1 + HEADING times as much: only so many can still get in.
    hopeful = nlargest(3 * limit, worth, key=worth.__getitem__)
    for word in hopeful:
        if _count_headings(vocabulary, word):
            worth[word] *= 1 + HEADING
    chosen: set[QueryWord] = set()
    postings = 0
    for word in nlargest(limit, hopeful, key=worth.__getitem__):
        if len(chosen) < _FEWEST_WORDS or postings + held[word] <= _MOST_POSTINGS:
            chosen.add(word)
            postings += held[word]
    return [faded[word] for word in _limit_repetitions(words) if word in chosen]


def _limit_repetitions(words: Sequence[QueryWord]) -> Iterator[QueryWord]:
    """The words, each of them at most as often as it may count."""
    seen: Counter[QueryWord] = Counter()
    for word in words:
        seen[word] += 1
        if seen[word] <= _MOST_REPEATED:
            yield word


def _count_holders(vocabulary: Frequencies, word: QueryWord) -> int:
    """About how many bodies hold a word; where none does, how many headings, or else a piece of it."""
    return (
        sum(vocabulary.document_frequency("body", term) for term, _ in word.terms)
        or _count_headings(vocabulary, word)
        or max((vocabulary.document_frequency("grams", gram) for gram in word.grams), default=0)
    )


def _count_headings(vocabulary: Frequencies, word: QueryWord) -> int:
    return sum(
        vocabulary.document_frequency(field, term) for field in HEADING_FIELDS for term, _ in word.terms
    )


def _rate(vocabulary: Frequencies, word: QueryWord, held: int) -> float:
    """The idf of a word times its weight."""
    rate = word.weight * log(1 + vocabulary.doc_count / held)
    return rate * _FUNCTION_WORD if word.is_function else rate


def find_characters(vocabulary: Vocabulary, words: Sequence[QueryWord], lang: str) -> list[QueryWord]:
    """The Han characters of which no pair is known, as query words of their own.

    Who asks 钱能退吗 of a card that says 退款 shares a character with it and no pair. `words` are
    in the order of the text; a pair is known where something is that is meant by it. Function words of the language (ISO 639-1), and characters that no body
    holds, are left out.
    """
    idle = function_words(lang)
    found: dict[QueryWord, None] = {}
    for run in _find_pairs(words):
        known = [is_known(vocabulary, word) for word in run]
        covered = [left or right for left, right in zip([False, *known], [*known, False], strict=True)]
        text = run[0].text + "".join(word.text[1] for word in run[1:])
        for sign, is_covered in zip(text, covered, strict=True):
            if is_covered or sign in idle or not _is_han(sign):
                continue
            if vocabulary.document_frequency("body", sign):
                found[QueryWord(sign, ((sign, 1.0),), CHARACTER_WEIGHT)] = None
    return list(found)


def _find_pairs(words: Sequence[QueryWord]) -> Iterator[list[QueryWord]]:
    """The pairs of each stretch of the query in which one begins with the character that the last ended with."""
    run: list[QueryWord] = []
    for word in words:
        is_pair = len(word.text) == 2 and any(map(_is_han, word.text))
        if run and not (is_pair and word.text[0] == run[-1].text[1]):
            yield run
            run = []
        if is_pair:
            run.append(word)
    if run:
        yield run


def _is_han(sign: str) -> bool:
    return any(first <= sign <= last for first, last in _HAN)


def expand_prefix(context: SearchContext, prefix: str) -> list[QueryWord]:
    """The query words of `prefix*`: one, whose terms are those of the index that begin with it.

    At most the 300 terms that the most cards hold. The index holds stems, so the stem of the prefix itself
    counts too (`organised*` finds “organise”). In a script without spaces any word is found
    inside a longer one anyway, and the prefix is an ordinary word.
    """
    plain = context.analyse(prefix)
    if any(map(is_unspaced, prefix)):
        return plain
    counts: dict[str, int] = {}
    for beginning in find_beginnings(prefix):
        for field in WORD_FIELDS:
            for term, count in islice(context.index.terms(field, beginning), _MOST_SCANNED):
                counts[term] = counts.get(term, 0) + count
    terms = sorted(counts, key=lambda term: (-counts[term], term))[:_MOST_TERMS]
    if len(plain) == 1:
        terms += [term for term, _ in plain[0].terms]
    unique = dict.fromkeys(terms)
    return [QueryWord(f"{prefix}*", tuple((term, 1.0) for term in unique))] if unique else []


def find_beginnings(prefix: str) -> list[str]:
    """What index terms of words with this prefix begin with: as typed, and without joining signs."""
    word = fold_accents(normalise_word(prefix)).lstrip("-_\"'([{")
    return [form for form in dict.fromkeys((word, word.replace("-", "").replace("_", ""))) if form]
