"""Which documents a query lets through: filters and states by conditions of the index, phrases by the texts.

Phrases are verified word for word on the texts of the cards: the index keeps no positions.
"""

from collections.abc import Container, Iterator, Sequence
from datetime import date

from kbcli.config import Config
from kbcli.foundation.disk.paths import fold_name
from kbcli.foundation.text.languages import fold_text, is_hangul, is_unspaced
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.knowledge.index.port import Condition, Vocabulary, hold_any, one_of
from kbcli.knowledge.index.record import TRUST_FIELD, CardRecord, read_trust_term
from kbcli.knowledge.index.schema import WORD_FIELDS
from kbcli.knowledge.search.context import FULL_REACH, SearchContext, hold_words, keep_required
from kbcli.knowledge.search.query import Filter, Query
from kbcli.knowledge.trust.states import TRUSTED, Trust, judge_trust


def _loosen_grams(words: Sequence[QueryWord]) -> Iterator[QueryWord]:
    """Words of scripts without spaces so that a line break in a card may part them.

    Of Han and Kana single characters count instead of pairs. Of the pieces of three of other scripts a break
    parts two that follow each other: of each three in a row one must be there.
    """
    pieces: list[QueryWord] = []
    for word in words:
        is_gram = all(map(is_unspaced, word.text))
        if is_gram and word.text < "\u3000":
            pieces.append(word)
        elif is_gram:
            yield from (QueryWord(sign, ((sign, 1.0),)) for sign in word.text)
        else:
            yield word
    if len(pieces) < 2 * _PARTED:
        yield from pieces if len(pieces) < _PARTED else [_join_words(pieces)]
        return
    whole = len(pieces) // _PARTED * _PARTED
    for start in range(0, whole, _PARTED):
        yield _join_words(pieces[start : start + _PARTED if start + _PARTED < whole else None])


def _join_words(words: Sequence[QueryWord]) -> QueryWord:
    """One word for any of these."""
    return QueryWord(
        "|".join(word.text for word in words), tuple(term for word in words for term in word.terms)
    )


_PARTED = 3


class PhraseFinder:
    """Finds one phrase: `condition` tells which documents may hold it, and their texts which do.

    A phrase without a word has no condition, and is in nothing.
    """

    def __init__(self, phrase: str, context: SearchContext) -> None:
        self._texts = context.texts
        self._folded = fold_text(phrase)
        words = dict.fromkeys(_loosen_grams(keep_required(context.analyse(phrase))))
        self.condition: Condition = hold_words(words, WORD_FIELDS) if self._folded else ()
        self._joins = any(map(is_unspaced, self._folded))
        self._free_start = _is_free(self._folded[:1])
        self._free_end = _is_free(self._folded[-1:])

    def is_in(self, text: str) -> bool:
        """Whether a text holds the phrase, at word bounds where the script has such."""
        text, phrase = fold_text(text, join=self._joins), self._folded
        place = text.find(phrase)
        while place >= 0:
            end = place + len(phrase)
            starts = self._free_start or place == 0 or _is_bound(text[place - 1])
            if starts and (self._free_end or end == len(text) or _is_bound(text[end])):
                return True
            place = text.find(phrase, place + 1)
        return False

    def is_in_card(self, record: CardRecord) -> bool:
        """Whether the title, a tag, an alias or the body of a card holds the phrase. Reads the file."""
        return any(map(self.is_in, (record.title, *record.tags, *record.aliases))) or self.is_in(
            self._texts.read_body(record, FULL_REACH)
        )


def _is_free(sign: str) -> bool:
    return is_unspaced(sign) or is_hangul(sign)


def _is_bound(sign: str) -> bool:
    return sign == " " or is_unspaced(sign)


ARCHIVED = "archived"


class Selection:
    """The documents that may be found: by conditions, and by checks of one card at a time.

    A document must meet each condition of `all_of` and none of `none_of`. `states` are wanted states,
    and whether they are unwanted instead, where the index alone cannot tell. A document must hold each
    of `phrases`, and none of `excluded_phrases`; that its title holds one of `quoted` speaks for it.
    """

    def __init__(self) -> None:
        self.all_of: list[Condition] = []
        self.none_of: list[Condition] = []
        self.states: list[tuple[frozenset[str], bool]] = []
        self.phrases: list[PhraseFinder] = []
        self.quoted: list[PhraseFinder] = []
        self.excluded_phrases: list[PhraseFinder] = []

    def add(self, condition: Condition, *, negated: bool = False) -> None:
        """Let only those through that meet a condition, or that do not."""
        (self.none_of if negated else self.all_of).append(condition)

    @property
    def reads_files(self) -> bool:
        """Whether a check may read the card's file."""
        return bool(self.phrases or self.excluded_phrases)

    @property
    def has_checks(self) -> bool:
        """Whether conditions alone do not decide."""
        return bool(self.states) or self.reads_files

    def passes(self, record: CardRecord, trust: Trust) -> bool:
        """Whether a document that meets the conditions stands up to the checks."""
        return (
            all((trust.state in states) != negated for states, negated in self.states)
            and all(finder.is_in_card(record) for finder in self.phrases)
            and not any(finder.is_in_card(record) for finder in self.excluded_phrases)
        )


def select_documents(context: SearchContext, query: Query, *, quotes: bool = False) -> Selection:
    """What the filters, phrases and excluded words of a query leave; phrases that it only `quotes` leave all."""
    selection = Selection()
    if not any(_asks_archived(part) for part in query.filters):
        selection.add(one_of(("status", ARCHIVED)), negated=True)
    for part in query.filters:
        if part.name == "state":
            _apply_states(context, selection, part)
        else:
            selection.add(_read_filter(context, part), negated=part.negated)
    selection.quoted = _make_finders(context, query.phrases)
    selection.phrases = [] if quotes else selection.quoted
    for finder in selection.phrases:
        selection.add(finder.condition)
    if query.excluded_words or query.excluded_prefixes or query.excluded_phrases:
        _exclude_words(context, selection, query)
    return selection


def _asks_archived(part: Filter) -> bool:
    return (
        part.name in ("state", "status") and not part.negated and ARCHIVED in map(str.casefold, part.values)
    )


def _exclude_words(context: SearchContext, selection: Selection, query: Query) -> None:
    if query.excluded_prefixes:
        from kbcli.knowledge.search.query_words import expand_prefix

        for prefix in query.excluded_prefixes:
            for word in expand_prefix(context, prefix):
                selection.add(hold_words([word], WORD_FIELDS), negated=True)
    phrases = list(query.excluded_phrases)
    for typed in query.excluded_words:
        words = context.analyse(typed)
        if len(words) == 1:
            selection.add(hold_words(words, WORD_FIELDS), negated=True)
        else:
            phrases.append(typed)
    selection.excluded_phrases = _make_finders(context, phrases)


def _make_finders(context: SearchContext, phrases: Sequence[str]) -> list[PhraseFinder]:
    """A finder for each phrase that holds a word."""
    if not phrases:
        return []
    finders = [PhraseFinder(phrase, context) for phrase in phrases]
    return [finder for finder in finders if finder.condition]


def _apply_states(context: SearchContext, selection: Selection, part: Filter) -> None:
    wanted = frozenset(value.casefold() for value in part.values)
    sure, unsure = find_states(context.index, wanted, context.today)
    if unsure:
        selection.states.append((wanted, part.negated))
    selection.add(
        one_of(*hold_any((TRUST_FIELD,), sure if part.negated else sure + unsure)), negated=part.negated
    )


def find_states(vocabulary: Vocabulary, wanted: Container[str], today: date) -> tuple[list[str], list[str]]:
    """Trust terms of the documents in one of the states today, and of those that may be, or may be suspect instead."""
    sure, unsure = [], []
    for term, _ in vocabulary.terms(TRUST_FIELD):
        facts, hangs = read_trust_term(term)
        state = judge_trust(facts, today).state
        if hangs and state in TRUSTED and ("suspect" in wanted or state in wanted):
            unsure.append(term)
        elif state in wanted:
            sure.append(term)
    return sure, unsure


def _read_filter(context: SearchContext, part: Filter) -> Condition:
    if part.name == "title":
        return tuple(
            alternative
            for value in part.values
            for alternative in hold_words(keep_required(context.analyse(value)), ("title",))
        )
    values = [term for value in part.values for term in fold_value(context.config, part.name, value)]
    return one_of(*hold_any((part.name,), values))


def fold_value(config: Config, name: str, value: str) -> tuple[str, ...]:
    """A filter's value as the index has it; an owner also by other names and groups."""
    folded = " ".join(value.casefold().split())
    if name == "owner":
        from kbcli.knowledge.trust.filters import expand_owner

        return expand_owner(config, folded)
    if name == "lang":
        return (folded.replace("_", "-"),)
    if name in ("id", "path"):
        ending = next((ending for ending in config.extensions if folded.endswith(ending)), "")
        return (fold_name(folded.removesuffix(ending).strip("/")),)
    return (folded,)
