"""The best cards in order: what ranking says, times trust and phrases, translations as one."""

from collections.abc import Sequence
from math import prod

from kbcli.foundation.disk.paths import fold_name, match_globs
from kbcli.foundation.text.languages import language_code
from kbcli.foundation.text.pipeline import QueryWord
from kbcli.foundation.text.words import fold_title, list_names
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.port import Candidate, Question, one_of
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.search.context import SearchContext
from kbcli.knowledge.search.selection import Selection
from kbcli.knowledge.trust.states import Trust

DOUBTED = frozenset(("expired", "flagged"))
DOUBT_FACTOR = 0.97
"""What the score of an expired or flagged card is multiplied by: settles near ties, no more."""

BACKGROUND_FACTOR = 0.5
"""What the score of a card is multiplied by that kb.toml keeps in the background."""

PHRASE_FACTOR = 1.2
"""What the score of a card is multiplied by whose title holds a phrase of the query."""

TITLE_FACTOR = 3.0
ALIAS_FACTOR = 1.5
"""What the score of a card is multiplied by whose title is all of the query; where there is none, one of whose aliases is."""

_MOST_READ = 3_000
"""Files that phrases are looked for in to fill the list."""

_MOST_COUNTED = 3_000
_MOST_READ_TO_COUNT = 100
_MOST_GROUPED = 300
"""Cards that are checked, files read, and cards looked at for translations, merely to know how many match."""

_MOST_SORTED = 5_000
"""Cards that a query of filters alone lists by ID; more come in the order of the index."""


class JudgedCard(NamedTuple):
    """A candidate that may become a hit. `score` has the factors in it.

    `shown_for` is the ID of the translation that matched best, when the card is shown for it.
    """

    candidate: Candidate
    record: CardRecord
    trust: Trust
    factors: Sequence[tuple[str, float]]
    score: float
    shown_for: str = ""


Order = tuple[list[JudgedCard], int, bool]
"""The best cards, best first (ties in the order of the index), how many match, and whether that is exact.

Translations of one card count once. When it is not exact, the number is the most there can be.
"""


class Orderer:
    """Orders the cards that answer one query. Equal to scoring every card and sorting.

    `titles` are the query and what is meant by all of it, as titles are folded, if a card may be called so, by its title
    or an alias.
    """

    def __init__(
        self,
        context: SearchContext,
        words: list[QueryWord],
        selection: Selection,
        *,
        trust_ranking: bool,
        titles: Sequence[str] = (),
    ) -> None:
        self._context = context
        self._selection = selection
        self._trust_ranking = trust_ranking
        # An identifier decides: no card comes above the one that it names by being used much.
        self._priors = {} if any(word.is_identifier for word in words) else context.priors
        called = Question(all_of=(one_of(*(("called", title) for title in titles)),))
        found = context.index.candidates(called, context.index.doc_count).items if any(titles) else ()
        titled = [item for item in found if fold_title(item.record.title) in titles]
        factor = ("exact title", TITLE_FACTOR) if titled else ("exact alias", ALIAS_FACTOR)
        self._called = {item.number: factor for item in titled or found}
        parted = [item.record for item in found if _is_parted(item.record, titles, len(words))]
        self.words = [*words, *_list_missing(context, words, parted, titles)] if parted else words
        self.question = Question(
            tuple(self.words), context.lang, tuple(selection.all_of), tuple(selection.none_of)
        )
        self._seen: dict[int, JudgedCard] = {}
        self._passed: dict[int, bool] = {}
        self._read = 0
        background = context.config.background
        self._is_behind = match_globs(background) if background else None
        self._has_translations = next(iter(context.index.terms("source")), None) is not None

    def find_best(self, limit: int) -> Order:
        """The best `limit` cards."""
        return self._rank_best(limit) if self.question.words else self._list_all(limit)

    def _rank_best(self, limit: int) -> Order:
        size = max(30, 3 * limit)
        highest = PHRASE_FACTOR if self._selection.quoted else 1.0
        highest *= max((1.0, *self._priors.values()))
        highest *= TITLE_FACTOR if self._called else 1.0
        while True:
            found = self._context.index.candidates(self.question, size)
            cards = [self._judge(candidate) for candidate in found.items]
            cards.sort(key=lambda card: (-card.score, card.candidate.number))
            exhausted = len(found.items) < size or found.total <= size
            chosen = self._choose(cards, limit, None if exhausted else found.items[-1].score * highest)
            if exhausted or len(chosen) >= limit or self._read >= _MOST_READ:
                break
            size *= 8
        total, exact = self._count(cards, found.total)
        return [self._show_twin(card) for card in chosen], total, exact

    def _list_all(self, limit: int) -> Order:
        """Of a query without words: every card that the filters leave, by ID."""
        selection, index = self._selection, self._context.index
        left = index.candidates(self.question, index.doc_count).items
        many = len(left) > _MOST_SORTED
        cards: list[JudgedCard] = []
        for candidate in left:
            if many and len(cards) >= max(_MOST_COUNTED, limit):
                break
            card = self._judge(candidate)
            if self._passes(card):
                cards.append(card)
        seen_all = not many or len(cards) < max(_MOST_COUNTED, limit)
        if not many:
            cards.sort(key=lambda card: (card.record.id, card.candidate.number))
        exact = seen_all or not selection.has_checks
        return cards[:limit], len(cards) if seen_all else len(left), exact

    def _judge(self, candidate: Candidate) -> JudgedCard:
        known = self._seen.get(candidate.number)
        if known is not None:
            return known
        record = candidate.record
        trust = self._context.judge(record)
        factors = self._find_factors(record, trust)
        if candidate.number in self._called:
            factors.append(self._called[candidate.number])
        score = prod((value for _, value in factors), start=candidate.score)
        card = self._seen[candidate.number] = JudgedCard(candidate, record, trust, factors, score)
        return card

    def _find_factors(self, record: CardRecord, trust: Trust) -> list[tuple[str, float]]:
        """What the score of a card is multiplied by, and why."""
        factors = []
        if self._trust_ranking and trust.state in DOUBTED:
            factors.append((trust.state, DOUBT_FACTOR))
        if self._is_behind is not None and self._is_behind(record.path):
            factors.append(("background", BACKGROUND_FACTOR))
        if self._priors:
            known = [self._priors[name] for name in (record.id, *record.former_ids) if name in self._priors]
            factors += [("use", max(known))] if known else []
        if any(finder.is_in(record.title) for finder in self._selection.quoted):
            factors.append(("phrase in title", PHRASE_FACTOR))
        return factors

    def _choose(self, cards: list[JudgedCard], limit: int, bound: float | None) -> list[JudgedCard]:
        """The best that pass, one of each group of translations, while nothing unseen can be better."""
        chosen: list[JudgedCard] = []
        groups: set[str] = set()
        for card in cards:
            is_unsure = bound is not None and card.score <= bound
            if len(chosen) >= limit or is_unsure or self._read >= _MOST_READ:
                break
            group = _group_of(card.record)
            if group not in groups and self._passes(card):
                chosen.append(card)
                if self._has_translations:
                    groups.add(group)
        return chosen

    def _passes(self, card: JudgedCard) -> bool:
        if not self._selection.has_checks:
            return True
        number = card.candidate.number
        known = self._passed.get(number)
        if known is None:
            self._read += self._selection.reads_files
            known = self._passed[number] = self._selection.passes(card.record, card.trust)
        return known

    def _count(self, cards: list[JudgedCard], total: int) -> tuple[int, bool]:
        """How many match, translations of one card counted once, and whether that is exact; else the most there can be."""
        checks = self._selection.has_checks
        if not checks and not self._has_translations:
            return total, True
        if len(cards) < total <= (_MOST_COUNTED if checks else _MOST_GROUPED):
            found = self._context.index.candidates(self.question._replace(lang=""), total)
            cards = [self._judge(candidate) for candidate in found.items]
        budget = _MOST_READ_TO_COUNT if self._selection.reads_files else _MOST_COUNTED
        dropped = judged = 0
        groups: set[str] = set()
        for card in cards:
            if checks and card.candidate.number not in self._passed:
                budget -= 1
                if budget < 0:
                    continue
            group = _group_of(card.record)
            kept = self._passes(card) and group not in groups
            dropped += not kept
            judged += 1
            if kept and self._has_translations:
                groups.add(group)
        return total - dropped, judged == total

    def _show_twin(self, card: JudgedCard) -> JudgedCard:
        """The translation in the query's language instead, when it is among the matches."""
        index, wanted = self._context.index, language_code(self._context.lang)
        if not self._has_translations or not wanted or language_code(card.record.lang) == wanted:
            return card
        group = _group_of(card.record)
        question = self.question._replace(
            all_of=(one_of(("id", group), ("source", group)), *self.question.all_of)
        )
        for candidate in index.candidates(question, index.doc_count).items:
            record = candidate.record
            if language_code(record.lang) == wanted and _group_of(record) == group:
                twin = self._judge(candidate)
                if self._passes(twin):
                    return twin._replace(score=card.score, shown_for=card.record.id)
        return card


def _is_parted(record: CardRecord, titles: Sequence[str], count: int) -> bool:
    """Whether the words of a card's name may be parted otherwise than in a query of so many words, which is one of the titles."""
    names = [name.casefold() for name in (record.title, *record.aliases)]
    if count > 1:
        return any(title in names for title in titles)
    return not any(title in name for name in names for title in titles)


def _list_missing(
    context: SearchContext, words: Sequence[QueryWord], called: Sequence[CardRecord], titles: Sequence[str]
) -> list[QueryWord]:
    """The words of names that are all of a query and not among its words: those of “Load balancer” for `loadbalancer`."""
    names = (name for record in called for name in (*list_names(record.title), *record.aliases))
    parts = [context.analyse(name) for name in dict.fromkeys(names) if fold_title(name) in titles]
    held = {term for word in words for term, _ in word.terms}
    missing = (part for name in parts for part in name if held.isdisjoint(term for term, _ in part.terms))
    return list(dict.fromkeys(missing))


def _group_of(record: CardRecord) -> str:
    """What a card and its translations have in common: the ID of the source, case folded."""
    return fold_name(record.translation_of or record.id)
